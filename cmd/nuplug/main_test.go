package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/nuplug/nuplug/plugin"
)

// The scripts in testdata read as the manual. They run nuplug as a user does, as a program of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			path, err := exec.LookPath("nuplug") // testscript's own folder
			e.Setenv("NUPLUG", path)
			return err
		},
	})
}

func TestMain(m *testing.M) {
	if plugin.WantsPlugin(os.Args[1:]) {
		main() // this test binary as a plugin, under whatever name
	}
	testscript.Main(m, map[string]func(){"nuplug": main})
}

// A package whose bytes are not those that the feed published is not installed.
func TestDemoRefusesDamagedPackage(t *testing.T) {
	s := systemStreams()
	s.Out, s.Err = io.Discard, io.Discard
	t.Setenv("TMPDIR", t.TempDir())
	err := runDemo(t.Context(), s, &demoOptions{Client: "nuplug", corrupt: true})
	if err == nil || !strings.Contains(err.Error(), "the package is damaged or was replaced") {
		t.Errorf("got %v", err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Commands hand their options to runF, and refuse what they do not know before that.
func TestFlags(t *testing.T) {
	var got credentialsOptions
	s := &streams{Out: io.Discard, Err: io.Discard}
	c := newCredentialsCommand(s, func(_ context.Context, _ *streams, o *credentialsOptions) error {
		got = *o
		return nil
	})
	c.SetArgs([]string{"https://feed.example", "--plugin", "p", "--output", "json", "--interactive", "-v"})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := (credentialsOptions{URL: "https://feed.example", Plugin: "p", Output: "json", Interactive: true, Verbose: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
