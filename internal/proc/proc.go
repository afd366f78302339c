// Package proc starts other programs and makes sure that they end. It is the only package
// that imports os/exec.
//
// Start is for a plugin: a child with pipes to its stdin and stdout, a conversation of any
// length, and Close. Run is for a helper such as git or az: one answer, then it is over.
// Neither uses a shell.
//
// # How everything ends
//
// A child is started in a process group of its own (Unix) or in a job object (Windows), and
// a kill always means that group or job: the child and what it started. On Unix a process
// that puts itself into another group is out of reach; it cannot make Close hang.
//
// When our own process is killed and no Close can run, Windows ends the job with its last
// handle. Linux kills the direct child, by its parent-death signal. Everywhere else a child
// sees that its stdin has ended, after which a plugin has to exit by itself.
//
// A group of its own also means that the child is in the background of a terminal: Ctrl-C
// reaches us only, and a child that reads from /dev/tty is stopped by the system.
package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	// killLimit is how long a killed process may take to end before Close gives up. Only a
	// process that hangs inside the system takes longer.
	killLimit = 10 * time.Second
	// drainLimit is how long Close waits for stdout and stderr to be read to the end when the
	// child has ended. They have no end while a process that left its group holds them open.
	drainLimit = 500 * time.Millisecond
)

// A Process is a child that was started with Start. All its methods may be called from any
// goroutine.
type Process struct {
	path   string
	stdin  *os.File
	stdout *output
	stderr *os.File
	tail   *tail
	tree   tree
	// keepTree leaves alone what the child has left behind when it ended by itself.
	keepTree bool

	done   chan struct{}  // closed once the child has ended and state is set
	pumped chan struct{}  // closed once stderr has ended
	wg     sync.WaitGroup // every goroutine of ours

	shut   sync.Once // closes stdin
	finish sync.Once // gives back everything, after done

	mu       sync.Mutex
	gone     bool // the child has been waited for, so its number may belong to another
	killSent bool
	state    ExitState
}

// Start starts a child. Its error is always a *StartError. The caller has to call Close in
// the end, also when the child has ended by itself.
func Start(c Command) (*Process, error) {
	if c.Stdin != nil || c.MaxStdout != 0 {
		return nil, &StartError{Path: c.Path, Kind: Refused, Reason: "Stdin and MaxStdout are for Run"}
	}
	return start(c, false)
}

func start(c Command, keepTree bool) (*Process, error) {
	if err := check(runtime.GOOS, c); err != nil {
		return nil, err
	}
	resolved, err := resolve(c)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := pipes()
	if err != nil {
		return nil, &StartError{Path: c.Path, Kind: Other, Reason: plain(err), Err: err}
	}
	p := &Process{
		path: c.Path, keepTree: keepTree,
		stdin: ours[0], stdout: newOutput(ours[1]), stderr: ours[2],
		tail: &tail{max: tailSize(c.StderrTail)},
		done: make(chan struct{}), pumped: make(chan struct{}),
	}
	started := make(chan error, 1)
	p.wg.Go(func() { p.run(resolved, theirs, started) })
	err = <-started
	closeAll(theirs)
	if err != nil {
		p.wg.Wait()
		closeAll(ours)
		return nil, diagnose(runtime.GOOS, runtime.GOARCH, c, err)
	}
	p.wg.Go(func() { p.pump(c.Stderr) })
	return p, nil
}

// pipes makes three pipes of our own instead of leaving it to os/exec, whose Wait closes
// its pipes under the reader or hangs on them while a grandchild holds them open.
func pipes() (ours, theirs [3]*os.File, err error) {
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(ours)
			closeAll(theirs)
			return ours, theirs, err
		}
		ours[i], theirs[i] = r, w
		if i == 0 {
			ours[i], theirs[i] = w, r
		}
	}
	return ours, theirs, nil
}

func closeAll(files [3]*os.File) {
	for _, f := range files {
		_ = f.Close() // a nil file says so, and that is all
	}
}

func tailSize(n int) int {
	if n <= 0 {
		return DefaultTail
	}
	return n
}

