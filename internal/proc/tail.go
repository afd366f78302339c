package proc

import "sync"

// tail keeps the last bytes that were written to it. Any goroutine may use it.
type tail struct {
	max int

	mu  sync.Mutex
	buf []byte // at most 2*max, so that the bytes are moved once every max bytes
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	p = p[max(0, len(p)-t.max):]
	if len(t.buf)+len(p) > 2*t.max {
		kept := copy(t.buf, t.buf[len(t.buf)-min(t.max, len(t.buf)):])
		t.buf = t.buf[:kept]
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf[max(0, len(t.buf)-t.max):])
}
