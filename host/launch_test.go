package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

func TestLaunchGood(t *testing.T) {
	for _, child := range []string{"good", "flood", "family"} {
		t.Run(child, func(t *testing.T) {
			t.Parallel()
			r := new(recorder)
			var lines []string
			p, err := Launch(t.Context(), "/plugins/it", childStart(t, child), &LaunchOptions{
				start: r.start, Log: func(l protocol.LogLevel, text string) { lines = append(lines, l.String()+" "+text) },
			})
			if err != nil {
				t.Fatal(err)
			}
			claims, known, err := p.Claims(t.Context(), "", nil)
			if err != nil || !known || len(claims) != 1 || claims[0] != protocol.ClaimAuthentication {
				t.Errorf("claims %v, %v, %v", claims, known, err)
			}
			a, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"})
			if err != nil || deref(a.Username) != "ann" || deref(a.Password) != "secret" {
				t.Errorf("credentials %+v, %v", a, err)
			}
			if p.Path() != "/plugins/it" || p.Version().String() != "2.0.0" {
				t.Errorf("path %s, version %s", p.Path(), p.Version())
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-p.Done():
			default:
				t.Error("not done after Close")
			}
			r.allEnded(t)
			if got := strings.Join(lines, "; "); got != "Minimal looking" {
				t.Errorf("log lines %q", got)
			}
			if child == "family" {
				mustEnd(t, grandchild(t, r.processes[0].StderrTail()))
			}
			if !errors.Is(p.Cause(), conn.ErrClosed) || p.Close() != nil {
				t.Errorf("cause %v", p.Cause())
			}
		})
	}
}

