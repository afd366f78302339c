package host

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// FS is the little that discovery asks of a file system. Paths are the system's own, absolute or not, and need not be
// clean. Errors are told apart with [fs.ErrNotExist] and [fs.ErrPermission]. Implementations are safe for use by many
// goroutines.
type FS interface {
	// Stat gives the type and the permission bits of what path leads to. A link is followed; one that leads nowhere is
	// itself the answer, with [fs.ModeSymlink] set, because for .NET on Unix such a link is a file that exists.
	Stat(path string) (fs.FileMode, error)
	// ReadDir gives the names in a folder in the order of the system: NuGet does not sort them.
	ReadDir(path string) ([]string, error)
	// ReadPrefix gives the first bytes of a file: n of them, or fewer where the file is shorter. What is no regular file,
	// like a pipe, is an error and is not opened.
	ReadPrefix(path string, n int) ([]byte, error)
}

// OSFS is the file system of this machine.
func OSFS() FS { return osFS{} }

type osFS struct{}

func (osFS) Stat(path string) (fs.FileMode, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		info, err = os.Lstat(path)
	}
	if err != nil {
		return 0, err
	}
	return info.Mode(), nil
}

func (osFS) ReadDir(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1) // os.ReadDir would sort
}

func (osFS) ReadPrefix(path string, n int) ([]byte, error) {
	// Before it is opened: opening a pipe waits for someone who writes to it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(n)))
}
