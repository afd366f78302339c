package conn_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// pair opens both ends of a conversation in memory. At the end of the test nothing may be in flight on either side.
func pair(t *testing.T, client, plugin *conn.Options) (c, p *conn.Conn) {
	t.Helper()
	toClient, toPlugin := conn.Pipe()
	var clientErr, pluginErr error
	var both sync.WaitGroup
	both.Go(func() { c, clientErr = conn.Open(t.Context(), toClient, protocol.Client, client) })
	both.Go(func() { p, pluginErr = conn.Open(t.Context(), toPlugin, protocol.Plugin, plugin) })
	both.Wait()
	if clientErr != nil || pluginErr != nil {
		t.Fatalf("client: %v; plugin: %v", clientErr, pluginErr)
	}
	leavesNothing(t, p)
	leavesNothing(t, c)
	return c, p
}

// leavesNothing asserts when the test is over that nothing is in flight, before and after Close, and that Wait returns.
// That no goroutine is left is synctest's to assert.
func leavesNothing(t *testing.T, c *conn.Conn) {
	t.Cleanup(func() {
		synctest.Wait()
		if calls, requests := c.InFlight(); calls+requests != 0 {
			t.Errorf("in flight at the end of the test: %d calls, %d requests", calls, requests)
		}
		c.Close()
		_ = c.Wait()
		if calls, requests := c.InFlight(); calls+requests != 0 {
			t.Errorf("in flight after Wait: %d calls, %d requests", calls, requests)
		}
	})
}

// script is a peer that writes and reads lines and knows nothing of conversations.
type script struct {
	t      *testing.T
	in     *io.PipeReader
	out    *io.PipeWriter
	reader *bufio.Reader // of in

	mu    sync.Mutex
	lines []string
	err   error // what reading ended with
}

// connect opens one side against a script, which does its part of the handshake and from then on reads all it can.
func connect(t *testing.T, side protocol.Side, o *conn.Options) (*conn.Conn, *script) {
	t.Helper()
	c, s := connectDeaf(t, side, o)
	s.listen()
	return c, s
}

// connectDeaf is connect with a script that reads nothing after the handshake.
func connectDeaf(t *testing.T, side protocol.Side, o *conn.Options) (*conn.Conn, *script) {
	t.Helper()
	ours, s := newScript(t)
	opened := make(chan *conn.Conn)
	go func() {
		c, err := conn.Open(t.Context(), ours, side, o)
		if err != nil {
			t.Error(err)
		}
		opened <- c
	}()
	m := s.read()
	s.write(`{"RequestId":"hello","Type":"Request","Method":"Handshake","Payload":{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}}`)
	s.read()
	s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":{"ResponseCode":"Success","ProtocolVersion":"2.0.0"}}`, m.RequestID)
	c := <-opened
	if c == nil {
		t.FailNow()
	}
	leavesNothing(t, c)
	return c, s
}

// newScript returns the script's peer's end of the stream too.
func newScript(t *testing.T) (io.ReadWriteCloser, *script) {
	in, toScript := io.Pipe()
	fromScript, out := io.Pipe()
	return conn.Join(fromScript, toScript), &script{t: t, in: in, out: out, reader: bufio.NewReader(in)}
}

