package nupkg

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func openRoot(t testing.TB, folder string) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// tree lists all that stands in folder, folders with a slash, files with their content.
func tree(t testing.TB, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir():
			found[name+"/"] = ""
			return nil
		}
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestExtract(t *testing.T) {
	data, err := samplePackage(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if _, err := Extract(openRoot(t, folder), bytes.NewReader(data), int64(len(data)), nil); err != nil {
		t.Fatal(err)
	}
	got := tree(t, folder)
	if !strings.Contains(got["Contoso.Core.nuspec"], "<id>Contoso.Core</id>") {
		t.Errorf("nuspec is %q", got["Contoso.Core.nuspec"])
	}
	delete(got, "Contoso.Core.nuspec")
	want := map[string]string{"lib/": "", "lib/netstandard2.0/": "", "lib/netstandard2.0/Contoso.Core.dll": "MZ", "LICENSE": "free",
		"content/": "", "content/100%2f.txt": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExtractLeavesNothing breaks the last file of a package: what stood in the folder before stays, and
// nothing else does.
func TestExtractLeavesNothing(t *testing.T) {
	data := rawZip(t, entry("a.nuspec", smallNuspec), entry("lib/net8.0/a.dll", "x"), &zip.FileHeader{Name: "tools/last", Comment: "0123456789"})
	data[bytes.Index(data, []byte("0123456789"))] ^= 1
	for _, before := range []map[string]string{{}, {"lib/": "", "lib/mine": "kept"}, {"tools/": "", "tools/last": "kept"}} {
		folder := t.TempDir()
		for name, content := range before {
			path := filepath.Join(folder, filepath.FromSlash(name))
			if strings.HasSuffix(name, "/") {
				if err := os.MkdirAll(path, 0o755); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Extract(openRoot(t, folder), bytes.NewReader(data), int64(len(data)), nil)
		if err == nil || !strings.Contains(err.Error(), `unpack "tools/last"`) {
			t.Errorf("got error %v", err)
		}
		if diff := cmp.Diff(before, tree(t, folder)); diff != "" {
			t.Errorf("left behind (-want +got):\n%s", diff)
		}
	}
}

// FuzzRead: reading and unpacking anything never panics, never gives a file more bytes than it declares,
// and never writes outside the folder.
func FuzzRead(f *testing.F) {
	good, err := samplePackage(f).Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(rawZip(f, entry("a.nuspec", smallNuspec), entry("lib/%2e%2e%2fx", "x")))
	f.Add(rawZip(f, entry("a.nuspec", smallNuspec), entry("../x", "x")))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	limits := &Limits{Files: 100, FileSize: 1 << 16, TotalSize: 1 << 18}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := read(data, limits)
		if err != nil {
			return
		}
		above := t.TempDir()
		folder := filepath.Join(above, "folder")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		err = a.Extract(openRoot(t, folder))
		got := tree(t, folder)
		if err != nil && len(got) != 0 {
			t.Errorf("left behind after %v: %v", err, got)
		}
		entries, err := os.ReadDir(above)
		if err != nil || len(entries) != 1 {
			t.Errorf("beside the folder stand %v (%v)", entries, err)
		}
		declared := map[string]int64{}
		for _, f := range a.Files() {
			declared[f.Name] = f.Size
		}
		for name, content := range got {
			if size, ok := declared[name]; !strings.HasSuffix(name, "/") && (!ok || int64(len(content)) != size) {
				t.Errorf("unpacked %q with %d bytes, declared are %d", name, len(content), size)
			}
		}
	})
}
