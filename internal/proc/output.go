package proc

import (
	"os"
	"sync"
)

// output is the child's stdout. It knows whether it was read to the end, so that Close does
// not take the last lines away from a reader.
type output struct {
	*os.File

	mu    sync.Mutex
	read  bool // somebody reads, or is about to
	ended bool
	end   chan struct{} // closed when ended is set
}

func newOutput(f *os.File) *output { return &output{File: f, end: make(chan struct{})} }

// expectReader tells that somebody is going to read, before that goroutine has come to it.
func (o *output) expectReader() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.read = true
}

func (o *output) Read(b []byte) (int, error) {
	o.expectReader()
	n, err := o.File.Read(b)
	if err != nil {
		o.finish()
	}
	return n, err
}

func (o *output) Close() error {
	o.finish()
	return o.File.Close()
}

func (o *output) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.ended = true
		close(o.end)
	}
}

// drained returns a channel that is closed when nobody needs what is left in the pipe: it
// was read to the end, or closed, or nobody has ever read from it.
func (o *output) drained() <-chan struct{} {
	o.mu.Lock()
	read := o.read
	o.mu.Unlock()
	if !read {
		o.finish()
	}
	return o.end
}
