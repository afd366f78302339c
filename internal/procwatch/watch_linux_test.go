package procwatch

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestZombieIsNoProcess(t *testing.T) {
	c := startChild(t)
	w, err := Watch(c.pid())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c.end()
	awaitDone(t, w)
	if _, err := os.Stat(filepath.Join("/proc", strconv.Itoa(c.pid()))); err != nil {
		t.Fatalf("the child is no zombie any more, so this test shows nothing: %v", err)
	}
	for name, open := range map[string]func(int) (waiter, error){
		"pidfd": open,
		"poll":  func(pid int) (waiter, error) { return openPoll(pid, time.Millisecond) },
	} {
		if _, err := open(c.pid()); !errors.Is(err, ErrNoProcess) {
			t.Errorf("%s: zombie: %v, want ErrNoProcess", name, err)
		}
	}
}

func TestThreadIsNoProcess(t *testing.T) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		tid, err := strconv.Atoi(thread.Name())
		if err != nil || tid == os.Getpid() {
			continue
		}
		if w, err := Watch(tid); !errors.Is(err, ErrNoProcess) {
			if err == nil {
				w.Close()
			}
			t.Errorf("Watch of thread %d: %v, want ErrNoProcess", tid, err)
		}
		return
	}
	t.Fatal("the test has one thread only")
}

// What Linux falls back to when pidfd_open is forbidden.
func TestPoll(t *testing.T) {
	c := startChild(t)
	wt, err := openPoll(c.pid(), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	w := start(wt)
	defer w.Close()
	c.end()
	awaitDone(t, w)
}

func TestPollStops(t *testing.T) {
	c := startChild(t)
	wt, err := openPoll(c.pid(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w := start(wt)
	w.Close()
	assertOpen(t, w, "although the process lives")
}

func TestStatIsZombie(t *testing.T) {
	for stat, want := range map[string]bool{
		"7 (sh) Z 1 7 7 0":      true,
		"7 (sh) X 1 7 7 0":      true,
		"7 (sh) S 1 7 7 0":      false,
		"7 (a) Z (b) R 1 7 7 0": false,
		"7 (a) S) Z 1 7 7 0":    true,
		"":                      false,
	} {
		if got := statIsZombie([]byte(stat)); got != want {
			t.Errorf("%q: zombie %v, want %v", stat, got, want)
		}
	}
}
