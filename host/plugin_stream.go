package host

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lastWords is how long a process that is gone may still be read from: what it wrote is there at once, and only something
// else that holds its output open keeps the end from coming.
const lastWords = 100 * time.Millisecond

// stream is standard input and output of a process as one stream. It ends when the process does, although something that
// the process started may hold its output open and get away.
type stream struct {
	stdin  io.WriteCloser
	stdout io.ReadCloser
	gone   atomic.Bool   // the process is gone, and stdout was closed for that
	closed chan struct{} // closed by Close
	close  func() error
	watch  sync.WaitGroup
}

func newStream(p process) *stream {
	s := &stream{stdin: p.Stdin(), stdout: p.Stdout(), closed: make(chan struct{})}
	s.close = sync.OnceValue(func() error {
		defer close(s.closed)
		return errors.Join(s.stdin.Close(), s.stdout.Close()) // in this order: the plugin is to see the end of its input
	})
	s.watch.Go(func() { s.follow(p) })
	return s
}

// follow ends the reading of a process that is gone.
func (s *stream) follow(p process) {
	select {
	case <-p.Done():
	case <-s.closed:
		return
	}
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-timer.C:
		s.gone.Store(true)
		if s.deadline(0) != nil {
			_ = s.stdout.Close()
		}
	case <-s.closed:
	}
}

// deadline ends reads that have nothing to read, where the system can do that.
func (s *stream) deadline(d time.Duration) error {
	if f, ok := s.stdout.(interface{ SetReadDeadline(time.Time) error }); ok {
		return f.SetReadDeadline(time.Now().Add(d))
	}
	return errors.ErrUnsupported
}

// Read loses nothing of what a process wrote before it was gone, however late it comes to it: what is there is read before
// any deadline counts.
func (s *stream) Read(b []byte) (int, error) {
	n, err := s.stdout.Read(b)
	if err == nil || !s.gone.Load() {
		return n, err
	}
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && s.deadline(lastWords) == nil {
		n, err = s.stdout.Read(b)
	}
	if err != nil {
		err = io.EOF
	}
	return n, err
}

func (s *stream) Write(b []byte) (int, error) { return s.stdin.Write(b) }

// Close closes both ends.
func (s *stream) Close() error { return s.close() }

// wait returns when the stream is closed and nothing of it runs any more.
func (s *stream) wait() { s.watch.Wait() }
