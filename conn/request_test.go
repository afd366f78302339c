package conn_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// sleepThenFind works for a second.
func sleepThenFind(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	time.Sleep(time.Second)
	return found(ctx, r)
}

func TestRequestsRunInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, &conn.Options{MaxParallel: 4, Handlers: handlers(protocol.MethodPrefetchPackage, sleepThenFind)})
		var took []time.Duration
		var calls []*pending
		for i := range 10 {
			calls = append(calls, start(t, client.Call, t.Context(), prefetch(fmt.Sprint(i))))
		}
		for _, call := range calls {
			if _, err := call.result(); err != nil {
				t.Fatal(err)
			}
			took = append(took, call.took/time.Second)
		}
		if diff := cmp.Diff([]time.Duration{1, 1, 1, 1, 2, 2, 2, 2, 3, 3}, took); diff != "" {
			t.Error(diff)
		}
	})
}

// With every handler at work and the queue full, the reader still reads: further requests get a Fault, answers to our
// calls arrive, and cancels work.
func TestReaderNeverWaitsForHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, &conn.Options{MaxParallel: 2, MaxQueued: 3, Handlers: handlers(protocol.MethodPrefetchPackage, untilCancelled)})
		for i := range 7 {
			s.request(fmt.Sprintf("c%d", i), protocol.MethodPrefetchPackage, prefetchPayload)
		}
		var refused []string
		for _, m := range s.messages() {
			if m.Type != protocol.TypeFault {
				t.Error(describe([]protocol.Message{m}))
			}
			refused = append(refused, m.RequestID)
		}
		if diff := cmp.Diff([]string{"c5", "c6"}, refused); diff != "" {
			t.Error(diff)
		}
		if _, requests := plugin.InFlight(); requests != 5 {
			t.Error(requests)
		}
		call := start(t, plugin.Call, t.Context(), serviceIndex("x"))
		s.answer(s.next(), protocol.CodeNotFound)
		if _, err := call.result(); err != nil {
			t.Error(err)
		}
		for i := range 5 { // two handlers stop, and each makes room for one that then stops too
			s.write(`{"RequestId":"c%d","Type":"Cancel","Method":"PrefetchPackage"}`, i)
			synctest.Wait()
		}
		var stopped []string
		for _, m := range s.messages() {
			if m.Type != protocol.TypeCancel {
				t.Error(describe([]protocol.Message{m}))
			}
			stopped = append(stopped, m.RequestID)
		}
		if slices.Sort(stopped); !slices.Equal(stopped, []string{"c0", "c1", "c2", "c3", "c4"}) {
			t.Error(stopped)
		}
	})
}

// A request that is cancelled before a handler has it is forgotten without an answer.
func TestCancelOfQueuedRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		plugin, s := connect(t, protocol.Plugin, &conn.Options{MaxParallel: 1, ProgressInterval: time.Second, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			ran++
			time.Sleep(500 * time.Millisecond)
			return found(ctx, r)
		})})
		s.request("first", protocol.MethodPrefetchPackage, prefetchPayload)
		s.request("second", protocol.MethodPrefetchPackage, prefetchPayload)
		s.write(`{"RequestId":"second","Type":"Cancel","Method":"PrefetchPackage"}`)
		synctest.Wait()
		if _, requests := plugin.InFlight(); requests != 1 {
			t.Error(requests)
		}
		time.Sleep(time.Minute)
		if m := s.next(); m.RequestID != "first" || m.Type != protocol.TypeResponse || ran != 1 {
			t.Error(ran, describe([]protocol.Message{m}))
		}
	})
}

