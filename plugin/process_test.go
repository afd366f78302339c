package plugin_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// child is this test binary, started as a plugin.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.ReadCloser
	stderr bytes.Buffer
	exited chan struct{}

	mu      sync.Mutex
	printed bytes.Buffer // all of stdout
}

func launch(t *testing.T, scenario string, args ...string) *child {
	t.Helper()
	return launchCommand(t, self(scenario, args...))
}

func launchCommand(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{t: t, cmd: cmd, exited: make(chan struct{})}
	cmd.Stderr = &c.stderr
	var err error
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	// Not StdoutPipe: Wait would close it before everything is read.
	read, write := io.Pipe()
	cmd.Stdout = io.MultiWriter(&locked{c}, write)
	c.stdout = read
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		write.Close()
		close(c.exited)
	}()
	t.Cleanup(func() {
		read.Close()
		_ = cmd.Process.Kill()
		<-c.exited
	})
	return c
}

// locked keeps what the child prints.
type locked struct{ *child }

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.printed.Write(b)
}

// open is NuGet's part of the beginning.
func (c *child) open(o *conn.Options) (*conn.Conn, error) {
	if o == nil {
		o = &conn.Options{}
	}
	o.Strict = true
	o.Handlers = map[protocol.Method]conn.Handler{protocol.MethodLog: func(context.Context, *conn.Request) (protocol.Response, error) {
		return &protocol.LogResponse{}, nil
	}}
	return conn.Open(c.t.Context(), conn.Join(c.stdout, c.stdin), protocol.Client, o)
}

func (c *child) mustOpen(o *conn.Options) *conn.Conn {
	c.t.Helper()
	client, err := c.open(o)
	if err != nil {
		c.t.Fatalf("%v; stderr: %s", err, c.stderr.String())
	}
	c.t.Cleanup(client.Close)
	return client
}

// wait returns the exit code. The bound is generous, and far below what a program that does not end by itself takes.
func (c *child) wait() int {
	c.t.Helper()
	select {
	case <-c.exited:
	case <-time.After(30 * time.Second):
		c.t.Fatal("the plugin is still there")
	}
	return c.cmd.ProcessState.ExitCode()
}

func (c *child) wantExit(code int) {
	c.t.Helper()
	if got := c.wait(); got != code {
		c.t.Errorf("exit code %d, want %d; stderr: %s", got, code, c.stderr.String())
	}
}

// messages are the lines on stdout, all of which have to be messages.
func (c *child) messages() (all []protocol.Message) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := bufio.NewScanner(&c.printed)
	for lines.Scan() {
		m, err := protocol.DecodeStrict(lines.Bytes())
		if err != nil {
			c.t.Errorf("on stdout: %v: %q", err, lines.Text())
		}
		all = append(all, m)
	}
	return all
}

// TestStdoutIsTakenAway: nothing but messages is on the wire, whoever prints.
func TestStdoutIsTakenAway(t *testing.T) {
	for _, argument := range []string{"-Plugin", "-plugin", "-PLUGIN"} {
		t.Run(argument, func(t *testing.T) {
			c := launch(t, "prints", argument)
			client := c.mustOpen(nil)
			for range 3 {
				got, err := conn.Call[*protocol.GetAuthenticationCredentialsResponse](t.Context(), client, forCredentials())
				if err != nil {
					t.Fatal(err)
				}
				if got.ResponseCode != protocol.CodeSuccess || *got.Password != "s3cret" {
					t.Errorf("answer %+v", got)
				}
			}
			client.Close()
			c.wantExit(0)
			if n := len(c.messages()); n != 5 { // two of the handshake, three answers
				t.Errorf("%d messages", n)
			}
			for _, line := range []string{"print by the author", "print by a logger", "print by a system call", "print by a child"} {
				if n := strings.Count(c.stderr.String(), line); n != 3 {
					t.Errorf("%q is %d times on stderr, want 3:\n%s", line, n, c.stderr.String())
				}
			}
		})
	}
}

// TestProcessEnds: a function that ignores its context holds up nothing.
func TestProcessEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *child, client *conn.Conn, watched *child)
	}{
		{"Close", func(c *child, _ *conn.Conn, _ *child) {
			line, err := protocol.NewClose("goodbye").Encode()
			if err != nil {
				c.t.Fatal(err)
			}
			_, _ = c.stdin.Write(line) // and standard input stays open
		}},
		{"the end of standard input", func(c *child, _ *conn.Conn, _ *child) { c.stdin.Close() }},
		{"Close and the end of standard input", func(_ *child, client *conn.Conn, _ *child) { client.Close() }},
		{"the death of the watched process", func(_ *child, _ *conn.Conn, watched *child) {
			watched.stdin.Close()
			watched.wait()
		}},
		{"the violent death of the watched process", func(_ *child, _ *conn.Conn, watched *child) {
			_ = watched.cmd.Process.Kill()
			watched.wait()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			watched := launch(t, "sleeper")
			c := launch(t, "stuck", "-Plugin")
			prompted := make(chan bool, 1)
			client := c.mustOpen(&conn.Options{Observer: func(e conn.Event) {
				if !e.Sent && e.Message.Method == protocol.MethodLog {
					prompted <- true
				}
			}})
			for _, r := range []protocol.Request{
				&protocol.MonitorNuGetProcessExitRequest{ProcessID: int32(watched.cmd.Process.Pid)},
				&protocol.SetLogLevelRequest{},
			} {
				response, err := client.Call(t.Context(), r)
				if err != nil || codeOf(response) != protocol.CodeSuccess {
					t.Fatalf("%s: %v, %v", r.Method(), response, err)
				}
			}
			answer := make(chan error, 1)
			go func() {
				_, err := client.Call(t.Context(), prefetch())
				answer <- err
			}()
			<-prompted
			test.end(c, client, watched)
			c.wantExit(0)
			if _, closed := errors.AsType[*conn.ClosedError](<-answer); !closed {
				t.Error("the function that is stuck has answered")
			}
			if c.stderr.Len() > 0 {
				t.Errorf("stderr: %s", c.stderr.String())
			}
		})
	}
}

