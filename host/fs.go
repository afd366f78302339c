package host

import (
	"io/fs"

	"github.com/nuplug/nuplug/nugetconfig"
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

// OSFS is the file system of this machine, read as package nugetconfig reads it.
func OSFS() FS { return nugetconfig.OSFS() }
