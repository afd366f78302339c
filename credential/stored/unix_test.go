//go:build unix

package stored

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/credential"
)

func TestModes(t *testing.T) {
	s := New(&Options{Dir: filepath.Join(t.TempDir(), "config", "nuplug")})
	put(t, s, "https://feeds.example", "u")
	for name, want := range map[string]fs.FileMode{"": fs.ModeDir | 0o700, indexName: 0o600, secretsName: 0o600} {
		if info, err := os.Stat(s.path(name)); err != nil || info.Mode() != want {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
}

// A file with secrets that others can reach is refused, for reading and for writing.
func TestSecretsThatOthersReach(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		0o600: "", 0o400: "", 0o700: "",
		0o640: "others can read it: run chmod 600 FILE, and change the passwords in it",
		0o604: "others can read it: run chmod 600 FILE, and change the passwords in it",
		0o660: "others can read it: run chmod 600 FILE, and change the passwords in it",
		0o620: "others can write it: run chmod 600 FILE", 0o602: "others can write it: run chmod 600 FILE",
	} {
		s := New(&Options{Dir: t.TempDir()})
		put(t, s, "https://feeds.example", "u")
		path := s.path(secretsName)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		got := find(t, s, "https://feeds.example")
		if want == "" {
			if !strings.HasPrefix(got, "u:c4n4ryu from ") {
				t.Errorf("%o: %s", mode, got)
			}
			continue
		}
		want = path + " is not used because " + strings.ReplaceAll(want, "FILE", path)
		if got != "failed: the login for https://feeds.example: "+want {
			t.Errorf("%o: %s", mode, got)
		}
		feed := mustFeed(t, "https://feeds.example/2")
		if _, err := s.Put(t.Context(), feed, credential.Credential{Password: canary}); err == nil || err.Error() != "store the login: "+want {
			t.Errorf("%o, Put: %v", mode, err)
		}
		if err := s.Delete(t.Context(), mustFeed(t, "https://feeds.example")); err == nil || err.Error() != "delete the login: "+want {
			t.Errorf("%o, Delete: %v", mode, err)
		}
		if got := find(t, newFor("windows", &s.o), "https://feeds.example"); !strings.HasPrefix(got, "u:c4n4ryu from ") {
			t.Errorf("%o on Windows: %s", mode, got)
		}
	}
}

// The index may be read by others, but not written.
func TestIndexThatOthersReach(t *testing.T) {
	s := New(&Options{Dir: t.TempDir(), Keychain: newFake()})
	put(t, s, "https://feeds.example", "u")
	path := s.path(indexName)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, "https://feeds.example"); !strings.HasPrefix(got, "u:c4n4ryu from ") || s.Warnings() != nil {
		t.Error(got, s.Warnings())
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	want := path + " is not used because others can write it: run chmod 600 " + path
	if got := find(t, s, "https://feeds.example"); got != "nothing: "+want || !slices.Equal(s.Warnings(), []string{want}) {
		t.Error(got, s.Warnings())
	}
	if _, err := s.List(); err == nil || err.Error() != want {
		t.Error(err)
	}
}
