package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
)

// sources and kinds are those that the tests know.
func sources() []string {
	return []string{"environment", "gitlab", "github", "netrc", "git", "command"}
}
func kinds() []string { return []string{"gitlab", "github", "azure"} }

func feed(t *testing.T, address string) credential.Feed {
	t.Helper()
	f, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// options are for a file with this text in an environment; the system is that of a Unix.
func options(t *testing.T, text string, env map[string]string) *Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Options{
		File: path, Sources: sources(), Kinds: kinds(), GOOS: "linux",
		Getenv: func(name string) string {
			if name == "HOME" {
				return "/home/u"
			}
			return env[name]
		},
	}
}

func load(t *testing.T, text string, env map[string]string) *Config {
	t.Helper()
	c, err := Load(options(t, text, env))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const whole = `# everything there is
sources = ["netrc", "gitlab"]
ca_file = "~/company.pem"

[[feed]]
url = "https://Feeds.Example:443/nuget/v3/index.json"
sources = ["command"]
username = "u"
account = "a"
helper = "pass"

[[feed]]
url = "https://feeds.example/nuget/v3/deep"
tenant = "contoso.example"
client_id = "system"
kind = "azure"
helper = "/opt/helper"

[[feed]]
url = "http://nuget.ghe.example"
kind = "github"
server = "https://ghe.example/"
allow_insecure = true
sources = []

[[feed]]
url = "https://git.example:8443/gitlab/"
kind = "gitlab"

[[secret_file]]
path = "/run/nuplug.json"

[[secret_file]]
path = '~/token'
feed = "https://feeds.example/nuget"
username = "t"

[[download]]
url = "https://feeds.example/nuget/v3/index.json"
`

func TestLoad(t *testing.T) {
	o := options(t, whole, nil)
	got, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"netrc", "gitlab"}
	const allFrom = "config.toml, line 2"
	want := &Config{
		File:   o.File,
		CAFile: "/home/u/company.pem", CAFileFrom: "config.toml, line 3",
		Sources: all, SourcesFrom: allFrom,
		Feeds: []FeedConfig{
			{Address: feed(t, "https://feeds.example/nuget/v3"), From: "config.toml, line 5", Username: "u", Account: "a", Helper: "pass",
				Sources: []string{"command"}, SourcesFrom: "config.toml, line 7"},
			{Address: feed(t, "https://feeds.example/nuget/v3/deep"), From: "config.toml, line 12", Sources: all, SourcesFrom: allFrom,
				Tenant: "contoso.example", ClientID: "system", Kind: "azure", Server: feed(t, "https://feeds.example/nuget/v3/deep"),
				Program: "/opt/helper"},
			{Address: feed(t, "http://nuget.ghe.example"), From: "config.toml, line 19", SourcesFrom: "config.toml, line 24",
				Kind: "github", Server: feed(t, "https://ghe.example"), AllowInsecure: true},
			{Address: feed(t, "https://git.example:8443/gitlab"), From: "config.toml, line 26", Sources: all, SourcesFrom: allFrom,
				Kind: "gitlab", Server: feed(t, "https://git.example:8443/gitlab")},
		},
		SecretFiles: []SecretFile{
			{Path: "/run/nuplug.json", From: "config.toml, line 30"},
			{Path: "/home/u/token", Feed: feed(t, "https://feeds.example/nuget"), Username: "t", From: "config.toml, line 33"},
		},
		Downloads: []Download{{Address: feed(t, "https://feeds.example/nuget/v3"), From: "config.toml, line 38"}},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(sameFeed)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func sameFeed(a, b credential.Feed) bool { return a == b }

func TestFor(t *testing.T) {
	c := load(t, whole, nil)
	for address, want := range map[string]string{
		"https://feeds.example/nuget/v3/index.json":      "https://feeds.example/nuget/v3",
		"https://feeds.example/NuGet/V3":                 "https://feeds.example/nuget/v3",
		"https://feeds.example/nuget/v3/deep/index.json": "https://feeds.example/nuget/v3/deep",
		"https://feeds.example/nuget/v3/deeper":          "https://feeds.example/nuget/v3",
		"https://feeds.example/nuget/v33":                "",
		"https://feeds.example/nuget":                    "",
		"http://feeds.example/nuget/v3":                  "",
		"https://feeds.example:8443/nuget/v3":            "",
		"https://feeds.example.evil.example/nuget/v3":    "",
		"https://nuget.ghe.example/org":                  "", // the entry is for http
		"http://nuget.ghe.example/org/index.json":        "http://nuget.ghe.example",
		"https://git.example:8443/gitlab/api/v4":         "https://git.example:8443/gitlab",
	} {
		f := c.For(feed(t, address))
		if f.Address.String() != want || (f.From == "") != (want == "") {
			t.Errorf("%s: entry %q of %q", address, f.Address, f.From)
		}
		if want == "" {
			other := FeedConfig{Sources: []string{"netrc", "gitlab"}, SourcesFrom: "config.toml, line 2"}
			if diff := cmp.Diff(other, f, cmp.Comparer(sameFeed)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", address, diff)
			}
		}
	}
	c.For(feed(t, "https://other.example")).Sources[0] = "changed"
	if c.Sources[0] != "netrc" {
		t.Error("a caller changed the configuration")
	}
}

// Which entry wins does not depend on the order of the file.
func TestForInAnyOrder(t *testing.T) {
	c := load(t, "[[feed]]\nurl='https://a.example/x/y'\n[[feed]]\nurl='https://a.example'\n[[feed]]\nurl='https://a.example/x'\n", nil)
	for address, want := range map[string]string{"https://a.example/x/y/z": "line 1", "https://a.example/x/z": "line 5", "https://a.example/": "line 3"} {
		if f := c.For(feed(t, address)); f.From != "config.toml, "+want {
			t.Errorf("%s: %s", address, f.From)
		}
	}
}

func TestServers(t *testing.T) {
	c := load(t, whole+"[[feed]]\nurl = 'https://nuget.ghe.example'\nkind = 'github'\nserver = 'https://GHE.example'\n", nil)
	for kind, want := range map[string][]credential.Feed{
		"github": {feed(t, "https://ghe.example")}, // once
		"gitlab": {feed(t, "https://git.example:8443/gitlab")},
		"none":   nil,
	} {
		if diff := cmp.Diff(want, c.Servers(kind), cmp.Comparer(sameFeed)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", kind, diff)
		}
	}
}

// Tables can be written in the other ways that TOML has.
func TestOtherForms(t *testing.T) {
	want := load(t, "[[feed]]\nurl = 'https://a.example'\nusername = 'u'\n", nil).Feeds[0]
	for _, text := range []string{
		"feed = [{url = 'https://a.example', username = 'u'}]",
		"feed = [ # comment\n {\"url\" = \"https://a.example\", 'username' = '''u'''},\n]\n",
		"\ufeff[[ \"feed\" ]]\r\n \"u\\u0072l\" = \"https://a.example\"\r\nusername\t=\t\"\"\"u\"\"\" # comment\r\n",
	} {
		got := load(t, text, nil).Feeds[0]
		got.From = want.From // the line differs
		if diff := cmp.Diff(want, got, cmp.Comparer(sameFeed)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", text, diff)
		}
	}
}
