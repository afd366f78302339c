package proc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPoliteChild(t *testing.T) {
	p := startChild(t, childCommand("polite"))
	out := bufio.NewReader(p.Stdout())
	if got := readLine(t, out); got != "ready" {
		t.Fatalf("first line %q", got)
	}
	for i := range 3 {
		want := fmt.Sprintf("line %d", i)
		if _, err := io.WriteString(p.Stdin(), want+"\n"); err != nil {
			t.Fatal(err)
		}
		if got := readLine(t, out); got != want {
			t.Errorf("echo %q, want %q", got, want)
		}
	}
	if state, ended := p.ExitState(); ended {
		t.Fatalf("ended with %v before Close", state)
	}
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	state, ended := p.ExitState()
	if !ended || state != (ExitState{}) || !state.Success() {
		t.Errorf("state %+v, ended %v, want an end by itself with code 0", state, ended)
	}
}

func TestStubbornChildIsKilled(t *testing.T) {
	p := startChild(t, childCommand("stubborn"))
	readLine(t, bufio.NewReader(p.Stdout()))
	if err := p.Close(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	state, ended := p.ExitState()
	if !ended || !state.Killed || state.Success() {
		t.Errorf("state %+v, ended %v, want killed", state, ended)
	}
	assertGone(t, p.Pid())
}

// A child that does not read fills the pipe, and the Write to it is stuck when Close comes.
func TestCloseEndsAStuckWrite(t *testing.T) {
	p := startChild(t, childCommand("stubborn"))
	readLine(t, bufio.NewReader(p.Stdout()))
	written := make(chan error, 1)
	go func() {
		_, err := p.Stdin().Write(make([]byte, 8<<20))
		written <- err
	}()
	if err := p.Close(10 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-written:
		if err == nil {
			t.Error("8 MiB went into a pipe that nobody read")
		}
	case <-time.After(testDeadline):
		t.Fatal("Write is stuck after Close")
	}
}

// The child obeys and exits; what it started holds stdout and stderr and is deaf.
func TestGrandchildThatHoldsThePipes(t *testing.T) {
	p := startChild(t, childCommand("family"))
	out := bufio.NewReader(p.Stdout())
	grandchild := readPid(t, out)
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	assertGone(t, grandchild)
	if state, _ := p.ExitState(); !state.Success() {
		t.Errorf("the child %v, want an end by itself", state)
	}
}

// Nobody calls Close here before the reader has seen the end of stdout: the tree goes with
// the child.
func TestGrandchildEndsWithTheChild(t *testing.T) {
	p := startChild(t, childCommand("family"))
	out := bufio.NewReader(p.Stdout())
	grandchild := readPid(t, out)
	if err := p.Stdin().Close(); err != nil {
		t.Fatal(err)
	}
	await(t, p.Done(), "the end of the child")
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Errorf("the rest of stdout: %v", err)
	}
	awaitGone(t, grandchild)
}

func TestKillEndsTheTree(t *testing.T) {
	p := startChild(t, childCommand("family"))
	grandchild := readPid(t, bufio.NewReader(p.Stdout()))
	p.Kill()
	await(t, p.Done(), "the end of the child")
	awaitGone(t, grandchild)
	p.Kill() // no more than nothing
	if state, _ := p.ExitState(); !state.Killed {
		t.Errorf("the child %v, want killed", state)
	}
}

func TestNoisyStderr(t *testing.T) {
	var all bytes.Buffer
	c := childCommand("noisy")
	c.Stderr = &all
	p := startChild(t, c)
	readLine(t, bufio.NewReader(p.Stdout())) // written after 1 MiB of stderr
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	if got, want := all.Len(), 1<<20+len("the end"); got != want {
		t.Errorf("%d bytes of stderr passed on, want %d", got, want)
	}
	tail := p.StderrTail()
	if len(tail) != DefaultTail || !strings.HasSuffix(tail, "n\nthe end") {
		t.Errorf("the tail has %d bytes and ends in %q", len(tail), tail[max(0, len(tail)-10):])
	}
}

// A writer that fails must not stop a child that has more to say.
func TestStderrWriterFails(t *testing.T) {
	r, w := io.Pipe()
	_ = r.Close()
	c := childCommand("noisy")
	c.Stderr, c.StderrTail = w, 3
	p := startChild(t, c)
	readLine(t, bufio.NewReader(p.Stdout()))
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	if got := p.StderrTail(); got != "end" {
		t.Errorf("tail %q, want %q", got, "end")
	}
}

