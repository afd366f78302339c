package clients

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A Result is what one run of a client came to.
type Result struct {
	// Args is the whole command line.
	Args []string
	// Output is stdout and stderr in the order in which they were written.
	Output string
	// ExitCode is -1 if the client was ended at the deadline or by a signal.
	ExitCode int
	// Duration is the time from start to exit of the client's own process.
	Duration time.Duration
}

// String is for failure messages: the command, how it ended, all that it wrote.
func (r Result) String() string {
	return fmt.Sprintf("%s\nexit code %d after %v\n%s", strings.Join(r.Args, " "), r.ExitCode, r.Duration.Round(time.Millisecond), r.Output)
}

// Run runs the client with the arguments in Work, without input, and waits for its end. A client
// that runs past the Deadline is ended with all that it started, and fails the test.
func (s *Sandbox) Run(args ...string) Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), s.Deadline)
	defer cancel()

	// os/exec itself, because internal/proc keeps stdout and stderr apart and only a tail of
	// the latter, and because a harness should not stand on what it is there to test.
	//
	// Output goes to a file and not through a pipe: nobody who is left behind with the
	// descriptor can keep us waiting, and what was written before the deadline is not lost.
	output, err := s.outputFile()
	if err != nil {
		s.t.Errorf("run %s: %v", s.Client.Name, err)
		return Result{ExitCode: -1}
	}
	defer output.Close()
	argv := append(append([]string(nil), s.Client.Command...), args...)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = s.Work
	cmd.Env = s.Environ()
	cmd.Stdout, cmd.Stderr = output, output

	start := time.Now()
	err = cmd.Run()
	r := Result{Args: argv, ExitCode: cmd.ProcessState.ExitCode(), Duration: time.Since(start)}
	if ctx.Err() != nil {
		s.endProcesses(0)
	}
	text, readErr := os.ReadFile(output.Name())
	r.Output = string(text)
	var exited *exec.ExitError
	switch {
	case ctx.Err() != nil:
		s.t.Errorf("ended after %v, the limit of this run:\n%v", s.Deadline, r)
	case err != nil && !errors.As(err, &exited):
		s.t.Errorf("run %s: %v", s.Client.Name, err)
	case readErr != nil:
		s.t.Errorf("run %s: %v", s.Client.Name, readErr)
	}
	return r
}

func (s *Sandbox) outputFile() (*os.File, error) {
	s.mu.Lock()
	s.runs++
	name := fmt.Sprintf("run-%d.log", s.runs)
	s.mu.Unlock()
	// Appending, because stdout and stderr of the children share it by two descriptors.
	return os.OpenFile(filepath.Join(s.layout.logs, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
}

// Restore runs "dotnet restore" on the project that Project wrote, with the arguments.
func (s *Sandbox) Restore(args ...string) Result {
	s.t.Helper()
	if s.Client.kind != dotnetCLI {
		s.t.Fatalf("%s has no restore; use Install or Get", s.Client.Name)
	}
	return s.Run(append([]string{"restore", projectFile}, args...)...)
}

// Install runs "nuget install" for the package, into a folder of the sandbox.
func (s *Sandbox) Install(p Package, args ...string) Result {
	s.t.Helper()
	if s.Client.kind != nugetExe {
		s.t.Fatalf("%s has no install; use Restore or Get", s.Client.Name)
	}
	command := []string{"install", p.ID, "-ConfigFile", configFile, "-OutputDirectory", s.layout.out,
		"-NonInteractive", "-NoCache", "-Verbosity", "detailed"}
	if p.Version != "" {
		command = append(command, "-Version", p.Version)
	}
	return s.Run(append(command, args...)...)
}

// Get has the client fetch one package and those that it depends on, each client in its own way:
// dotnet restores a project that Get writes, NuGet.exe installs.
func (s *Sandbox) Get(p Package, args ...string) Result {
	s.t.Helper()
	if s.Client.kind == nugetExe {
		return s.Install(p, args...)
	}
	s.Project(p)
	return s.Restore(args...)
}
