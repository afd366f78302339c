package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

func TestCallTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := new(recorder)
		client, s := connect(t, protocol.Client, &conn.Options{Observer: record.observe})
		for _, limit := range []time.Duration{30 * time.Second, 7 * time.Second} {
			if limit != conn.DefaultRequestTimeout {
				client.SetRequestTimeout(limit)
			}
			call := start(t, client.Call, t.Context(), prefetch("a"))
			asked := s.next()
			_, err := call.result()
			wantIs(t, "the call", err, context.DeadlineExceeded)
			if e := wantError[*conn.TimeoutError](t, "the call", err); call.took != limit || e.After != limit || e.Progress != 0 {
				t.Error(call.took, e)
			}
			if m := s.next(); m.Type != protocol.TypeCancel || m.RequestID != asked.RequestID || m.Method != asked.Method || m.Payload != nil {
				t.Error(describe([]protocol.Message{m}))
			}
			// Whatever comes late has no effect: C# peers break off here.
			s.write(`{"RequestId":%q,"Type":"Progress","Method":"PrefetchPackage","Payload":{}}`, asked.RequestID)
			s.write(`{"RequestId":%q,"Type":"Fault","Method":"PrefetchPackage","Payload":{"Message":"late"}}`, asked.RequestID)
			s.answer(asked, protocol.CodeSuccess)
			s.answer(asked, protocol.CodeSuccess)
			s.nothing()
		}
		if got := len(record.dropped()); got != 8 || client.Cause() != nil {
			t.Errorf("%d dropped, %v", got, client.Cause())
		}
	})
}

func TestProgressRestartsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		call := start(t, client.Call, t.Context(), prefetch("a"))
		asked := s.next()
		for _, payload := range []string{`,"Payload":{}`, `,"Payload":{"Percentage":0.5}`, "", `,"Payload":{"Percentage":null}`} {
			time.Sleep(29 * time.Second)
			s.write(`{"RequestId":%q,"Type":"Progress","Method":"PrefetchPackage"%s}`, asked.RequestID, payload)
		}
		time.Sleep(29 * time.Second)
		s.answer(asked, protocol.CodeSuccess)
		if _, err := call.result(); err != nil || call.took != 145*time.Second {
			t.Error(err, call.took)
		}

		call = start(t, client.Call, t.Context(), prefetch("b"))
		asked = s.next()
		for range 2 {
			time.Sleep(20 * time.Second)
			s.write(`{"RequestId":%q,"Type":"Progress","Method":"PrefetchPackage","Payload":{}}`, asked.RequestID)
		}
		_, err := call.result()
		if e := wantError[*conn.TimeoutError](t, "the call", err); e.Progress != 2 || call.took != 70*time.Second {
			t.Error(e, call.took)
		}
		s.next()
	})
}

// A cancelled call returns at once and tells the peer, which may say that it stopped, answer anyway or say nothing.
func TestCallCancelled(t *testing.T) {
	for name, reply := range map[string]string{
		"cancel":   `"Type":"Cancel"`,
		"response": `"Type":"Response","Payload":{"ResponseCode":"Success"}`,
		"progress": `"Type":"Progress","Payload":{}`,
		"fault":    `"Type":"Fault","Payload":{"Message":"late"}`,
		"silence":  "",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				record := new(recorder)
				client, s := connect(t, protocol.Client, &conn.Options{Observer: record.observe})
				stop := errors.New("stop")
				ctx, cancel := context.WithCancelCause(t.Context())
				call := start(t, client.Call, ctx, prefetch("a"))
				asked := s.next()
				cancel(stop)
				_, err := call.result()
				wantIs(t, "the call", err, stop)
				if m := s.next(); m.Type != protocol.TypeCancel || m.RequestID != asked.RequestID {
					t.Error(describe([]protocol.Message{m}))
				}
				if reply != "" {
					s.write(`{"RequestId":%q,"Method":"PrefetchPackage",%s}`, asked.RequestID, reply)
					s.nothing()
					if len(record.dropped()) != 1 {
						t.Error(record.dropped())
					}
				}
				time.Sleep(time.Hour)
				s.nothing()
				if client.Cause() != nil {
					t.Error(client.Cause())
				}
			})
		})
	}
}

