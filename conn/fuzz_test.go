package conn_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// FuzzConversation lets two peers talk as the input says: calls both ways, handlers that answer, fail, report, call back,
// wait or close, cancels, time that passes, and an end at any point. synctest finds deadlocks and goroutines that stay;
// the books of what passed on the wire find answers that were lost or given twice.
func FuzzConversation(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte("\x01\x01\x01\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x04\x09"))
	f.Add([]byte("\x01\x00\x02\x01\x00\x03\x00\x04\x00\x05\x03\x00\x03\x01\x04\x20\x01\x01\x02\x00\x06\x00"))
	f.Add([]byte("\x00\x00\x01\x00\x00\x04\x00\x04\x00\x04\x00\x04\x00\x04\x00\x04\x04\x02\x03\x01\x03\x02\x04\x05"))
	f.Add([]byte("\x02\x02\x03\x02\x00\x07\x01\x02\x04\x03\x00\x08\x02\x01\x02\x02"))
	f.Add([]byte("\x01\x02\x02\x00\x00\x04\x01\x05\x05\x00\x00\x01"))
	f.Add([]byte("\x01\x02\x02\x42\x00\x06\x08\x03\x08\x04\x00\x05\x08\x00\x04\x05\x03\x01\x0f\x41\x04\x06\x0e\x40"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4 && len(data) < 200 {
			synctest.Test(t, func(t *testing.T) { converse(t, data) })
		}
	})
}

// world is one run of the fuzz target.
type world struct {
	t     *testing.T
	peers [2]*conn.Conn // by side
	books [2]recorder
	cut   atomic.Bool // somebody closed

	mu    sync.Mutex
	calls []*fuzzCall
	done  sync.WaitGroup
}

type fuzzCall struct {
	side   protocol.Side
	name   string // unique, and in the payload
	cancel context.CancelFunc
	err    error
}

// What handlers do, named in the request's payload.
var behaviours = []string{"answer", "nothing", "fail", "slow", "wait", "report", "back", "ignore", "close"}

func converse(t *testing.T, data []byte) {
	w := &world{t: t}
	options := func(side protocol.Side) *conn.Options {
		method, idle := protocol.MethodPrefetchPackage, time.Duration(0)
		if side == protocol.Client {
			method, idle = protocol.MethodGetServiceIndex, time.Duration(data[3]/64)*time.Minute
		}
		return &conn.Options{
			MaxParallel: 1 + int(data[0]%3), MaxQueued: 1 + int(data[1]%4), ProgressInterval: time.Duration(data[2]%4) * time.Second,
			RequestTimeout: time.Duration(1+data[3]%5) * time.Second, IdleTimeout: idle,
			Observer: w.books[side].observe,
			Handlers: map[protocol.Method]conn.Handler{
				method:             func(ctx context.Context, r *conn.Request) (protocol.Response, error) { return w.handle(ctx, side, r) },
				protocol.MethodLog: func(context.Context, *conn.Request) (protocol.Response, error) { return &protocol.LogResponse{}, nil },
			},
		}
	}
	client, plugin := pair(t, options(protocol.Client), options(protocol.Plugin))
	w.peers = [2]*conn.Conn{client, plugin}
	for program := data[4:]; len(program) >= 2; program = program[2:] {
		w.step(program[0], int(program[1]))
		if program[1]&0x80 != 0 { // otherwise the next step races with this one
			synctest.Wait()
		}
	}
	if err := client.Shutdown(context.Background()); err != nil {
		t.Error("Shutdown: ", err)
	}
	w.done.Wait()
	for side, c := range w.peers {
		if err := c.Wait(); err != nil && !w.cut.Load() {
			t.Errorf("%s: %v", protocol.Side(side), err)
		}
		if calls, requests := c.InFlight(); calls+requests != 0 {
			t.Errorf("%s: in flight: %d calls, %d requests", protocol.Side(side), calls, requests)
		}
	}
	w.audit()
}

func (w *world) step(verb byte, n int) {
	side := protocol.Side(verb >> 3 & 1)
	switch verb % 8 {
	case 0, 1:
		w.call(side, behaviours[n&0x7f%len(behaviours)])
	case 2:
		w.done.Go(func() {
			_ = w.peers[protocol.Plugin].Post(context.Background(), &protocol.LogRequest{Message: fmt.Sprint(n)})
		})
	case 3:
		w.mu.Lock()
		if len(w.calls) > 0 {
			w.calls[n%len(w.calls)].cancel()
		}
		w.mu.Unlock()
	case 4:
		time.Sleep(time.Duration(n&0x7f) * 250 * time.Millisecond)
	case 5: // a method without a handler
		w.done.Go(func() {
			_, _ = w.peers[protocol.Client].Call(context.Background(), &protocol.SetLogLevelRequest{})
		})
	case 6:
		if n&0x40 != 0 {
			w.cut.Store(true)
			w.done.Go(w.peers[side].Close)
		}
	case 7:
		if n&0x40 != 0 {
			w.cut.Store(true) // if the time does not suffice
			w.done.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(n&0x3f)*time.Second)
				defer cancel()
				_ = w.peers[side].Shutdown(ctx)
			})
		}
	}
}

