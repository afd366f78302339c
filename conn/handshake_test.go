package conn_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

const (
	success2 = `{"ResponseCode":"Success","ProtocolVersion":"2.0.0"}`
	refusal  = `{"ResponseCode":"Error"}`
	hello    = `{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}`
)

var sides = []protocol.Side{protocol.Client, protocol.Plugin}

// opening is an Open that runs in the background.
type opening struct {
	conn *conn.Conn
	err  error
	took time.Duration
	done chan struct{}
}

func open(t *testing.T, side protocol.Side, o *conn.Options) (*opening, *script) {
	return openContext(t.Context(), t, side, o)
}

func openContext(ctx context.Context, t *testing.T, side protocol.Side, o *conn.Options) (*opening, *script) {
	stream, s := newScript(t)
	s.listen()
	op := &opening{done: make(chan struct{})}
	began := time.Now()
	go func() {
		op.conn, op.err = conn.Open(ctx, stream, side, o)
		op.took = time.Since(began)
		close(op.done)
	}()
	return op, s
}

// result waits for Open and has what came of it cleaned up.
func (op *opening) result(t *testing.T) (*conn.Conn, error) {
	<-op.done
	if op.conn != nil {
		leavesNothing(t, op.conn)
	} else {
		wantError[*conn.HandshakeError](t, "Open", op.err)
	}
	return op.conn, op.err
}

// Each row of the table of versions, as the client and as the plugin: what we answer a peer, and what becomes of the
// conversation when the peer answers us the same.
func TestNegotiation(t *testing.T) {
	for _, test := range []struct {
		name, request string // the peer's
		answer        string // ours; empty for a Fault
		version       string // that both settle on; empty if we do not open
	}{
		{"same", hello, success2, "2.0.0"},
		{"older", `{"ProtocolVersion":"1.0.0","MinimumProtocolVersion":"1.0.0"}`, `{"ResponseCode":"Success","ProtocolVersion":"1.0.0"}`, "1.0.0"},
		{"newer", `{"ProtocolVersion":"3.0.0","MinimumProtocolVersion":"2.0.0"}`, success2, "2.0.0"},
		{"too new", `{"ProtocolVersion":"3.0.0","MinimumProtocolVersion":"2.1.0"}`, refusal, ""},
		{"too old", `{"ProtocolVersion":"0.9.0","MinimumProtocolVersion":"0.1.0"}`, refusal, ""},
		{"prerelease", `{"ProtocolVersion":"2.0.0-beta","MinimumProtocolVersion":"1.0.0"}`, `{"ResponseCode":"Success","ProtocolVersion":"2.0.0-beta"}`, "2.0.0-beta"},
		{"minimum above version", `{"ProtocolVersion":"1.0.0","MinimumProtocolVersion":"2.0.0"}`, "", ""},
		{"two numbers", `{"ProtocolVersion":"2.0","MinimumProtocolVersion":"1.0.0"}`, "", ""},
		{"no payload", "", refusal, ""},
	} {
		for _, side := range sides {
			t.Run(test.name+" to "+side.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					op, s := open(t, side, nil)
					ours := s.next()
					if got := string(ours.Payload); ours.Method != protocol.MethodHandshake || got != hello {
						t.Fatalf("our request: %s %s", ours.Method, got)
					}
					payload := `,"Payload":` + test.request
					if test.request == "" {
						payload = ""
					}
					s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake"%s}`, payload)
					answer := s.next()
					if answer.RequestID != "h" || (answer.Type == protocol.TypeFault) != (test.answer == "") {
						t.Fatal(describe([]protocol.Message{answer}))
					}
					if test.answer == "" {
						s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, success2)
						if _, err := op.result(t); !strings.Contains(err.Error(), "request is broken") || op.took != 0 {
							t.Error(err, op.took)
						}
						return
					}
					if diff := cmp.Diff(test.answer, string(answer.Payload)); diff != "" {
						t.Error(diff)
					}
					s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, test.answer)
					c, err := op.result(t)
					if test.version == "" {
						wantIs(t, "Open", err, conn.ErrRefused)
					} else if err != nil || c.Version().String() != test.version {
						t.Error(err)
					}
				})
			})
		}
	}
}

// The same over two connections of ours, where every outcome is both sides'.
func TestNegotiationOfTwo(t *testing.T) {
	version := func(s string) protocol.Version {
		v, err := protocol.ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, test := range []struct{ version, minimum, want string }{
		{"2.0.0", "1.0.0", "2.0.0"}, {"1.0.0", "1.0.0", "1.0.0"}, {"3.0.0", "2.0.0", "2.0.0"}, {"2.0.0-beta", "1.0.0", "2.0.0-beta"},
		{"3.0.0", "2.1.0", ""}, {"0.9.0", "0.1.0", ""}, {"1.0.0", "2.0.0", ""},
	} {
		for _, side := range sides {
			t.Run(test.version+" "+test.minimum+" "+side.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, b := conn.Pipe()
					opened := make(chan *conn.Conn, 2)
					var errs [2]error
					go func() {
						c, err := conn.Open(t.Context(), a, side, nil)
						errs[0] = err
						opened <- c
					}()
					go func() {
						c, err := conn.Open(t.Context(), b, side.Other(), &conn.Options{Version: version(test.version), MinimumVersion: version(test.minimum)})
						errs[1] = err
						opened <- c
					}()
					for range 2 {
						c := <-opened
						if (c != nil) != (test.want != "") {
							t.Error(errs)
						}
						if c != nil {
							leavesNothing(t, c)
							if got := c.Version().String(); got != test.want {
								t.Error(got)
							}
						}
					}
				})
			})
		}
	}
}

