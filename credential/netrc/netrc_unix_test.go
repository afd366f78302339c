//go:build unix

package netrc

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRights(t *testing.T) {
	const a = "https://feeds.example/"
	tests := []struct {
		mode    fs.FileMode
		refused bool
		warning string
	}{
		{0o600, false, ""},
		{0o400, false, ""},
		{0o700, false, ""},
		{0o640, false, " can be read by others: run chmod 600 "},
		{0o604, false, " can be read by others: run chmod 600 "},
		{0o620, true, " is not used because others can write it: run chmod 600 "},
		{0o602, true, " is not used because others can write it: run chmod 600 "},
		{0o666, true, " is not used because others can write it: run chmod 600 "},
	}
	for _, test := range tests {
		dir, path := home(t, "machine feeds.example login u password p\n", test.mode)
		s := newFor("linux", env{"HOME": dir}.getenv)
		got := find(t, s, request(t, a))
		want := "u:p from " + path + ", line 1"
		if test.refused {
			want = "failed: " + path + test.warning + path
		}
		if got != want {
			t.Errorf("%o: %s", test.mode, got)
		}
		var warnings []string
		if test.warning != "" {
			warnings = []string{path + test.warning + path}
		}
		if diff := cmp.Diff(warnings, s.Warnings()); diff != "" {
			t.Errorf("%o: %s", test.mode, diff)
		}
		if got := find(t, s, request(t, "https://other.example")); got != "nothing: no entry for other.example in "+path {
			t.Errorf("%o: a bad file makes every feed ours: %s", test.mode, got)
		}
		windows := newFor("windows", env{"HOME": dir}.getenv)
		if got := find(t, windows, request(t, a)); got != "u:p from "+path+", line 1" || len(windows.Warnings()) > 0 {
			t.Errorf("%o on Windows: %s, %q", test.mode, got, windows.Warnings())
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	tests := []struct {
		env     env
		reason  string
		warning string
	}{
		{env{}, "there is no .netrc file", ""},
		{env{"HOME": dir}, "there is no .netrc file", ""},
		{env{"NETRC": missing}, missing + ": no such file or directory", missing + " is not used: no such file or directory"},
		{env{"NETRC": dir}, dir + ": it is not a regular file", dir + " is not used: it is not a regular file"},
		{env{"NETRC": pipe}, pipe + ": it is not a regular file", pipe + " is not used: it is not a regular file"},
		{env{"NETRC": "/dev/zero"}, "/dev/zero: it is not a regular file", "/dev/zero is not used: it is not a regular file"},
		{env{"NETRC": large}, large + ": it is larger than 1 MiB", large + " is not used: it is larger than 1 MiB"},
	}
	for _, test := range tests {
		s := New(test.env.getenv)
		if got := find(t, s, request(t, "https://a.example")); got != "nothing: "+test.reason {
			t.Errorf("%v: %s", test.env, got)
		}
		if got := strings.Join(s.Warnings(), "; "); got != test.warning {
			t.Errorf("%v: %q", test.env, got)
		}
	}
}
