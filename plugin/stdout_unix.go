//go:build unix

package plugin

import (
	"os"

	"golang.org/x/sys/unix"
)

// takeStdout returns the process's standard output under another descriptor, which children do not inherit, and makes
// descriptor 1 another name of standard error.
func takeStdout() (*os.File, error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, os.NewSyscallError("dup standard output", err)
	}
	if err := redirect(2, 1); err != nil {
		return nil, os.NewSyscallError("redirect standard output", err)
	}
	return os.NewFile(uintptr(fd), "stdout"), nil
}
