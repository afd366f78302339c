package nugetconfig

import "strings"

// checkRoot makes sure of what NuGet demands of a whole file before it uses any of it. The demands on an item hold in
// every section, unknown ones included, and at any depth.
func checkRoot(root *element) error {
	if !root.is("configuration") {
		return faultAt(root.line, "the root element is not \"configuration\"")
	}
	for _, section := range root.children {
		if err := checkChildren(section); err != nil {
			return err
		}
		if section.is("packageSourceMapping") {
			if err := checkMapping(section); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkChildren(parent *element) error {
	for _, child := range parent.children {
		if err := checkItem(parent, child); err != nil {
			return err
		}
		if err := checkChildren(child); err != nil {
			return err
		}
	}
	return nil
}

func checkItem(parent, e *element) error {
	switch {
	case parent.is("packageSourceCredentials"):
		return checkCredentialsItem(e)
	case parent.is("packageSourceMapping") && e.is("packageSource"):
		return require(e, "key")
	case parent.is("packageSource") && e.is("package"):
		return firstError(require(e, "pattern"), childless(e))
	case e.is("add"):
		return firstError(require(e, "key", "value"), notBlank(e, "key"), childless(e))
	case e.is("clear"):
		return childless(e)
	case e.is("author"):
		return firstError(require(e, "name"), hasCertificate(e))
	case e.is("repository"):
		return firstError(require(e, "name", "serviceIndex"), hasCertificate(e), oneOwners(e))
	case e.is("certificate"):
		return firstError(require(e, "fingerprint", "hashAlgorithm", "allowUntrustedRoot"), knownHash(e), childless(e))
	case e.is("owners"):
		if len(e.children) > 0 || e.cdata || strings.TrimSpace(e.text) == "" {
			return faultAt(e.line, "element \"owners\" must hold text and nothing else")
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func require(e *element, names ...string) error {
	for _, name := range names {
		if _, ok := e.attr(name); !ok {
			return faultAt(e.line, "element %.60q lacks the attribute %q (in exactly this case)", e.name, name)
		}
	}
	return nil
}

func notBlank(e *element, name string) error {
	if value, _ := e.attr(name); strings.TrimSpace(value) == "" {
		return faultAt(e.line, "attribute %q of element %.60q is blank", name, e.name)
	}
	return nil
}

func childless(e *element) error {
	if len(e.children) > 0 {
		return faultAt(e.line, "element %.60q must not hold other elements", e.name)
	}
	return nil
}

func hasCertificate(e *element) error {
	for _, child := range e.children {
		if child.is("certificate") {
			return nil
		}
	}
	return faultAt(e.line, "trusted signer %.60q has no certificate", e.name)
}

func oneOwners(e *element) error {
	count := 0
	for _, child := range e.children {
		if child.is("owners") {
			count++
		}
	}
	if count > 1 {
		return faultAt(e.line, "repository has more than one \"owners\" element; list them in one, with ; between")
	}
	return nil
}

func knownHash(e *element) error {
	name, _ := e.attr("hashAlgorithm")
	switch strings.ToUpper(name) {
	case "SHA1", "SHA256", "SHA384", "SHA512":
		return nil
	}
	return faultAt(e.line, "certificate has an unknown hashAlgorithm; use SHA256, SHA384 or SHA512")
}

// checkMapping refuses a source without patterns, and what NuGet would silently drop as a duplicate anywhere else.
func checkMapping(mapping *element) error {
	seen := map[string]bool{}
	for _, child := range mapping.children {
		key := likeness(child.name, child)
		if seen[key] {
			return faultAt(child.line, "packageSourceMapping names one source twice; put all its patterns into one element")
		}
		seen[key] = true
		if child.is("packageSource") && len(patternElements(child)) == 0 {
			return faultAt(child.line, "packageSourceMapping has a source without a package pattern")
		}
	}
	return nil
}

// checkCredentialsItem wants one user name and one password, as NuGet does, whether or not the source exists.
func checkCredentialsItem(e *element) error {
	fault := func(what string) error {
		return faultAt(e.line, "credentials of source %.60q %s", decodeName(e.name), what)
	}
	count := map[string]int{}
	for _, child := range e.children {
		if key, ok := child.attr("key"); ok && child.is("add") {
			count[strings.ToUpper(key)]++
		}
	}
	switch passwords := count["PASSWORD"] + count["CLEARTEXTPASSWORD"]; {
	case count["USERNAME"] > 1:
		return fault("have more than one Username")
	case passwords > 1:
		return fault("have more than one Password or ClearTextPassword")
	case count["VALIDAUTHENTICATIONTYPES"] > 1:
		return fault("have more than one ValidAuthenticationTypes")
	case count["USERNAME"] == 0 || passwords == 0:
		return fault("lack a Username, or a Password or ClearTextPassword (clear has no meaning here)")
	}
	return nil
}
