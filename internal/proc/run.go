package proc

import (
	"context"
	"fmt"
	"io"
)

// DefaultMaxStdout is how many bytes a helper may write to stdout when its Command does not
// say: 1 MiB.
const DefaultMaxStdout = 1 << 20

// Output is what a helper program left.
type Output struct {
	// Stdout is all that it wrote to stdout. It may hold secrets: credential helpers answer
	// there.
	Stdout []byte
	// StderrTail is the end of what it wrote to stderr.
	StderrTail string
	// Exit says how it ended.
	Exit ExitState
}

// An ExitError reports a helper that did not end with code 0. Output goes with it.
type ExitError struct {
	Path  string
	State ExitState
}

// Error names the program and its exit code. It quotes nothing that the program wrote,
// which may hold secrets.
func (e *ExitError) Error() string { return fmt.Sprintf("%s %v", e.Path, e.State) }

// A TooMuchOutputError reports a helper that wrote more to stdout than it was allowed to,
// and was killed.
type TooMuchOutputError struct {
	Path string
	Max  int // bytes
}

// Error names the program and the limit.
func (e *TooMuchOutputError) Error() string {
	return fmt.Sprintf("%s was killed because it wrote more than %d bytes to stdout", e.Path, e.Max)
}

// Run starts a helper program, gives it c.Stdin to read and returns what it wrote. Nothing
// that it writes goes to our own stdout.
//
// When ctx ends, the program is killed with all that it started, and the error wraps the
// cause of ctx. A program that ends by itself may leave a process behind, as git does with
// its credential cache: that one lives on, and is not waited for even if it still holds
// stdout.
//
// The error is a *StartError, a *ExitError, a *TooMuchOutputError or wraps the cause of ctx.
// Output holds what there was also when there is an error.
func Run(ctx context.Context, c Command) (Output, error) {
	if ctx.Err() != nil {
		return Output{}, fmt.Errorf("%s was not started: %w", c.Path, context.Cause(ctx))
	}
	p, err := start(c, true)
	if err != nil {
		return Output{}, err
	}
	r := run{p: p, max: c.MaxStdout}
	if r.max <= 0 {
		r.max = DefaultMaxStdout
	}
	p.stdout.expectReader()
	p.wg.Go(func() { r.feed(c.Stdin) })
	p.wg.Go(r.collect)
	select {
	case <-p.done:
	case <-ctx.Done():
	}
	closeErr := p.Close(0)
	if closeErr != nil { // goroutines still run, so nothing of r may be read
		return Output{StderrTail: p.StderrTail()}, closeErr
	}
	state, _ := p.ExitState()
	return Output{Stdout: r.stdout, StderrTail: p.StderrTail(), Exit: state}, r.explain(ctx, state)
}

// run is one call of Run. collect writes the fields, and nobody reads them before it ended.
type run struct {
	p       *Process
	max     int
	stdout  []byte
	tooMuch bool
}

// feed ignores a failed Write: a program need not read what it is given.
func (r *run) feed(stdin []byte) {
	_, _ = r.p.stdin.Write(stdin)
	_ = r.p.stdin.Close()
}

func (r *run) collect() {
	r.stdout, _ = io.ReadAll(io.LimitReader(r.p.stdout, int64(r.max)+1))
	if len(r.stdout) > r.max {
		r.stdout, r.tooMuch = r.stdout[:r.max], true
		r.p.Kill()
	}
	r.p.stdout.finish()
}

func (r *run) explain(ctx context.Context, state ExitState) error {
	switch {
	case r.tooMuch:
		return &TooMuchOutputError{Path: r.p.path, Max: r.max}
	case state.Killed && ctx.Err() != nil:
		return fmt.Errorf("%s was killed: %w", r.p.path, context.Cause(ctx))
	case !state.Success():
		return &ExitError{Path: r.p.path, State: state}
	}
	return nil
}
