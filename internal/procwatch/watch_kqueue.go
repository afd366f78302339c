//go:build darwin || freebsd

package procwatch

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// stopIdent names the event by which stop wakes the queue.
const stopIdent = 1

func open(pid int) (waiter, error) {
	kq, err := unix.Kqueue()
	if err != nil {
		return waiter{}, fmt.Errorf("watch process %d: kqueue: %w", pid, err)
	}
	unix.CloseOnExec(kq)
	if err := register(kq, pid); err != nil {
		_ = unix.Close(kq)
		if errors.Is(err, unix.ESRCH) { // a zombie is answered so too
			return waiter{}, noProcess(pid)
		}
		return waiter{}, fmt.Errorf("watch process %d: kevent: %w", pid, err)
	}
	return waiter{
		await:   func() bool { return awaitExit(kq) },
		stop:    func() { _ = change(kq, event(stopIdent, unix.EVFILT_USER, 0, unix.NOTE_TRIGGER)) },
		release: func() { _ = unix.Close(kq) },
	}, nil
}

func register(kq, pid int) error {
	if err := change(kq, event(stopIdent, unix.EVFILT_USER, unix.EV_ADD, 0)); err != nil {
		return err
	}
	return change(kq, event(pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT, unix.NOTE_EXIT))
}

// event goes through SetKevent because the fields have other types on other machines.
func event(ident, filter, flags int, fflags uint32) unix.Kevent_t {
	var ev unix.Kevent_t
	unix.SetKevent(&ev, ident, filter, flags)
	ev.Fflags = fflags
	return ev
}

func change(kq int, ev unix.Kevent_t) error {
	for {
		_, err := unix.Kevent(kq, []unix.Kevent_t{ev}, nil, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func awaitExit(kq int) bool {
	events := make([]unix.Kevent_t, 1)
	for {
		n, err := unix.Kevent(kq, nil, events, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil || n == 0:
			return false
		default:
			return events[0].Filter == unix.EVFILT_PROC
		}
	}
}
