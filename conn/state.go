package conn

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// state is all that changes in a Conn. It is reached through [Conn.update] only (and read under the lock).
type state struct {
	// calls are our requests whose answer has not come. A call is here from before its bytes are written until its
	// outcome is decided; whoever takes it out decides.
	calls map[string]*call
	// decided are calls whose callers are told at the end of the update, when the Observer has seen why.
	decided []func()
	// requests are the peer's requests that we have not begun to answer, queued ones included. The peer may use an id
	// again as soon as it can read the answer.
	requests map[string]*Request
	// queue waits for the end of the handshake and a free handler, in order; running counts the handlers at work, Log
	// excepted. A handler is at work until its answer is written, which is longer than its request is in requests.
	queue   []*Request
	running int
	// logs waits for the one handler of Log, which keeps lines in order; logging is true while it works.
	logs    []*Request
	logging bool
	// refused are faults for requests that never reached a handler; refusing is true while a goroutine writes them.
	refused  []protocol.Message
	refusing bool

	greeted    bool             // the peer's handshake request came: a further one is refused
	connected  bool             // the handshake succeeded; handlers run
	version    protocol.Version // set before connected
	writeError error            // the stream takes no more; what the peer sent can still be read

	requestTimeout   time.Duration
	progressInterval time.Duration
	idle             *time.Timer // nil without an idle time-out
	lastReceived     time.Time

	draining bool  // Shutdown was called
	ended    bool  // set once, with cause, clean, and the closing of Conn.done
	cause    error // why it ended
	clean    bool  // nothing was lost by it
}

// update is the one door to the state. After each change it starts what can start, and ends a conversation that was only
// waiting for its last work.
func (c *Conn) update(f func(*state)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.state)
	c.settle(&c.state)
	for _, tell := range c.state.decided {
		tell()
	}
	c.state.decided = nil
}

// decide takes a call out and settles what its caller gets.
func (s *state) decide(call *call, r protocol.Response, err error) {
	call.timer.Stop()
	delete(s.calls, call.id)
	s.decided = append(s.decided, func() { call.outcome <- outcome{r, err} })
}

func (c *Conn) settle(s *state) {
	if s.ended {
		return
	}
	for s.connected && len(s.queue) > 0 && s.running < c.options.MaxParallel {
		r := s.queue[0]
		s.queue = s.queue[1:]
		c.run(s, r)
	}
	if s.connected && len(s.logs) > 0 && !s.logging {
		r := s.logs[0]
		s.logs = s.logs[1:]
		s.logging, r.started = true, true
		c.goroutines.Go(func() {
			c.handle(r)
			c.update(func(s *state) { s.logging = false })
		})
	}
	if len(s.refused) > 0 && !s.refusing {
		s.refusing = true
		c.goroutines.Go(c.refuse)
	}
	if s.draining && s.inFlight() == 0 && len(s.refused) == 0 && !s.refusing {
		c.end(s, ErrClosed)
	}
}

func (c *Conn) run(s *state, r *Request) {
	s.running++
	r.started = true
	c.goroutines.Go(func() {
		answer, err := c.handle(r)
		c.update(func(s *state) { s.running-- })
		if r.Method == protocol.MethodHandshake {
			c.reportAnswered(answer, err)
		}
	})
}

// unanswered counts the peer's requests whose answer is not written.
func (s *state) unanswered() int {
	n := len(s.queue) + len(s.logs) + s.running
	if s.logging {
		n++
	}
	return n
}

func (s *state) inFlight() int { return len(s.calls) + s.unanswered() }

// end is called with the lock held. Only the first call has an effect.
func (c *Conn) end(s *state, cause error) {
	if s.ended {
		return
	}
	s.ended, s.cause = true, cause
	s.clean = isClean(cause) || errors.Is(cause, io.EOF) && len(s.calls) == 0 && s.connected
	for _, call := range s.calls {
		s.decide(call, nil, &ClosedError{cause})
	}
	for _, r := range slices.Concat(s.queue, s.logs) {
		c.forget(s, r)
	}
	s.queue, s.logs, s.refused = nil, nil, nil
	if s.idle != nil {
		s.idle.Stop()
	}
	c.cancel(cause)
	sayClose := c.side == protocol.Client && s.connected && s.writeError == nil
	c.goroutines.Go(func() { c.tearDown(sayClose) })
	close(c.done)
}

// tearDown closes the stream, after a Close where one is due: plugins on NuGet's C# library do not end on the end of
// their input.
func (c *Conn) tearDown(sayClose bool) {
	defer c.stream.Close()
	if !sayClose {
		return
	}
	// A peer that does not read holds the slot or the Write up; closing the stream frees both.
	give := time.AfterFunc(closeTimeout, func() { c.stream.Close() })
	defer give.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	select {
	case c.slot <- struct{}{}:
		defer func() { <-c.slot }()
		goodbye := protocol.NewClose(c.ids.next())
		if line, err := c.encode(goodbye); err == nil {
			_ = c.put(goodbye, line) // a courtesy
		}
	case <-ctx.Done():
	}
}

// idleEnd runs when the idle timer fires. Unlike NuGet's, ours does not end a peer that has work in flight.
func (c *Conn) idleEnd() {
	c.update(func(s *state) {
		switch left := c.options.IdleTimeout - time.Since(s.lastReceived); {
		case s.ended:
		case left > 0:
			s.idle.Reset(left)
		case s.inFlight() > 0:
			s.idle.Reset(c.options.IdleTimeout)
		default:
			c.end(s, ErrIdle)
		}
	})
}
