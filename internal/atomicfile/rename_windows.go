package atomicfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// How often and for how long a rename is tried. Windows refuses it while someone has the old file open without allowing
// its deletion, as virus scanners do for a moment.
const (
	renamePause = 10 * time.Millisecond
	renameTries = 100
)

// rename replaces a file that is there: os.Rename asks Windows for it.
func rename(from, to string) error {
	for try := 1; ; try++ {
		err := os.Rename(from, to)
		busy := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !busy || try == renameTries {
			return err
		}
		time.Sleep(renamePause)
	}
}
