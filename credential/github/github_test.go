package github

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

type env map[string]string

func (e env) getenv(name string) string { return e[name] }

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// tell says in a few words what came out: "user:password from PLACE", "nothing", "ours: REASON", "failed: ERROR".
func tell(t *testing.T, c credential.Credential, err error) string {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("a secret in: %v", err)
	}
	if nothing, ok := errors.AsType[*credential.NothingError](err); ok {
		if nothing.Ours {
			return "ours: " + nothing.Reason
		}
		return "nothing"
	}
	if err != nil {
		return "failed: " + err.Error()
	}
	return c.Username + ":" + c.Password.Reveal() + " from " + c.From
}

// noGh is a machine without gh.
func noGh(string) (string, error) { return "", &proc.StartError{Path: "gh", Kind: proc.NotFound} }

func TestFindInTheEnvironment(t *testing.T) {
	actions := env{"GITHUB_SERVER_URL": "https://github.com", "GITHUB_ACTOR": "octocat", "GITHUB_TOKEN": "c4n4ry"}
	const fromActions = "octocat:c4n4ry from GITHUB_TOKEN"
	none := func(host string) string { return "ours: no token is set for " + host + ", and gh is not installed" }
	tests := []struct {
		name  string
		env   env
		hosts []string
		feed  string
		want  string
	}{
		{"Actions", actions, nil, "https://nuget.pkg.github.com/ORG/index.json", fromActions},
		{"Actions, not github.com itself", actions, nil, "https://github.com/ORG/index.json", "nothing"},
		{"Actions, not another host of it", actions, nil, "https://nuget.github.com/ORG/index.json", "nothing"},
		{"Actions of a server", env{"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://nuget.ghe.example/ORG/index.json", "x-access-token:c4n4ry from GITHUB_TOKEN"},
		{"Actions of a server without subdomains", env{"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://ghe.example/_registry/nuget/ORG/index.json", "x-access-token:c4n4ry from GITHUB_TOKEN"},
		{"Actions of a server, other registry", env{"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://ghe.example/_registry/nuget2/ORG", "nothing"},
		{"Actions of a server, not to github.com", env{"GITHUB_SERVER_URL": "https://ghe.example", "GITHUB_TOKEN": "c4n4ry", "GH_TOKEN": "c4n4ry"}, nil, "https://nuget.pkg.github.com/ORG", none("github.com")},
		{"Actions, not to a server of the configuration", actions, []string{"ghe.example"}, "https://nuget.ghe.example/ORG", none("ghe.example")},
		{"a tenant", env{"GITHUB_SERVER_URL": "https://acme.ghe.com", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://nuget.acme.ghe.com/ORG", "x-access-token:c4n4ry from GITHUB_TOKEN"},
		{"another tenant", env{"GITHUB_SERVER_URL": "https://acme.ghe.com", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://nuget.emca.ghe.com/ORG", "nothing"},

		{"GH_TOKEN first", env{"GH_TOKEN": "c4n4ry", "GITHUB_TOKEN": "other"}, nil, "https://nuget.pkg.github.com/ORG", "x-access-token:c4n4ry from GH_TOKEN"},
		{"GH_HOST is a tenant", env{"GH_TOKEN": "c4n4ry", "GH_HOST": "acme.ghe.com"}, nil, "https://nuget.acme.ghe.com/ORG", "x-access-token:c4n4ry from GH_TOKEN"},
		{"GH_HOST is a tenant, not to github.com", env{"GH_TOKEN": "c4n4ry", "GH_HOST": "acme.ghe.com"}, nil, "https://nuget.pkg.github.com/ORG", none("github.com")},
		{"GH_HOST is no tenant", env{"GH_TOKEN": "c4n4ry", "GH_HOST": "evilghe.com"}, nil, "https://nuget.evilghe.com/ORG", none("evilghe.com")},

		{"enterprise", env{"GH_ENTERPRISE_TOKEN": "c4n4ry", "GITHUB_ENTERPRISE_TOKEN": "other", "GH_HOST": "ghe.example"}, nil, "https://nuget.ghe.example/ORG", "x-access-token:c4n4ry from GH_ENTERPRISE_TOKEN"},
		{"enterprise, the other name", env{"GITHUB_ENTERPRISE_TOKEN": "c4n4ry", "GH_HOST": "ghe.example"}, nil, "https://ghe.example/_registry/nuget/ORG", "x-access-token:c4n4ry from GITHUB_ENTERPRISE_TOKEN"},
		{"enterprise, GH_HOST only", env{"GH_ENTERPRISE_TOKEN": "c4n4ry", "GH_HOST": "ghe.example"}, []string{"other.example"}, "https://nuget.other.example/ORG", none("other.example")},
		{"enterprise, the job's server", env{"GH_ENTERPRISE_TOKEN": "c4n4ry", "GITHUB_SERVER_URL": "https://ghe.example"}, nil, "https://nuget.ghe.example/ORG", "x-access-token:c4n4ry from GH_ENTERPRISE_TOKEN"},
		{"enterprise, the configuration", env{"GH_ENTERPRISE_TOKEN": "c4n4ry"}, []string{"https://ghe.example"}, "https://nuget.ghe.example/ORG", "x-access-token:c4n4ry from GH_ENTERPRISE_TOKEN"},
		{"enterprise, never github.com", env{"GH_ENTERPRISE_TOKEN": "c4n4ry", "GITHUB_SERVER_URL": "https://github.com"}, []string{"github.com"}, "https://nuget.pkg.github.com/ORG", none("github.com")},
		{"enterprise, never a tenant", env{"GH_ENTERPRISE_TOKEN": "c4n4ry", "GH_HOST": "acme.ghe.com"}, nil, "https://nuget.acme.ghe.com/ORG", none("acme.ghe.com")},

		{"a port", env{"GITHUB_SERVER_URL": "https://ghe.example:8443", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://nuget.ghe.example:8443/ORG", "x-access-token:c4n4ry from GITHUB_TOKEN"},
		{"not the port", env{"GITHUB_SERVER_URL": "https://ghe.example:8443", "GITHUB_TOKEN": "c4n4ry"}, nil, "https://nuget.ghe.example/ORG", "nothing"},
		{"an address", env{"GH_ENTERPRISE_TOKEN": "c4n4ry"}, []string{"http://127.0.0.1:3000"}, "http://127.0.0.1:3000/_registry/nuget/ORG", "x-access-token:c4n4ry from GH_ENTERPRISE_TOKEN"},
		{"an address has no subdomains", env{"GH_ENTERPRISE_TOKEN": "c4n4ry"}, []string{"https://192.0.2.1"}, "https://nuget.192.0.2.1/ORG", "nothing"},
		{"an address of the sixth version", env{"GH_ENTERPRISE_TOKEN": "c4n4ry"}, []string{"https://[2001:db8::1]:8443"}, "https://[2001:db8::1]:8443/_registry/nuget/ORG", "x-access-token:c4n4ry from GH_ENTERPRISE_TOKEN"},
		{"an address without a token", env{}, []string{"http://127.0.0.1:3000"}, "http://127.0.0.1:3000/_registry/nuget/ORG", "ours: no token is set for http://127.0.0.1:3000, and gh cannot have one"},
		{"http", env{"GITHUB_SERVER_URL": "http://ghe.example", "GITHUB_TOKEN": "c4n4ry"}, nil, "http://nuget.ghe.example/ORG",
			"ours: the token would travel without encryption: use https, or name http://ghe.example among the hosts"},
		{"http that was named", env{"GITHUB_SERVER_URL": "http://ghe.example", "GITHUB_TOKEN": "c4n4ry"}, []string{"http://ghe.example"}, "http://nuget.ghe.example/ORG", "x-access-token:c4n4ry from GITHUB_TOKEN"},
		{"no token", env{}, nil, "https://nuget.pkg.github.com/ORG", none("github.com")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New(&Options{Hosts: test.hosts, Getenv: test.env.getenv, Find: noGh})
			c, err := s.Find(t.Context(), request(t, test.feed))
			if got := tell(t, c, err); got != test.want {
				t.Errorf("%s\ngot  %s\nwant %s", test.feed, got, test.want)
			}
		})
	}
}

func TestLookAlikes(t *testing.T) {
	s := New(&Options{
		Getenv: env{"GITHUB_TOKEN": "c4n4ry", "GH_ENTERPRISE_TOKEN": "c4n4ry", "GH_HOST": "ghe.example"}.getenv,
		Find:   func(string) (string, error) { t.Error("gh was looked for"); return noGh("") },
	})
	for _, address := range []string{
		"https://nuget.pkg.github.com.evil.example/ORG", "https://evil-nuget.pkg.github.com/ORG", "https://evilnuget.pkg.github.com/ORG",
		"https://a.nuget.pkg.github.com/ORG", "https://pkg.github.com/ORG", "https://npm.pkg.github.com/ORG", "https://github.com/ORG",
		"https://nuget.pkg.github.com:8443/ORG", "http://nuget.pkg.github.com/ORG", "http://nuget.pkg.github.com:443/ORG",
		"https://nuget.pkg.github.com@evil.example/ORG", "https://nuget.pkg.github.com:443@evil.example/ORG", "https://nuget.pkg.githúb.com/ORG",
		"https://nuget.pkg.github。com/ORG", "https://nuget-pkg-github.com/ORG", "https://nuget.pkg.github.co/ORG", "https://nuget.pkg.github.comm/ORG",
		"https://nuget.pkg.github.com../ORG", "https://nuget.pkg.gіthub.com/ORG", "https://evil.example/nuget.pkg.github.com/ORG",
		"https://nuget.pkg.github.evil.example/ORG", "https://nuget.acme.ghe.com/ORG", "https://nuget.ghe.com/ORG",
		"https://nuget.ghe.example.evil.example/ORG", "https://xnuget.ghe.example/ORG", "https://nuget.x.ghe.example/ORG", "https://ghe.example/ORG",
		"https://ghe.example/_registry/npm/ORG", "https://ghe.example/x/_registry/nuget/ORG", "https://ghe.example/_registry%2Fnuget/ORG",
		"https://ghe.example/_registry/nuget/../../ORG", "http://ghe.example/_registry/nuget/ORG",
	} {
		c, err := s.Find(t.Context(), request(t, address))
		if got := tell(t, c, err); got != "nothing" {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestRefused(t *testing.T) {
	asked := 0
	s := New(&Options{
		Getenv: env{"GH_TOKEN": "1", "GITHUB_TOKEN": "2"}.getenv,
		Find:   func(string) (string, error) { return "/usr/bin/gh", nil },
		Run: func(context.Context, proc.Command) (proc.Output, error) {
			asked++
			return proc.Output{Stdout: []byte("3\n")}, nil
		},
	})
	r := request(t, "https://nuget.pkg.github.com/ORG")
	r.Refused = map[string]bool{}
	for _, want := range []string{"GH_TOKEN", "GITHUB_TOKEN", "gh auth token --hostname github.com", "gh auth token --hostname github.com"} {
		c, err := s.Find(t.Context(), r)
		if err != nil || c.From != want {
			t.Errorf("%v, %v, want the one from %s", c, err, want)
		}
		r.Refused[c.From] = true
	}
	if asked != 1 {
		t.Errorf("gh was asked %d times", asked)
	}
}

// Without gh, the trail says that the token was refused, and not that gh is missing.
func TestRefusedWithoutGh(t *testing.T) {
	s := New(&Options{Getenv: env{"GH_TOKEN": "1"}.getenv, Find: noGh})
	r := request(t, "https://nuget.pkg.github.com/ORG")
	r.Refused = map[string]bool{"GH_TOKEN": true}
	if c, err := s.Find(t.Context(), r); err != nil || c.From != "GH_TOKEN" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestWarnings(t *testing.T) {
	s := New(&Options{
		Hosts:  []string{"ghe.example", "https://u:c4n4ry/x@ghe.example"},
		Getenv: env{"GITHUB_SERVER_URL": "file:///c4n4ry", "GH_HOST": "c4n4ry:x"}.getenv,
		Find:   noGh,
	})
	want := []string{
		"github: GITHUB_SERVER_URL is not the address of a server and is not used",
		"github: GH_HOST is not the address of a server and is not used",
		"github: hosts, entry 2 is not the address of a server and is not used",
	}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
	if s.Name() != "github" {
		t.Error("the name is part of what users write")
	}
}

func TestOptionsAreCopied(t *testing.T) {
	o := &Options{Hosts: []string{"ghe.example"}, Getenv: env{"GH_ENTERPRISE_TOKEN": "t"}.getenv, Find: noGh}
	s := New(o)
	o.Hosts[0] = "evil.example"
	if _, err := s.Find(t.Context(), request(t, "https://nuget.ghe.example/ORG")); err != nil {
		t.Error(err)
	}
	if New(nil).Name() == "" || slices.Equal(o.Hosts, s.o.Hosts) {
		t.Error("the source shares its options")
	}
}
