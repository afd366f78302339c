package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOSFS(t *testing.T) {
	dir, fsys := tempDir(t), OSFS()
	write(t, filepath.Join(dir, "program"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(dir, "data"), "0123456789", 0o640)

	mode, err := fsys.Stat(filepath.Join(dir, "program"))
	if err != nil || !mode.IsRegular() {
		t.Errorf("Stat(program) = %v, %v; want a file", mode, err)
	}
	if mode, err := fsys.Stat(dir); err != nil || !mode.IsDir() {
		t.Errorf("Stat(folder) = %v, %v; want a folder", mode, err)
	}
	if _, err := fsys.Stat(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat(none): %v; want ErrNotExist", err)
	}
	for n, want := range map[int]string{0: "", 4: "0123", 100: "0123456789"} {
		if got, err := fsys.ReadPrefix(filepath.Join(dir, "data"), n); err != nil || string(got) != want {
			t.Errorf("ReadPrefix(data, %d) = %q, %v; want %q", n, got, err, want)
		}
	}
	if _, err := fsys.ReadPrefix(dir, 4); err == nil {
		t.Error("ReadPrefix(folder): no error")
	}
	names, err := fsys.ReadDir(dir)
	slices.Sort(names) // the order is the system's
	if diff := cmp.Diff([]string{"data", "program"}, names); diff != "" || err != nil {
		t.Errorf("ReadDir: %v\n%s", err, diff)
	}
	if _, err := fsys.ReadDir(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadDir(none): %v; want ErrNotExist", err)
	}
}

// Many names make it all but certain that the order of the system is not that of the alphabet, on Unix.
func TestOSFSKeepsTheOrderOfTheSystem(t *testing.T) {
	dir := tempDir(t)
	for i := range 200 {
		write(t, filepath.Join(dir, string(rune('a'+i%26))+string(rune('a'+i*7%26))+string(rune('0'+i/26))), "", 0o644)
	}
	got, err := OSFS().ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, e := range entries {
		want = append(want, e.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A whole discovery on real files: what is found is what dotnet would start.
func TestDiscoverOnThisMachine(t *testing.T) {
	if runtime.GOOS == windows {
		testOnThisWindows(t)
		return
	}
	dir := tempDir(t)
	bin, other := filepath.Join(dir, "bin"), filepath.Join(dir, "other")
	write(t, filepath.Join(bin, "nuget-plugin-run"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(bin, "nuget-plugin-plain"), "#!/bin/sh\n", 0o644)
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(bin, "nuget-plugin-run"), filepath.Join(other, "nuget-plugin-link")); err != nil {
		t.Fatal(err)
	}
	client := mustClient(t, "dotnet@10.0.401", runtime.GOOS)
	env := Env{"HOME": dir, "PATH": other + ":" + bin}
	got := Discover(client, env, OSFS())
	want := []string{filepath.Join(other, "nuget-plugin-link"), filepath.Join(bin, "nuget-plugin-run")}
	if diff := cmp.Diff(want, paths(got.Listed())); diff != "" {
		t.Errorf("listed:\n%s", diff)
	}
	if len(got.Candidates) != 3 {
		t.Errorf("got %d candidates, want the one without permission too: %v", len(got.Candidates), got.Candidates)
	}

	// With a link to nowhere behind them, dotnet 10 was seen to use none of them.
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(bin, "nuget-plugin-gone")); err != nil {
		t.Fatal(err)
	}
	if got := Discover(client, env, OSFS()); got.Failure == "" || len(got.Listed()) != 0 {
		t.Errorf("with a link to nowhere: failure %q, listed %v", got.Failure, got.Listed())
	}
}

func testOnThisWindows(t *testing.T) {
	dir := tempDir(t)
	write(t, filepath.Join(dir, "nuget-plugin-run.exe"), string(windowsProgram(0x20b, 0)), 0o755)
	write(t, filepath.Join(dir, "nuget-plugin-run.cmd"), "", 0o755)
	got := Discover(mustClient(t, "dotnet@10.0.401", windows), Env{"USERPROFILE": dir, "Path": dir}, OSFS())
	if diff := cmp.Diff([]string{filepath.Join(dir, "nuget-plugin-run.exe")}, paths(got.Listed())); diff != "" {
		t.Errorf("listed:\n%s", diff)
	}
}

func paths(candidates []Candidate) []string {
	var all []string
	for _, c := range candidates {
		all = append(all, c.Path)
	}
	return all
}

func write(t *testing.T, name, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func mustClient(t *testing.T, name, goos string) Client {
	t.Helper()
	c, err := ParseClient(name, goos)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tempDir is t.TempDir with a removal that Wine can do too: os.RemoveAll asks Windows for a kind of deletion that Wine 8.0
// answers with "Invalid function".
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nuplug-host-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := removeTree(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// removeTree is os.RemoveAll without the call that Wine 8.0 lacks.
func removeTree(dir string) error {
	var all []string
	var errs error
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		all = append(all, path)
		return nil
	})
	for _, path := range slices.Backward(all) {
		errs = errors.Join(errs, os.Remove(path))
	}
	return errs
}
