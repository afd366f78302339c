// Package atomicfile writes files that other processes read, and keeps processes apart with lock files. Both work beside
// programs that are not ours: whoever opens a written file sees all of the old content or all of the new, and the locks
// are those that .NET takes when it opens a file that it shares with nobody.
package atomicfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// tempPrefix begins the names of files that are being written. One that is left behind after a crash may be deleted.
const tempPrefix = ".tmp-"

// Write makes data the content of the file name, whole or not at all: it writes a new file in the same folder, has the
// system store it, and renames it onto name. The folder must exist. A file that was there is replaced, not written into,
// so it takes the permissions perm, less the umask; so is a symbolic link. On failure nothing is left of the new file,
// and the old one is untouched. Many goroutines and processes may write the same name; the last one wins.
func Write(name string, data []byte, perm fs.FileMode) (err error) {
	temp := filepath.Join(filepath.Dir(name), tempPrefix+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			os.Remove(temp)
			err = fmt.Errorf("write %s: %w", name, err)
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		// Without this a crash of the system soon after the rename may leave an empty file under the new name.
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return rename(temp, name)
}