// What a handler makes of a cancel decides what the peer gets: an error becomes a Cancel, a response stays one.
func TestCancelOfRunningRequest(t *testing.T) {
	for _, test := range []struct {
		name    string
		handler conn.Handler
		want    protocol.MessageType
	}{
		{"stops", untilCancelled, protocol.TypeCancel},
		{"stops with an error of its own", func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
			<-ctx.Done()
			return nil, errors.New("interrupted")
		}, protocol.TypeCancel},
		{"finishes", func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			<-ctx.Done()
			return found(ctx, r)
		}, protocol.TypeResponse},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cause error
				record := new(recorder)
				_, s := connect(t, protocol.Plugin, &conn.Options{Observer: record.observe, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
					response, err := test.handler(ctx, r)
					cause = context.Cause(ctx)
					return response, err
				})})
				s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
				s.nothing()
				s.write(`{"RequestId":"a","Type":"Cancel","Method":"PrefetchPackage"}`)
				if m := s.next(); m.Type != test.want || m.RequestID != "a" || m.Method != protocol.MethodPrefetchPackage {
					t.Error(describe([]protocol.Message{m}))
				}
				wantIs(t, "the handler's cause", cause, conn.ErrCanceledByPeer)
				s.write(`{"RequestId":"a","Type":"Cancel","Method":"PrefetchPackage"}`) // for a request that is done
				s.nothing()
				if len(record.dropped()) != 1 {
					t.Error(record.dropped())
				}
			})
		})
	}
}

// A second request with the id of one that is being handled, or waits, has no effect: the peer gets one answer.
func TestDuplicateRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := 0
		record := new(recorder)
		_, s := connect(t, protocol.Plugin, &conn.Options{MaxParallel: 1, Observer: record.observe, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			ran++
			return sleepThenFind(ctx, r)
		})})
		for _, id := range []string{"a", "b", "a", "b"} {
			s.request(id, protocol.MethodPrefetchPackage, prefetchPayload)
		}
		time.Sleep(time.Minute)
		if got := len(s.messages()); got != 2 || ran != 2 || len(record.dropped()) != 2 {
			t.Error(got, ran, record.dropped())
		}
	})
}

// An id may come again as soon as its answer can be read.
func TestIDMayComeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := connectDeaf(t, protocol.Plugin, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, found)})
		for i := range 2000 {
			s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
			if m := s.read(); m.Type != protocol.TypeResponse {
				t.Fatal(i, describe([]protocol.Message{m}))
			}
		}
	})
}

// Log lines are handled in order, one at a time, while other requests run beside them and overtake them.
func TestLogKeepsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines, want []string
		logging := 0
		_, s := connect(t, protocol.Client, &conn.Options{Handlers: map[protocol.Method]conn.Handler{
			protocol.MethodGetServiceIndex: noIndex,
			protocol.MethodLog: func(_ context.Context, r *conn.Request) (protocol.Response, error) {
				if logging++; logging != 1 {
					t.Error("two at a time")
				}
				line := r.Payload.(*protocol.LogRequest).Message
				time.Sleep(time.Duration(100-len(lines)) * time.Millisecond)
				lines = append(lines, line)
				logging--
				return &protocol.LogResponse{ResponseCode: protocol.CodeSuccess}, nil
			},
		}})
		for i := range 50 {
			want = append(want, fmt.Sprint(i))
			s.request(fmt.Sprintf("log%d", i), protocol.MethodLog, fmt.Sprintf(`{"LogLevel":"Minimal","Message":"%d"}`, i))
		}
		s.request("other", protocol.MethodGetServiceIndex, indexPayload)
		if m := s.next(); m.RequestID != "other" {
			t.Error(describe([]protocol.Message{m}))
		}
		time.Sleep(time.Minute)
		for i, m := range s.messages() {
			if m.RequestID != fmt.Sprintf("log%d", i) {
				t.Error(i, m.RequestID)
			}
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Error(diff)
		}
	})
}

