// Package conn holds one conversation of NuGet's plugin protocol between two equal peers. The same [Conn] serves the
// plugin and the client; what differs between them, who may send what, is data of package protocol.
//
// # Goroutines
//
// One goroutine reads until the stream ends and does nothing else: it never runs a handler and never writes, because
// two peers whose readers write can wait for each other for ever. A request gets a goroutine of its own, up to a limit;
// more of them wait in a queue without holding the reader up. There is no writer: whoever has a message takes the one
// slot, writes it with one Write, and gives the slot back.
//
// # The end
//
// A conversation ends by [Conn.Close], [Conn.Shutdown], the peer's Close, the end of the stream, idleness, or a message
// that breaks the protocol. Calls then fail at once, handlers are cancelled, and [Conn.Wait] returns when the last
// goroutine is gone. docs/spec.md lists what ends a conversation, what is dropped and what is answered with an error.
package conn

import (
	"context"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// The defaults of current NuGet. Clients before NuGet 6.4 wait 5 s where these say 30.
const (
	DefaultHandshakeTimeout = 30 * time.Second
	DefaultRequestTimeout   = 30 * time.Second
	// closeTimeout bounds the sending of Close and of Cancel notices to a peer that may not be reading.
	closeTimeout = 2 * time.Second
)

// Options may be nil; each zero field has a default.
type Options struct {
	// Handlers answer the peer's requests, by method. A request without one is answered with a Fault, as C# peers do.
	Handlers map[protocol.Method]Handler
	// Version and MinimumVersion are announced in the handshake; the zero values stand for 2.0.0 and 1.0.0.
	Version, MinimumVersion protocol.Version
	HandshakeTimeout        time.Duration // for the whole handshake
	RequestTimeout          time.Duration // for each call, restarted by Progress; see [Conn.SetRequestTimeout]
	// IdleTimeout ends the conversation when no message came for that long and nothing is in flight. 0 is never.
	IdleTimeout time.Duration
	// ProgressInterval is how long a handler works before the peer gets a Progress, and then between any two. 0 is never.
	// See [Conn.SetProgressInterval].
	ProgressInterval time.Duration
	MaxParallel      int // requests handled at a time; 64 unless set
	MaxQueued        int // requests that wait for their turn before further ones get a Fault; 1024 unless set
	MaxLine          int // of a message in bytes; [protocol.DefaultMaxLine] unless set
	Strict           bool
	// Observer sees every message, secrets included, each before anything comes of it, and one at a time. It is called with
	// locks held, so it must return soon and must not use the Conn.
	Observer func(Event)
}

// Event is a message that passed, in either direction.
type Event struct {
	Time    time.Time
	Sent    bool // by us
	Message protocol.Message
	// Dropped says why a received message had no effect; empty for all others.
	Dropped string
}

// A Handler answers one kind of request. It runs in a goroutine of its own, several at a time, but one Log after the
// other. Its context ends when the peer cancels the request or the conversation ends; [context.Cause] says which. An
// error becomes a Fault, with which C# peers end the whole conversation, or a Cancel if the peer cancelled. A nil
// response without an error is a response without payload.
type Handler func(context.Context, *Request) (protocol.Response, error)

// Conn is one conversation. Its methods may be used by many goroutines.
type Conn struct {
	side    protocol.Side
	options Options
	reader  *protocol.Reader
	stream  io.ReadWriteCloser
	ids     idSource

	slot     chan struct{} // holds one value while a message is written
	done     chan struct{} // closed when the conversation has ended
	answered chan error    // holds what became of the peer's handshake request, once known

	ctx    context.Context // of the handlers
	cancel context.CancelCauseFunc
	// goroutines counts the reader, handlers and senders. It grows only under mu and before the end.
	goroutines sync.WaitGroup

	mu    sync.Mutex
	state state
	// observing keeps the events of both directions apart. It is taken last, with mu or the slot held.
	observing sync.Mutex
}

// Open starts a conversation over the stream and returns after the handshake. Closing the stream must make its reads and
// writes return; Open closes it when the handshake fails. The error is a [HandshakeError].
func Open(ctx context.Context, stream io.ReadWriteCloser, side protocol.Side, o *Options) (*Conn, error) {
	c := newConn(stream, side, o)
	if err := c.handshake(ctx); err != nil {
		c.update(func(s *state) { c.end(s, err) })
		_ = c.Wait()
		return nil, &HandshakeError{Err: err}
	}
	return c, nil
}

func newConn(stream io.ReadWriteCloser, side protocol.Side, o *Options) *Conn {
	c := &Conn{
		side:   side,
		stream: stream,
		ids:    newIDSource(),
		slot:   make(chan struct{}, 1),
		done:   make(chan struct{}),

		answered: make(chan error, 1),
	}
	if o != nil {
		c.options = *o
		c.options.Handlers = maps.Clone(o.Handlers)
	}
	c.options.setDefaults()
	c.reader = protocol.NewReader(stream, &protocol.ReaderOptions{MaxLine: c.options.MaxLine, Strict: c.options.Strict})
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.state = state{
		calls:            map[string]*call{},
		requests:         map[string]*Request{},
		requestTimeout:   c.options.RequestTimeout,
		progressInterval: c.options.ProgressInterval,
	}
	if c.options.IdleTimeout > 0 {
		c.state.idle = time.AfterFunc(c.options.IdleTimeout, c.idleEnd)
	}
	c.goroutines.Go(c.read)
	return c
}

func (o *Options) setDefaults() {
	if o.Version == (protocol.Version{}) {
		o.Version = protocol.CurrentVersion()
	}
	if o.MinimumVersion == (protocol.Version{}) {
		o.MinimumVersion = protocol.MinimumVersion()
	}
	if o.HandshakeTimeout <= 0 {
		o.HandshakeTimeout = DefaultHandshakeTimeout
	}
	if o.RequestTimeout <= 0 {
		o.RequestTimeout = DefaultRequestTimeout
	}
	if o.MaxParallel <= 0 {
		o.MaxParallel = 64
	}
	if o.MaxQueued <= 0 {
		o.MaxQueued = 1024
	}
}

// Version is the version of the protocol that the handshake settled.
func (c *Conn) Version() protocol.Version {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.version
}

// SetRequestTimeout changes how long later calls wait for an answer or a sign of life. A client sets it to what it
// announced in Initialize.
func (c *Conn) SetRequestTimeout(d time.Duration) {
	c.update(func(s *state) { s.requestTimeout = d })
}

// SetProgressInterval changes how often requests that arrive later report progress.
func (c *Conn) SetProgressInterval(d time.Duration) {
	c.update(func(s *state) { s.progressInterval = d })
}

// InFlight counts the calls that wait for an answer and the requests that are queued or being handled.
func (c *Conn) InFlight() (calls, requests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.state.calls), c.state.unanswered()
}

