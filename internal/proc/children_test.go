package proc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/internal/procwatch"
)

const (
	// childVar makes the test binary one of the children below.
	childVar = "NUPLUG_PROC_CHILD"
	// emulatorVar names what a binary for another machine has to be started with, when the
	// tests run as "go test -exec qemu-aarch64-static" and the kernel does not know of it.
	emulatorVar = "NUPLUG_TEST_EMULATOR"
)

// testDeadline is for what takes milliseconds: reaching it means that it never comes.
const testDeadline = time.Minute

func TestMain(m *testing.M) {
	mode := os.Getenv(childVar)
	if mode == "" {
		os.Exit(m.Run())
	}
	all := children()
	maps.Copy(all, systemChildren())
	child, ok := all[mode]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such child:", mode)
		os.Exit(99)
	}
	child(os.Args[1:])
	os.Exit(0)
}

// children are the programs that the tests start.
func children() map[string]func(args []string) {
	return map[string]func(args []string){
		"polite":   func([]string) { fmt.Println("ready"); _, _ = io.Copy(os.Stdout, os.Stdin) },
		"stubborn": func([]string) { beStubborn() },
		"exit":     func(args []string) { beGone(args[0]) },
		"noisy":    func([]string) { beNoisy() },
		"flood":    func([]string) { _, err := io.Copy(os.Stdout, endless{}); exitOn(err) },
		"args":     func(args []string) { beArgs(args) },
		"family":   func([]string) { beFamily() },
		"daemon":   func([]string) { startGrandchild("stubborn", os.Stdout) },
		"tell":     func([]string) { startGrandchild("stubborn", os.Stderr); beStubborn() },
		"last":     func([]string) { beLast() },
		"parent":   func([]string) { beParent() },
	}
}

// beStubborn is deaf to everything but a kill.
func beStubborn() {
	signal.Ignore()
	fmt.Println("ready")
	for {
		time.Sleep(time.Hour)
	}
}

func beGone(code string) {
	fmt.Fprintln(os.Stderr, "cannot open the vault")
	n, err := strconv.Atoi(code)
	exitOn(err)
	os.Exit(n)
}

func beNoisy() {
	line := strings.Repeat("n", 1023) + "\n"
	for range 1024 {
		fmt.Fprint(os.Stderr, line)
	}
	fmt.Fprint(os.Stderr, "the end")
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func beArgs(args []string) {
	dir, err := os.Getwd()
	exitOn(err)
	fmt.Printf("%q\n%q\n%q\n", args, dir, os.Getenv("NUPLUG_PROC_TEST"))
}

// beLast says no more than the smallest pipe holds, which is 4 KiB on Windows.
func beLast() {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Print(strings.Repeat("last words\n", 100))
}

// beFamily leaves a stubborn grandchild behind that holds its stdout and stderr.
func beFamily() {
	startGrandchild("stubborn", os.Stdout)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// beParent is a host that is killed before it can close its plugin.
func beParent() {
	c := childCommand("stubborn")
	p, err := Start(c)
	exitOn(err)
	fmt.Println(p.Pid())
	beStubborn()
}

// startGrandchild tells its number to w.
func startGrandchild(mode string, w io.Writer) {
	c := childCommand(mode)
	cmd := &exec.Cmd{Path: c.Path, Args: append([]string{c.Path}, c.Args...), Env: c.Env,
		Stdout: os.Stdout, Stderr: os.Stderr}
	exitOn(cmd.Start())
	fmt.Fprintln(w, cmd.Process.Pid)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(98)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte("x"), len(b))), nil }

// childCommand is the Command that starts one of the children.
func childCommand(mode string, args ...string) Command {
	exe, err := os.Executable()
	exitOn(err)
	c := Command{Path: exe, Args: args}
	if emulator := os.Getenv(emulatorVar); emulator != "" {
		if c.Path, err = exec.LookPath(emulator); err != nil {
			exitOn(err)
		}
		c.Args = append([]string{exe}, args...)
	}
	// A program built with -race sleeps for a second before it ends, unless told not to.
	c.Env = append(os.Environ(), childVar+"="+mode, "GORACE=atexit_sleep_ms=0")
	return c
}

// startChild starts a child; at the end of the test it is gone, with all goroutines.
func startChild(t *testing.T, c Command) *Process {
	t.Helper()
	p, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Stdout().Close() // the test has read what it wanted
		if err := p.Close(0); err != nil {
			t.Error(err)
		}
		assertGone(t, p.Pid())
		assertNoGoroutine(t)
	})
	return p
}

// readLine reads one line that the child writes.
func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("the child's stdout after %q: %v", line, err)
	}
	return strings.TrimSpace(line)
}

func readPid(t *testing.T, r *bufio.Reader) int {
	t.Helper()
	for {
		line := readLine(t, r)
		if pid, err := strconv.Atoi(line); err == nil {
			return pid
		} else if line != "ready" { // the grandchild may be quicker than its parent
			t.Fatalf("the child wrote %q, not a process id", line)
		}
	}
}

// assertGone proves that a process does not exist, or is a zombie at most.
func assertGone(t *testing.T, pid int) {
	t.Helper()
	w, err := procwatch.Watch(pid)
	if err == nil {
		w.Close()
		t.Errorf("process %d is left", pid)
	} else if !errors.Is(err, procwatch.ErrNoProcess) {
		t.Error(err)
	}
}

// awaitGone is for processes whose end nobody promised for this moment.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	w, err := procwatch.Watch(pid)
	if errors.Is(err, procwatch.ErrNoProcess) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	await(t, w.Done(), fmt.Sprintf("the end of process %d", pid))
}

func await(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(testDeadline):
		t.Fatalf("still waiting for %s after %v", what, testDeadline)
	}
}

// assertNoGoroutine proves that no goroutine of the package is left. The tests that use it
// are not parallel.
func assertNoGoroutine(t *testing.T) {
	t.Helper()
	buf := make([]byte, 1<<20)
	stacks := string(buf[:runtime.Stack(buf, true)])
	for stack := range strings.SplitSeq(stacks, "\n\n") {
		if strings.Contains(stack, "proc.(*Process)") || strings.Contains(stack, "proc.(*run)") {
			t.Errorf("a goroutine is left:\n%s", stack)
		}
	}
}

// killLeftover ends a process that a test has let escape on purpose.
func killLeftover(t *testing.T, pid int) {
	t.Helper()
	process, err := os.FindProcess(pid)
	if err != nil {
		return // Windows says so when there is none
	}
	_ = process.Kill()
	awaitGone(t, pid)
}

// tempDir is t.TempDir with a removal that Wine 8.0 can do: os.RemoveAll asks Windows for a
// kind of deletion that Wine answers with "Invalid function".
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nuplug-proc-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var all []string
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
			all = append(all, path)
			return nil
		})
		for _, path := range slices.Backward(all) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	})
	return dir
}

// sameDir compares folders that may be named through links.
func sameDir(t *testing.T, a, b string) bool {
	t.Helper()
	var infos [2]os.FileInfo
	for i, dir := range []string{a, b} {
		info, err := os.Stat(filepath.FromSlash(dir))
		if err != nil {
			t.Fatal(err)
		}
		infos[i] = info
	}
	return os.SameFile(infos[0], infos[1])
}
