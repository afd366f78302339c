//go:build unix && !darwin && !freebsd

package procwatch

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// pollEvery is short enough for a plugin to be gone 100 ms after the process it watches.
const pollEvery = 50 * time.Millisecond

// openPoll watches by asking again and again: the last resort, since a process that ends
// between two looks and whose number is given away at once goes unnoticed.
func openPoll(pid int, every time.Duration) (waiter, error) {
	if !alive(pid) {
		return waiter{}, noProcess(pid)
	}
	stop := make(chan struct{})
	return waiter{
		await: func() bool {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return false
				case <-tick.C:
					if !alive(pid) {
						return true
					}
				}
			}
		},
		stop:    func() { close(stop) },
		release: func() {},
	}, nil
}

func alive(pid int) bool {
	err := unix.Kill(pid, 0)
	// EPERM: it exists and belongs to somebody else.
	return (err == nil || errors.Is(err, unix.EPERM)) && !isZombie(pid)
}
