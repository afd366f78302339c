package atomicfile

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if name := os.Getenv("ATOMICFILE_TEST_HOLD"); name != "" {
		holdLock(name)
		return
	}
	os.Exit(m.Run())
}

// holdLock is the child of TestLockAcrossProcesses: it holds a lock until its standard input ends.
func holdLock(name string) {
	release, err := Lock(context.Background(), name)
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		return
	}
	os.Stdout.WriteString("held\n")
	os.Stdin.Read(make([]byte, 1))
	release()
}

func TestLockExcludesGoroutines(t *testing.T) {
	name := filepath.Join(tempDir(t), "lock")
	contend(t, name, func() {})
	_, err := os.Stat(name)
	if gone := errors.Is(err, os.ErrNotExist); gone != (runtime.GOOS == "windows") {
		t.Errorf("after the last release: %v", err)
	}
}

// contend has goroutines take the lock in turns and reports two that hold it at once. Each calls leave when it has done
// its work and before it releases.
func contend(t *testing.T, name string, leave func()) {
	t.Helper()
	inside := make(chan struct{}, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				release, err := Lock(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				select {
				case inside <- struct{}{}:
					runtime.Gosched()
					<-inside
				default:
					t.Error("two hold the lock")
				}
				leave()
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestLockEndsWithContext(t *testing.T) {
	name := filepath.Join(tempDir(t), "lock")
	release, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*retryPause, cause)
	defer cancel()
	if _, err := Lock(ctx, name); !errors.Is(err, cause) || !strings.Contains(err.Error(), name) {
		t.Errorf("Lock of a held file: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	// A free lock is taken even when the context has ended: nothing had to be waited for.
	release, err = Lock(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestLockWithoutFolder(t *testing.T) {
	_, err := Lock(t.Context(), filepath.Join(tempDir(t), "missing", "lock"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Lock without a folder: %v", err)
	}
}

func TestLockAcrossProcesses(t *testing.T) {
	name := filepath.Join(tempDir(t), "lock")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "ATOMICFILE_TEST_HOLD="+name)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 5)
	if _, err := stdout.Read(line); err != nil || string(line) != "held\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	if release, err := tryLock(name, 1); release != nil || err != nil {
		t.Errorf("tryLock while the child holds it: taken %t, %v", release != nil, err)
	}
	time.AfterFunc(2*retryPause, func() { stdin.Close() })
	release, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
}
