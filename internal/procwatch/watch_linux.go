package procwatch

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

func open(pid int) (waiter, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		return openPidfd(pid, fd)
	case errors.Is(err, unix.ESRCH),
		// A number that belongs to a thread, not to a process: EINVAL, since Linux 6.9 ENOENT.
		errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
		return waiter{}, noProcess(pid)
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		// Linux before 5.3, or the filter of an older container runtime.
		return openPoll(pid, pollEvery)
	}
	return waiter{}, fmt.Errorf("watch process %d: pidfd_open: %w", pid, err)
}

func openPidfd(pid, fd int) (waiter, error) {
	// Only a descriptor that does not block is given to the runtime's poller by NewFile.
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return waiter{}, fmt.Errorf("watch process %d: %w", pid, err)
	}
	if readable(uintptr(fd)) {
		_ = unix.Close(fd)
		return waiter{}, noProcess(pid)
	}
	f := os.NewFile(uintptr(fd), fmt.Sprintf("pidfd of %d", pid))
	conn, err := f.SyscallConn()
	if err != nil {
		_ = f.Close()
		return waiter{}, fmt.Errorf("watch process %d: %w", pid, err)
	}
	return waiter{
		// Read parks the goroutine until readable says yes or the file is closed.
		await:   func() bool { return conn.Read(readable) == nil },
		stop:    func() { _ = f.Close() },
		release: func() {},
	}, nil
}

// readable reports whether the process behind a pidfd has ended; a zombie has.
func readable(fd uintptr) bool {
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0
		}
	}
}
