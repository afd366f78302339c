// Package procwatch tells when a process that is not a child of ours ends.
//
// A plugin needs it for MonitorNuGetProcessExit: NuGet names itself by a process id, and
// the plugin has to go when that process is gone. The package imports nothing of ours and
// starts nothing, so that the plugin SDK can use it.
//
// Where the system has a handle for a process it is used, because a process id alone may
// be given to another process once the first has ended:
//
//   - Linux: a pidfd, waited for by the Go runtime's poller, so that no thread is held
//   - Windows: a process handle
//   - macOS and FreeBSD: a kqueue with NOTE_EXIT
//   - elsewhere, and on a Linux whose sandbox forbids pidfd_open: a look every 50 ms
package procwatch

import (
	"errors"
	"fmt"
	"sync"
)

// ErrNoProcess is what Watch returns, wrapped with the process id, when there is no such
// process: it never existed, or it has ended. A zombie, ended but not yet waited for by
// its parent, counts as ended.
var ErrNoProcess = errors.New("no such process")

// A Watcher watches one process. All its methods may be called from any goroutine.
type Watcher struct {
	done  chan struct{} // closed when the process has ended, and only then
	wt    waiter
	close sync.Once
	wg    sync.WaitGroup // the one goroutine
}

// waiter is what a system offers to wait with. Each function is called exactly once: stop
// before, while or after await runs, release after both.
type waiter struct {
	await   func() bool // blocks; true if the process has ended, false if it was stopped
	stop    func()      // makes await return soon, whatever the process does
	release func()      // gives back what the other two use
}

// Watch starts to watch the process pid. The caller has to call Close in the end, also
// when the process has ended meanwhile.
//
// The error is ErrNoProcess, wrapped, when there is no process to watch. Any other error
// says why a process that exists cannot be watched: on Windows a process of another user
// may refuse to be opened.
func Watch(pid int) (*Watcher, error) {
	if pid <= 0 {
		// Zero and negative numbers name groups of processes in the system calls below.
		return nil, noProcess(pid)
	}
	wt, err := open(pid)
	if err != nil {
		return nil, err
	}
	return start(wt), nil
}

func start(wt waiter) *Watcher {
	w := &Watcher{done: make(chan struct{}), wt: wt}
	w.wg.Go(func() {
		if wt.await() {
			close(w.done)
		}
	})
	return w
}

// Done returns a channel that is closed when the process has ended. It stays open when
// the Watcher is closed first.
func (w *Watcher) Done() <-chan struct{} { return w.done }

// Close stops watching and returns when nothing of the Watcher is left running. It may be
// called more than once.
func (w *Watcher) Close() {
	w.close.Do(func() {
		w.wt.stop()
		w.wg.Wait()
		w.wt.release()
	})
}

func noProcess(pid int) error {
	return fmt.Errorf("watch process %d: %w", pid, ErrNoProcess)
}
