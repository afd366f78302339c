package netrc

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
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

// home makes a home folder with a .netrc file in it.
func home(t *testing.T, text string, mode fs.FileMode) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, ".netrc")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// find tells in a few words what came out: "user:password from PLACE", "nothing: REASON", "ours: REASON", "failed: ERROR".
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if err != nil && strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("a secret in: %v", err)
	}
	nothing, isNothing := errors.AsType[*credential.NothingError](err)
	switch {
	case isNothing && nothing.Ours:
		return "ours: " + nothing.Reason
	case isNothing:
		return "nothing: " + nothing.Reason
	case err != nil:
		return "failed: " + err.Error()
	}
	return c.Username + ":" + c.Password.Reveal() + " from " + c.From
}

const file = `machine feeds.example login u password c4n4ry
machine FEEDS2.example. login u2 password p2
machine half.example login u3
machine ::1 login u4 password p4
default login anybody password c4n4ry-default
`

func TestFind(t *testing.T) {
	dir, path := home(t, file, 0o600)
	s := New(env{"HOME": dir}.getenv)
	for address, want := range map[string]string{
		"https://feeds.example/any/path":   "u:c4n4ry from " + path + ", line 1",
		"https://feeds.example:443/":       "u:c4n4ry from " + path + ", line 1",
		"https://feeds2.example/":          "u2:p2 from " + path + ", line 2",
		"https://half.example/":            "ours: the entry for half.example in " + path + " lacks a login or a password",
		"https://[::1]/":                   "u4:p4 from " + path + ", line 4",
		"https://other.example/":           "nothing: no entry for other.example in " + path,
		"http://feeds.example/":            "nothing: entries are for https on port 443 only",
		"https://feeds.example:8443/":      "nothing: entries are for https on port 443 only",
		"http://feeds.example:443/":        "nothing: entries are for https on port 443 only",
		"http://[::1]:5000/":               "nothing: entries are for https on port 443 only",
		"https://a.feeds.example/":         "nothing: no entry for a.feeds.example in " + path,
		"https://feeds.example.evil.test/": "nothing: no entry for feeds.example.evil.test in " + path,
		"https://feeds.example@evil.test/": "nothing: no entry for evil.test in " + path,
		"https://evil.test/feeds.example":  "nothing: no entry for evil.test in " + path,
		"https://fеeds.example/":           "nothing: no entry for fеeds.example in " + path, // Cyrillic
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
	want := []string{path + ", line 3: the entry has no password (one that begins with # needs quotation marks)"}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
	if s.Name() != "netrc" {
		t.Error("the name is part of what users write")
	}
}

func TestRefused(t *testing.T) {
	dir, path := home(t, "machine a.example login 1 password p\nmachine a.example login 2 password p\n", 0o600)
	s := New(env{"HOME": dir}.getenv)
	r := request(t, "https://a.example")
	r.Refused = map[string]bool{}
	for _, want := range []string{path + ", line 1", path + ", line 2", path + ", line 1"} {
		c, err := s.Find(t.Context(), r)
		if err != nil || c.From != want {
			t.Errorf("%v, %v, want the one from %s", c, err, want)
		}
		r.Refused[c.From] = true
	}
}

func TestPaths(t *testing.T) {
	tests := []struct {
		goos string
		env  env
		want []string
	}{
		{"linux", env{"HOME": "/home/u", "USERPROFILE": "/x"}, []string{"/home/u/.netrc"}},
		{"darwin", env{"HOME": "/home/u", "NETRC": "/etc/n"}, []string{"/etc/n"}},
		{"linux", env{"USERPROFILE": "/x"}, nil},
		{"windows", env{"USERPROFILE": "/x"}, []string{"/x/.netrc", "/x/_netrc"}},
		{"windows", env{"HOME": "/home/u", "USERPROFILE": "/x"}, []string{"/home/u/.netrc", "/home/u/_netrc"}},
		{"windows", env{"NETRC": "/etc/n"}, []string{"/etc/n"}},
		{"windows", env{}, nil},
	}
	for _, test := range tests {
		got := paths(test.goos, test.env.getenv)
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s, %v: %s", test.goos, test.env, diff)
		}
	}
}

func TestTheOtherNameOnWindows(t *testing.T) {
	dir, path := home(t, "machine a.example login u password p", 0o600)
	other := filepath.Join(dir, "_netrc")
	if err := os.Rename(path, other); err != nil {
		t.Fatal(err)
	}
	if got := find(t, newFor("windows", env{"HOME": dir}.getenv), request(t, "https://a.example")); got != "u:p from "+other+", line 1" {
		t.Error(got)
	}
	if got := find(t, newFor("linux", env{"HOME": dir}.getenv), request(t, "https://a.example")); got != "nothing: there is no .netrc file" {
		t.Error(got)
	}
}

// The file is opened for the first https feed and not before, not even for the warnings.
func TestReadsLate(t *testing.T) {
	dir, path := home(t, "machine a.example login u password first", 0o644)
	s := New(env{"HOME": dir}.getenv)
	if s.Warnings() != nil {
		t.Error("Warnings read the file")
	}
	find(t, s, request(t, "http://a.example"))
	if err := os.WriteFile(path, []byte("machine a.example login u password second"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, request(t, "https://a.example")); !strings.HasPrefix(got, "u:second ") {
		t.Error(got)
	}
	if len(s.Warnings()) != 1 {
		t.Error(s.Warnings())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, request(t, "https://a.example")); !strings.HasPrefix(got, "u:second ") {
		t.Errorf("read again: %s", got)
	}
}
