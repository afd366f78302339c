//go:build unix

package proc

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestChildEndedByASignal(t *testing.T) {
	p := startChild(t, childCommand("polite"))
	readLine(t, bufio.NewReader(p.Stdout()))
	if err := unix.Kill(p.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, p.Done(), "the end of the child")
	state, _ := p.ExitState()
	if state != (ExitState{Code: -1, Signal: syscall.SIGKILL}) || state.String() != "was ended by signal 9 (killed)" {
		t.Errorf("state %+v: %v", state, state)
	}
}

func TestChildLeadsAGroup(t *testing.T) {
	p := startChild(t, childCommand("polite"))
	pgid, err := unix.Getpgid(p.Pid())
	if err != nil || pgid != p.Pid() {
		t.Errorf("process %d is in group %d (%v)", p.Pid(), pgid, err)
	}
}

// A process that put itself into another session is out of reach, but must not make Close
// hang, although it holds stdout and stderr.
func TestEscapedGrandchild(t *testing.T) {
	p := startChild(t, childCommand("escape"))
	out := bufio.NewReader(p.Stdout())
	escaped := readPid(t, out)
	defer killLeftover(t, escaped)
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, out)
	}()
	if err := p.Close(testDeadline); err != nil {
		t.Fatal(err)
	}
	await(t, read, "the reader")
	assertNoGoroutine(t)
	if err := unix.Kill(escaped, 0); err != nil {
		t.Errorf("the grandchild did not escape, so this test shows nothing: %v", err)
	}
}

func TestStartErrorsUnix(t *testing.T) {
	dir := tempDir(t)
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink("/nowhere/at-all", dangling); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path   string
		kind   Kind
		reason string
	}{
		{write("no-bit", "#!/bin/sh\n", 0o644), NoExecuteBit, "no execute bit (mode -rw-r--r--)"},
		{write("text", "exit 1\n", 0o755), NotProgram, "text file without a #! line"},
		{write("no-interpreter", "#!/nowhere/python -u\n", 0o755), NoInterpreter, "/nowhere/python, which is missing"},
		{write("crlf", "#!/bin/sh\r\nexit 0\r\n", 0o755), NoInterpreter, "CR LF"},
		{write("interpreter-without-bit", "#!"+filepath.Join(dir, "no-bit")+"\n", 0o755), NoPermission, "#! interpreter"},
		{dangling, NotFound, "symbolic link to /nowhere/at-all"},
		{fifo, NotProgram, "not a regular file"},
	}
	for _, test := range tests {
		t.Run(filepath.Base(test.path), func(t *testing.T) {
			p, err := Start(Command{Path: test.path})
			if err == nil {
				_ = p.Close(0)
			}
			assertStartError(t, err, test.path, test.kind, test.reason)
		})
	}
}

// A script is started by the system, not by a shell of ours: a text without #! does not run
// (above), one with #! gets its arguments as they are.
func TestScript(t *testing.T) {
	path := filepath.Join(tempDir(t), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nprintf '%s|' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := Run(t.Context(), Command{Path: path, Args: []string{"a b", "$(id)", ";"}})
	if got, want := string(out.Stdout), "a b|$(id)|;|"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func TestFind(t *testing.T) {
	dir := tempDir(t)
	path := filepath.Join(dir, "nuplug-helper")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if got, err := Find("nuplug-helper"); err != nil || got != path {
		t.Errorf("%q, %v; want %q", got, err, path)
	}
	t.Chdir(dir)
	t.Setenv("PATH", ".")
	_, err := Find("nuplug-helper")
	assertStartError(t, err, "nuplug-helper", NotFound, "not absolute")
}

// A file that is being written to is busy; the start is tried again until the writer is
// done, or given up.
func TestBusy(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux refuses to start a program that is open for writing")
	}
	path := filepath.Join(tempDir(t), "busy")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(mustRead(t, "/bin/true")); err != nil {
		t.Fatal(err)
	}
	_, err = Start(Command{Path: path})
	assertStartError(t, err, path, Busy, "open for writing")
	time.AfterFunc(10*time.Millisecond, func() { _ = f.Close() })
	if _, err := Run(t.Context(), Command{Path: path}); err != nil {
		t.Error(err)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// beEscape starts a grandchild in a session of its own, where no kill of the group reaches it.
func beEscape([]string) {
	c := childCommand("stubborn")
	cmd := &exec.Cmd{Path: c.Path, Args: append([]string{c.Path}, c.Args...), Env: c.Env,
		Stdout: os.Stdout, Stderr: os.Stderr, SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	exitOn(cmd.Start())
	_, _ = os.Stdout.WriteString(strconv.Itoa(cmd.Process.Pid) + "\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// systemChildren are children that only some systems can have.
func systemChildren() map[string]func([]string) {
	return map[string]func([]string){"escape": beEscape}
}
