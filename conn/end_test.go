package conn_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// A client's Close tells the plugin, whose handlers end; each side knows why, and for neither is it an error.
func TestCloseByClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := make(chan error, 1)
		client, plugin := pair(t, nil, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			<-ctx.Done()
			cause <- context.Cause(ctx)
			return found(ctx, r)
		})})
		call := start(t, client.Call, t.Context(), prefetch("a"))
		client.Close()
		client.Close()
		_, err := call.result()
		wantIs(t, "the call", wantError[*conn.ClosedError](t, "the call", err), conn.ErrClosed)
		if err := errors.Join(client.Wait(), plugin.Wait()); err != nil || client.Cause() != conn.ErrClosed || plugin.Cause() != conn.ErrPeerClosed {
			t.Error(err, client.Cause(), plugin.Cause())
		}
		wantIs(t, "the handler's cause", <-cause, conn.ErrPeerClosed)
	})
}

// A plugin says nothing when it closes: the end of its output is the sign.
func TestCloseByPlugin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, plugin := pair(t, nil, nil)
		plugin.Close()
		if err := errors.Join(client.Wait(), plugin.Wait()); err != nil || client.Cause() != io.EOF || plugin.Cause() != conn.ErrClosed {
			t.Error(err, client.Cause(), plugin.Cause())
		}
	})
}

// The wire of a client's Close: one message without payload, then the end of the stream. Of a plugin's: the end alone.
func TestCloseOnTheWire(t *testing.T) {
	for _, side := range sides {
		synctest.Test(t, func(t *testing.T) {
			c, s := connect(t, side, nil)
			c.Close()
			all := s.messages()
			if side == protocol.Plugin && len(all) != 0 {
				t.Error(describe(all))
			}
			if side == protocol.Client && (len(all) != 1 || all[0].Type != protocol.TypeRequest || all[0].Method != protocol.MethodClose || all[0].Payload != nil) {
				t.Error(describe(all))
			}
			if s.err != io.EOF {
				t.Error(s.err)
			}
		})
	}
}

// The Close to a peer that does not read is given up after two seconds, whether or not something is stuck before it.
func TestCloseToPeerThatDoesNotRead(t *testing.T) {
	for _, stuck := range []bool{false, true} {
		for _, side := range sides {
			synctest.Test(t, func(t *testing.T) {
				c, _ := connectDeaf(t, side, nil)
				var call *pending
				if stuck && side == protocol.Client {
					call = start(t, c.Call, t.Context(), prefetch("a"))
				} else if stuck {
					call = start(t, c.Call, t.Context(), serviceIndex("a"))
				}
				began := time.Now()
				c.Close()
				if call != nil && !call.over() {
					t.Error("the call outlives Close")
				}
				err, want := c.Wait(), time.Duration(0)
				if side == protocol.Client {
					want = 2 * time.Second
				}
				if took := time.Since(began); err != nil || took != want {
					t.Error(side, err, took)
				}
			})
		}
	}
}

// A plugin that is told to close cancels its work and answers nothing.
func TestPeerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, untilCancelled)})
		s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
		call := start(t, plugin.Call, t.Context(), serviceIndex("x"))
		s.next()
		s.write(`{"RequestId":"z","Type":"Request","Method":"Close"}`)
		_, err := call.result()
		wantIs(t, "the call", err, conn.ErrPeerClosed)
		if err := plugin.Wait(); err != nil {
			t.Error(err)
		}
		s.nothing()
	})
}

// The end of input ends both sides at once, with work in flight cancelled. It is clean if no call of ours waited.
func TestEndOfInput(t *testing.T) {
	for _, side := range sides {
		for _, waiting := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				var cause error
				stopped := func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
					<-ctx.Done()
					cause = context.Cause(ctx)
					return nil, nil
				}
				c, s := connect(t, side, &conn.Options{Handlers: map[protocol.Method]conn.Handler{
					protocol.MethodPrefetchPackage: stopped, protocol.MethodGetServiceIndex: stopped,
				}})
				var request protocol.Request = prefetch("a")
				if side == protocol.Plugin {
					request = serviceIndex("a")
					s.request("r", protocol.MethodPrefetchPackage, prefetchPayload)
				} else {
					s.request("r", protocol.MethodGetServiceIndex, indexPayload)
				}
				began := time.Now()
				var call *pending
				if waiting {
					call = start(t, c.Call, t.Context(), request)
				}
				s.stopWriting()
				if waiting {
					_, err := call.result()
					wantIs(t, "the call", wantError[*conn.ClosedError](t, "the call", err), io.EOF)
				}
				if err := c.Wait(); (err != nil) != waiting || c.Cause() != io.EOF || cause != io.EOF || time.Since(began) != 0 {
					t.Error(err, c.Cause(), cause, time.Since(began))
				}
			})
		}
	}
}

