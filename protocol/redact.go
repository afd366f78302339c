package protocol

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Redacted is what stands in the place of a secret.
const Redacted = "***"

// Redact returns the message with the passwords in its payload replaced, for showing and recording. User names stay, up to
// a colon: they have none in Basic authentication, and what follows one is a part of the password that the sender moved. A
// payload that carries secrets and breaks the protocol's rules is replaced whole, because nobody can tell what in it is
// secret, and properties that the protocol does not know are dropped from one for the same reason. So is the payload of
// any other message that has a password in it: receivers do not look at the method of a response, so it may be wrong.
// Of addresses, wherever they stand, the user information is replaced, and of the address of a source the query too. All
// other texts, such as a LogRequest's, are left as they are.
func Redact(m Message) Message {
	if m.Payload != nil {
		m = redactPayload(m)
		m.Payload = hideUserInfo(m.Payload)
	}
	return m
}

func redactPayload(m Message) Message {
	hidden := JSON(`{"redacted":"` + Redacted + `"}`)
	if !carriesSecret(m) {
		if namesPassword(m.Payload) {
			m.Payload = hidden
		}
		return m
	}
	p, err := m.DecodePayload()
	if err != nil {
		m.Payload = hidden
		return m
	}
	switch p := p.(type) {
	case *GetAuthenticationCredentialsRequest:
		hideQuery(&p.URI)
	case *SetCredentialsRequest:
		hideQuery(&p.PackageSourceRepository)
		hide(p.Password)
		hide(p.ProxyPassword)
		hideTail(p.Username)
	case *GetAuthenticationCredentialsResponse:
		hide(p.Password)
		hideTail(p.Username)
	case *GetCredentialsResponse:
		hide(p.Password)
		hideTail(p.Username)
	}
	if m.Payload, err = EncodePayload(p); err != nil {
		m.Payload = hidden
	}
	return m
}

func carriesSecret(m Message) bool {
	switch m.Method {
	case MethodSetCredentials, MethodGetAuthenticationCredentials, MethodGetCredentials:
		return m.Type == TypeRequest || m.Type == TypeResponse
	}
	return false
}

// namesPassword says whether a property of the payload has password in its name. What is no JSON object may hold one.
func namesPassword(payload JSON) bool {
	if !json.Valid(payload) || payload[0] != '{' {
		return true
	}
	for name := range members(payload) {
		if strings.Contains(strings.ToLower(string(unescape(name))), "password") {
			return true
		}
	}
	return false
}

func hide(secret *string) {
	if secret != nil && *secret != "" {
		*secret = Redacted
	}
}

func hideTail(username *string) {
	if username == nil {
		return
	}
	if name, _, found := strings.Cut(*username, ":"); found {
		*username = name + ":" + Redacted
	}
}

// hideQuery hides what follows the question mark of an address: some feeds take a token there.
func hideQuery(address *string) {
	if beginning, _, found := strings.Cut(*address, "?"); found {
		*address = beginning + "?" + Redacted
	}
}

// hideUserInfo hides what stands between // and @ in the addresses of a payload.
func hideUserInfo(payload JSON) JSON {
	const begin = "://"
	var b []byte
	rest := payload
	for {
		i := bytes.Index(rest, []byte(begin))
		if i < 0 {
			break
		}
		host := rest[i+len(begin):]
		end := bytes.IndexAny(host, "/\\\" ?#")
		if end < 0 {
			end = len(host)
		}
		at := bytes.LastIndexByte(host[:end], '@')
		keep := rest[:i+len(begin)]
		if at >= 0 {
			b = append(append(b, keep...), Redacted...)
			rest = host[at:]
			continue
		}
		b = append(b, keep...)
		rest = host
	}
	return append(b, rest...)
}
