package conn

import (
	"fmt"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// read is the one reader. It ends with the stream.
func (c *Conn) read() {
	for {
		m, err := c.reader.Read()
		if err != nil {
			c.update(func(s *state) { c.end(s, err) })
			return
		}
		c.update(func(s *state) {
			dropped := "the connection has ended"
			if !s.ended {
				s.lastReceived = time.Now()
				dropped = c.receive(s, m)
			}
			c.observe(m, false, dropped) // before callers are told and handlers start
		})
	}
}

// receive routes one message and says why, if it has no effect.
func (c *Conn) receive(s *state, m protocol.Message) (dropped string) {
	if call := s.calls[m.RequestID]; call != nil {
		return c.receiveForCall(s, call, m)
	}
	switch m.Type {
	case protocol.TypeRequest:
		return c.receiveRequest(s, m)
	case protocol.TypeCancel:
		return c.receiveCancel(s, m)
	}
	if c.ids.issued(m.RequestID) {
		return "nobody waits for it any more"
	}
	if m.Type == protocol.TypeFault {
		c.end(s, &FaultError{faultText(m)})
		return ""
	}
	c.violation(s, m, "belongs to no request of ours")
	return ""
}

// receiveForCall takes what belongs to an outstanding call of ours.
func (c *Conn) receiveForCall(s *state, call *call, m protocol.Message) (dropped string) {
	switch m.Type {
	case protocol.TypeProgress:
		if _, err := m.DecodePayload(); err != nil {
			return err.Error()
		}
		if call.request.Method() == protocol.MethodHandshake {
			return "progress does not extend a handshake"
		}
		call.progress++
		call.deadline = time.Now().Add(call.timeout)
		return ""
	case protocol.TypeRequest:
		c.violation(s, m, "is a request, and the id belongs to one of ours")
		return ""
	}
	switch m.Type {
	case protocol.TypeFault:
		s.decide(call, nil, &FaultError{faultText(m)})
	case protocol.TypeCancel:
		s.decide(call, nil, ErrCanceledByPeer)
	default:
		// The payload is read by what was asked, not by what the answer calls itself: receivers do not check that.
		m.Method = call.request.Method()
		payload, err := m.DecodePayload()
		response, _ := payload.(protocol.Response)
		s.decide(call, response, err)
	}
	return ""
}

func faultText(m protocol.Message) string {
	payload, err := m.DecodePayload()
	if err != nil {
		return fmt.Sprintf("one that says nothing: %v", err)
	}
	return payload.(*protocol.Fault).Message
}

func (c *Conn) violation(s *state, m protocol.Message, problem string) {
	c.end(s, &ViolationError{m.RequestID, m.Type, problem})
}
