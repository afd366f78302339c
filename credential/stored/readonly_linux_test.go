package stored

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/nuplug/nuplug/credential"
)

func TestReadOnlyFolder(t *testing.T) {
	home := t.TempDir()
	readOnly(t, home)
	for _, dir := range []string{home, filepath.Join(home, "config", "nuplug")} {
		s := New(&Options{Dir: dir, Keychain: newFake()})
		where, err := s.Put(t.Context(), mustFeed(t, "https://feeds.example"), credential.Credential{Username: "u", Password: canary})
		if where != (Where{Place: InMemory}) || !errors.Is(err, ErrMemoryOnly) || !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v, %v", where, err)
		}
		if got := find(t, s, "https://feeds.example/v3"); !strings.HasPrefix(got, "u:c4n4ry from ") {
			t.Error(got)
		}
	}
}

// readOnly takes the right to write to a folder of t.TempDir from this goroutine, also when it is root's: then it goes on
// with the rights of nobody.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, dir: 0o555} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	if os.Geteuid() != 0 {
		return
	}
	runtime.LockOSThread()
	const nobody = 65534
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Setfsuid(0)
		runtime.UnlockOSThread()
	})
}
