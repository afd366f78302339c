package proc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/internal/procwatch"
)

func TestRun(t *testing.T) {
	c := childCommand("polite")
	c.Stdin = bytes.Repeat([]byte("protocol=https\n"), 20_000) // more than a pipe holds
	out, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want := append([]byte("ready\n"), c.Stdin...); !bytes.Equal(out.Stdout, want) {
		t.Errorf("stdout has %d bytes, want %d", len(out.Stdout), len(want))
	}
	if !out.Exit.Success() {
		t.Error(out.Exit)
	}
	assertNoGoroutine(t)
}

func TestRunWithoutStdin(t *testing.T) {
	out, err := Run(t.Context(), childCommand("polite"))
	if err != nil || string(out.Stdout) != "ready\n" {
		t.Errorf("%q, %v", out.Stdout, err)
	}
}

func TestRunExitCode(t *testing.T) {
	c := childCommand("exit", "128")
	out, err := Run(t.Context(), c)
	exitErr, ok := errors.AsType[*ExitError](err)
	if !ok || exitErr.State.Code != 128 || exitErr.Error() != c.Path+" exited with code 128" {
		t.Errorf("error %v", err)
	}
	if strings.TrimSpace(out.StderrTail) != "cannot open the vault" || out.Exit.Code != 128 {
		t.Errorf("output %+v", out)
	}
}

func TestRunIsLimited(t *testing.T) {
	c := childCommand("flood")
	for _, limit := range []int{0, 1, 100_000} {
		c.MaxStdout = limit
		out, err := Run(t.Context(), c)
		want := limit
		if limit == 0 {
			want = DefaultMaxStdout
		}
		tooMuch, ok := errors.AsType[*TooMuchOutputError](err)
		if !ok || tooMuch.Max != want || len(out.Stdout) != want {
			t.Errorf("limit %d: %d bytes and error %v", limit, len(out.Stdout), err)
		}
	}
	assertNoGoroutine(t)
}

func TestRunAtTheLimit(t *testing.T) {
	c := childCommand("polite")
	c.MaxStdout = len("ready\n")
	out, err := Run(t.Context(), c)
	if err != nil || len(out.Stdout) != c.MaxStdout {
		t.Errorf("%d bytes, error %v", len(out.Stdout), err)
	}
}

// The program tells the number of its own child on stderr, the only way out while Run lasts.
func TestRunEndsWithItsContext(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	c := childCommand("tell")
	c.Stderr = w
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("the user went home")
	pids := make(chan int, 1)
	go func() {
		line, _ := bufio.NewReader(r).ReadString('\n')
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		pids <- pid
		cancel(cause)
	}()
	out, err := Run(ctx, c)
	if !errors.Is(err, cause) || !out.Exit.Killed {
		t.Errorf("error %v, exit %v", err, out.Exit)
	}
	if pid := <-pids; pid == 0 {
		t.Error("the grandchild's number did not arrive")
	} else {
		assertGone(t, pid)
	}
	assertNoGoroutine(t)
}

func TestRunAfterItsContext(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := Run(ctx, childCommand("polite")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// A helper may leave a process behind, as git does with its credential cache. It is neither
// waited for nor ended, although it holds stdout and stderr.
func TestRunLeavesADaemonAlone(t *testing.T) {
	out, err := Run(t.Context(), childCommand("daemon"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(strings.ReplaceAll(string(out.Stdout), "ready", "")))
	if err != nil {
		t.Fatal(err)
	}
	defer killLeftover(t, pid)
	assertNoGoroutine(t)
	w, err := procwatch.Watch(pid)
	if err != nil {
		t.Fatalf("the daemon was ended: %v", err)
	}
	w.Close()
}

func TestRunDoesNotStart(t *testing.T) {
	out, err := Run(t.Context(), Command{Path: "git"})
	if startErr, ok := errors.AsType[*StartError](err); !ok || startErr.Kind != Refused || out.Stdout != nil {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := Start(Command{Path: "/bin/sh", Stdin: []byte{}}); err == nil {
		t.Error("Start took Stdin")
	}
}
