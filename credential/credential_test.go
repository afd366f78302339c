package credential

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const canary = "c4n4ry"

// hexCanary is what %x would make of it.
var hexCanary = fmt.Sprintf("%x", canary)

func assertHidden(t *testing.T, how, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, form := range []string{canary, hexCanary, "99 52", "0x63"} {
		if strings.Contains(lower, form) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
	if !strings.Contains(text, hidden) {
		t.Errorf("%s says nothing of a secret: %s", how, text)
	}
}

// values are the ways in which a secret comes along. It is never the key of a map: JSON writes those as they are.
func values() map[string]any {
	secret := Secret(canary)
	c := Credential{Username: "u", Password: secret, From: "here", Expires: time.Unix(1, 0)}
	return map[string]any{
		"secret": secret, "pointer": &secret, "credential": c, "credential pointer": &c,
		"slice": []Secret{secret}, "map": map[string]Secret{"k": secret},
		"credentials": []Credential{c}, "interface": []any{secret, c},
		"struct": struct{ Inner Credential }{c},
	}
}

func TestSecretsUnderEveryVerb(t *testing.T) {
	for name, value := range values() {
		// %p and %w are missing: fmt calls no method of a value that they do not fit, and go vet, which is a part of go
		// test, refuses them.
		for _, verb := range "vsqxXdbcoOUteEfFgGTz" {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".2", "+#", "# "} {
				format := "%" + flags + string(verb)
				text := fmt.Sprintf(format, value)
				if lower := strings.ToLower(text); strings.Contains(lower, canary) || strings.Contains(lower, hexCanary) ||
					strings.Contains(lower, "63 34 6e") || strings.Contains(lower, "0x63") {
					t.Errorf("%s of %s shows the secret: %s", format, name, text)
				}
			}
		}
		if name == "pointer" { // prints as an address
			continue
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if format == "%#v" && (name == "credential pointer") {
				continue
			}
			assertHidden(t, format+" of "+name, fmt.Sprintf(format, value))
		}
	}
}

func TestSecretsInErrors(t *testing.T) {
	err := fmt.Errorf("feed said no to %v: %w", Credential{Username: "u", Password: canary}, errors.New("401"))
	assertHidden(t, "an error", err.Error())
}

func TestSecretsInLogs(t *testing.T) {
	for name, value := range values() {
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("found", "it", value)
		slog.New(slog.NewJSONHandler(&js, nil)).Info("found", "it", value)
		if name != "pointer" {
			assertHidden(t, "the text log of "+name, text.String())
		}
		assertHidden(t, "the JSON log of "+name, js.String())
	}
}

func TestSecretsAsDocuments(t *testing.T) {
	for name, value := range values() {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		assertHidden(t, "the JSON of "+name, string(text))
	}
	text, err := xml.Marshal(Credential{Password: canary})
	if err != nil {
		t.Fatal(err)
	}
	assertHidden(t, "XML", string(text))
}

func TestReveal(t *testing.T) {
	if Secret(canary).Reveal() != canary {
		t.Error("the secret is lost")
	}
}

func TestNothing(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", Nothing("no %s", "entry"))
	nothing, ok := isNothing(err)
	if !ok || nothing.Reason != "no entry" || nothing.Ours {
		t.Errorf("%#v, %t", nothing, ok)
	}
}