// Done is closed when the conversation has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Cause says why the conversation ended: [ErrClosed], [ErrPeerClosed], [ErrIdle], io.EOF when the peer's stream ended, or
// the error that broke it. It is nil before the end.
func (c *Conn) Cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.cause
}

// Close cuts the conversation: calls fail, handlers are cancelled, the stream is closed; a client tells the plugin with
// a Close first. It does not wait for handlers, so a handler may call it; [Conn.Wait] does.
func (c *Conn) Close() {
	c.update(func(s *state) { c.end(s, ErrClosed) })
}

// Shutdown refuses new calls, lets the ones in flight and the peer's requests finish, handlers' own calls included, and
// then closes. When ctx ends first, it cuts and returns the context's error.
func (c *Conn) Shutdown(ctx context.Context) error {
	c.update(func(s *state) { s.draining = true })
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
	}
	var err error
	c.update(func(s *state) {
		if !s.ended {
			c.end(s, ErrClosed)
			err = context.Cause(ctx)
		}
	})
	return err
}

// Wait returns after the conversation has ended and its last goroutine is gone. The error is nil for a clean end: Close
// or Shutdown on either side, idleness, or the end of the stream with no call outstanding. A handler must not call it.
func (c *Conn) Wait() error {
	<-c.done
	c.goroutines.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.clean {
		return nil
	}
	return c.state.cause
}
