package protocol

import (
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
// Texts, such as a LogRequest's, and URLs are left as they are.
func Redact(m Message) Message {
	if m.Payload == nil {
		return m
	}
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
	case *SetCredentialsRequest:
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
