package conn

import (
	"errors"
	"io"
)

// Join makes one stream of the two ends that a process has: standard input and output, or a child's.
func Join(r io.ReadCloser, w io.WriteCloser) io.ReadWriteCloser { return joined{r, w} }

type joined struct {
	io.ReadCloser
	w io.WriteCloser
}

func (j joined) Write(b []byte) (int, error) { return j.w.Write(b) }

// Close closes the writing end first, so that the peer sees the end of its input before its output breaks.
func (j joined) Close() error { return errors.Join(j.w.Close(), j.ReadCloser.Close()) }

// Pipe makes the two ends of a stream in memory, without a buffer: a Write returns when the other end has read it. Both
// work under a faked clock.
func Pipe() (client, plugin io.ReadWriteCloser) {
	fromPlugin, toClient := io.Pipe()
	fromClient, toPlugin := io.Pipe()
	return joined{fromPlugin, toPlugin}, joined{fromClient, toClient}
}
