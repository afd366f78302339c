package atomicfile

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

// deniedTries bounds the waiting for a file that Windows refuses to open. It does so for a moment while the file is being
// deleted, and for ever where the rights are missing. NuGet tries as often, which takes half a minute.
const deniedTries = 3000

// tryLock gives no release and no error when someone else holds the lock. It opens the file as .NET does with
// FileMode.OpenOrCreate, FileShare.None and FileOptions.DeleteOnClose.
func tryLock(name string, tries int) (release func() error, err error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const shareNothing = 0
	h, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE|windows.DELETE, shareNothing, nil,
		windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_DELETE_ON_CLOSE, 0)
	switch {
	case err == nil:
		return func() error { return windows.CloseHandle(h) }, nil
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION):
		return nil, nil
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		if tries < deniedTries {
			return nil, nil
		}
		return nil, fmt.Errorf("%w; see who owns the file and its folder", err)
	}
	return nil, err
}
