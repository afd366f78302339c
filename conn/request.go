package conn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// Request is a request of the peer's, as its handler sees it.
type Request struct {
	ID      string
	Method  protocol.Method
	Payload protocol.Request

	conn    *Conn
	message protocol.Message
	ctx     context.Context
	cancel  context.CancelCauseFunc
	started bool        // a handler has it; under the lock
	over    bool        // the answer has the slot: no Progress may follow; under the lock
	timer   *time.Timer // of the progress reporter
}

// Version is the version of the protocol that was settled.
func (r *Request) Version() protocol.Version { return r.conn.Version() }

// Call sends a request the other way while this one is handled; see [Conn.Call]. It works during Shutdown too.
func (r *Request) Call(ctx context.Context, request protocol.Request) (protocol.Response, error) {
	return r.conn.call(ctx, request, true)
}

// Progress tells the peer that the request is being worked on. The reporter does so by itself at its interval. It has no
// effect once the handler has returned.
func (r *Request) Progress(ctx context.Context, p protocol.Progress) error {
	m, err := protocol.NewProgress(r.ID, r.Method, p)
	if err != nil {
		return err
	}
	return r.conn.send(ctx, m, func() bool {
		r.conn.mu.Lock()
		defer r.conn.mu.Unlock()
		return !r.over
	})
}

// receiveRequest enters a request of the peer's, or refuses it.
func (c *Conn) receiveRequest(s *state, m protocol.Message) (dropped string) {
	switch {
	case m.Method == protocol.MethodClose && c.side == protocol.Plugin:
		c.end(s, ErrPeerClosed)
		return ""
	case s.requests[m.RequestID] != nil:
		return "a request with this id is being handled"
	case m.Method == protocol.MethodHandshake && s.greeted:
		c.refuseWith(s, m, "there is one handshake only")
		return ""
	case m.Method != protocol.MethodHandshake && c.options.Handlers[m.Method] == nil:
		c.refuseWith(s, m, fmt.Sprintf("there is no handler for %s", m.Method))
		return ""
	case len(s.queue) >= c.options.MaxQueued || len(s.logs) >= c.options.MaxQueued:
		c.refuseWith(s, m, fmt.Sprintf("more than %d requests are waiting", c.options.MaxQueued))
		return ""
	}
	r := &Request{ID: m.RequestID, Method: m.Method, conn: c, message: m}
	r.ctx, r.cancel = context.WithCancelCause(c.ctx)
	s.requests[m.RequestID] = r
	switch m.Method {
	case protocol.MethodHandshake: // never waits, and progress would not extend it
		s.greeted = true
		c.run(s, r)
		return ""
	case protocol.MethodLog:
		s.logs = append(s.logs, r)
	default:
		s.queue = append(s.queue, r)
	}
	if interval := s.progressInterval; interval > 0 {
		r.timer = time.AfterFunc(interval, func() { c.report(r, interval) })
	}
	return ""
}

// maxRefused is how many Faults for requests without a handler or a place in the queue may wait to be written. They cost
// little, and a peer that reads them may still send a burst of requests before it sees the first.
const maxRefused = 10_000

// refuseWith queues a Fault for a request. A peer that sends requests and never reads the faults is cut off before the
// queue fills memory.
func (c *Conn) refuseWith(s *state, m protocol.Message, text string) {
	if len(s.refused) >= maxRefused {
		c.violation(s, m, "is one request too many for a peer that reads no answers")
		return
	}
	s.refused = append(s.refused, protocol.NewFault(m.RequestID, m.Method, text))
}

// refuse writes the queued faults and returns. One that cannot be written takes nothing from the others.
func (c *Conn) refuse() {
	for {
		var m protocol.Message
		more := false
		c.update(func(s *state) {
			if more = len(s.refused) > 0; more {
				m, s.refused = s.refused[0], s.refused[1:]
			}
			s.refusing = more
		})
		if !more {
			return
		}
		_ = c.send(context.Background(), m, nil)
	}
}

// receiveCancel cancels a handler. A request that no handler has yet is forgotten, and nothing is answered.
func (c *Conn) receiveCancel(s *state, m protocol.Message) (dropped string) {
	r := s.requests[m.RequestID]
	switch {
	case r == nil:
		return "no such request is being handled"
	case !r.started:
		isR := func(other *Request) bool { return other == r }
		s.queue, s.logs = slices.DeleteFunc(s.queue, isR), slices.DeleteFunc(s.logs, isR)
		c.forget(s, r)
	}
	r.cancel(ErrCanceledByPeer)
	return ""
}

func (c *Conn) forget(s *state, r *Request) {
	r.over = true
	if r.timer != nil {
		r.timer.Stop()
	}
	if s.requests[r.ID] == r {
		delete(s.requests, r.ID)
	}
}

// report is the progress reporter of one request. A goroutine that is counted writes.
func (c *Conn) report(r *Request, interval time.Duration) {
	c.update(func(s *state) {
		if r.over || s.ended {
			return
		}
		c.goroutines.Go(func() {
			if r.Progress(r.ctx, protocol.Progress{}) != nil {
				return
			}
			c.update(func(s *state) {
				if !r.over && !s.ended {
					r.timer.Reset(interval)
				}
			})
		})
	})
}

// handle runs the handler and writes what becomes of it.
func (c *Conn) handle(r *Request) (answer protocol.Message, err error) {
	defer r.cancel(nil)
	answer = c.answer(r)
	forget := func() bool {
		c.update(func(s *state) { c.forget(s, r) })
		return true
	}
	err = c.send(context.Background(), answer, forget)
	if _, tooLong := errors.AsType[*protocol.LineTooLongError](err); tooLong {
		answer = protocol.NewFault(r.ID, r.Method, "the answer cannot be sent: "+err.Error())
		err = c.send(context.Background(), answer, forget)
	}
	forget() // also when nothing could be written
	return answer, err
}

// answer runs the handler and makes a response, a Fault or a Cancel of its result.
func (c *Conn) answer(r *Request) protocol.Message {
	payload, err := r.message.DecodePayload()
	var response protocol.Response
	switch {
	case r.Method == protocol.MethodHandshake && r.message.Payload == nil:
		response, err = &protocol.HandshakeResponse{ResponseCode: protocol.CodeError}, nil
	case err == nil:
		r.Payload, _ = payload.(protocol.Request)
		response, err = c.handler(r.Method)(r.ctx, r)
	}
	if err == nil && response == nil {
		return protocol.Message{RequestID: r.ID, Type: protocol.TypeResponse, Method: r.Method}
	}
	if err == nil {
		var m protocol.Message
		if m, err = protocol.NewResponse(r.ID, response); err == nil && m.Method != r.Method {
			err = fmt.Errorf("the handler of %s returned a response for %s", r.Method, m.Method)
		}
		if err == nil {
			return m
		}
	}
	if errors.Is(context.Cause(r.ctx), ErrCanceledByPeer) {
		return protocol.NewCancel(r.ID, r.Method)
	}
	return protocol.NewFault(r.ID, r.Method, err.Error())
}

func (c *Conn) handler(m protocol.Method) Handler {
	if m == protocol.MethodHandshake {
		return c.answerHandshake
	}
	return c.options.Handlers[m]
}
