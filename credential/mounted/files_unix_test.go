//go:build unix

package mounted

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
	for mode, usable := range map[fs.FileMode]bool{0o400: true, 0o444: true, 0o640: true, 0o755: true, 0o620: false, 0o602: false, 0o666: false} {
		dir := t.TempDir()
		path := write(t, dir, "nuget", endpoint("https://a.example", "u"), mode)
		s := newFor("linux", &Options{Dir: dir})
		want, warnings := "u:c4n4ry from "+path+", entry 1", []string(nil)
		if !usable {
			want = "nothing: no secret is mounted"
			warnings = []string{path + " is not used: others can write it: run chmod go-w on it, or mount it with mode 0444"}
		}
		if got := find(t, s, request(t, "https://a.example")); got != want {
			t.Errorf("%o: %s", mode, got)
		}
		if diff := cmp.Diff(warnings, s.Warnings()); diff != "" {
			t.Errorf("%o: %s", mode, diff)
		}
		if got := find(t, newFor("windows", &Options{Dir: dir}), request(t, "https://a.example")); !strings.HasPrefix(got, "u:c4n4ry ") {
			t.Errorf("%o on Windows: %s", mode, got)
		}
	}
}

// Kubernetes mounts a link in the folder to a link in the folder to a file in the folder.
func TestLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	data := filepath.Join(dir, "..2026_01_01")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, data, "nuget", endpoint("https://a.example", "u"), 0o444)
	outside := write(t, elsewhere, "feeds", endpoint("https://b.example", "u"), 0o444)
	for name, target := range map[string]string{
		"..data": "..2026_01_01", "nuget": "..data/nuget", "nuget-outside": outside, "nuplug-up": "../" + filepath.Base(elsewhere) + "/feeds",
		"nuplug-nowhere": "nowhere",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := New(&Options{Dir: dir})
	if got := find(t, s, request(t, "https://a.example")); got != "u:c4n4ry from "+filepath.Join(dir, "nuget")+", entry 1" {
		t.Error(got)
	}
	if got := find(t, s, request(t, "https://b.example")); got != "nothing: no entry for this feed among 1" {
		t.Error(got)
	}
	want := []string{
		filepath.Join(dir, "nuget-outside") + " is not used: path escapes from parent",
		filepath.Join(dir, "nuplug-nowhere") + " is not used: no such file or directory",
		filepath.Join(dir, "nuplug-up") + " is not used: path escapes from parent",
	}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
}

// Opening a pipe would wait for its writer, and a device has no end.
func TestNoRegularFiles(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "nuget-pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "nuplug"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := New(&Options{Dir: dir, Files: []File{{Path: "/dev/zero", Feed: "https://a.example"}}})
	find(t, s, request(t, "https://a.example"))
	want := []string{
		"/dev/zero is not used: it is not a regular file",
		filepath.Join(dir, "nuget-pipe") + " is not used: it is not a regular file",
		filepath.Join(dir, "nuplug") + " is not used: it is a folder: name the file in it in the configuration",
	}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
}
