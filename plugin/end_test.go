package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// TestEnds cancels the work in flight and lets Serve return when it is done, without an error: all of these are normal.
func TestEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(w *wire, cancel func())
	}{
		{"Close", func(w *wire, _ func()) { w.Close() }},
		{"the end of the input", func(w *wire, _ func()) { w.stream.Close() }},
		{"Serve's context", func(_ *wire, cancel func()) { cancel() }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := conn.Pipe()
				w := &wire{t: t, stream: ours}
				working, ended := make(chan bool), time.Time{}
				p := prefetching(func(ctx context.Context, r *plugin.PackageRequest) error {
					r.Log(protocol.LevelDebug, "this line is still to be acknowledged")
					close(working)
					<-ctx.Done()
					time.Sleep(time.Second) // to tidy up
					ended = time.Now()
					return ctx.Err()
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				served := make(chan error)
				go func() { served <- p.Serve(ctx, theirs) }()
				var err error
				// This client acknowledges no log lines in time.
				w.Conn, err = conn.Open(t.Context(), ours, protocol.Client, &conn.Options{Handlers: map[protocol.Method]conn.Handler{
					protocol.MethodLog: func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					},
				}})
				if err != nil {
					t.Fatal(err)
				}
				w.setLogLevel(protocol.LevelDebug)
				answer := make(chan error)
				go func() {
					_, err := w.Call(t.Context(), prefetch())
					answer <- err
				}()
				<-working
				synctest.Wait()
				began := time.Now()
				test.end(w, cancel)
				if err := <-served; err != nil {
					t.Errorf("Serve: %v", err)
				}
				if ended.IsZero() || time.Since(began) != time.Second {
					t.Errorf("Serve returned after %s; the function had ended: %t", time.Since(began), !ended.IsZero())
				}
				if _, closed := errors.AsType[*conn.ClosedError](<-answer); !closed {
					t.Error("the client's call was answered")
				}
				w.Close()
				_ = w.Wait()
			})
		})
	}
}

// TestBrokenConversation is one that a client would never have: Serve says what was wrong with it.
func TestBrokenConversation(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"text", "hello\n", `not a protocol message: "hello" (a line of 5 bytes)`},
		{"half a message", `{"RequestId":"1"`, "unexpected EOF"},
		{"an answer to nothing", `{"RequestId":"1","Type":"Response","Method":"Log"}` + "\n", "the peer broke the protocol"},
		{"a fault", `{"RequestId":"1","Type":"Fault","Method":"None","Payload":{"Message":"oh no"}}` + "\n", "oh no"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := conn.Pipe()
				served := make(chan error, 1)
				go func() { served <- new(plugin.Plugin).Serve(t.Context(), theirs) }()
				c, err := conn.Open(t.Context(), ours, protocol.Client, nil)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				fmt.Fprint(ours, test.line)
				ours.Close()
				err = <-served
				if err == nil {
					t.Fatal("Serve: no error")
				}
				wantText(t, "Serve", err.Error(), test.want)
				_ = c.Wait()
			})
		})
	}
}

func TestNoConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := conn.Pipe()
		ours.Close()
		if err := new(plugin.Plugin).Serve(t.Context(), theirs); !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, io.EOF) {
			t.Errorf("Serve: %v", err)
		}
	})
}

// TestOldProtocol: a client that speaks protocol 1.0.0 gets its packages.
func TestOldProtocol(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var version protocol.Version
		p := prefetching(func(_ context.Context, r *plugin.PackageRequest) error {
			version = r.Client().Protocol
			return nil
		})
		ours, theirs := conn.Pipe()
		go func() { _ = p.Serve(t.Context(), theirs) }()
		c, err := conn.Open(t.Context(), ours, protocol.Client, &conn.Options{Version: protocol.MinimumVersion()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Call(t.Context(), prefetch()); err != nil {
			t.Error(err)
		}
		if version != protocol.MinimumVersion() {
			t.Errorf("version %s", version)
		}
		c.Close()
		_ = c.Wait()
	})
}

// TestNoProcessToWatch: the plugin says so and lives on.
func TestNoProcessToWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, prefetching(func(context.Context, *plugin.PackageRequest) error { return nil }))
		for _, pid := range []int32{noProcess, 0, -1} {
			if code := codeOf(w.ask(&protocol.MonitorNuGetProcessExitRequest{ProcessID: pid})); code != protocol.CodeNotFound {
				t.Errorf("process %d: %s", pid, code)
			}
		}
		if code := codeOf(w.ask(prefetch())); code != protocol.CodeSuccess {
			t.Error(code)
		}
	})
}
