package atomicfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWrite(t *testing.T) {
	name := filepath.Join(tempDir(t), "x.dat")
	for _, content := range []string{"first", "", "third, longer than the others"} {
		if err := Write(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		assertContent(t, name, content)
	}
	assertNames(t, filepath.Dir(name), "x.dat")
	if info, err := os.Stat(name); err != nil {
		t.Fatal(err)
	} else if got := info.Mode().Perm(); runtime.GOOS != "windows" && got != 0o600 {
		t.Errorf("mode %v, want 0600", got)
	}
}

// What cannot be renamed onto a folder must not stay behind under another name.
func TestWriteFails(t *testing.T) {
	dir := tempDir(t)
	name := filepath.Join(dir, "x.dat")
	if err := os.MkdirAll(filepath.Join(name, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := Write(name, []byte("a"), 0o600)
	if err == nil || !strings.HasPrefix(err.Error(), "write "+name+": ") {
		t.Errorf("Write onto a folder: %v", err)
	}
	assertNames(t, dir, "x.dat")
}

func TestWriteWithoutFolder(t *testing.T) {
	name := filepath.Join(tempDir(t), "missing", "x.dat")
	if err := Write(name, nil, 0o600); err == nil || !strings.Contains(err.Error(), name) {
		t.Errorf("Write without a folder: %v", err)
	}
}

// Readers at any moment see one of the two contents whole.
func TestWriteIsAtomic(t *testing.T) {
	name := filepath.Join(tempDir(t), "x.dat")
	contents := [2][]byte{bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 70_000)}
	if err := Write(name, contents[0], 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, content := range contents {
		wg.Go(func() {
			for range 20 {
				if err := Write(name, content, 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		got, err := os.ReadFile(name)
		if err != nil {
			// Windows has a moment without the file when it is replaced while open.
			if runtime.GOOS == "windows" {
				continue
			}
			t.Fatal(err)
		}
		if !bytes.Equal(got, contents[0]) && !bytes.Equal(got, contents[1]) {
			t.Fatalf("read %d bytes that nobody wrote", len(got))
		}
	}
	wg.Wait()
	assertNames(t, filepath.Dir(name), "x.dat")
}

func assertContent(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("%s: %q, %v; want %q", name, got, err, want)
	}
}

func assertNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != "." && !strings.Contains(path, "/") {
			got = append(got, path)
		}
		return err
	})
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, %v; want %q", dir, got, err, want)
	}
}

// tempDir is for t.TempDir, whose deleting needs a call of Windows that Wine does not have.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nuplug-atomicfile-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var all []string
		filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			all = append(all, path)
			return nil
		})
		for _, path := range slices.Backward(all) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	})
	return dir
}
