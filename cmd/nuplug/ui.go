package main

// Rules for what this program shows.
//
// Results go to standard output, everything else to standard error. An error is one or two lines in lower case that begin
// with "nuplug:" and name the step, the cause and, where this file knows it, what to do. With --output json standard output
// holds JSON only. Nothing shows a secret but `credentials`, whose result it is.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/internal/proc"
)

// streams is what a command sees of the world, so that tests can give it another one.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      []string
	Dir      string // the working directory
	GOOS     string
}

func systemStreams() *streams {
	dir, _ := os.Getwd() // without one, relative paths fail where they are used
	return &streams{os.Stdin, os.Stdout, os.Stderr, os.Environ(), dir, runtime.GOOS}
}

// oneFeed takes exactly one argument, and says what it is for when it is missing.
func oneFeed(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("say for which feed, and for one: nuplug %s", c.Use)
	}
	return nil
}

// getenv looks a variable up in the command's environment.
func (s *streams) getenv(name string) string {
	value, _ := host.ParseEnv(s.Env).Lookup(name, s.GOOS)
	return value
}

// report prints an error with its hint and returns the exit code.
func report(w io.Writer, err error) int {
	fmt.Fprintf(w, "nuplug: %v\n", err)
	if hint := hintFor(err); hint != "" {
		fmt.Fprintf(w, "        %s\n", hint)
	}
	return 1
}

// hintFor says what to do about errors that libraries report without knowing the command line.
func hintFor(err error) string {
	if e, ok := errors.AsType[*proc.StartError](err); ok {
		switch e.Kind {
		case proc.NoExecuteBit:
			return "make it executable: chmod +x " + e.Path
		case proc.WrongPlatform:
			return "get the build for this machine: " + runtime.GOOS + "/" + runtime.GOARCH
		}
	}
	if e, ok := errors.AsType[*host.NoCredentialsError](err); ok && len(e.Attempts) == 0 {
		return "put an executable named nuget-plugin-* on PATH, or name one with --plugin"
	}
	return ""
}