// A line below the level, and one that came too early, are the handler's to answer, with Error and with a Fault.
func TestLogAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		level := protocol.LogLevel(-1)
		_, plugin := pair(t, &conn.Options{Handlers: handlers(protocol.MethodLog, func(_ context.Context, r *conn.Request) (protocol.Response, error) {
			switch line := r.Payload.(*protocol.LogRequest); {
			case level < 0:
				return nil, errors.New("no level is set")
			case line.LogLevel < level:
				return &protocol.LogResponse{ResponseCode: protocol.CodeError}, nil
			}
			return &protocol.LogResponse{ResponseCode: protocol.CodeSuccess}, nil
		})}, nil)
		line := &protocol.LogRequest{LogLevel: protocol.LevelDebug, Message: "x"}
		_, err := plugin.Call(t.Context(), line)
		wantError[*conn.FaultError](t, "before SetLogLevel", err)
		level = protocol.LevelMinimal
		if r, err := conn.Call[*protocol.LogResponse](t.Context(), plugin, line); err != nil || r.ResponseCode != protocol.CodeError {
			t.Error(r, err)
		}
		level = protocol.LevelDebug
		if r, err := conn.Call[*protocol.LogResponse](t.Context(), plugin, line); err != nil || r.ResponseCode != protocol.CodeSuccess {
			t.Error(r, err)
		}
	})
}

// What a handler must not answer with becomes a Fault, which names the fault of the handler.
func TestAnswersThatBecomeFaults(t *testing.T) {
	for name, test := range map[string]struct {
		response protocol.Response
		err      error
		want     string
	}{
		"error":            {nil, errors.New("no luck"), "no luck"},
		"error of nothing": {nil, errors.New(""), "unknown error"},
		"broken response":  {&protocol.PrefetchPackageResponse{ResponseCode: 9}, nil, "invalid Response message for PrefetchPackage: ResponseCode is not a defined value"},
		"another response": {&protocol.InitializeResponse{}, nil, "the handler of PrefetchPackage returned a response for Initialize"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, s := connect(t, protocol.Plugin, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(context.Context, *conn.Request) (protocol.Response, error) {
					return test.response, test.err
				})})
				s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
				if m := s.next(); m.Type != protocol.TypeFault || m.RequestID != "a" || field(t, m.Payload, "Message") != test.want {
					t.Error(describe([]protocol.Message{m}))
				}
			})
		})
	}
}

// A peer that sends requests and reads none of the Faults is cut off before they fill memory.
func TestFaultsForPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connectDeaf(t, protocol.Plugin, nil)
		sent := 0
		for s.raw(fmt.Sprintf(`{"RequestId":"c%d","Type":"Request","Method":"PrefetchPackage","Payload":%s}`+"\n", sent, prefetchPayload)) == nil {
			if sent++; sent > 20_000 {
				t.Fatal("never cut off")
			}
		}
		wantError[*conn.ViolationError](t, "the end", plugin.Wait())
	})
}

// Queued requests are forgotten when the conversation ends.
func TestQueueEndsWithTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, &conn.Options{MaxParallel: 1, ProgressInterval: time.Second, Handlers: handlers(protocol.MethodPrefetchPackage, untilCancelled)})
		for i := range 5 {
			s.request(fmt.Sprint(i), protocol.MethodPrefetchPackage, prefetchPayload)
		}
		synctest.Wait()
		if _, requests := plugin.InFlight(); requests != 5 {
			t.Error(requests)
		}
		plugin.Close()
		_ = plugin.Wait()
		if _, requests := plugin.InFlight(); requests != 0 {
			t.Error(requests)
		}
		s.nothing()
	})
}

// A burst of requests over the limit breaks nothing: all of them get a Fault, however small the queue.
func TestBurstOverTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plugin, s := connect(t, protocol.Plugin, &conn.Options{MaxParallel: 1, MaxQueued: 1, Handlers: handlers(protocol.MethodPrefetchPackage, sleepThenFind)})
		for i := range 500 {
			s.request(fmt.Sprint(i), protocol.MethodPrefetchPackage, prefetchPayload)
		}
		if got := len(s.messages()); got != 498 || plugin.Cause() != nil {
			t.Error(got, plugin.Cause())
		}
		time.Sleep(time.Minute)
		if got := len(s.messages()); got != 2 {
			t.Error(got)
		}
	})
}
