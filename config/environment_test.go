package config

import (
	"slices"
	"testing"
)

const environmentFile = "sources = ['git']\nca_file = '/file.pem'\n[[feed]]\nurl='https://a.example'\nsources=['netrc']\n[[feed]]\nurl='https://b.example'\n"

func TestEnvironment(t *testing.T) {
	for name, test := range map[string]struct {
		text             string
		env              map[string]string
		a, b, others     []string // the sources of the two feeds of the file, and of the rest
		aFrom, otherFrom string
		disable          bool
		caFile, caFrom   string
	}{
		"none": {text: environmentFile, a: []string{"netrc"}, b: []string{"git"}, others: []string{"git"},
			aFrom: "config.toml, line 5", otherFrom: "config.toml, line 1", caFile: "/file.pem", caFrom: "config.toml, line 2"},
		"no file, no variables": {a: sources(), b: sources(), others: sources()},
		"sources, no file": {env: map[string]string{SourcesVariable: "gitlab, netrc,"}, a: []string{"gitlab", "netrc"},
			b: []string{"gitlab", "netrc"}, others: []string{"gitlab", "netrc"}, aFrom: SourcesVariable, otherFrom: SourcesVariable},
		"sources beat the file": {text: environmentFile, env: map[string]string{SourcesVariable: "gitlab"}, a: []string{"gitlab"},
			b: []string{"gitlab"}, others: []string{"gitlab"}, aFrom: SourcesVariable, otherFrom: SourcesVariable,
			caFile: "/file.pem", caFrom: "config.toml, line 2"},
		"sources without a name": {env: map[string]string{SourcesVariable: " , "}, a: sources(), b: sources(), others: sources()},
		"disabled by the file":   {text: "disable = true\n" + environmentFile, disable: true, aFrom: "config.toml, line 6", otherFrom: "config.toml, line 2", caFile: "/file.pem", caFrom: "config.toml, line 3"},
		"enabled again": {text: "disable = true\n", env: map[string]string{DisableVariable: "0"},
			a: sources(), b: sources(), others: sources()},
		"disabled, with a broken file": {text: "sources = [", env: map[string]string{DisableVariable: "1"}, disable: true},
		"our certificates": {text: environmentFile, env: map[string]string{CAFileVariable: "/ours.pem", sslCertFile: "/ssl.pem"},
			a: []string{"netrc"}, b: []string{"git"}, others: []string{"git"}, aFrom: "config.toml, line 5", otherFrom: "config.toml, line 1",
			caFile: "/ours.pem", caFrom: CAFileVariable},
		"certificates of the file": {text: "ca_file = '/file.pem'", env: map[string]string{sslCertFile: "/ssl.pem"},
			a: sources(), b: sources(), others: sources(), caFile: "/file.pem", caFrom: "config.toml, line 1"},
		"everybody's certificates": {env: map[string]string{sslCertFile: "/ssl.pem"},
			a: sources(), b: sources(), others: sources(), caFile: "/ssl.pem", caFrom: sslCertFile},
	} {
		c := load(t, test.text, test.env)
		a, b, other := c.For(feed(t, "https://a.example/x")), c.For(feed(t, "https://b.example")), c.For(feed(t, "https://c.example"))
		if !slices.Equal(a.Sources, test.a) || !slices.Equal(b.Sources, test.b) || !slices.Equal(other.Sources, test.others) {
			t.Errorf("%s: sources %q, %q and %q", name, a.Sources, b.Sources, other.Sources)
		}
		if a.SourcesFrom != test.aFrom || b.SourcesFrom != test.otherFrom || other.SourcesFrom != test.otherFrom {
			t.Errorf("%s: sources from %q, %q and %q", name, a.SourcesFrom, b.SourcesFrom, other.SourcesFrom)
		}
		if c.Disable != test.disable || c.CAFile != test.caFile || c.CAFileFrom != test.caFrom {
			t.Errorf("%s: disabled %t, certificates %q from %q", name, c.Disable, c.CAFile, c.CAFileFrom)
		}
	}
}

func TestEnvironmentProblems(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"unknown source": {map[string]string{SourcesVariable: "git,gitlba"}, `NUPLUG_SOURCES: entry 2: unknown source: did you mean "gitlab"?`},
		"source twice":   {map[string]string{SourcesVariable: "git,netrc,git"}, "NUPLUG_SOURCES: entry 3: named before"},
		"disable":        {map[string]string{DisableVariable: "c4n4ry"}, "NUPLUG_DISABLE: neither 1 nor 0"},
		"certificates":   {map[string]string{CAFileVariable: "ca.pem"}, "NUPLUG_CA_FILE: not an absolute path"},
		"file":           {map[string]string{FileVariable: "config.toml"}, "NUPLUG_CONFIG: not an absolute path"},
		"disabled, with another problem": {map[string]string{DisableVariable: "1", SourcesVariable: "x"},
			"NUPLUG_SOURCES: entry 1: unknown source; there are environment, gitlab, github, netrc, git, command"},
	} {
		o := options(t, "", test.env)
		o.File = ""
		c, err := Load(o)
		if c != nil || err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

// Checking reads the file in spite of the variable.
func TestEvenIfDisabled(t *testing.T) {
	o := options(t, "disable = 1", map[string]string{DisableVariable: "1"})
	o.EvenIfDisabled = true
	if _, err := Load(o); err == nil {
		t.Error("the problem is not found")
	}
}

// The problems of the file and of the environment come together.
func TestBothKindsOfProblems(t *testing.T) {
	_, err := Load(options(t, "disable = 1", map[string]string{SourcesVariable: "x,y"}))
	all, _ := err.(Errors)
	if len(all) != 3 || all[1].File != SourcesVariable || all[2].Line != 1 {
		t.Errorf("%v", all.Unwrap())
	}
}
