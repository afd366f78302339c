package nupkg

import (
	"strings"
	"testing"
)

// TestParseVersion holds NuGet 7.9's own answers (NuGetVersion.TryParse, ToNormalizedString, ToFullString).
func TestParseVersion(t *testing.T) {
	tests := []struct{ in, normalized, full string }{ // "" for: refused
		{"1", "1.0.0", "1.0.0"},
		{"1.0", "1.0.0", "1.0.0"},
		{"1.2.3", "1.2.3", "1.2.3"},
		{"1.2.3.0", "1.2.3", "1.2.3"},
		{"1.2.3.4", "1.2.3.4", "1.2.3.4"},
		{"01.002.0003.00", "1.2.3", "1.2.3"},
		{"1.0.0.00001", "1.0.0.1", "1.0.0.1"},
		{"000000000000000000000001.0", "1.0.0", "1.0.0"},
		{"2147483647.0.0", "2147483647.0.0", "2147483647.0.0"},
		{"1.2.3-beta", "1.2.3-beta", "1.2.3-beta"},
		{"1-beta", "1.0.0-beta", "1.0.0-beta"},
		{"1.0.0.0-beta", "1.0.0-beta", "1.0.0-beta"},
		{"1.2.3-Beta.1+Build.5", "1.2.3-Beta.1", "1.2.3-Beta.1+Build.5"},
		{"1.2.3.4-RC.1+meta", "1.2.3.4-RC.1", "1.2.3.4-RC.1+meta"},
		{"1.2+a-b", "1.2.0", "1.2.0+a-b"},
		{"1.0.0-0", "1.0.0-0", "1.0.0-0"},
		{"1.0.0-01a", "1.0.0-01a", "1.0.0-01a"},
		{"1.0.0+01", "1.0.0", "1.0.0+01"},
		{"1.0.0---1", "1.0.0---1", "1.0.0---1"},
		{"1.0.0-99999999999999999999", "1.0.0-99999999999999999999", "1.0.0-99999999999999999999"},
		{" 1.0.0 ", "1.0.0", "1.0.0"},
		{"\t1.0.0\t", "1.0.0", "1.0.0"},
		{"\u00a01.0.0", "1.0.0", "1.0.0"},
		{"1. 2 .3", "1.2.3", "1.2.3"},
		{"1 -beta", "1.0.0-beta", "1.0.0-beta"},
		{in: ""}, {in: " "}, {in: "-"}, {in: "a"}, {in: "v1.0"}, {in: "1.a"}, {in: "1,0"}, {in: "1 0"},
		{in: "1."}, {in: "1..0"}, {in: ".1"}, {in: "1.0."}, {in: "1.0.0.0."}, {in: "1.2.3.4.5"}, {in: "1. -beta"},
		{in: "-1.0"}, {in: "1.-1"}, {in: "+1.0"}, {in: "1.\u0661"},
		{in: "2147483648.0.0"}, {in: "1.0.0.2147483648"},
		{in: "1.0.0-"}, {in: "1.0.0+"}, {in: "1.0.0-+m"}, {in: "1.0.0-a..b"}, {in: "1.0.0-01"}, {in: "1.0.0-00"},
		{in: "1.0.0-a.01"}, {in: "1.0.0-a+b+c"}, {in: "1.0.0-a_b"}, {in: "1.0.0-a b"}, {in: "1.0- beta"}, {in: "1.0.0-é"},
	}
	for _, test := range tests {
		v, err := ParseVersion(test.in)
		if test.normalized == "" {
			if err == nil {
				t.Errorf("ParseVersion(%q) = %s, NuGet refuses it", test.in, v)
			}
			continue
		}
		if err != nil {
			t.Errorf("ParseVersion(%q): %v", test.in, err)
			continue
		}
		if got := v.Normalized(); got != test.normalized {
			t.Errorf("ParseVersion(%q).Normalized() = %q, want %q", test.in, got, test.normalized)
		}
		if got := v.Full(); got != test.full {
			t.Errorf("ParseVersion(%q).Full() = %q, want %q", test.in, got, test.full)
		}
		if got, want := v.Lower(), strings.ToLower(test.normalized); got != want {
			t.Errorf("ParseVersion(%q).Lower() = %q, want %q", test.in, got, want)
		}
	}
}

// TestCompareVersion holds NuGet 7.9's own answers (CompareTo, Equals).
func TestCompareVersion(t *testing.T) {
	tests := []struct {
		a, b  string
		order int
		equal bool
	}{
		{"1.0", "1.0.0.0", 0, true},
		{"1.0.0", "1.0.0.1", -1, false},
		{"2.0", "10.0", -1, false},
		{"1.0.0+a", "1.0.0+b", 0, true},
		{"1.0.0-alpha", "1.0.0", -1, false},
		{"1.0.0-alpha", "1.0.0-ALPHA", 0, true},
		{"1.0.0-alpha", "1.0.0-Beta", -1, false},
		{"1.0.0-alpha", "1.0.0-alpha.1", -1, false},
		{"1.0.0-alpha.1", "1.0.0-alpha.beta", -1, false},
		{"1.0.0-2", "1.0.0-10", -1, false},
		{"1.0.0-rc10", "1.0.0-rc2", -1, false},
		{"1.0.0-0", "1.0.0-a", -1, false},
		{"1.0.0-0", "1.0.0--", -1, false},
		{"1.0.0-a-b", "1.0.0-aB", -1, false},
		{"1.0.0-a-", "1.0.0-A1", -1, false},
		// Not SemVer: only what fits into 32 bits is a number, and a sign is part of one.
		{"1.0.0-5", "1.0.0-2147483648", -1, false},
		{"1.0.0-100000000000", "1.0.0-99999999999", -1, false},
		{"1.0.0--", "1.0.0-2147483648", -1, false},
		{"1.0.0--5", "1.0.0--4", -1, false},
		{"1.0.0--5", "1.0.0-5", -1, false},
		{"1.0.0--05", "1.0.0--5", 0, false},
	}
	for _, test := range tests {
		a, b := mustVersion(t, test.a), mustVersion(t, test.b)
		if got := a.Compare(b); got != test.order {
			t.Errorf("%s.Compare(%s) = %d, want %d", test.a, test.b, got, test.order)
		}
		if got := b.Compare(a); got != -test.order {
			t.Errorf("%s.Compare(%s) = %d, want %d", test.b, test.a, got, -test.order)
		}
		if got := a.Equal(b); got != test.equal {
			t.Errorf("%s.Equal(%s) = %v, want %v", test.a, test.b, got, test.equal)
		}
	}
}

func mustVersion(t *testing.T, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
