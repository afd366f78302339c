package conn_test

// The faults that were found in other connections of this kind, each as the test that found it.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// Readers that write their own answers wait for each other for ever when neither stream has a buffer.
func TestBothCallUnknownMethodsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, plugin := pair(t, nil, nil)
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				_, err := client.Call(t.Context(), prefetch(fmt.Sprint(i)))
				wantError[*conn.FaultError](t, "client's call", err)
			})
			all.Go(func() {
				_, err := plugin.Call(t.Context(), serviceIndex(fmt.Sprint(i)))
				wantError[*conn.FaultError](t, "plugin's call", err)
			})
		}
		all.Wait()
	})
}

// A handler that calls back must not be what its own call waits for.
func TestHandlerThatCallsBackSeesTheEnd(t *testing.T) {
	soon := func(c *conn.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := c.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			panic(err)
		}
	}
	ends := map[string]func(client, plugin *conn.Conn){
		"plugin closes":     func(_, plugin *conn.Conn) { plugin.Close() },
		"client closes":     func(client, _ *conn.Conn) { client.Close() },
		"plugin shuts down": func(_, plugin *conn.Conn) { soon(plugin) },
		"client shuts down": func(client, _ *conn.Conn) { soon(client) },
		"both close":        func(client, plugin *conn.Conn) { go client.Close(); plugin.Close() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				called := make(chan error, 1)
				client, plugin := pair(t,
					&conn.Options{Handlers: handlers(protocol.MethodGetServiceIndex, untilCancelled), RequestTimeout: time.Hour},
					&conn.Options{RequestTimeout: time.Hour, Handlers: handlers(protocol.MethodPrefetchPackage, func(_ context.Context, r *conn.Request) (protocol.Response, error) {
						_, err := r.Call(context.Background(), serviceIndex("x"))
						called <- err
						return nil, err
					})})
				call := start(t, client.Call, t.Context(), prefetch("a"))
				end(client, plugin)
				wantError[*conn.ClosedError](t, "the call back", <-called)
				_, err := call.result()
				wantError[*conn.ClosedError](t, "the call", err)
				_, _ = client.Wait(), plugin.Wait()
			})
		})
	}
}

// A handler may end its own conversation.
func TestHandlerMayClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plugin *conn.Conn
		client, plugin := pair(t, nil, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			plugin.Close()
			return found(ctx, r)
		})})
		_, err := client.Call(t.Context(), prefetch("a"))
		wantError[*conn.ClosedError](t, "the call", err)
		if err := plugin.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// Shutdown refuses new work and still writes the answers to old work, the calls that handlers make for it included.
func TestShutdownKeepsAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, plugin := pair(t,
			&conn.Options{Handlers: handlers(protocol.MethodGetServiceIndex, noIndex)},
			&conn.Options{MaxParallel: 2, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				time.Sleep(5 * time.Second)
				if _, err := r.Call(ctx, serviceIndex("x")); err != nil {
					return nil, err
				}
				return found(ctx, r)
			})})
		var calls []*pending
		for i := range 5 { // three of them queue
			calls = append(calls, start(t, client.Call, t.Context(), prefetch(fmt.Sprint(i))))
		}
		down := make(chan error)
		go func() { down <- plugin.Shutdown(t.Context()) }()
		synctest.Wait()
		_, err := plugin.Call(t.Context(), serviceIndex("new"))
		wantIs(t, "a new call", err, conn.ErrShuttingDown)
		for i, call := range calls {
			if _, err := call.result(); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if err := plugin.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// The calls of the side that shuts down are answered as well, and Faults for requests without a handler go out.
func TestShutdownKeepsCallsAndFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		call := start(t, client.Call, t.Context(), prefetch("a"))
		asked := s.next()
		down := make(chan error)
		go func() { down <- client.Shutdown(t.Context()) }()
		s.request("p1", protocol.MethodGetServiceIndex, indexPayload)
		if m := s.next(); m.Type != protocol.TypeFault || m.RequestID != "p1" {
			t.Error(describe([]protocol.Message{m}))
		}
		s.answer(asked, protocol.CodeSuccess)
		if _, err := call.result(); err != nil {
			t.Error(err)
		}
		if err := <-down; err != nil {
			t.Error(err)
		}
		if m := s.next(); m.Method != protocol.MethodClose {
			t.Error("a client says Close at the end; came ", describe([]protocol.Message{m}))
		}
	})
}

