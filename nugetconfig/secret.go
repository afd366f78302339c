package nugetconfig

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "REDACTED"

// Secret is a text that only [Secret.Reveal] gives away. Every way of printing it gives "REDACTED", or nothing where
// there is no text. The zero value is empty.
type Secret struct {
	// A pointer, because fmt calls no methods on what sits in an unexported field and would print a string in full.
	text *string
}

func newSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal gives the text itself. Do not print it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsEmpty says whether there is no text.
func (s Secret) IsEmpty() bool { return s.text == nil }

// String never gives the text.
func (s Secret) String() string {
	if s.IsEmpty() {
		return ""
	}
	return redacted
}

// GoString never gives the text.
func (s Secret) GoString() string { return fmt.Sprintf("%q", s.String()) }

// Format never gives the text, whatever the verb.
func (s Secret) Format(w fmt.State, verb rune) {
	if verb == 'v' && w.Flag('#') || verb == 'q' {
		io.WriteString(w, s.GoString())
		return
	}
	io.WriteString(w, s.String())
}

// LogValue never gives the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON never gives the text.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(s.GoString()), nil }

// MarshalText never gives the text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
