package conn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// What a conversation ends with when nothing is wrong.
var (
	ErrClosed     = errors.New("the connection was closed")      // by Close or Shutdown on our side
	ErrPeerClosed = errors.New("the peer closed the connection") // by a Close message
	ErrIdle       = errors.New("the connection was idle for too long")
)

// ErrCanceledByPeer is the cause with which a handler's context ends when the peer cancels the request, and the error of
// a call that the peer says it cancelled.
var ErrCanceledByPeer = errors.New("the peer cancelled the request")

// ErrShuttingDown is the error of a call made after Shutdown.
var ErrShuttingDown = errors.New("the connection is shutting down")

func isClean(cause error) bool {
	return cause == ErrClosed || cause == ErrPeerClosed || cause == ErrIdle
}

// CallError is the error of every failed [Conn.Call]. Err is a [TimeoutError], a [FaultError], a [ClosedError],
// [ErrCanceledByPeer], [ErrShuttingDown], a [protocol.FieldError] for a payload that breaks the rules, a write error, or
// the cause of the caller's context.
type CallError struct {
	Method protocol.Method
	Err    error
}

func (e *CallError) Error() string { return fmt.Sprintf("%s: %v", e.Method, e.Err) }
func (e *CallError) Unwrap() error { return e.Err }

// TimeoutError says that an answer did not come in time. It matches context.DeadlineExceeded.
type TimeoutError struct {
	After    time.Duration // of silence: since the request, or since the last Progress
	Progress int           // how many signs of life came before
}

func (e *TimeoutError) Error() string {
	if e.Progress > 0 {
		return fmt.Sprintf("no answer within %s of the last of %d progress messages", e.After, e.Progress)
	}
	return fmt.Sprintf("no answer and no progress within %s", e.After)
}

func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// FaultError is the peer's Fault: on a call, or, as the cause of the end, one that belongs to no request.
type FaultError struct{ Message string }

func (e *FaultError) Error() string {
	return fmt.Sprintf("the peer answered with a fault: %s", e.Message)
}

// ClosedError says that the conversation ended before the answer came, or had ended before the call.
type ClosedError struct{ Cause error }

func (e *ClosedError) Error() string { return fmt.Sprintf("the connection ended: %v", e.Cause) }
func (e *ClosedError) Unwrap() error { return e.Cause }

// HandshakeError says that a conversation did not begin. Err is a [TimeoutError], [ErrRefused], io.EOF, a
// [protocol.LineError] when the peer wrote something that is no message, or the cause of the caller's context.
type HandshakeError struct{ Err error }

func (e *HandshakeError) Error() string { return fmt.Sprintf("handshake: %v", e.Err) }
func (e *HandshakeError) Unwrap() error { return e.Err }

// ErrRefused says that the two sides share no version of the protocol.
var ErrRefused = errors.New("the peer speaks no version of the protocol that we speak")

// ViolationError is the cause of the end when the peer broke a rule that makes the rest of what it says worthless.
type ViolationError struct {
	RequestID string
	Type      protocol.MessageType
	Problem   string
}

func (e *ViolationError) Error() string {
	return fmt.Sprintf("the peer broke the protocol: a %s message with id %.64q %s", e.Type, e.RequestID, e.Problem)
}
