package session

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func TestReadOnlyFolder(t *testing.T) {
	home := t.TempDir()
	readOnly(t, home)
	for _, dir := range []string{home, filepath.Join(home, "cache", "nuplug")} {
		c := New(&Options{Dir: dir, Keychain: newFake()})
		if err := c.Put(t.Context(), key, Token{Secret: canary}); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "in memory") {
			t.Error(err)
		}
		if got, ok := c.Get(t.Context(), key); !ok || got.Secret != canary {
			t.Errorf("%v, %t", got, ok)
		}
		fetched := 0
		if got, err := c.Do(t.Context(), Key{Source: "other"}, fetcher(&fetched, Token{Secret: canary})); err != nil || got.Secret != canary {
			t.Errorf("%v, %v", got, err)
		}
		if s := c.Status(); !strings.Contains(s.Reason, "permission denied") || s.Path != "" {
			t.Errorf("%+v", s)
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
