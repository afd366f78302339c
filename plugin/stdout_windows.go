package plugin

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// takeStdout returns the process's standard output, which children do not inherit any more, and makes every other name of
// it that Go code has another name of standard error: the process's own, the numbers in syscall and x/sys, and by the
// contents of os.Stdout also the copies of that pointer that a logger made before. Windows has no way to redirect a
// handle that a C library remembers.
func takeStdout() (*os.File, error) {
	stderr := windows.Handle(os.Stderr.Fd())
	if err := windows.SetHandleInformation(windows.Handle(os.Stdout.Fd()), windows.HANDLE_FLAG_INHERIT, 0); err != nil {
		return nil, os.NewSyscallError("SetHandleInformation", err)
	}
	if err := windows.SetStdHandle(windows.STD_OUTPUT_HANDLE, stderr); err != nil {
		return nil, os.NewSyscallError("SetStdHandle", err)
	}
	stdout := new(os.File)
	*stdout = *os.Stdout
	*os.Stdout = *os.Stderr
	syscall.Stdout, windows.Stdout = syscall.Handle(stderr), stderr
	return stdout, nil
}
