package mounted

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
)

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// find tells in a few words what came out: "user:password from PLACE", "nothing: REASON", "ours: REASON".
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if err == nil {
		return c.Username + ":" + c.Password.Reveal() + " from " + c.From
	}
	if strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("a secret in: %v", err)
	}
	nothing, ok := errors.AsType[*credential.NothingError](err)
	switch {
	case !ok:
		t.Fatal(err)
	case nothing.Ours:
		return "ours: " + nothing.Reason
	}
	return "nothing: " + nothing.Reason
}

// write makes a file and returns its path.
func write(t *testing.T, dir, name, text string, mode fs.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func endpoint(address, user string) string {
	return `{"endpointCredentials":[{"endpoint":"` + address + `","username":"` + user + `","password":"c4n4ry"}]}`
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	nuget := write(t, dir, "nuget", endpoint("https://a.example/f/index.json", "1"), 0o444)
	config := write(t, dir, "nuget_feeds.json", "\ufeff\n"+strings.ReplaceAll(endpoint("https://b.example", "2"), `"`, `'`), 0o400)
	nuplug := write(t, dir, "nuplug", `{"endpointCredentials":[{"endpoint":"x","password":"c4n4ry"},{"endpoint":"https://c.example","password":"c4n4ry"}]}`, 0o444)
	write(t, dir, "other-nuget", endpoint("https://d.example", "4"), 0o444)
	s := New(&Options{Dir: dir})
	for address, want := range map[string]string{
		"https://a.example/f/index.json": "1:c4n4ry from " + nuget + ", entry 1",
		"https://a.example/f/v3":         "1:c4n4ry from " + nuget + ", entry 1",
		"https://a.example/f2":           "nothing: no entry for this feed among 3",
		"http://a.example/f":             "nothing: no entry for this feed among 3",
		"https://b.example/any":          "2:c4n4ry from " + config + ", entry 1",
		"https://c.example":              "VssSessionToken:c4n4ry from " + nuplug + ", entry 2",
		"https://d.example":              "nothing: no entry for this feed among 3",
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
	want := []string{nuplug + ", entry 1: endpoint: not a feed: the address does not begin with https:// or http://"}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
	if s.Name() != "mounted" {
		t.Error("the name is part of what users write")
	}
}

func TestFiles(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	write(t, dir, "nuget", `{"endpointCredentials":[{"endpoint":"https://a.example","username":"dir","password":"p"}]}`, 0o444)
	token := write(t, elsewhere, "token", "c4n4ry\r\n", 0o400)
	named := write(t, elsewhere, "named", " c4n4ry with spaces ", 0o400)
	document := write(t, elsewhere, "feeds", endpoint("https://a.example/deep", "document"), 0o400)
	inDir := write(t, dir, "github-token", "c4n4ry", 0o400)
	s := New(&Options{Dir: dir, Files: []File{
		{Path: token, Feed: "https://a.example/"},
		{Path: named, Feed: "https://b.example/org/index.json", Username: "u"},
		{Path: document, Feed: "https://c.example"}, // the feed is for a token, and this is none
		{Path: inDir, Feed: "https://d.example"},
	}})
	for address, want := range map[string]string{
		"https://a.example":                "token:c4n4ry from " + token,
		"https://a.example/x":              "token:c4n4ry from " + token,
		"https://a.example/deep/x":         "document:c4n4ry from " + document + ", entry 1",
		"https://b.example/org/index.json": "u:c4n4ry with spaces from " + named,
		"https://b.example/org/query":      "u:c4n4ry with spaces from " + named,
		"https://b.example":                "nothing: no entry for this feed among 5",
		"https://c.example":                "ours: " + document + " is for this feed and cannot be used",
		"https://d.example":                "token:c4n4ry from " + inDir,
		"https://a.example.evil.example":   "nothing: no entry for this feed among 5",
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
	if len(s.Warnings()) > 0 {
		t.Error(s.Warnings())
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	feed := "https://a.example"
	tests := []struct {
		name    string
		file    File
		warning string // after the path
	}{
		{"missing", File{Path: filepath.Join(dir, "missing"), Feed: feed}, " is not used: " + missing()},
		{"a folder", File{Path: dir, Feed: feed}, " is not used: it is a folder: name the file in it in the configuration"},
		{"relative", File{Path: "token", Feed: feed}, " is not used: its path is not absolute"},
		{"empty", File{Path: write(t, dir, "empty", " \n", 0o400), Feed: feed}, " is not used: it is empty"},
		{"no feed", File{Path: write(t, dir, "token", "c4n4ry", 0o400)},
			" is not used: it holds no endpoint JSON: if it is a token, name the file and its feed in the configuration"},
		{"lines", File{Path: write(t, dir, "lines", "c4n4ry\nc4n4ry", 0o400), Feed: feed},
			" is not used: it has to hold one token and nothing else, and has several lines or control characters"},
		{"bad JSON", File{Path: write(t, dir, "json", `{"endpointCredentials":[{"password":"c4n4ry`, 0o400)}, " is no valid JSON and none of it is used: it breaks at byte 43"},
		{"bad feed", File{Path: write(t, dir, "bad", "c4n4ry", 0o400), Feed: "https://u:c4n4ry/@a.example"},
			" is not used: the feed that it is for is not an https or http address"},
		{"large", File{Path: write(t, dir, "large", strings.Repeat("c4n4ry", maxSize/6+1), 0o400), Feed: feed}, " is not used: it is larger than 1 MiB"},
	}
	for _, test := range tests {
		s := New(&Options{Dir: filepath.Join(dir, "nothing here"), Files: []File{test.file}})
		want := "ours: " + test.file.Path + " is for this feed and cannot be used"
		if test.file.Feed != feed {
			want = "nothing: no secret is mounted"
		}
		if got := find(t, s, request(t, "https://a.example/x")); got != want {
			t.Errorf("%s: %s", test.name, got)
		}
		if diff := cmp.Diff([]string{test.file.Path + test.warning}, s.Warnings()); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// missing is what the system calls a file that is not there.
func missing() string {
	_, err := os.Stat("no such file")
	return reason(err).Error()
}

func TestSizeLimit(t *testing.T) {
	text := endpoint("https://a.example", "u")
	dir := t.TempDir()
	write(t, dir, "nuget", text+strings.Repeat(" ", maxSize-len(text)), 0o400)
	if got := find(t, New(&Options{Dir: dir}), request(t, "https://a.example")); !strings.HasPrefix(got, "u:c4n4ry ") {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	first := write(t, dir, "nuget1", endpoint("https://a.example", "1"), 0o400) + ", entry 1"
	second := write(t, dir, "nuget2", endpoint("https://a.example", "2"), 0o400) + ", entry 1"
	s := New(&Options{Dir: dir})
	r := request(t, "https://a.example")
	r.Refused = map[string]bool{}
	for _, want := range []string{first, second, first} {
		c, err := s.Find(t.Context(), r)
		if err != nil || c.From != want {
			t.Errorf("%v, %v, want the one from %s", c, err, want)
		}
		r.Refused[c.From] = true
	}
}

func TestNothingMounted(t *testing.T) {
	for _, s := range []*Source{New(&Options{Dir: filepath.Join(t.TempDir(), "missing")}), New(&Options{Dir: t.TempDir()}), newFor("windows", nil)} {
		if got := find(t, s, request(t, "https://a.example")); got != "nothing: no secret is mounted" || len(s.Warnings()) > 0 {
			t.Errorf("%s, %q", got, s.Warnings())
		}
	}
}

// On Windows any user can make the folder.
func TestDefaultDir(t *testing.T) {
	for goos, want := range map[string]string{"linux": "/run/secrets", "darwin": "/run/secrets", "windows": ""} {
		if got := newFor(goos, nil).o.Dir; got != want {
			t.Errorf("%s: %q", goos, got)
		}
	}
}

// The files are opened for the first feed and not before, not even for the warnings, and then once.
func TestReadsLateAndOnce(t *testing.T) {
	dir := t.TempDir()
	s := New(&Options{Dir: dir})
	if s.Warnings() != nil {
		t.Error("Warnings read the files")
	}
	path := write(t, dir, "nuget", endpoint("https://a.example", "u"), 0o600)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { find(t, s, request(t, "https://a.example")) })
	}
	wg.Wait()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, request(t, "https://a.example")); !strings.HasPrefix(got, "u:c4n4ry ") {
		t.Error(got)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	path := write(t, t.TempDir(), "token", "c4n4ry", 0o400)
	o := &Options{Dir: t.TempDir(), Files: []File{{Path: path, Feed: "https://a.example"}}}
	s := New(o)
	o.Files[0].Feed = "https://evil.example"
	if got := find(t, s, request(t, "https://a.example")); got != "token:c4n4ry from "+path {
		t.Error(got)
	}
}
