package conn_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// The first Progress comes after one interval, then one an interval, and none after the answer.
func TestProgressReporter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		record := new(recorder)
		plugin, s := connect(t, protocol.Plugin, &conn.Options{ProgressInterval: 5 * time.Second, Observer: record.observe, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			time.Sleep(17 * time.Second)
			return found(ctx, r)
		})})
		sent := func() (events []string) {
			began := time.Now()
			s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
			time.Sleep(time.Hour)
			for _, e := range record.all() {
				if e.Sent && e.Message.RequestID == "a" && !e.Time.Before(began) {
					events = append(events, fmt.Sprint(e.Time.Sub(began), " ", e.Message.Type, " ", string(e.Message.Payload)))
				}
			}
			return events
		}
		want := []string{"5s Progress {}", "10s Progress {}", "15s Progress {}", `17s Response {"ResponseCode":"Success"}`}
		if diff := cmp.Diff(want, sent()); diff != "" {
			t.Error(diff)
		}
		plugin.SetProgressInterval(16 * time.Second)
		want = []string{"16s Progress {}", `17s Response {"ResponseCode":"Success"}`}
		if diff := cmp.Diff(want, sent()); diff != "" {
			t.Error(diff)
		}
		plugin.SetProgressInterval(0)
		if diff := cmp.Diff(want[1:], sent()); diff != "" {
			t.Error(diff)
		}
	})
}

// Handlers that answer in the very moment in which a report is due, with others in the queue and a slow line: on the wire
// nothing follows an answer on its id, because C# peers break off at a Progress for a request that they have forgotten.
func TestNoProgressAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := connectDeaf(t, protocol.Plugin, &conn.Options{MaxParallel: 20, ProgressInterval: time.Millisecond, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			var late sync.WaitGroup
			late.Go(func() { _ = r.Progress(ctx, protocol.Progress{Percentage: new(0.5)}) })
			time.Sleep(time.Millisecond * time.Duration(len(r.ID)))
			go func() { _ = r.Progress(context.Background(), protocol.Progress{Percentage: new(1.0)}) }() // races with the answer
			late.Wait()
			return found(ctx, r)
		})})
		const n = 200
		go func() {
			for i := range n {
				s.request(fmt.Sprintf("%0*d", 1+i%7, i), protocol.MethodPrefetchPackage, prefetchPayload)
			}
		}()
		answered, reports := map[string]bool{}, 0
		for len(answered) < n {
			if reports%3 == 0 {
				time.Sleep(time.Millisecond)
			}
			m := s.read()
			if answered[m.RequestID] {
				t.Fatalf("%s after the answer to %s", m.Type, m.RequestID)
			}
			answered[m.RequestID] = m.Type == protocol.TypeResponse
			if m.Type == protocol.TypeProgress {
				delete(answered, m.RequestID)
				reports++
			}
		}
		if reports < n {
			t.Errorf("only %d reports", reports)
		}
		s.listen()
		time.Sleep(time.Hour)
		s.nothing()
	})
}

// A request that waits for a handler is reported on as well: the peer's patience does not know of our queue.
func TestProgressOfQueuedRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, &conn.Options{MaxParallel: 1, ProgressInterval: 10 * time.Second, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			time.Sleep(50 * time.Second)
			return found(ctx, r)
		})})
		first := start(t, client.Call, t.Context(), prefetch("a"))
		second := start(t, client.Call, t.Context(), prefetch("b"))
		_, _ = first.result()
		if _, err := second.result(); err != nil || second.took != 100*time.Second {
			t.Error(err, second.took)
		}
	})
}

// Nobody is told of progress on what the peer has cancelled.
func TestNoProgressAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := connect(t, protocol.Plugin, &conn.Options{ProgressInterval: time.Second, Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			time.Sleep(10 * time.Second)
			return found(ctx, r)
		})})
		s.request("a", protocol.MethodPrefetchPackage, prefetchPayload)
		time.Sleep(1500 * time.Millisecond)
		s.write(`{"RequestId":"a","Type":"Cancel","Method":"PrefetchPackage"}`)
		time.Sleep(time.Minute)
		if all := s.messages(); len(all) != 2 || all[1].Type != protocol.TypeResponse {
			t.Error(describe(all))
		}
	})
}

// A percentage that no peer accepts stays here.
func TestProgressChecksPercentage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := pair(t, nil, &conn.Options{Handlers: handlers(protocol.MethodPrefetchPackage, func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			wantError[*protocol.FieldError](t, "Progress", r.Progress(ctx, protocol.Progress{Percentage: new(1.5)}))
			return found(ctx, r)
		})})
		if _, err := client.Call(t.Context(), prefetch("a")); err != nil {
			t.Error(err)
		}
	})
}