// What counts is the answer that we get, not the one that we give.
func TestHandshakeResultIsThePeersAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, s := open(t, protocol.Plugin, nil)
		ours := s.next()
		s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake","Payload":{"ProtocolVersion":"3.0.0","MinimumProtocolVersion":"3.0.0"}}`)
		if m := s.next(); string(m.Payload) != refusal {
			t.Error(string(m.Payload))
		}
		s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, success2)
		if _, err := op.result(t); err != nil {
			t.Error(err)
		}
	})
}

// The peer's request is answered even if ours has already failed, because the peer goes by that answer.
func TestHandshakeAnswersAfterItsOwnFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, s := open(t, protocol.Client, nil)
		s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, s.next().RequestID, refusal)
		s.nothing()
		s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
		if m := s.next(); string(m.Payload) != success2 {
			t.Error(string(m.Payload))
		}
		_, err := op.result(t)
		wantIs(t, "Open", err, conn.ErrRefused)
	})
}

// Everything that ends a handshake, what Open says of it, and when. No side says Close: the plugin never was connected.
func TestHandshakeFailures(t *testing.T) {
	peerGreets := func(s *script, ours protocol.Message) {
		s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
	}
	answers := func(payload string) func(*script, protocol.Message) {
		return func(s *script, ours protocol.Message) {
			s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
			s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake"%s}`, ours.RequestID, payload)
		}
	}
	says := func(line string) func(*script, protocol.Message) {
		return func(s *script, _ protocol.Message) { s.write("%s", line) }
	}
	for _, test := range []struct {
		name string
		do   func(*script, protocol.Message)
		took time.Duration
		want string
	}{
		{"silence", func(*script, protocol.Message) {}, 30 * time.Second, "handshake: no answer and no progress within 30s"},
		{"no answer", peerGreets, 30 * time.Second, "handshake: no answer and no progress within 30s"},
		{"no request", func(s *script, ours protocol.Message) {
			s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, success2)
		}, 30 * time.Second, "handshake: the peer sent no handshake request of its own: no answer and no progress within 30s"},
		{"progress", func(s *script, ours protocol.Message) {
			for range 3 {
				s.write(`{"RequestId":%q,"Type":"Progress","Method":"Handshake","Payload":{}}`, ours.RequestID)
				time.Sleep(9 * time.Second)
			}
		}, 30 * time.Second, "handshake: no answer and no progress within 30s"},
		{"version too high", answers(`,"Payload":{"ResponseCode":"Success","ProtocolVersion":"2.1.0"}`), 0, "handshake: the peer chose version 2.1.0, which is not between 1.0.0 and 2.0.0"},
		{"version too low", answers(`,"Payload":{"ResponseCode":"Success","ProtocolVersion":"1.0.0-beta"}`), 0, "handshake: the peer chose version 1.0.0-beta, which is not between 1.0.0 and 2.0.0"},
		{"answer without payload", answers(""), 0, "handshake: the answer has no payload"},
		{"success without version", answers(`,"Payload":{"ResponseCode":"Success"}`), 0, "handshake: invalid Response message for Handshake: ProtocolVersion is missing from a Success"},
		{"error with version", answers(`,"Payload":{"ResponseCode":"Error","ProtocolVersion":"2.0.0"}`), 0, "handshake: invalid Response message for Handshake: ProtocolVersion stands in an answer that is no Success"},
		{"refused", answers(`,"Payload":` + refusal), 0, "handshake: the peer speaks no version of the protocol that we speak"},
		{"fault", func(s *script, ours protocol.Message) {
			s.write(`{"RequestId":%q,"Type":"Fault","Method":"Handshake","Payload":{"Message":"no"}}`, ours.RequestID)
		}, 0, "handshake: the peer answered with a fault: no"},
		{"fault of nothing", says(`{"RequestId":"f","Type":"Fault","Method":"None","Payload":{"Message":"no"}}`), 0, "handshake: the peer answered with a fault: no"},
		{"banner", says("Welcome to my plugin!"), 0, `handshake: not a protocol message: "Welcome to my plugin!"`},
		{"end of stream", func(s *script, _ protocol.Message) { s.stopWriting() }, 0, "handshake: EOF"},
		{"dead peer", func(s *script, _ protocol.Message) { s.stopReading(); s.stopWriting() }, 0, "handshake: EOF"},
	} {
		for _, side := range sides {
			t.Run(test.name+" to "+side.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					op, s := open(t, side, nil)
					test.do(s, s.next())
					_, err := op.result(t)
					if got := err.Error(); !strings.HasPrefix(got, test.want) || op.took != test.took {
						t.Errorf("got %s after %s, want %s after %s", got, op.took, test.want, test.took)
					}
					for _, m := range s.messages() {
						if m.Type == protocol.TypeRequest {
							t.Error("sent after the failure: ", describe([]protocol.Message{m}))
						}
					}
				})
			})
		}
	}
}

