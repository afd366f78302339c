//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLocate(t *testing.T) {
	home := t.TempDir()
	first := filepath.Join(home, ".config", "nuplug", "config.toml")
	second := filepath.Join(home, "Library", "Application Support", "nuplug", "config.toml")
	env := map[string]string{"HOME": home}
	o := &Options{GOOS: "darwin", Getenv: func(name string) string { return env[name] }}
	check := func(step string, want Location) {
		t.Helper()
		if diff := cmp.Diff(want, Locate(o)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", step, diff)
		}
	}
	check("none", Location{Path: first})
	write(t, second)
	check("second", Location{Path: second, Exists: true})
	write(t, first)
	check("both", Location{Path: first, Exists: true, Shadowed: []string{second}})
	env[FileVariable] = "/nonexistent"
	check("named", Location{Path: "/nonexistent", Named: true})
	o.File = second
	check("by options", Location{Path: second, Exists: true, Named: true})
	o.File, env = "", nil
	check("no home", Location{})
	if c, err := Load(o); err != nil || c.File != "" {
		t.Errorf("without a home: %v, %v", c, err)
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	load := func() string {
		c, err := Load(&Options{Getenv: func(name string) string { return map[string]string{FileVariable: path}[name] }})
		if err == nil {
			return "File " + c.File
		}
		return strings.TrimPrefix(err.Error(), path+": ")
	}
	expect := func(what, want string) {
		t.Helper()
		if got := load(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", what, got)
		}
	}
	expect("missing", "no such file or directory, though NUPLUG_CONFIG names it")
	comment := "# " + strings.Repeat("x", maxSize-3) + "\n"
	mustWrite(t, path, comment)
	expect("as large as can be", "File "+path)
	mustWrite(t, path, comment+"\n")
	expect("too large", "larger than 1 MiB")
	mustWrite(t, path, "disable = false")
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	expect("written by others", "others can write it")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	path = link
	expect("link to what others can write", "others can write it")
	path = dir
	expect("folder", "a folder")
	path = os.DevNull
	expect("no file", "File ")
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
