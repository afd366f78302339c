package plugin_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/nuplug/nuplug/plugin"
)

const (
	// scenarioVar makes the test binary a program of its own.
	scenarioVar = "NUPLUG_PLUGIN_SCENARIO"
	// emulatorVar names what a binary for another machine has to be started with, when the tests run as
	// "go test -exec qemu-aarch64-static" and the kernel does not know of it.
	emulatorVar = "NUPLUG_TEST_EMULATOR"
)

func TestMain(m *testing.M) {
	switch scenario := os.Getenv(scenarioVar); scenario {
	case "":
		os.Exit(m.Run())
	case "sleeper": // a process to watch
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "chatter": // a child that prints
		fmt.Println("print by a child")
		for fd := syscall.Stderr + 1; fd < 30; fd++ { // to all that it inherited; the rest is of no use to anybody
			_, _ = syscall.Write(fd, []byte("print by a child that searches\n"))
		}
	default:
		os.Exit(program(scenario).Main())
	}
}

// program is the plugin that this test binary is in the scenarios.
func program(scenario string) *plugin.Plugin {
	p := &plugin.Plugin{Name: "acme", Version: "1.2.3"}
	switch scenario {
	case "plain":
	case "usage":
		p.Usage = "Put it on PATH.\n"
	case "prints":
		logger := log.New(os.Stdout, "", 0) // made before Main, as package variables are
		p.Credentials = func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			printAll(logger)
			return &plugin.Credentials{Username: "ann", Password: "s3cret"}, nil
		}
	case "stuck": // ignores its context
		p.Prefetch = func(_ context.Context, r *plugin.PackageRequest) error {
			r.Prompt("stuck")
			select {}
		}
	}
	return p
}

// printAll writes to standard output in every way that Go code has.
func printAll(logger *log.Logger) {
	fmt.Println("print by the author")
	logger.Print("print by a logger")
	fd := syscall.Stdout
	_, _ = syscall.Write(fd, []byte("print by a system call\n"))
	child := self("chatter")
	child.Stdout = os.Stdout
	if err := child.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// self is this test binary in a scenario.
func self(scenario string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	c := exec.Command(exe, args...)
	if emulator := os.Getenv(emulatorVar); emulator != "" {
		c = exec.Command(emulator, append([]string{exe}, args...)...)
	}
	// A program built with -race sleeps for a second before it ends, unless told not to.
	c.Env = append(os.Environ(), scenarioVar+"="+scenario, "GORACE=atexit_sleep_ms=0")
	return c
}