// run starts the child, waits for it and publishes how it ended.
//
// It stays on one thread: the parent-death signal of Linux is sent when the thread that
// started the child ends, even while the process lives. This thread waits for the child
// anyway, so that costs nothing.
func (p *Process) run(c Command, files [3]*os.File, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd, err := p.startCmd(c, files)
	started <- err
	if err != nil {
		return
	}
	p.tree.await(cmd)
	p.mu.Lock()
	if !p.keepTree {
		p.tree.kill()
	}
	p.tree.reap(cmd)
	p.gone = true
	p.state = newExitState(cmd.ProcessState, p.killSent)
	p.mu.Unlock()
	close(p.done)
}

// startCmd tries again for a moment when the file is "busy": a program that was just
// written is so while another goroutine of ours is between fork and exec, because the
// child there still has a copy of the descriptor.
func (p *Process) startCmd(c Command, files [3]*os.File) (*exec.Cmd, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		cmd := &exec.Cmd{
			Path: c.Path, Args: append([]string{c.Path}, c.Args...), Env: c.Env, Dir: c.Dir,
			Stdin: files[0], Stdout: files[1], Stderr: files[2],
		}
		p.tree.prepare(cmd)
		err := cmd.Start()
		if err == nil {
			return cmd, p.tree.adopt(cmd)
		}
		p.tree.drop()
		if !errors.Is(err, syscall.ETXTBSY) || wait > 256*time.Millisecond {
			return nil, err
		}
		time.Sleep(wait)
	}
}

// pump reads stderr to its end, whatever becomes of the writer that it is passed on to: a
// child must not be stopped by a full pipe.
func (p *Process) pump(w io.Writer) {
	defer close(p.pumped)
	buf := make([]byte, 16<<10)
	for {
		n, err := p.stderr.Read(buf)
		_, _ = p.tail.Write(buf[:n])
		if n > 0 && w != nil {
			if _, err := w.Write(buf[:n]); err != nil {
				w = nil
			}
		}
		if err != nil {
			return
		}
	}
}

// Pid returns the process id of the child.
func (p *Process) Pid() int { return p.tree.pid() }

// Stdin returns the pipe to the child's stdin. Close closes it.
func (p *Process) Stdin() io.WriteCloser { return p.stdin }

// Stdout returns the pipe from the child's stdout. It has to be read all the time, or the
// child is stopped by a full pipe. What the child wrote before it ended can be read until
// Close, and Close gives one who has begun to read half a second to come to the end. Who
// stops reading before that closes Stdout, so that Close does not wait for him.
func (p *Process) Stdout() io.ReadCloser { return p.stdout }

// StderrTail returns the last bytes of stderr so far. It is complete once Close has
// returned.
func (p *Process) StderrTail() string { return p.tail.String() }

// Done returns a channel that is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitState returns how the child ended, and false while it runs.
func (p *Process) ExitState() (ExitState, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.gone
}

// Kill ends the child and all that it started, at once. It does not wait, and does nothing
// once the child has ended.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		p.killSent = true
		p.tree.kill()
	}
}

// Close ends the child as NuGet does: it closes stdin, which tells a plugin to exit, waits
// as long as grace (NuGet: 1 s), and then kills the child with all that it started, which
// also happens to what a child that exited left behind.
//
// When Close has returned, no child and no goroutine of this Process is left and its pipes
// are closed. It may be called many times and from many goroutines; the shortest grace
// counts. The error is nil however the child ended; it is not nil only if the system did
// not end a killed child within 10 s.
func (p *Process) Close(grace time.Duration) error {
	// In a goroutine, because closing may have to wait for a Write that is stuck in a full
	// pipe; on Windows that Write ends with the child.
	p.shut.Do(func() { p.wg.Go(func() { _ = p.stdin.Close() }) })
	if !within(grace, p.done) {
		p.Kill()
	}
	if !within(killLimit, p.done) {
		return fmt.Errorf("end %s: process %d still runs %v after it was killed", p.path, p.Pid(), killLimit)
	}
	p.finish.Do(func() {
		p.tree.release(p.keepTree && !p.killSent)
		within(drainLimit, p.pumped, p.stdout.drained())
		_ = p.stderr.Close()
		_ = p.stdout.Close()
		p.wg.Wait()
	})
	return nil
}

// within waits until all channels are closed, and reports false if that took longer than
// the limit.
func within(limit time.Duration, all ...<-chan struct{}) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, c := range all {
		select {
		case <-c:
			continue
		default:
		}
		select {
		case <-c:
		case <-timer.C:
			return false
		}
	}
	return true
}
