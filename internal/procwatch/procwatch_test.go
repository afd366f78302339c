package procwatch

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"
)

const (
	// childVar makes the test binary a child that lives until its stdin ends.
	childVar = "NUPLUG_PROCWATCH_CHILD"
	// emulatorVar names what a binary for another machine has to be started with, when the
	// tests run as "go test -exec qemu-aarch64-static" and the kernel does not know of it.
	emulatorVar = "NUPLUG_TEST_EMULATOR"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a process that ends when told to, and is waited for when told to, so that a
// test can look at the zombie in between.
type child struct {
	*exec.Cmd
	stdin io.WriteCloser
	reap  sync.Once
}

func startChild(t *testing.T) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(exe)}
	if emulator := os.Getenv(emulatorVar); emulator != "" {
		c.Cmd = exec.Command(emulator, exe)
	}
	// A program built with -race sleeps for a second before it ends, unless told not to.
	c.Env = append(os.Environ(), childVar+"=1", "GORACE=atexit_sleep_ms=0")
	if c.stdin, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.end(); c.wait() })
	return c
}

func (c *child) end()  { _ = c.stdin.Close() }
func (c *child) wait() { c.reap.Do(func() { _ = c.Wait() }) }

func (c *child) pid() int { return c.Process.Pid }

func awaitDone(t *testing.T, w *Watcher) {
	t.Helper()
	select {
	case <-w.Done():
	case <-time.After(time.Minute):
		t.Fatal("the process ended and Done stayed open for a minute")
	}
}

func assertOpen(t *testing.T, w *Watcher, when string) {
	t.Helper()
	select {
	case <-w.Done():
		t.Fatalf("Done is closed %s", when)
	default:
	}
}

func TestDoneWhenTheProcessEnds(t *testing.T) {
	c := startChild(t)
	w, err := Watch(c.pid())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	assertOpen(t, w, "while the process lives")
	c.end() // not waited for: on Unix it stays as a zombie
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" && runtime.GOOS != "freebsd" {
		c.wait()
	}
	awaitDone(t, w)
}

func TestSeveralWatchersOfOneProcess(t *testing.T) {
	c := startChild(t)
	var all []*Watcher
	for range 8 {
		w, err := Watch(c.pid())
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		all = append(all, w)
	}
	all[0].Close()
	c.end()
	c.wait()
	for _, w := range all[1:] {
		awaitDone(t, w)
	}
	assertOpen(t, all[0], "although its Watcher was closed before the process ended")
}

func TestCloseLeavesNothing(t *testing.T) {
	c := startChild(t)
	w, err := Watch(c.pid())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(w.Close)
	}
	wg.Wait()
	assertOpen(t, w, "although the process lives")
}

func TestOwnProcess(t *testing.T) {
	w, err := Watch(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	assertOpen(t, w, "for the test itself")
}

func TestNoProcess(t *testing.T) {
	gone := startChild(t)
	gone.end()
	gone.wait()
	for _, pid := range []int{gone.pid(), 0, -1, -gone.pid(), 1<<31 - 4} {
		w, err := Watch(pid)
		if err == nil {
			w.Close()
		}
		if !errors.Is(err, ErrNoProcess) {
			t.Errorf("Watch(%d) = %v, want ErrNoProcess", pid, err)
		}
	}
}