// A stream that ends inside a message is no clean end.
func TestCutMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		_ = s.raw(`{"RequestId":"a","Type":"Requ`)
		s.stopWriting()
		wantIs(t, "the end", client.Wait(), io.ErrUnexpectedEOF)
	})
}

// An hour without a message ends what has an idle time-out, if nothing is in flight; only received messages count.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, &conn.Options{IdleTimeout: time.Minute, Handlers: handlers(protocol.MethodGetServiceIndex, noIndex)})
		began := time.Now()
		for range 3 { // a message from the peer restarts the time
			time.Sleep(59 * time.Second)
			s.request("a", protocol.MethodGetServiceIndex, indexPayload)
			s.next()
		}
		if err := client.Wait(); err != nil || client.Cause() != conn.ErrIdle || time.Since(began) != 237*time.Second {
			t.Error(err, client.Cause(), time.Since(began))
		}
		if m := s.next(); m.Method != protocol.MethodClose {
			t.Error(describe([]protocol.Message{m}))
		}
	})
}

// What is in flight in either direction keeps an idle conversation alive, however silent.
func TestIdleSparesWorkInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, &conn.Options{IdleTimeout: time.Minute, RequestTimeout: 24 * time.Hour,
			Handlers: handlers(protocol.MethodGetServiceIndex, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				time.Sleep(time.Hour + 30*time.Second)
				return noIndex(ctx, r)
			})})
		call := start(t, client.Call, t.Context(), prefetch("a"))
		asked := s.next()
		time.Sleep(time.Hour + 10*time.Second)
		s.answer(asked, protocol.CodeSuccess)
		if _, err := call.result(); err != nil {
			t.Error(err)
		}
		s.request("a", protocol.MethodGetServiceIndex, indexPayload)
		time.Sleep(time.Hour + 31*time.Second)
		if m := s.next(); m.RequestID != "a" {
			t.Error(describe([]protocol.Message{m}))
		}
		<-client.Done()
		wantIs(t, "the end", client.Cause(), conn.ErrIdle)
	})
}

// Without an idle time-out a conversation costs nothing and lasts.
func TestNeverIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, plugin := pair(t, nil, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, found)})
		time.Sleep(1000 * time.Hour)
		if _, err := client.Call(t.Context(), prefetch("a")); err != nil || plugin.Cause() != nil {
			t.Error(err, plugin.Cause())
		}
	})
}

// After the end what still comes is read and has no effect.
func TestMessagesAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := new(recorder)
		client, s := connectDeaf(t, protocol.Client, &conn.Options{Observer: record.observe})
		client.Close() // whose message is stuck for two seconds
		s.request("a", protocol.MethodGetServiceIndex, indexPayload)
		_ = client.Wait()
		if got := record.dropped(); len(got) != 1 || got[0] != "the connection has ended" {
			t.Error(got)
		}
	})
}

// Every message that passes is observed, the handshake and the Close included, and none after Wait.
func TestObserverSeesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := new(recorder), new(recorder)
		client, plugin := pair(t, &conn.Options{Observer: here.observe}, &conn.Options{Observer: there.observe, ProgressInterval: time.Second, Handlers: handlers(protocol.MethodPrefetchPackage, sleepThenFind)})
		for range 5 {
			if _, err := client.Call(t.Context(), prefetch("a")); err != nil {
				t.Error(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, _ = client.Call(ctx, prefetch("a"))
		client.Close()
		_, _ = client.Wait(), plugin.Wait()
		a, b := here.all(), there.all()
		count := map[protocol.MessageType]int{}
		for _, e := range a {
			if e.Sent {
				count[e.Message.Type]++
			}
		}
		for _, e := range b {
			if !e.Sent {
				count[e.Message.Type]--
			}
		}
		for kind, n := range count {
			if n != 0 {
				t.Errorf("%s: %d more were sent than received", kind, n)
			}
		}
		synctest.Wait()
		if len(a) != len(here.all()) || len(b) != len(there.all()) {
			t.Error("something came after Wait")
		}
	})
}

// The Observer has seen an answer before the caller has it.
func TestObserverComesBeforeTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := new(recorder)
		client, _ := pair(t, &conn.Options{Observer: record.observe}, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, found)})
		for i := range 500 {
			if _, err := client.Call(t.Context(), prefetch("a")); err != nil {
				t.Fatal(err)
			}
			if all := record.all(); all[len(all)-1].Message.Type != protocol.TypeResponse {
				t.Fatalf("call %d returned before its answer was observed", i)
			}
		}
	})
}
