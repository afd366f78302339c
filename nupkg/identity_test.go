package nupkg

import (
	"strings"
	"testing"
)

// TestValidateID holds NuGet 7.9's own answers (PackageIdValidator).
func TestValidateID(t *testing.T) {
	for _, id := range []string{"A", "a.b", "a-b", "a_b", "_a", "a_", "a__b", "é", "a.1", "1", "con", "ﬁ",
		"a\u0364b", "a‿b", "\u212a", strings.Repeat("a", 100)} {
		if err := ValidateID(id); err != nil {
			t.Errorf("ValidateID(%q): %v", id, err)
		}
	}
	for _, id := range []string{"", "..", "a..b", ".a", "a.", "a-", "-a", "a.-b", "a--b", "a b", "a/b", `a\b`,
		"$id$", "a.+b", "a\u00a0b", "a\xff", strings.Repeat("a", 101)} {
		if err := ValidateID(id); err == nil {
			t.Errorf("ValidateID(%q) = nil, NuGet refuses it", id)
		}
	}
}

// TestIDCase holds .NET 10's own answers (OrdinalIgnoreCase, ToLowerInvariant).
func TestIDCase(t *testing.T) {
	tests := []struct {
		a, b  string
		equal bool
	}{
		{"Contoso.Core", "contoso.CORE", true},
		{"\u03c2", "\u03c3", true},
		{"\u212a", "k", false}, // the Kelvin sign
		{"\u017f", "s", false}, // the long s
		{"\u0131", "i", false},
		{"a", "b", false},
	}
	for _, test := range tests {
		if got := EqualID(test.a, test.b); got != test.equal {
			t.Errorf("EqualID(%q, %q) = %v, want %v", test.a, test.b, got, test.equal)
		}
	}
	for in, want := range map[string]string{"Contoso.Core": "contoso.core", "\u0130": "\u0130", "\u212a": "k",
		"\u212b": "\u00e5", "\u1e9e": "\u00df"} {
		if got := LowerID(in); got != want {
			t.Errorf("LowerID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIdentity(t *testing.T) {
	id := Identity{"Contoso.Core", mustVersion(t, "1.0.0.0-RC.1+x")}
	if got, want := id.String(), "Contoso.Core 1.0.0-RC.1"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got, want := id.FileName(), "contoso.core.1.0.0-rc.1.nupkg"; got != want {
		t.Errorf("FileName() = %q, want %q", got, want)
	}
	if other := (Identity{"contoso.core", mustVersion(t, "1.0-rc.1")}); !id.Equal(other) {
		t.Errorf("%s and %s are not equal", id, other)
	}
	if other := (Identity{"contoso.core", mustVersion(t, "1.0")}); id.Equal(other) {
		t.Errorf("%s and %s are equal", id, other)
	}
}
