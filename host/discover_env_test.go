package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseEnv(t *testing.T) {
	got := ParseEnv([]string{"A=1", "EMPTY=", "B=x=y", "A=2", "=C:=C:\\dir", "nonsense", ""})
	want := Env{"A": "1", "EMPTY": "", "B": "x=y", "=C:": `C:\dir`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEnvLookup(t *testing.T) {
	env := Env{"Path": "p", "EMPTY": "", "both": "lower", "Both": "upper"}
	for _, test := range []struct {
		name, goos, value string
		set               bool
	}{
		{"Path", "linux", "p", true},
		{"PATH", "linux", "", false},
		{"PATH", windows, "p", true},
		{"EMPTY", "linux", "", true},
		{"empty", windows, "", true},
		{"none", windows, "", false},
		{"both", windows, "lower", true},
		{"BOTH", windows, "upper", true}, // some answer, and always the same
	} {
		if value, set := env.Lookup(test.name, test.goos); value != test.value || set != test.set {
			t.Errorf("Lookup(%s, %s) = %q, %v; want %q, %v", test.name, test.goos, value, set, test.value, test.set)
		}
	}
	if _, set := Env(nil).Lookup("x", windows); set {
		t.Error("a nil Env has a variable")
	}
}
