//go:build !windows

package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A link inside is removed and not followed; so is a folder that is itself a link, unless a slash stands behind its name.
func TestClearLocalsAndLinks(t *testing.T) {
	dir := tempDir(t)
	outside := filepath.Join(dir, "outside")
	writeEntry(t, filepath.Join(outside, "keep"), "x")
	writeEntry(t, filepath.Join(dir, "cache", "x"), "x")
	for _, link := range []string{"cache/link", "linked", "packages"} {
		if err := os.Symlink(outside, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]bool{"cache": false, "linked": false, "packages/": true, "outside/keep": true} {
		if path != "outside/keep" {
			if left, err := deleteFolder(dir + "/" + path); len(left) > 0 || err != nil {
				t.Errorf("%s: %q, %v", path, left, err)
			}
		}
		if _, err := os.Lstat(filepath.Join(dir, path)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", path, err == nil, want)
		}
	}
}

// What cannot be deleted is listed, and the other folders are cleared all the same. No user can delete what lies in a
// file, and no user can list it.
func TestClearLocalsPartly(t *testing.T) {
	dir, locals := testLocals(t)
	file := filepath.Join(dir, "file")
	writeEntry(t, file, "x")
	locals[1].Path = file + "/packages/"
	var out strings.Builder
	if err := ClearLocals(&out, locals, LocalAll); err != ErrNotCleared {
		t.Errorf("error %v", err)
	}
	want := `Clearing NuGet HTTP cache: DIR/http-cache
Clearing NuGet global packages folder: DIR/file/packages/
Local resources partially cleared.
error: Failed to delete 'DIR/file/packages/'.
Clearing NuGet Temp cache: DIR/temp
Clearing NuGet plugins cache: DIR/plugins-cache
`
	if diff := cmp.Diff(want, strings.ReplaceAll(out.String(), dir, "DIR")); diff != "" {
		t.Error(diff)
	}
	if left := leftIn("printed/", filepath.Dir(writeFiles(t, dir, "left/b/2", "left/B/1", "left/a"))); !cmp.Equal(left,
		[]string{filepath.Join(dir, "left/a"), filepath.Join(dir, "left/B/1"), filepath.Join(dir, "left/b/2"), "printed/"}) {
		t.Errorf("left: %q", left)
	}
}

// writeFiles gives the path of the last.
func writeFiles(t *testing.T, dir string, names ...string) (last string) {
	t.Helper()
	for _, name := range names {
		last = filepath.Join(dir, name)
		writeEntry(t, last, "x")
	}
	return last
}