func TestEarlyExit(t *testing.T) {
	p := startChild(t, childCommand("exit", "7"))
	await(t, p.Done(), "the end of the child")
	if rest, err := io.ReadAll(p.Stdout()); len(rest) > 0 || err != nil {
		t.Errorf("stdout: %q, %v", rest, err)
	}
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	state, _ := p.ExitState()
	if state != (ExitState{Code: 7}) || state.String() != "exited with code 7" {
		t.Errorf("state %+v, %v", state, state)
	}
	if got := strings.TrimSpace(p.StderrTail()); got != "cannot open the vault" {
		t.Errorf("tail %q", got)
	}
}

// What the child says on its way out reaches a reader that is at work during Close, even
// when the child has ended before the reader comes to it.
func TestLastWords(t *testing.T) {
	p := startChild(t, childCommand("last"))
	out := bufio.NewReaderSize(p.Stdout(), 16) // no more than the first line
	readLine(t, out)
	read := make(chan string)
	go func() {
		<-p.Done()
		all, _ := io.ReadAll(out)
		read <- string(all)
	}()
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(<-read, "last words"); got != 100 {
		t.Errorf("%d of 100 lines arrived", got)
	}
}

// Threads of ours come and go. The parent-death signal of Linux is tied to the one that
// started the child.
func TestChildOutlivesThreads(t *testing.T) {
	p := startChild(t, childCommand("polite"))
	out := bufio.NewReader(p.Stdout())
	readLine(t, out)
	for range 64 {
		var wg sync.WaitGroup
		wg.Go(runtime.LockOSThread) // a goroutine that ends locked takes its thread along
		wg.Wait()
	}
	if _, err := io.WriteString(p.Stdin(), "still here\n"); err != nil {
		t.Fatal(err)
	}
	if got := readLine(t, out); got != "still here" {
		t.Errorf("the child wrote %q", got)
	}
}

func TestCloseFromManyGoroutines(t *testing.T) {
	p := startChild(t, childCommand("stubborn"))
	readLine(t, bufio.NewReader(p.Stdout()))
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			// One impatient caller is enough; the others would wait for an hour.
			grace := time.Hour
			if i == 7 {
				grace = 0
			}
			if err := p.Close(grace); err != nil {
				t.Error(err)
			}
			if _, ended := p.ExitState(); !ended {
				t.Error("Close returned before the child had ended")
			}
		})
		wg.Go(func() { _ = p.StderrTail() })
	}
	wg.Wait()
}

func TestCloseUnblocksTheReader(t *testing.T) {
	p := startChild(t, childCommand("stubborn"))
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, p.Stdout())
	}()
	if err := p.Close(0); err != nil {
		t.Fatal(err)
	}
	await(t, read, "the reader")
	if _, err := p.Stdout().Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read after Close: %v, want os.ErrClosed", err)
	}
}

func TestArgumentsEnvironmentFolder(t *testing.T) {
	c := childCommand("args", "-Plugin", "", "two words", `a"b`, `back\`, "ä", "$HOME", "%PATH%", "a&b")
	c.Dir = tempDir(t)
	c.Env = append(c.Env, "NUPLUG_PROC_TEST=x y")
	p := startChild(t, c)
	out := bufio.NewReader(p.Stdout())
	want := `["-Plugin" "" "two words" "a\"b" "back\\" "ä" "$HOME" "%PATH%" "a&b"]`
	if got := readLine(t, out); got != want {
		t.Errorf("arguments %s, want %s", got, want)
	}
	dir, err := strconv.Unquote(readLine(t, out))
	if err != nil || !sameDir(t, dir, c.Dir) {
		t.Errorf("folder %q (%v), want %q", dir, err, c.Dir)
	}
	if got := readLine(t, out); got != `"x y"` {
		t.Errorf("variable %s", got)
	}
}

// A host that was killed cannot close anything. On macOS and the BSDs only the end of its
// stdin reaches the child, and this one is deaf to it.
func TestChildEndsWithAKilledHost(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		t.Skip("this system neither has a parent-death signal nor job objects")
	}
	c := childCommand("parent")
	p := startChild(t, c)
	plugin := readPid(t, bufio.NewReader(p.Stdout()))
	host, err := os.FindProcess(p.Pid())
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Kill(); err != nil { // the one process, not its group
		t.Fatal(err)
	}
	awaitGone(t, plugin)
}