// TestWatchedProcess is the same in memory, with a real process.
func TestWatchedProcess(t *testing.T) {
	watched := launch(t, "sleeper")
	w := dial(t, prefetching(untilCancelled))
	if code := codeOf(w.ask(&protocol.MonitorNuGetProcessExitRequest{ProcessID: int32(watched.cmd.Process.Pid)})); code != protocol.CodeSuccess {
		t.Fatal(code)
	}
	var prefetching sync.WaitGroup
	prefetching.Go(func() { _, _ = w.Call(t.Context(), prefetch()) })
	watched.stdin.Close()
	watched.wait()
	select {
	case <-w.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the conversation goes on")
	}
	if cause := w.Cause(); !errors.Is(cause, io.EOF) {
		t.Errorf("the client's conversation ended with %v", cause)
	}
	prefetching.Wait()
}

// TestUnconventionalBeginnings: what is no conversation ends with exit code 1, even while standard input stays open.
func TestUnconventionalBeginnings(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		c := launch(t, "plain", "-Plugin")
		c.stdin.Close()
		go func() { _, _ = io.Copy(io.Discard, c.stdout) }()
		c.wantExit(1)
		if c.stderr.Len() > 0 {
			t.Errorf("stderr: %s", c.stderr.String())
		}
	})
	t.Run("text", func(t *testing.T) {
		c := launch(t, "plain", "-Plugin")
		go func() { _, _ = io.Copy(io.Discard, c.stdout) }()
		fmt.Fprintln(c.stdin, "hello")
		c.wantExit(1)
		wantText(t, "stderr", c.stderr.String(), `acme: handshake: not a protocol message: "hello" (a line of 5 bytes)`)
	})
	t.Run("text later", func(t *testing.T) {
		c := launch(t, "plain", "-Plugin")
		c.mustOpen(nil)
		fmt.Fprintln(c.stdin, "hello")
		c.wantExit(1)
		wantText(t, "stderr", c.stderr.String(), `acme: not a protocol message: "hello" (a line of 5 bytes)`)
	})
	t.Run("another version", func(t *testing.T) {
		c := launch(t, "plain", "-Plugin")
		// A client that keeps the plugin's standard input open.
		stream := conn.Join(c.stdout, nopCloser{c.stdin})
		three := protocol.Version{Major: 3}
		if _, err := conn.Open(t.Context(), stream, protocol.Client, &conn.Options{Version: three, MinimumVersion: three}); !errors.Is(err, conn.ErrRefused) {
			t.Errorf("the client says %v", err)
		}
		c.wantExit(1)
		wantText(t, "stderr", c.stderr.String(), "acme: handshake: ")
	})
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestUsage(t *testing.T) {
	tests := []struct {
		scenario string
		args     []string
		want     string
	}{
		{"plain", nil, "acme 1.2.3: a NuGet plugin. NuGet starts it with -Plugin when it finds it on PATH under a name that begins with nuget-plugin-.\n"},
		{"plain", []string{"--help", "Plugin"}, "acme 1.2.3: a NuGet plugin. NuGet starts it with -Plugin when it finds it on PATH under a name that begins with nuget-plugin-.\n"},
		{"usage", nil, "Put it on PATH.\n"},
	}
	for _, test := range tests {
		cmd := self(test.scenario, test.args...)
		cmd.Stderr = new(bytes.Buffer)
		out, err := cmd.Output()
		if err != nil || string(out) != test.want {
			t.Errorf("%s %q: %q, %v, want %q", test.scenario, test.args, out, err, test.want)
		}
	}
}

func TestWantsPlugin(t *testing.T) {
	for _, args := range [][]string{{"-Plugin"}, {"-plugin"}, {"--verbose", "-PLUGIN"}} {
		if !plugin.WantsPlugin(args) {
			t.Errorf("%q: false", args)
		}
	}
	for _, args := range [][]string{nil, {"Plugin"}, {"--plugin"}, {"-Plugins"}, {""}} {
		if plugin.WantsPlugin(args) {
			t.Errorf("%q: true", args)
		}
	}
}