// listen starts to read in the background.
func (s *script) listen() {
	go func() {
		for {
			line, err := s.reader.ReadString('\n')
			s.mu.Lock()
			if line != "" {
				s.lines = append(s.lines, strings.TrimSuffix(line, "\n"))
			}
			s.err = err
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
}

// read reads one message in the foreground; for a script that does not listen.
func (s *script) read() protocol.Message {
	s.t.Helper()
	line, err := s.reader.ReadString('\n')
	if err != nil {
		s.t.Fatal("reading: ", err)
	}
	return s.decode(line)
}

func (s *script) decode(line string) protocol.Message {
	s.t.Helper()
	m, err := protocol.DecodeStrict([]byte(strings.TrimSuffix(line, "\n")))
	if err != nil {
		s.t.Fatalf("%v: %s", err, line)
	}
	return m
}

// write writes a line with its end.
func (s *script) write(format string, args ...any) {
	s.t.Helper()
	if err := s.raw(fmt.Sprintf(format, args...) + "\n"); err != nil {
		s.t.Fatal("writing: ", err)
	}
}

func (s *script) raw(text string) error {
	_, err := io.WriteString(s.out, text)
	return err
}

func (s *script) request(id string, m protocol.Method, payload string) {
	s.t.Helper()
	s.write(`{"RequestId":%q,"Type":"Request","Method":"%s","Payload":%s}`, id, m, payload)
}

// answer writes a response that is right for any method with nothing but a code.
func (s *script) answer(m protocol.Message, code protocol.ResponseCode) {
	s.t.Helper()
	s.write(`{"RequestId":%q,"Type":"Response","Method":"%s","Payload":{"ResponseCode":"%s"}}`, m.RequestID, m.Method, code)
}

// all returns what came since the last call of it.
func (s *script) all() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	return lines
}

func (s *script) messages() []protocol.Message {
	s.t.Helper()
	var all []protocol.Message
	for _, line := range s.all() {
		all = append(all, s.decode(line))
	}
	return all
}

// next returns the one message that came.
func (s *script) next() protocol.Message {
	s.t.Helper()
	all := s.messages()
	if len(all) != 1 {
		s.t.Fatalf("%d messages where one was due: %v", len(all), describe(all))
	}
	return all[0]
}

func (s *script) nothing() {
	s.t.Helper()
	if all := s.all(); len(all) > 0 {
		s.t.Fatalf("nothing was due, but these came: %q", all)
	}
}

func describe(all []protocol.Message) (texts []string) {
	for _, m := range all {
		texts = append(texts, fmt.Sprintf("%s %s %s", m.Type, m.Method, m.Payload))
	}
	return texts
}

// recorder is an Observer.
type recorder struct {
	mu     sync.Mutex
	events []conn.Event
}

func (r *recorder) observe(e conn.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) all() []conn.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]conn.Event(nil), r.events...)
}

// dropped lists why messages had no effect.
func (r *recorder) dropped() (reasons []string) {
	for _, e := range r.all() {
		if e.Dropped != "" {
			reasons = append(reasons, e.Dropped)
		}
	}
	return reasons
}

// pending is a call that runs in the background.
type pending struct {
	t        *testing.T
	done     chan struct{}
	response protocol.Response
	err      error
	took     time.Duration
}

func start(t *testing.T, call func(context.Context, protocol.Request) (protocol.Response, error), ctx context.Context, r protocol.Request) *pending {
	p := &pending{t: t, done: make(chan struct{})}
	began := time.Now()
	go func() {
		p.response, p.err = call(ctx, r)
		p.took = time.Since(began)
		close(p.done)
	}()
	synctest.Wait()
	return p
}

func (p *pending) over() bool {
	synctest.Wait()
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// result waits as long as it takes on the faked clock.
func (p *pending) result() (protocol.Response, error) {
	<-p.done
	return p.response, p.err
}

// Requests whose content a test can choose: the client's and the plugin's.
func prefetch(name string) *protocol.PrefetchPackageRequest {
	return &protocol.PrefetchPackageRequest{PackageSourceRepository: "https://feed.example/v3/index.json", PackageID: name, PackageVersion: "1.0.0"}
}

func serviceIndex(name string) *protocol.GetServiceIndexRequest {
	return &protocol.GetServiceIndexRequest{PackageSourceRepository: name}
}

const (
	prefetchPayload = `{"PackageSourceRepository":"https://feed.example/v3/index.json","PackageId":"a","PackageVersion":"1.0.0"}`
	indexPayload    = `{"PackageSourceRepository":"https://feed.example/v3/index.json"}`
)

func found(context.Context, *conn.Request) (protocol.Response, error) {
	return &protocol.PrefetchPackageResponse{ResponseCode: protocol.CodeSuccess}, nil
}

func noIndex(context.Context, *conn.Request) (protocol.Response, error) {
	return &protocol.GetServiceIndexResponse{ResponseCode: protocol.CodeNotFound}, nil
}

// untilCancelled works until its context ends.
func untilCancelled(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func handlers(m protocol.Method, h conn.Handler) map[protocol.Method]conn.Handler {
	return map[protocol.Method]conn.Handler{m: h}
}

func wantError[E error](t *testing.T, what string, err error) E {
	t.Helper()
	e, ok := errors.AsType[E](err)
	if !ok {
		t.Fatalf("%s: got %v (%T), want a %T", what, err, err, e)
	}
	return e
}

func wantIs(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("%s: got %v, want %v", what, err, target)
	}
}

func field(t *testing.T, payload protocol.JSON, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(payload, &all); err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	text, _ := all[name].(string)
	return text
}

// stopReading closes the script's reading end alone: whatever is written to it fails from now on.
func (s *script) stopReading() { s.in.Close() }

// stopWriting ends the stream that the script writes.
func (s *script) stopWriting() { s.out.Close() }
