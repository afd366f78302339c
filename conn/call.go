package conn

import (
	"context"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// call is one of our requests until its outcome is decided.
type call struct {
	id      string
	request protocol.Request
	message protocol.Message // that carries the request, and as a line
	line    []byte
	outcome chan outcome // gets one value
	// timer ends the call. Progress moves deadline; a timer that fires early because of that sets itself again.
	timer    *time.Timer
	timeout  time.Duration
	deadline time.Time
	progress int
	sent     bool // the bytes are on the wire or about to be: a Cancel makes sense
}

type outcome struct {
	response protocol.Response
	err      error
}

// Call sends a request and returns its response, which is nil when the peer sent one without payload. It waits for the
// request time-out, restarted by every Progress, or until ctx ends, and then tells the peer with a Cancel that nobody
// waits any more. The error is a [CallError]; the conversation goes on after any but a [ClosedError].
func (c *Conn) Call(ctx context.Context, r protocol.Request) (protocol.Response, error) {
	return c.call(ctx, r, false)
}

// Call sends a request for the response's type. It is [Conn.Call] for callers that know what they asked.
func Call[R protocol.Response](ctx context.Context, c *Conn, r protocol.Request) (R, error) {
	var none R
	response, err := c.Call(ctx, r)
	if err != nil || response == nil {
		return none, err
	}
	return response.(R), nil
}

// call allows a request during Shutdown if it belongs to work that is being finished.
func (c *Conn) call(ctx context.Context, r protocol.Request, forHandler bool) (protocol.Response, error) {
	response, err := c.exchange(ctx, r, forHandler)
	if err != nil {
		return nil, &CallError{r.Method(), err}
	}
	return response, nil
}

func (c *Conn) exchange(ctx context.Context, r protocol.Request, forHandler bool) (protocol.Response, error) {
	call, err := c.start(ctx, r, forHandler)
	if err != nil {
		return nil, err
	}
	// A goroutine of its own writes: a peer that does not read must not hold up a caller whose time is over. The caller
	// waits meanwhile, so the conversation cannot be over before the goroutine is counted.
	c.update(func(s *state) {
		if !s.ended {
			c.goroutines.Go(func() { c.transmit(call) })
		}
	})
	select {
	case o := <-call.outcome:
		return o.response, o.err
	case <-ctx.Done():
		c.abandon(call, context.Cause(ctx))
		o := <-call.outcome // an answer that came in the same moment is not thrown away
		return o.response, o.err
	}
}

// Post sends a request and returns when it is written, without waiting for the answer, which nobody sees. Requests posted
// by one goroutine keep their order on the wire. It is for Log, whose answer says nothing that matters.
func (c *Conn) Post(ctx context.Context, r protocol.Request) error {
	call, err := c.start(ctx, r, true)
	if err == nil {
		err = c.post(ctx, call)
	}
	if err != nil {
		return &CallError{r.Method(), err}
	}
	return nil
}

// post waits for the Write, but no longer than ctx and the call's time: the peer may not be reading.
func (c *Conn) post(ctx context.Context, call *call) error {
	ctx, cancel := context.WithTimeoutCause(ctx, call.timeout, &TimeoutError{After: call.timeout})
	defer cancel()
	written := make(chan error, 1)
	c.update(func(s *state) {
		if s.ended {
			written <- &ClosedError{s.cause}
			return
		}
		c.goroutines.Go(func() { written <- c.transmit(call) })
	})
	select {
	case err := <-written:
		return err
	case <-ctx.Done():
		c.abandon(call, context.Cause(ctx))
		return context.Cause(ctx)
	}
}

// start checks and enters a call before its bytes can be answered. The bytes are made here, in the caller's goroutine: the
// one that writes them is new each time, and its small stack would have to grow for it.
func (c *Conn) start(ctx context.Context, r protocol.Request, forHandler bool) (*call, error) {
	if !c.side.MaySend(r.Method()) {
		return nil, &protocol.FieldError{Method: r.Method(), Type: protocol.TypeRequest, Field: "Method", Problem: "is not for the " + c.side.String() + " to send"}
	}
	call := &call{id: c.ids.next(), request: r, outcome: make(chan outcome, 1)}
	var err error
	if call.message, err = protocol.NewRequest(call.id, r); err != nil {
		return nil, err
	}
	if call.line, err = c.encode(call.message); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	c.update(func(s *state) {
		if err = c.refusal(s, r, forHandler); err == nil {
			c.register(s, call)
		}
	})
	return call, err
}

func (c *Conn) refusal(s *state, r protocol.Request, forHandler bool) error {
	switch {
	case s.ended:
		return &ClosedError{s.cause}
	case s.writeError != nil:
		return s.writeError
	case s.draining && !forHandler:
		return ErrShuttingDown
	case r.Method() == protocol.MethodHandshake: // sent before a version is settled
		return nil
	}
	return protocol.CheckVersion(r, s.version)
}

func (c *Conn) register(s *state, call *call) {
	call.timeout = s.requestTimeout
	if call.request.Method() == protocol.MethodHandshake {
		call.timeout = c.options.HandshakeTimeout
	}
	call.deadline = time.Now().Add(call.timeout)
	call.timer = time.AfterFunc(call.timeout, func() { c.expire(call) })
	s.calls[call.id] = call
}

// transmit writes a call's bytes unless the call was decided before they had the slot.
func (c *Conn) transmit(call *call) error {
	err := c.sendLine(context.Background(), call.message, call.line, func() bool {
		c.update(func(s *state) { call.sent = s.calls[call.id] == call })
		return call.sent
	})
	if err != nil {
		c.settleCall(call, nil, err)
	}
	return err
}

// settleCall decides a call that is not decided yet.
func (c *Conn) settleCall(call *call, r protocol.Response, err error) (decided bool) {
	c.update(func(s *state) {
		if decided = s.calls[call.id] == call; decided {
			s.decide(call, r, err)
		}
	})
	return decided
}

func (c *Conn) expire(call *call) {
	var late *TimeoutError
	c.update(func(s *state) {
		if left := time.Until(call.deadline); left > 0 && s.calls[call.id] == call {
			call.timer.Reset(left)
			return
		}
		late = &TimeoutError{call.timeout, call.progress}
	})
	if late != nil {
		c.abandon(call, late)
	}
}

// abandon decides a call for lack of time or interest, and tells the peer, off the caller's path.
func (c *Conn) abandon(call *call, err error) {
	if !c.settleCall(call, nil, err) || call.request.Method() == protocol.MethodHandshake {
		return
	}
	c.update(func(s *state) {
		if s.ended || !call.sent {
			return
		}
		c.goroutines.Go(func() {
			ctx, cancel := context.WithTimeout(c.ctx, closeTimeout)
			defer cancel()
			_ = c.send(ctx, protocol.NewCancel(call.id, call.request.Method()), nil) // a courtesy
		})
	})
}