func grandchild(t *testing.T, stderr string) int {
	t.Helper()
	m := regexp.MustCompile(`grandchild (\d+)`).FindStringSubmatch(stderr)
	if m == nil {
		t.Fatalf("no grandchild in %q", stderr)
	}
	pid, err := strconv.Atoi(m[1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestLaunchFails(t *testing.T) {
	tests := []struct {
		child  string
		step   Step
		want   string   // a pattern of the text behind the path
		limits Timeouts // short ones where the plugin hangs for ever, but long enough for what comes before
	}{
		{"exit3", StepHandshake, `^it exited with code 3 before the handshake was done; its last words: two \| cannot open the vault: \| it is locked$`, Timeouts{}},
		{"banner", StepHandshake, `^it wrote to its standard output what is no message of the protocol: "Welcome to the plugin!"`, Timeouts{}},
		{"usage", StepHandshake, `^it wrote to its standard output what is no message of the protocol: "usage: plugin \[-v\]"`, Timeouts{}},
		{"hang", StepHandshake, `^it hangs: no answer and no progress within 100ms before the handshake was done$`, Timeouts{Handshake: 100 * time.Millisecond}},
		{"mute", StepHandshake, `^it hangs: the peer sent no handshake request of its own: no answer and no progress within 2s before the handshake was done$`, Timeouts{Handshake: 2 * time.Second}},
		{"closed", StepHandshake, `^it closed its standard output before the handshake was done$`, Timeouts{}},
		{"monitor", StepMonitor, `^it hangs: no answer and no progress within 100ms during MonitorNuGetProcessExit$`, Timeouts{Request: 100 * time.Millisecond}},
		{"initialize", StepInitialize, `^it hangs: no answer and no progress within 1s during Initialize$`, Timeouts{Request: time.Second}},
		{"refuses", StepInitialize, `^it answered Error \(during Initialize\); its last words: this NuGet is too old$`, Timeouts{}},
		{"faults", StepInitialize, `^the peer answered with a fault: no configuration \(during Initialize\)$`, Timeouts{}},
		{"dies", StepInitialize, `^it exited with code 4 during Initialize; its last words: out of luck$`, Timeouts{}},
	}
	for _, test := range tests {
		t.Run(test.child, func(t *testing.T) {
			if test.child == "closed" && underWine() {
				t.Skip("Wine 8.0 keeps a copy of the output's handle in the child")
			}
			t.Parallel()
			r := new(recorder)
			_, err := Launch(t.Context(), "/plugins/it", childStart(t, test.child), &LaunchOptions{Timeouts: test.limits, start: r.start})
			checkLaunchError(t, err, "/plugins/it", test.step, test.want)
			if len(r.processes) != 1 {
				t.Errorf("%d processes", len(r.processes))
			}
			r.allEnded(t)
		})
	}
}

func checkLaunchError(t *testing.T, err error, path string, step Step, want string) {
	t.Helper()
	e, ok := errors.AsType[*LaunchError](err)
	if !ok {
		t.Fatalf("error %v, want a LaunchError", err)
	}
	text, named := strings.CutPrefix(err.Error(), "plugin "+path+": ")
	if !named || e.Path != path || e.Step != step || !regexp.MustCompile(want).MatchString(text) {
		t.Errorf("step %s, error\n%s\nwant step %s, plugin %s: %s", e.Step, err, step, path, want)
	}
	if strings.Contains(text, "\n") {
		t.Errorf("error of several lines: %q", text)
	}
	if e.Took < 0 || e.Err == nil || !errors.Is(err, e.Err) {
		t.Errorf("took %s, error %v", e.Took, e.Err)
	}
}

// TestLaunchEscaped: a process that got out of the plugin's group holds its output open after the plugin has died.
func TestLaunchEscaped(t *testing.T) {
	t.Parallel()
	r := new(recorder)
	_, err := Launch(t.Context(), "/plugins/it", childStart(t, "escaped"), &LaunchOptions{start: r.start})
	checkLaunchError(t, err, "/plugins/it", StepHandshake, `^it exited with code 6 before the handshake was done; its last words: grandchild \d+$`)
	r.allEnded(t)
	pid := grandchild(t, r.processes[0].StderrTail())
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // the one process that nobody but we can end
	}
	mustEnd(t, pid)
}

func beEscaped() int {
	startGrandchild()
	return 6
}

// TestCloseDeaf: neither Close nor the end of input reaches the plugin.
func TestCloseDeaf(t *testing.T) {
	for _, child := range []string{"deaf", "ignores EOF"} {
		t.Run(child, func(t *testing.T) {
			t.Parallel()
			r := new(recorder)
			p, err := Launch(t.Context(), "/plugins/it", childStart(t, child), &LaunchOptions{start: r.start})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			r.allEnded(t)
			if state, _ := r.processes[0].ExitState(); !state.Killed {
				t.Errorf("the process %s", state)
			}
		})
	}
}

func TestLaunchBadFiles(t *testing.T) {
	dir := tempDir(t)
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	otherMachine := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\xf3\x00" + strings.Repeat("\x00", 44) // riscv64
	missing := filepath.Join(dir, "none")
	tests := []struct {
		name string
		path string
		want string // on Unix
	}{
		{"missing", missing, `^cannot start \S+: there is no such file$`},
		{"directory", dir, `^cannot start \S+: it is a directory$`},
		{"no execute bit", file("plain", "#!/bin/sh\n", 0o644), `^cannot start \S+: it has no execute bit \(mode -rw-r--r--\)$`},
		{"wrong architecture", file("riscv", otherMachine, 0o755), `^cannot start \S+: it is built for linux/riscv64; this program is for `},
		{"text", file("text", "hello\n", 0o755), `^cannot start \S+: it is a text file without a #! line$`},
		{"relative", "plugins/it", `^cannot start \S+: its path is not absolute$`},
		{"quote", filepath.Join(dir, `a"b`), `^cannot start .+: its path has a quotation mark$`},
		{"missing .dll", missing + ".dll", `^cannot start \S+: there is no such file$`},
		{"relative .dll", "it.dll", `^cannot start \S+: its path is not absolute$`},
		{"quote .dll", filepath.Join(dir, `a"b.dll`), `^cannot start .+: its path has a quotation mark$`},
	}
	client, err := ParseClient("dotnet", runtime.GOOS)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			named := Only(client, nil, test.path)
			_, err := Launch(t.Context(), test.path, named.Candidates[0].Start, nil)
			if runtime.GOOS == windows && test.want != `^cannot start \S+: there is no such file$` {
				test.want = `^cannot start \S+: ` // in the words of that system
			}
			checkLaunchError(t, err, test.path, StepStart, test.want)
		})
	}
}

