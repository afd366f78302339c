//go:build !windows

package atomicfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// Some holders delete the file, so who opened it before and locks it afterwards has a lock that keeps nobody out. It must
// not count.
func TestLockOfDeletedFile(t *testing.T) {
	name := filepath.Join(tempDir(t), "lock")
	contend(t, name, func() { os.Remove(name) })
}

// The lock is a flock on the lock file, which is what .NET takes.
func TestLockIsFlock(t *testing.T) {
	name := filepath.Join(tempDir(t), "lock")
	other := flock.New(name)
	if locked, err := other.TryLock(); !locked || err != nil {
		t.Fatal(locked, err)
	}
	if release, err := tryLock(name, 1); release != nil || err != nil {
		t.Errorf("tryLock beside a flock: taken %t, %v", release != nil, err)
	}
	other.Close()
}
