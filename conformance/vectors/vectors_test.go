package vectors_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nuplug/nuplug/conformance/vectors"
)

// Every file says all that a foreign implementer needs, and nothing twice.
func TestCasesAreComplete(t *testing.T) {
	lines := map[string]string{}
	for c, err := range vectors.All() {
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.Name, func(t *testing.T) {
			if !strings.HasSuffix(c.Why, ".") && !strings.HasSuffix(c.Why, ")") {
				t.Errorf("why %q is no sentence", c.Why)
			}
			if c.From != "client" && c.From != "plugin" {
				t.Errorf("from %q", c.From)
			}
			if c.Base64 != nil && (c.Line != "" || utf8.Valid(c.Base64)) {
				t.Error("base64 is for lines that are no UTF-8")
			}
			line := string(c.Bytes())
			if strings.ContainsAny(line, "\r\n") {
				t.Error("more than one line")
			}
			if other := lines[c.From+line]; other != "" {
				t.Errorf("the same line as %s", other)
			}
			lines[c.From+line] = c.Name
			checkOutcomes(t, c)
		})
	}
	if len(lines) < 500 {
		t.Errorf("%d cases: some were not embedded", len(lines))
	}
}

func checkOutcomes(t *testing.T, c vectors.Case) {
	switch c.Strict {
	case vectors.OK, vectors.Error, vectors.Ignored:
	default:
		t.Errorf("strict %q", c.Strict)
	}
	outcome := c.Read.Outcome()
	if outcome == vectors.Error && c.Strict != vectors.Error {
		t.Error("a strict reader takes no more than a lenient one")
	}
	if ok := outcome == vectors.OK; ok != (c.Encode != nil) || ok != json.Valid(c.Read.OK) {
		t.Error("a value and its line go together")
	}
}
