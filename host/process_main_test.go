package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/internal/procwatch"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// TestMain makes the test binary the plugins of the tests: it is one when it is started as such.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != pluginArgument {
		if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil { // or each child of a -race run takes a second to end
			panic(err)
		}
		os.Exit(m.Run())
	}
	name := "good" // as NuGet starts one
	if len(os.Args) > 2 {
		name = os.Args[2]
	}
	child, ok := children()[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such child:", name)
		os.Exit(99)
	}
	os.Exit(child())
}

// childStart starts this test binary as one of the children.
func childStart(t *testing.T, name string) Start {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := selfCommand(self, pluginArgument, name)
	return Start{Program: command[0], Args: command[1:]}
}

// selfCommand starts this test binary, by the emulator that it needs when it is one for another machine.
func selfCommand(self string, args ...string) []string {
	command := append([]string{self}, args...)
	if emulator := os.Getenv("NUPLUG_TEST_EMULATOR"); emulator != "" {
		path, err := proc.Find(emulator)
		if err != nil {
			panic(err)
		}
		command = append([]string{path}, command...)
	}
	return command
}

// children are the plugins; each returns its exit code.
func children() map[string]func() int {
	return map[string]func() int{
		"good":        beGood,
		"banner":      func() int { fmt.Println("Welcome to the plugin!"); return drainStdin() },
		"usage":       func() int { fmt.Println("usage: plugin [-v]"); return 2 },
		"exit3":       func() int { fmt.Fprintln(os.Stderr, "one\ntwo\ncannot open the vault:\nit is locked"); return 3 },
		"hang":        func() int { beStubborn(); return 0 },
		"closed":      func() int { os.Stdout.Close(); beStubborn(); return 0 },
		"mute":        func() int { return beBad("mute") },
		"monitor":     func() int { return beBad("monitor") },
		"initialize":  func() int { return beBad("initialize") },
		"refuses":     func() int { return beBad("refuses") },
		"faults":      func() int { return beBad("faults") },
		"dies":        func() int { return beBad("dies") },
		"flood":       beFlood,
		"deaf":        func() int { return beBad("deaf") },
		"ignores EOF": func() int { return beBad("ignores EOF") },
		"family":      func() int { startGrandchild(); return beGood() },
		"escaped":     beEscaped,
		"crash":       beCrashing,
	}
}

// beGood is a plugin as our own SDK makes it.
func beGood() int {
	p := plugin.Plugin{Name: "good", Credentials: func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
		r.Log(protocol.LevelMinimal, "looking")
		return &plugin.Credentials{Username: "ann", Password: "secret"}, nil
	}}
	return p.Main()
}

func drainStdin() int {
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// beStubborn is deaf to everything but a kill. It ends after all, for the sake of a test run that was killed itself.
func beStubborn() {
	signal.Ignore()
	time.Sleep(10 * time.Minute)
	os.Exit(94)
}

// beFlood fills standard error before it is good.
func beFlood() int {
	line := strings.Repeat("x", 1023) + "\n"
	for range 1024 {
		fmt.Fprint(os.Stderr, line)
	}
	return beGood()
}

// startGrandchild leaves a process that holds all that this one has open.
func startGrandchild() {
	self, err := os.Executable()
	if err == nil {
		var p *os.Process
		command := selfCommand(self, pluginArgument, "hang")
		p, err = os.StartProcess(command[0], command, &os.ProcAttr{
			Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: escapeAttributes(),
		})
		if err == nil {
			fmt.Fprintf(os.Stderr, "grandchild %d\n", p.Pid)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(98)
	}
}

// beBad is wrong in one way that the SDK does not allow.
func beBad(how string) int {
	stuck := func(context.Context, *conn.Request) (protocol.Response, error) {
		beStubborn()
		return nil, nil
	}
	options := &conn.Options{Handlers: goodHandlers(nil)}
	switch how {
	case "mute": // answers our handshake and sends none
		return beMute()
	case "monitor":
		options.Handlers[protocol.MethodMonitorNuGetProcessExit] = stuck
	case "initialize":
		options.Handlers[protocol.MethodInitialize] = stuck
	case "refuses":
		options.Handlers[protocol.MethodInitialize] = func(context.Context, *conn.Request) (protocol.Response, error) {
			fmt.Fprintln(os.Stderr, "this NuGet is too old")
			return &protocol.InitializeResponse{ResponseCode: protocol.CodeError}, nil
		}
	case "faults":
		options.Handlers[protocol.MethodInitialize] = func(context.Context, *conn.Request) (protocol.Response, error) {
			return nil, errors.New("no configuration")
		}
	case "dies":
		options.Handlers[protocol.MethodInitialize] = func(context.Context, *conn.Request) (protocol.Response, error) {
			fmt.Fprintln(os.Stderr, "out of luck")
			os.Exit(4)
			return nil, nil
		}
	}
	c, err := conn.Open(context.Background(), conn.Join(os.Stdin, os.Stdout), protocol.Plugin, options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if how == "deaf" || how == "ignores EOF" {
		beStubborn()
	}
	<-c.Done()
	return 0
}

func beMute() int {
	r := protocol.NewReader(os.Stdin, nil)
	for {
		m, err := r.Read()
		if err != nil {
			return 0
		}
		version := protocol.CurrentVersion()
		answer, err := protocol.NewResponse(m.RequestID, &protocol.HandshakeResponse{ProtocolVersion: &version})
		if err != nil {
			return 97
		}
		line, err := answer.Encode()
		if err != nil {
			return 96
		}
		_, _ = os.Stdout.Write(line)
	}
}

// recorder is a starter that remembers the processes.
type recorder struct{ processes []process }

func (r *recorder) start(c proc.Command) (process, error) {
	p, err := startChild(c)
	if err == nil {
		r.processes = append(r.processes, p)
	}
	return p, err
}

// allEnded says that each process was waited for.
func (r *recorder) allEnded(t *testing.T) {
	t.Helper()
	for _, p := range r.processes {
		if _, ended := p.ExitState(); !ended {
			t.Errorf("process %d was left", p.Pid())
		}
	}
}

// mustEnd waits until a process that is not a child of ours is gone.
func mustEnd(t *testing.T, pid int) {
	t.Helper()
	w, err := procwatch.Watch(pid)
	if errors.Is(err, procwatch.ErrNoProcess) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	select {
	case <-w.Done():
	case <-time.After(time.Minute):
		t.Errorf("process %d was left", pid)
	}
}
