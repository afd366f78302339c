package conn

import (
	"context"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// send writes a message when the slot is free, unless ctx or the conversation ends before. With the slot in hand it asks
// still, if given, whether the message is wanted: the order on the wire is decided there and nowhere else. A message that
// is not wanted any more is no error.
func (c *Conn) send(ctx context.Context, m protocol.Message, still func() bool) error {
	line, err := c.encode(m)
	if err != nil {
		return err
	}
	return c.sendLine(ctx, m, line, still)
}

// sendLine is send for a message that was encoded before.
func (c *Conn) sendLine(ctx context.Context, m protocol.Message, line []byte, still func() bool) error {
	select {
	case c.slot <- struct{}{}:
		defer func() { <-c.slot }()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return &ClosedError{c.Cause()}
	}
	if err := c.unwritable(); err != nil {
		return err
	}
	if ctx.Err() != nil { // both were ready, and select took the slot
		return context.Cause(ctx)
	}
	if still != nil && !still() {
		return nil
	}
	return c.put(m, line)
}

// unwritable says why nothing can be written, if so: the end came while this message waited, or an earlier Write failed
// and may have left half a line.
func (c *Conn) unwritable() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.ended {
		return &ClosedError{c.state.cause}
	}
	return c.state.writeError
}

// encode makes the line. It needs no lock, and what fails here has left no trace.
func (c *Conn) encode(m protocol.Message) ([]byte, error) {
	line, err := m.Encode()
	if err != nil {
		return nil, err
	}
	limit := c.options.MaxLine
	if limit <= 0 {
		limit = protocol.DefaultMaxLine
	}
	if len(line)-1 > limit {
		return nil, &protocol.LineTooLongError{Limit: limit}
	}
	return line, nil
}

// put writes with the slot held. After a failed Write nothing more is written, but what the peer sent before it died can
// still be read.
func (c *Conn) put(m protocol.Message, line []byte) error {
	c.observe(m, true, "")
	_, err := c.stream.Write(line)
	if err != nil {
		c.update(func(s *state) {
			if s.ended {
				err = &ClosedError{s.cause} // which closed the stream under the Write
			} else {
				s.writeError = err
			}
		})
	}
	return err
}

func (c *Conn) observe(m protocol.Message, sent bool, dropped string) {
	if c.options.Observer != nil {
		c.observing.Lock()
		defer c.observing.Unlock()
		c.options.Observer(Event{Time: time.Now(), Sent: sent, Message: m, Dropped: dropped})
	}
}
