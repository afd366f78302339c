package procwatch

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
)

func open(pid int) (waiter, error) {
	if pid%4 != 0 {
		// All process ids are multiples of four, and OpenProcess rounds others down: it
		// would open a process that nobody named.
		return waiter{}, noProcess(pid)
	}
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return waiter{}, noProcess(pid)
	}
	if err != nil {
		return waiter{}, fmt.Errorf("watch process %d: OpenProcess: %w", pid, err)
	}
	if ended(process) { // somebody else's handle keeps its number from being given away
		_ = windows.CloseHandle(process)
		return waiter{}, noProcess(pid)
	}
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		_ = windows.CloseHandle(process)
		return waiter{}, fmt.Errorf("watch process %d: CreateEvent: %w", pid, err)
	}
	return waiter{
		await: func() bool { return awaitExit(process, stop) },
		stop:  func() { _ = windows.SetEvent(stop) },
		release: func() {
			_ = windows.CloseHandle(stop)
			_ = windows.CloseHandle(process)
		},
	}, nil
}

func ended(process windows.Handle) bool {
	event, err := windows.WaitForSingleObject(process, 0)
	return err == nil && event == windows.WAIT_OBJECT_0
}

// awaitExit holds a thread. A plugin watches one process, so it holds one.
func awaitExit(process, stop windows.Handle) bool {
	event, err := windows.WaitForMultipleObjects([]windows.Handle{process, stop}, false, windows.INFINITE)
	return err == nil && event == windows.WAIT_OBJECT_0
}
