package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// Step is a step of starting a plugin.
type Step string

const (
	StepStart      Step = "start"
	StepHandshake  Step = "handshake"
	StepMonitor    Step = "MonitorNuGetProcessExit"
	StepInitialize Step = "Initialize"
)

// LaunchError says why a plugin did not come to be ready.
type LaunchError struct {
	Path   string
	Step   Step          // the one that failed
	Took   time.Duration // since the start
	Exit   string        // "exited with code 3"; empty when the process was running
	Stderr string        // the last lines that it wrote to standard error
	Err    error         // of the step
}

// Error names the plugin, what happened, and what it said about it. What standard output had is quoted only as far as it can
// hold no secret.
func (e *LaunchError) Error() string { return fmt.Sprintf("plugin %s: %s", e.Path, e.outcome()) }

// outcome is the error without the path.
func (e *LaunchError) outcome() string { return e.what() + lastWordsOf(e.Stderr) }

func (e *LaunchError) what() string {
	if e.Step == StepStart {
		return e.Err.Error()
	}
	step := "during " + string(e.Step)
	if e.Step == StepHandshake {
		step = "before the handshake was done"
	}
	if line, ok := errors.AsType[*protocol.LineError](e.Err); ok {
		what := strings.TrimPrefix(line.Error(), protocol.ErrNotMessage.Error()+": ")
		text := "it wrote to its standard output what is no message of the protocol: " + what
		if e.Exit != "" {
			text += "; it " + e.Exit
		}
		return text
	}
	switch {
	case e.Exit != "":
		return fmt.Sprintf("it %s %s", e.Exit, step)
	case isGone(e.Err):
		return fmt.Sprintf("it closed its standard output %s", step)
	}
	if _, late := errors.AsType[*conn.TimeoutError](e.Err); late {
		return fmt.Sprintf("it hangs: %v %s", bare(e.Err), step)
	}
	return fmt.Sprintf("%v (%s)", bare(e.Err), step)
}

func (e *LaunchError) Unwrap() error { return e.Err }

// bare takes off an error the layer that names the step.
func bare(err error) error {
	if e, ok := errors.AsType[*conn.HandshakeError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*conn.CallError](err); ok {
		return e.Err
	}
	return err
}

// isGone says whether an error is what the end of the process looks like from here: the end of its output, or a broken
// input.
func isGone(err error) bool {
	_, broken := errors.AsType[*fs.PathError](err)
	return broken || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe)
}

// codeError says that an answer was not Success.
type codeError struct{ code protocol.ResponseCode }

func (e *codeError) Error() string { return fmt.Sprintf("it answered %s", e.code) }

// exitError says how a process ended under a call.
type exitError struct {
	err          error // of the call
	exit, stderr string
}

func (e *exitError) Error() string {
	during := ""
	if call, ok := errors.AsType[*conn.CallError](e.err); ok {
		during = fmt.Sprintf(" before it answered %s", call.Method)
	}
	return "it " + e.exit + during + lastWordsOf(e.stderr)
}

func (e *exitError) Unwrap() error { return e.err }

// lastWordsOf is the part of an error that quotes standard error.
func lastWordsOf(stderr string) string {
	if stderr == "" {
		return ""
	}
	return "; its last words: " + strings.ReplaceAll(stderr, "\n", " | ")
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, "\r")
	}
	return strings.TrimSpace(strings.Join(lines[max(0, len(lines)-n):], "\n"))
}
