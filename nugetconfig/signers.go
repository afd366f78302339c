package nugetconfig

import "strings"

// SignerKind is whose certificates a trusted signer has.
type SignerKind string

// The kinds of trusted signers, in NuGet's words.
const (
	SignerAuthor     SignerKind = "author"
	SignerRepository SignerKind = "repository"
)

// TrustedSigner is an author or a repository whose signatures are trusted.
type TrustedSigner struct {
	Kind         SignerKind
	Name         string
	ServiceIndex string   // of a repository
	Owners       []string // of a repository: packages of these owners only; empty means all
	Certificates []Certificate
	Origin       Origin
}

// Certificate is one certificate of a trusted signer.
type Certificate struct {
	Fingerprint        string // hexadecimal
	HashAlgorithm      string // of the fingerprint: SHA1, SHA256, SHA384 or SHA512
	AllowUntrustedRoot bool
}

// TrustedSigners are the trusted signers of the whole chain. Variables are not expanded in them.
func (c *Config) TrustedSigners() []TrustedSigner {
	var signers []TrustedSigner
	for _, i := range c.merged["trustedSigners"] {
		switch i.kind {
		case kindAuthor:
			signers = append(signers, signer(SignerAuthor, i))
		case kindRepository:
			signers = append(signers, signer(SignerRepository, i))
		}
	}
	return signers
}

func signer(kind SignerKind, i *item) TrustedSigner {
	s := TrustedSigner{Kind: kind, Origin: i.origin()}
	s.Name, _ = i.element.attr("name")
	if kind == SignerRepository {
		s.ServiceIndex, _ = i.element.attr("serviceIndex")
	}
	for _, e := range i.element.children {
		switch {
		case e.is("certificate"):
			s.Certificates = append(s.Certificates, certificate(e))
		case e.is("owners") && kind == SignerRepository:
			s.Owners = owners(e.text)
		}
	}
	return s
}

func certificate(e *element) Certificate {
	fingerprint, _ := e.attr("fingerprint")
	algorithm, _ := e.attr("hashAlgorithm")
	allow, _ := e.attr("allowUntrustedRoot")
	return Certificate{fingerprint, strings.ToUpper(algorithm), strings.EqualFold(strings.TrimSpace(allow), "true")}
}

func owners(text string) []string {
	var names []string
	for name := range strings.SplitSeq(text, ";") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// SignatureMode is what NuGet does about packages without a trusted signature.
type SignatureMode string

// The modes, in NuGet's words.
const (
	SignatureAccept  SignatureMode = "accept"
	SignatureRequire SignatureMode = "require"
)

// SignatureValidationMode is the mode of the chain; accept where nothing, or nothing that NuGet knows, is said.
func (c *Config) SignatureValidationMode() SignatureMode {
	if s, _ := c.Value("signatureValidationMode"); strings.EqualFold(s.Value, string(SignatureRequire)) {
		return SignatureRequire
	}
	return SignatureAccept
}
