package atomicfile

import (
	"context"
	"fmt"
	"time"
)

// retryPause is how long to wait before a lock that someone holds is tried again. NuGet waits as long.
const retryPause = 10 * time.Millisecond

// Lock takes the exclusive lock that goes with the lock file name, which is made if it is missing; its folder must exist.
// It waits for as long as someone else holds the lock and ctx lasts. The error is that of the context, with its cause, or
// says why the file cannot be used as a lock. On success release must be called, once; its error is of no consequence to
// others, for the lock is gone in any case.
//
// The lock keeps out other goroutines, other processes that use this function, and .NET programs that open the same file
// with FileShare.None, NuGet among them. On Unix it is an advisory flock, and the file stays, as NuGet leaves it; on
// Windows it is the open file itself, which the system deletes when it is released.
func Lock(ctx context.Context, name string) (release func() error, err error) {
	for tries := 1; ; tries++ {
		release, err := tryLock(name, tries)
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		if release != nil {
			return release, nil
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("lock %s: another process holds it: %w", name, err)
		}
	}
}

func pause(ctx context.Context) error {
	t := time.NewTimer(retryPause)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