// Shutdown takes no longer than its context, even with a peer that never answers.
func TestShutdownGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, &conn.Options{RequestTimeout: time.Hour})
		call := start(t, client.Call, t.Context(), prefetch("a"))
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		wantIs(t, "Shutdown", client.Shutdown(ctx), context.DeadlineExceeded)
		_, err := call.result()
		wantError[*conn.ClosedError](t, "the call", err)
		if err := client.Wait(); err != nil || time.Since(began) != 5*time.Second {
			t.Error(err, time.Since(began))
		}
		s.all()
	})
}

// With nothing in flight a context that is over makes no difference: there is nothing to cut.
func TestShutdownOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 {
			client, _ := connect(t, protocol.Client, nil)
			if err := client.Shutdown(ctx); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A Fault that cannot be written does not keep Shutdown from its end.
func TestShutdownAfterUnwritableFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connectDeaf(t, protocol.Plugin, nil)
		s.request("c1", protocol.MethodPrefetchPackage, prefetchPayload)
		s.stopReading()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := plugin.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
}

// A line that does not end must not decide how much memory is used.
func TestLineLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, &conn.Options{MaxLine: 1000})
		chunk, written := strings.Repeat("x", 100), 0
		for s.raw(chunk) == nil {
			written += len(chunk)
		}
		if err := client.Wait(); wantError[*protocol.LineTooLongError](t, "the end", err).Limit != 1000 {
			t.Error(err)
		}
		if written > 20_000 {
			t.Errorf("%d bytes of the line were read", written)
		}
	})
}

// What is too long for us to send fails alone: a call with an error, an answer as a Fault.
func TestLineLimitOfOurOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, plugin := pair(t, nil, &conn.Options{MaxLine: 1000,
			Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				if name := r.Payload.(*protocol.PrefetchPackageRequest).PackageID; name == "long error" {
					return nil, errors.New(strings.Repeat("x", 2000))
				} else if name == "short" {
					return found(ctx, r)
				}
				return &protocol.PrefetchPackageResponse{ResponseCode: protocol.CodeSuccess}, nil
			})})
		_, err := plugin.Call(t.Context(), serviceIndex(strings.Repeat("x", 2000)))
		wantError[*protocol.LineTooLongError](t, "a long call", err)
		wantError[*protocol.LineTooLongError](t, "a long post", plugin.Post(t.Context(), &protocol.LogRequest{Message: strings.Repeat("x", 2000)}))
		_, err = client.Call(t.Context(), prefetch("long error"))
		if e := wantError[*conn.FaultError](t, "a long answer", err); !strings.Contains(e.Message, "1000 bytes") {
			t.Error(e)
		}
		if _, err := client.Call(t.Context(), prefetch("short")); err != nil {
			t.Error(err)
		}
	})
}

// Shutdown waits for what is being written, answers and Faults alike.
func TestShutdownWaitsForTheWrite(t *testing.T) {
	for want, has := range map[protocol.MessageType]map[protocol.Method]conn.Handler{
		protocol.TypeResponse: handlers(protocol.MethodPrefetchPackage, found),
		protocol.TypeFault:    nil,
	} {
		synctest.Test(t, func(t *testing.T) {
			plugin, s := connectDeaf(t, protocol.Plugin, &conn.Options{Handlers: has})
			s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
			synctest.Wait() // the answer is stuck
			down := make(chan error)
			go func() { down <- plugin.Shutdown(t.Context()) }()
			synctest.Wait()
			if m := s.read(); m.Type != want {
				t.Error(describe([]protocol.Message{m}))
			}
			if err := <-down; err != nil {
				t.Error(err)
			}
		})
	}
}