// A Cancel that nobody asked for ends the one call; so does a Fault.
func TestCallEndedByPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		first, second, third := start(t, client.Call, t.Context(), prefetch("a")), start(t, client.Call, t.Context(), prefetch("b")), start(t, client.Call, t.Context(), prefetch("c"))
		asked := s.messages()
		s.write(`{"RequestId":%q,"Type":"Cancel","Method":"PrefetchPackage"}`, asked[0].RequestID)
		_, err := first.result()
		wantIs(t, "cancelled", err, conn.ErrCanceledByPeer)
		s.write(`{"RequestId":%q,"Type":"Fault","Method":"PrefetchPackage","Payload":{"Message":"no luck"}}`, asked[1].RequestID)
		_, err = second.result()
		if e := wantError[*conn.FaultError](t, "faulted", err); e.Message != "no luck" {
			t.Error(e)
		}
		if e := wantError[*conn.CallError](t, "faulted", err); e.Method != protocol.MethodPrefetchPackage {
			t.Error(e)
		}
		s.answer(asked[2], protocol.CodeNotFound)
		if r, err := third.result(); err != nil || r.(*protocol.PrefetchPackageResponse).ResponseCode != protocol.CodeNotFound {
			t.Error(r, err)
		}
	})
}

// Answers come in any order, and each reaches its own call.
func TestCallsAnsweredOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		var calls []*pending
		for i := range 3 {
			calls = append(calls, start(t, client.Call, t.Context(), prefetch(fmt.Sprint(i))))
		}
		asked := s.messages()
		codes := []protocol.ResponseCode{protocol.CodeSuccess, protocol.CodeError, protocol.CodeNotFound}
		for i := range slices.Backward(asked) {
			s.answer(asked[i], codes[i])
		}
		for i, call := range calls {
			if r, err := call.result(); err != nil || r.(*protocol.PrefetchPackageResponse).ResponseCode != codes[i] {
				t.Error(i, r, err)
			}
		}
	})
}

// What may not be sent is refused with nothing on the wire.
func TestCallRefusedHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, nil)
		plugin, s2 := connect(t, protocol.Plugin, nil)
		_, err := client.Call(t.Context(), serviceIndex("x"))
		wantError[*protocol.FieldError](t, "a plugin's method", err)
		_, err = plugin.Call(t.Context(), prefetch("x"))
		wantError[*protocol.FieldError](t, "a client's method", err)
		_, err = client.Call(t.Context(), prefetch(""))
		wantError[*protocol.FieldError](t, "a broken payload", err)
		wantError[*protocol.FieldError](t, "a broken payload", plugin.Post(t.Context(), &protocol.LogRequest{}))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = client.Call(ctx, prefetch("a"))
		wantIs(t, "a context that is over", err, context.Canceled)
		s.nothing()
		s2.nothing()
	})
}

// After the end a call fails at once instead of giving an empty answer.
func TestCallAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, nil)
		plugin.Close()
		_, err := plugin.Call(t.Context(), serviceIndex("x"))
		wantIs(t, "the call", wantError[*conn.ClosedError](t, "the call", err), conn.ErrClosed)
		wantError[*conn.ClosedError](t, "the post", plugin.Post(t.Context(), &protocol.LogRequest{Message: "x"}))
		s.nothing()
	})
}

// No id is used twice, by either side.
func TestIDsAreUnique(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := new(recorder)
		client, plugin := pair(t, &conn.Options{Observer: record.observe, Handlers: handlers(protocol.MethodGetServiceIndex, noIndex)},
			&conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, found)})
		for range 100 {
			_, _ = client.Call(t.Context(), prefetch("a"))
			_, _ = plugin.Call(t.Context(), serviceIndex("a"))
		}
		seen := map[string]bool{}
		for _, e := range record.all() {
			if e.Message.Type == protocol.TypeRequest {
				if seen[e.Message.RequestID] {
					t.Error("twice: ", e.Message.RequestID)
				}
				seen[e.Message.RequestID] = true
			}
		}
		if len(seen) != 202 {
			t.Error(len(seen))
		}
	})
}

// A call has the answer's type, and nil for an answer without payload.
func TestTypedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			if r.Payload.(*protocol.PrefetchPackageRequest).PackageID == "nothing" {
				return nil, nil
			}
			return found(ctx, r)
		})})
		r, err := conn.Call[*protocol.PrefetchPackageResponse](t.Context(), client, prefetch("a"))
		if err != nil || r.ResponseCode != protocol.CodeSuccess {
			t.Error(r, err)
		}
		if r, err := conn.Call[*protocol.PrefetchPackageResponse](t.Context(), client, prefetch("nothing")); r != nil || err != nil {
			t.Error(r, err)
		}
	})
}

// A peer that reads nothing holds up the bytes of the first call, and no caller longer than it wants to wait.
func TestPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connectDeaf(t, protocol.Plugin, nil)
		stuck := start(t, plugin.Call, t.Context(), serviceIndex("stuck"))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		waiting := start(t, plugin.Call, ctx, serviceIndex("waiting"))
		if _, err := waiting.result(); !errors.Is(err, context.DeadlineExceeded) || waiting.took != 5*time.Second {
			t.Error(err, waiting.took)
		}
		began := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		wantIs(t, "a post", plugin.Post(ctx, &protocol.LogRequest{Message: "x"}), context.DeadlineExceeded)
		if time.Since(began) != 6*time.Second {
			t.Error(time.Since(began))
		}
		_, err := stuck.result()
		wantError[*conn.TimeoutError](t, "the call whose bytes are stuck", err)
		if stuck.took != 30*time.Second {
			t.Error(stuck.took)
		}
		began = time.Now()
		err = plugin.Post(t.Context(), &protocol.LogRequest{Message: "y"})
		wantError[*conn.TimeoutError](t, "a post without a limit", err)
		if time.Since(began) != 30*time.Second {
			t.Error(time.Since(began))
		}
		// What nobody waits for any more is not written when the peer reads again.
		s.listen()
		if m := s.next(); field(t, m.Payload, "PackageSourceRepository") != "stuck" {
			t.Error(describe([]protocol.Message{m}))
		}
	})
}