// A Close ends a plugin's handshake; a client knows none and answers with a Fault.
func TestCloseDuringHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, s := open(t, protocol.Plugin, nil)
		s.next()
		s.write(`{"RequestId":"z","Type":"Request","Method":"Close"}`)
		_, err := op.result(t)
		wantIs(t, "Open", err, conn.ErrPeerClosed)
	})
}

// The handshake ends with its context and with its own time-out, whichever comes first.
func TestHandshakeLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op, _ := open(t, protocol.Client, &conn.Options{HandshakeTimeout: 5 * time.Second})
		_, err := op.result(t)
		wantIs(t, "Open", err, context.DeadlineExceeded)
		if op.took != 5*time.Second {
			t.Error(op.took)
		}
		op, _ = open(t, protocol.Client, &conn.Options{IdleTimeout: 10 * time.Second}) // which spares a handshake
		if _, err := op.result(t); op.took != 30*time.Second {
			t.Error(err, op.took)
		}
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		op, _ = openContext(ctx, t, protocol.Plugin, nil)
		synctest.Wait()
		cancel(stop)
		_, err = op.result(t)
		wantIs(t, "Open", err, stop)
	})
}

// A peer that never reads cannot hold Open up.
func TestHandshakeWithDeafPeer(t *testing.T) {
	for _, side := range sides {
		synctest.Test(t, func(t *testing.T) {
			stream, s := newScript(t)
			began := time.Now()
			_, err := conn.Open(t.Context(), stream, side, nil)
			wantIs(t, "Open", err, context.DeadlineExceeded)
			if time.Since(began) != 30*time.Second {
				t.Error(time.Since(began))
			}
			if err := s.raw("x"); !errors.Is(err, io.ErrClosedPipe) {
				t.Error("the stream is open: ", err)
			}
		})
	}
}

// There is one handshake. A further request gets a Fault, during the first and after it, and the conversation goes on.
func TestSecondHandshake(t *testing.T) {
	for _, side := range sides {
		synctest.Test(t, func(t *testing.T) {
			op, s := open(t, side, nil)
			ours := s.next()
			s.write(`{"RequestId":"h1","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
			s.next()
			s.write(`{"RequestId":"h2","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
			if m := s.next(); m.Type != protocol.TypeFault || m.RequestID != "h2" {
				t.Error(describe([]protocol.Message{m}))
			}
			s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, success2)
			c, err := op.result(t)
			if err != nil {
				t.Fatal(err)
			}
			s.write(`{"RequestId":"h3","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
			if m := s.next(); m.Type != protocol.TypeFault || m.RequestID != "h3" {
				t.Error(describe([]protocol.Message{m}))
			}
			if c.Cause() != nil {
				t.Error(c.Cause())
			}
		})
	}
}

// A request that follows the handshake at once meets a handler that knows the version and can call back.
func TestRequestsWaitForTheHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		versions := make(chan protocol.Version, 2)
		op, s := open(t, protocol.Plugin, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			versions <- r.Version()
			return found(ctx, r)
		})})
		ours := s.next()
		s.request("early", protocol.MethodPrefetchPackage, prefetchPayload)
		s.nothing()
		s.write(`{"RequestId":%q,"Type":"Response","Method":"Handshake","Payload":%s}`, ours.RequestID, success2)
		s.nothing()
		s.write(`{"RequestId":"h","Type":"Request","Method":"Handshake","Payload":%s}`, hello)
		s.request("late", protocol.MethodPrefetchPackage, prefetchPayload)
		if _, err := op.result(t); err != nil {
			t.Fatal(err)
		}
		if got := len(s.messages()); got != 3 {
			t.Errorf("%d answers", got)
		}
		for range 2 {
			if v := <-versions; v != protocol.CurrentVersion() {
				t.Error(v)
			}
		}
	})
}

// In protocol 1.0.0 what is new in 2.0.0 is refused before it is sent.
func TestCallChecksTheVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, &conn.Options{Version: protocol.MinimumVersion()})
		for _, r := range []protocol.Request{
			&protocol.GetAuthenticationCredentialsRequest{URI: "https://feed.example/"},
			&protocol.GetOperationClaimsRequest{},
		} {
			_, err := client.Call(t.Context(), r)
			wantError[*protocol.FieldError](t, r.Method().String(), err)
		}
	})
}