func TestLaunchHosted(t *testing.T) {
	dir := tempDir(t)
	script := filepath.Join(dir, "it")
	if err := os.WriteFile(script, []byte("#!/usr/bin/env dotnet\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder.dll")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		script: `^cannot start \S+: dotnet would take it for a file-based app`,
		folder: `^cannot start \S+: it is a directory$`,
	} {
		_, err := Launch(t.Context(), path, Start{Program: "/no/dotnet", Args: []string{path, pluginArgument}, ViaHost: true}, nil)
		checkLaunchError(t, err, path, StepStart, want)
	}
	good := filepath.Join(dir, "it.dll")
	if err := os.WriteFile(good, []byte("MZ"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Launch(t.Context(), good, Start{Program: "nuplug-no-dotnet", Args: []string{good, pluginArgument}, ViaHost: true}, nil)
	checkLaunchError(t, err, good, StepStart, `^cannot start nuplug-no-dotnet: there is no such program on PATH$`)
}

func TestLaunchCancelled(t *testing.T) {
	t.Parallel()
	r := new(recorder)
	why := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	options := &LaunchOptions{start: r.start, Observer: func(Event) { cancel(why) }}
	_, err := Launch(ctx, "/plugins/it", childStart(t, "hang"), options)
	checkLaunchError(t, err, "/plugins/it", StepHandshake, `^the user left \(before the handshake was done\)$`)
	r.allEnded(t)
	_, err = Launch(ctx, "/plugins/it", childStart(t, "good"), options)
	checkLaunchError(t, err, "/plugins/it", StepStart, `^the user left$`)
	if len(r.processes) != 1 {
		t.Error("a process was started for a caller who had left")
	}
}

// TestStderrPassedOn: all of standard error goes to the writer, and the last of it into an error.
func TestStderrPassedOn(t *testing.T) {
	t.Parallel()
	var all bytes.Buffer
	_, err := Launch(t.Context(), "/plugins/it", childStart(t, "exit3"), &LaunchOptions{Stderr: &all})
	if e, ok := errors.AsType[*LaunchError](err); !ok || e.Stderr != "two\ncannot open the vault:\nit is locked" {
		t.Errorf("error %v", err)
	}
	if all.String() != "one\ntwo\ncannot open the vault:\nit is locked\n" {
		t.Errorf("stderr %q", all.String())
	}
}

func TestSlogLevels(t *testing.T) {
	want := map[protocol.LogLevel]string{
		protocol.LevelDebug: "DEBUG", protocol.LevelVerbose: "DEBUG+2", protocol.LevelInformation: "INFO",
		protocol.LevelMinimal: "INFO+2", protocol.LevelWarning: "WARN", protocol.LevelError: "ERROR",
	}
	for level := protocol.LevelDebug; level <= protocol.LevelError; level++ {
		if got := SlogLevel(level).String(); got != want[level] {
			t.Errorf("%s is %s, want %s", level, got, want[level])
		}
	}
}

// logText is a slog.Logger for tests.
func logText() (*slog.Logger, func() string) {
	var mu sync.Mutex
	var text bytes.Buffer
	locked := writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(b)
	})
	handler := slog.NewTextHandler(locked, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	return slog.New(handler), func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestIsGone: the end of a process shows as the end of its output or as a broken input, whichever is noticed first.
func TestIsGone(t *testing.T) {
	tests := []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{&conn.HandshakeError{Err: io.ErrUnexpectedEOF}, true},
		{&conn.CallError{Err: &conn.ClosedError{Cause: io.EOF}}, true},
		{&conn.CallError{Err: &fs.PathError{Op: "write", Path: "|1", Err: errors.New("broken pipe")}}, true},
		{&conn.CallError{Err: io.ErrClosedPipe}, true},
		{&conn.CallError{Err: &conn.TimeoutError{}}, false},
		{&conn.CallError{Err: &conn.ClosedError{Cause: conn.ErrClosed}}, false},
		{&conn.CallError{Err: &conn.FaultError{Message: "EOF"}}, false},
		{context.Canceled, false},
	}
	for _, test := range tests {
		if got := isGone(test.err); got != test.want {
			t.Errorf("%v: %v", test.err, got)
		}
	}
}