// A call that is given up while its bytes are stuck is cancelled as soon as they are through.
func TestCancelFollowsStuckBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connectDeaf(t, protocol.Plugin, nil)
		ctx, cancel := context.WithCancel(t.Context())
		call := start(t, plugin.Call, ctx, serviceIndex("x"))
		cancel()
		_, _ = call.result()
		time.Sleep(time.Second)
		s.listen()
		all := s.messages()
		if len(all) != 2 || all[0].Type != protocol.TypeRequest || all[1].Type != protocol.TypeCancel || all[0].RequestID != all[1].RequestID {
			t.Error(describe(all))
		}
	})
}

// A write that fails is that caller's trouble; what the peer said before it died is still read.
func TestWriteToDeadPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := connect(t, protocol.Client, &conn.Options{Handlers: handlers(protocol.MethodGetServiceIndex, noIndex)})
		first := start(t, client.Call, t.Context(), prefetch("a"))
		asked := s.next()
		s.stopReading()
		for range 2 {
			_, err := client.Call(t.Context(), prefetch("b"))
			wantIs(t, "a call to the dead", err, io.ErrClosedPipe)
		}
		s.request("p", protocol.MethodGetServiceIndex, indexPayload) // its answer has nowhere to go
		s.answer(asked, protocol.CodeSuccess)
		if _, err := first.result(); err != nil {
			t.Error(err)
		}
		s.stopWriting()
		if err := client.Wait(); err != nil || client.Cause() != io.EOF {
			t.Error(err, client.Cause())
		}
	})
}

// halfWriter writes half of one message and then works again, as a pipe might that was full for a while.
type halfWriter struct {
	io.ReadWriteCloser
	fail bool
}

func (w *halfWriter) Write(b []byte) (int, error) {
	if w.fail {
		w.fail = false
		n, _ := w.ReadWriteCloser.Write(b[:len(b)/2])
		return n, errors.New("half written")
	}
	return w.ReadWriteCloser.Write(b)
}

// Nothing follows half a line.
func TestNothingFollowsHalfALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		toClient, toPlugin := conn.Pipe()
		half := &halfWriter{ReadWriteCloser: toClient}
		record := new(recorder)
		both := make(chan *conn.Conn)
		go func() {
			p, err := conn.Open(t.Context(), toPlugin, protocol.Plugin, &conn.Options{Observer: record.observe})
			if err != nil {
				t.Error(err)
			}
			both <- p
		}()
		client, err := conn.Open(t.Context(), half, protocol.Client, &conn.Options{Handlers: handlers(protocol.MethodGetServiceIndex, noIndex)})
		if err != nil {
			t.Fatal(err)
		}
		plugin := <-both
		leavesNothing(t, plugin)
		leavesNothing(t, client)
		half.fail = true
		if _, err := client.Call(t.Context(), prefetch("a")); err == nil || err.Error() != "PrefetchPackage: half written" {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = plugin.Call(ctx, serviceIndex("x"))
		wantIs(t, "a call whose answer cannot be written", err, context.DeadlineExceeded)
		client.Close() // without a Close message, which would end the half line
		wantIs(t, "the plugin's end", plugin.Wait(), io.ErrUnexpectedEOF)
	})
}

// Posts of one goroutine keep their order and do not wait for answers.
func TestPostKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, nil)
		var want, got []string
		for i := range 50 {
			want = append(want, fmt.Sprint(i))
			if err := plugin.Post(t.Context(), &protocol.LogRequest{Message: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range s.messages() {
			got = append(got, field(t, m.Payload, "Message"))
			s.answer(m, protocol.CodeError) // below the level that the client wants: no error of ours
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// A post whose answer never comes does not stay for ever.
func TestPostWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, nil)
		if err := plugin.Post(t.Context(), &protocol.LogRequest{Message: "x"}); err != nil {
			t.Fatal(err)
		}
		if calls, _ := plugin.InFlight(); calls != 1 {
			t.Error(calls)
		}
		time.Sleep(30 * time.Second)
		if all := s.messages(); len(all) != 2 || all[1].Type != protocol.TypeCancel {
			t.Error(describe(all))
		}
	})
}
