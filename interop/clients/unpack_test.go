package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestManyUnpackAtOnce(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("xz is missing")
	}
	m := none(t)
	m.lookPath = exec.LookPath
	from := t.TempDir()
	touch(t, from, "dotnet", "sdk", "10.0.401", "dotnet.dll")
	archive := filepath.Join(m.shared, "clients", "dotnet-10.0.401-restore-linux-x64.tar.xz")
	if err := os.Mkdir(filepath.Dir(archive), 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-cJf", archive, "-C", from, "dotnet").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// A half folder of another version, and what a killed run has left.
	touch(t, m.cache, "dotnet10", "sdk", "10.0.1", "dotnet.dll")
	touch(t, m.cache, ".dotnet10.killed", "dotnet", "sdk", "10.0.401", "dotnet.dll")

	const users = 8
	seen := make(chan os.FileInfo, users)
	var wg sync.WaitGroup
	for range users {
		wg.Go(func() {
			dir, err := m.preparedDotnet10(t.Context())
			if err != nil || !isDotnet10(dir) {
				t.Errorf("dir %q, error %v", dir, err)
				return
			}
			info, err := os.Stat(dir)
			if err != nil {
				t.Error(err)
				return
			}
			seen <- info
		})
	}
	wg.Wait()
	close(seen)
	first := <-seen
	for other := range seen {
		if !os.SameFile(first, other) {
			t.Error("the folder was unpacked again while others used it")
		}
	}

	var names []string
	entries, err := os.ReadDir(m.cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if diff := cmp.Diff([]string{"dotnet10", "dotnet10.lock"}, names); diff != "" {
		t.Errorf("cache folder (-want +got):\n%s", diff)
	}
	if isFile(filepath.Join(m.cache, "dotnet10", "sdk", "10.0.1", "dotnet.dll")) {
		t.Error("the old version is still there")
	}
}
