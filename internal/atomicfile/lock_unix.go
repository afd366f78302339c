//go:build !windows

package atomicfile

import (
	"os"

	"github.com/gofrs/flock"
)

// tryLock gives no release and no error when someone else holds the lock.
func tryLock(name string, _ int) (release func() error, err error) {
	// .NET asks for the same permissions and leaves the rest to the umask.
	l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	locked, err := l.TryLock()
	if err != nil || !locked {
		return nil, err
	}
	// Between opening and locking, the holder before us may have deleted the file (NuGet does it on request, and
	// "locals temp --clear" does it). Then this lock keeps nobody out who comes after.
	ours, err := l.Stat()
	if err != nil {
		l.Close()
		return nil, err
	}
	if current, err := os.Stat(name); err != nil || !os.SameFile(ours, current) {
		return nil, l.Close()
	}
	return l.Close, nil
}
