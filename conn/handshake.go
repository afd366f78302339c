package conn

import (
	"context"
	"errors"
	"fmt"

	"github.com/nuplug/nuplug/protocol"
)

// handshake sends our request and answers the peer's, in no order. What counts for us is the answer that we get; the
// peer may take it otherwise.
func (c *Conn) handshake(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.HandshakeTimeout, &TimeoutError{After: c.options.HandshakeTimeout})
	defer cancel()
	response, err := Call[*protocol.HandshakeResponse](ctx, c, &protocol.HandshakeRequest{
		ProtocolVersion: c.options.Version, MinimumProtocolVersion: c.options.MinimumVersion,
	})
	if err != nil {
		return reason(err)
	}
	version, err := c.settled(response)
	if err != nil {
		// The peer's own request is answered even so: it decides by our answer, not by its own.
		short, cancel := context.WithTimeout(ctx, closeTimeout)
		defer cancel()
		_ = c.awaitAnswered(short)
		return err
	}
	c.update(func(s *state) { s.version = version })
	if err := c.awaitAnswered(ctx); err != nil {
		return err
	}
	c.update(func(s *state) { s.connected = true })
	return nil
}

func (c *Conn) settled(r *protocol.HandshakeResponse) (protocol.Version, error) {
	switch {
	case r == nil:
		return protocol.Version{}, errors.New("the answer has no payload")
	case r.ResponseCode != protocol.CodeSuccess:
		return protocol.Version{}, ErrRefused
	case r.ProtocolVersion.Compare(c.options.MinimumVersion) < 0 || r.ProtocolVersion.Compare(c.options.Version) > 0:
		return protocol.Version{}, fmt.Errorf("the peer chose version %s, which is not between %s and %s", r.ProtocolVersion, c.options.MinimumVersion, c.options.Version)
	}
	return *r.ProtocolVersion, nil
}

// awaitAnswered waits until the peer's request is answered, well or not.
func (c *Conn) awaitAnswered(ctx context.Context) error {
	select {
	case err := <-c.answered:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the peer sent no handshake request of its own: %w", context.Cause(ctx))
	case <-c.done:
		return c.Cause()
	}
}

// answerHandshake is the built-in handler of the peer's request.
func (c *Conn) answerHandshake(_ context.Context, r *Request) (protocol.Response, error) {
	version, ok := protocol.Negotiate(c.options.Version, c.options.MinimumVersion, *r.Payload.(*protocol.HandshakeRequest))
	if !ok {
		return &protocol.HandshakeResponse{ResponseCode: protocol.CodeError}, nil
	}
	return &protocol.HandshakeResponse{ResponseCode: protocol.CodeSuccess, ProtocolVersion: &version}, nil
}

// reportAnswered says, once, what became of the peer's request: it was answered, it was broken, or the answer could not be
// written.
func (c *Conn) reportAnswered(answer protocol.Message, err error) {
	if err == nil && answer.Type == protocol.TypeFault {
		err = fmt.Errorf("the peer's handshake request is broken: %s", faultText(answer))
	}
	c.answered <- err
}

// reason takes the layers off an error that the handshake's own message says already.
func reason(err error) error {
	if e, ok := errors.AsType[*CallError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*ClosedError](err); ok {
		err = e.Cause
	}
	return err
}