func (w *world) call(side protocol.Side, behaviour string) {
	ctx, cancel := context.WithCancel(context.Background())
	w.mu.Lock()
	call := &fuzzCall{side: side, name: fmt.Sprintf("%s-%d!", behaviour, len(w.calls)), cancel: cancel}
	w.calls = append(w.calls, call)
	w.mu.Unlock()
	w.done.Go(func() {
		defer cancel()
		var request protocol.Request = prefetch(call.name)
		if side == protocol.Plugin {
			request = serviceIndex(call.name)
		}
		_, call.err = w.peers[side].Call(ctx, request)
	})
}

func (w *world) handle(ctx context.Context, side protocol.Side, r *conn.Request) (protocol.Response, error) {
	name := ""
	switch p := r.Payload.(type) {
	case *protocol.PrefetchPackageRequest:
		name = p.PackageID
	case *protocol.GetServiceIndexRequest:
		name = p.PackageSourceRepository
	}
	behaviour, _, _ := strings.Cut(name, "-")
	switch behaviour {
	case "nothing":
		return nil, nil
	case "fail":
		return nil, errors.New("failed")
	case "slow":
		time.Sleep(1500 * time.Millisecond)
	case "ignore":
		time.Sleep(20 * time.Second)
	case "wait":
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Minute):
		}
	case "report":
		for range 3 {
			_ = r.Progress(ctx, protocol.Progress{Percentage: new(0.5)})
			time.Sleep(time.Second)
		}
		go func() { _ = r.Progress(context.Background(), protocol.Progress{}) }()
	case "back":
		if side == protocol.Plugin { // a client that calls back could wait for its own queue
			_, _ = r.Call(ctx, serviceIndex("slow-back"))
		}
	case "close":
		if len(name)%2 == 0 {
			w.cut.Store(true)
			w.peers[side].Close()
		}
	}
	if side == protocol.Plugin {
		return found(ctx, r)
	}
	return noIndex(ctx, r)
}

// audit compares what each side sent, what the other received and what became of the calls.
func (w *world) audit() {
	for _, side := range sides {
		w.auditStream(w.books[side].all(), w.books[side.Other()].all())
		w.auditAnswers(side, w.books[side].all())
	}
	for _, call := range w.calls {
		w.auditCall(call)
	}
}

// auditStream: what arrives is what was sent, in order, but for an end that was cut.
func (w *world) auditStream(here, there []conn.Event) {
	var sent, received []string
	for _, e := range here {
		if e.Sent {
			sent = append(sent, e.Message.RequestID+e.Message.Type.String())
		}
	}
	for _, e := range there {
		if !e.Sent {
			received = append(received, e.Message.RequestID+e.Message.Type.String())
		}
	}
	for i, m := range received {
		if i >= len(sent) || sent[i] != m {
			w.t.Fatalf("message %d was received and not sent: %s", i, m)
		}
	}
}

// auditAnswers: every request that was taken gets one answer, and nothing follows it. The client is who shuts down, so only
// the plugin can be cut off in work that nobody waits for.
func (w *world) auditAnswers(side protocol.Side, here []conn.Event) {
	const waits, cancelled, over = 1, 2, 3
	requests := map[string]int{}
	for _, e := range here {
		id, now := e.Message.RequestID, requests[e.Message.RequestID]
		switch kind := e.Message.Type; {
		case !e.Sent && e.Dropped == "" && kind == protocol.TypeRequest && e.Message.Method != protocol.MethodClose:
			requests[id] = waits
		case !e.Sent && kind == protocol.TypeCancel && now == waits:
			requests[id] = cancelled // and may have been forgotten
		case e.Sent && now == 0 && kind == protocol.TypeFault:
			w.t.Errorf("a Fault that belongs to no request: %s", e.Message.Payload)
		case !e.Sent || now == 0: // about a call of ours
		case now == over:
			w.t.Fatalf("%s after the answer to %s", kind, id)
		case kind != protocol.TypeProgress:
			requests[id] = over
		}
	}
	for id, state := range requests {
		if state == waits && side == protocol.Client && !w.cut.Load() {
			w.t.Errorf("no answer to %s", id)
		}
	}
}

// auditCall: an answer that arrived while the call waited is what the caller got.
func (w *world) auditCall(call *fuzzCall) {
	id, answers := "", 0
	for _, e := range w.books[call.side].all() {
		switch {
		case e.Sent && e.Message.Type == protocol.TypeRequest && strings.Contains(string(e.Message.Payload), `"`+call.name+`"`):
			id = e.Message.RequestID
		case e.Sent || e.Message.RequestID != id || e.Dropped != "" || e.Message.Type == protocol.TypeProgress:
		case e.Message.Type == protocol.TypeResponse && call.err != nil,
			e.Message.Type == protocol.TypeCancel && !errors.Is(call.err, conn.ErrCanceledByPeer):
			w.t.Errorf("%s %s was answered with a %s and got %v", call.side, call.name, e.Message.Type, call.err)
		case e.Message.Type == protocol.TypeFault:
			wantError[*conn.FaultError](w.t, call.name, call.err)
			answers++
		default:
			answers++
		}
	}
	if call.err == nil && answers != 1 {
		w.t.Errorf("%s %s got %d answers", call.side, call.name, answers)
	}
	if _, ended := errors.AsType[*conn.ClosedError](call.err); ended && id != "" && !w.cut.Load() && call.side == protocol.Client {
		w.t.Errorf("%s was lost in a shutdown: %v", call.name, call.err)
	}
}
