package plugin_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// TestAutomaticProgress: the first sign of life comes after one interval, a third of what NuGet waits and at most 5 s, and
// none comes after the answer.
func TestAutomaticProgress(t *testing.T) {
	tests := []struct {
		name    string
		timeout time.Duration // 0 for no Initialize
		work    time.Duration
		want    []time.Duration
	}{
		{"dotnet's 30 s", 30 * time.Second, 17 * time.Second, []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second}},
		{"a minute", time.Minute, 12 * time.Second, []time.Duration{5 * time.Second, 10 * time.Second}},
		{"9 s", 9 * time.Second, 7 * time.Second, []time.Duration{3 * time.Second, 6 * time.Second}},
		{"short work", 30 * time.Second, 4999 * time.Millisecond, nil},
		{"before Initialize", 0, 4 * time.Second, []time.Duration{5 * time.Second / 3, 5 * time.Second / 3 * 2}},
		{"absurdly short", time.Microsecond, 2500 * time.Microsecond, []time.Duration{time.Millisecond, 2 * time.Millisecond}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := dial(t, prefetching(func(context.Context, *plugin.PackageRequest) error {
					time.Sleep(test.work)
					return nil
				}))
				if test.timeout > 0 {
					w.initialize(test.timeout)
				}
				began := time.Now()
				w.ask(prefetch())
				time.Sleep(time.Minute)
				synctest.Wait()
				var got []time.Duration
				answered := false
				for _, e := range w.received() {
					if e.Message.Method != protocol.MethodPrefetchPackage {
						continue
					}
					if answered {
						t.Errorf("%s after the answer", e.Message.Type)
					}
					answered = e.Message.Type == protocol.TypeResponse
					if e.Message.Type == protocol.TypeProgress {
						got = append(got, e.Time.Sub(began))
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" || !answered {
					t.Errorf("answered %t, progress (-want +got):\n%s", answered, diff)
				}
			})
		})
	}
}

// TestProgressKeepsNuGetWaiting for an hour, with the time-out of clients that wait 5 s.
func TestProgressKeepsNuGetWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, prefetching(func(context.Context, *plugin.PackageRequest) error {
			time.Sleep(time.Hour)
			return nil
		}))
		w.SetRequestTimeout(5 * time.Second)
		w.initialize(5 * time.Second)
		if code := codeOf(w.ask(prefetch())); code != protocol.CodeSuccess {
			t.Error(code)
		}
	})
}

func TestProgressByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept *plugin.Call
		w := dial(t, prefetching(func(ctx context.Context, r *plugin.PackageRequest) error {
			kept = r.Call
			_, tooMuch := errors.AsType[*protocol.FieldError](r.Progress(ctx, 1.5))
			if !tooMuch {
				t.Error("1.5 of the work was accepted")
			}
			return r.Progress(ctx, 0.5)
		}))
		if code := codeOf(w.ask(prefetch())); code != protocol.CodeSuccess {
			t.Error(code)
		}
		_ = kept.Progress(t.Context(), 0.75) // after the answer it would end the conversation with NuGet
		synctest.Wait()
		var payloads []string
		for _, e := range w.received() {
			payloads = append(payloads, string(e.Message.Payload))
		}
		if want := []string{`{"Percentage":0.5}`, `{"ResponseCode":"Success"}`}; !slices.Equal(payloads, want) {
			t.Errorf("%q, want %q", payloads, want)
		}
	})
}

// TestCancel has the three functions that there are: one that ends with its context, one that ends well all the same, and
// one that fails otherwise.
func TestCancel(t *testing.T) {
	tests := []struct {
		name string
		f    func(context.Context, *plugin.PackageRequest) error
		want []string
	}{
		{"ends", untilCancelled, []string{"Cancel PrefetchPackage"}},
		{"ends with an error of its own", func(ctx context.Context, _ *plugin.PackageRequest) error {
			<-ctx.Done()
			return errOrdinary
		}, []string{"Cancel PrefetchPackage"}},
		{"succeeds all the same", func(ctx context.Context, _ *plugin.PackageRequest) error {
			<-ctx.Done()
			return nil
		}, []string{"Response PrefetchPackage"}},
		{"panics", func(ctx context.Context, _ *plugin.PackageRequest) error {
			<-ctx.Done()
			panic("oops")
		}, []string{"Response PrefetchPackage"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var cause error
				w := dial(t, prefetching(func(ctx context.Context, r *plugin.PackageRequest) error {
					defer func() { cause = context.Cause(ctx) }()
					return test.f(ctx, r)
				}))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if _, err := w.Call(ctx, prefetch()); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the call ended with %v", err)
				}
				synctest.Wait()
				if diff := cmp.Diff(test.want, w.kinds()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if !errors.Is(cause, conn.ErrCanceledByPeer) {
					t.Errorf("the function's context ended with %v", cause)
				}
				w.initialize(time.Second) // the conversation goes on
			})
		})
	}
}

// TestCancelOfEveryOperation: not one of them answers with a Fault or an Error line.
func TestCancelOfEveryOperation(t *testing.T) {
	for _, op := range operations() {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan bool)
			w := dial(t, op.with(func() error { <-release; return context.Canceled }))
			w.setLogLevel(protocol.LevelDebug)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { _, _ = w.Call(ctx, op.request) }()
			synctest.Wait()
			cancel()
			synctest.Wait()
			close(release)
			synctest.Wait()
			want := []string{"Response SetLogLevel", "Cancel " + op.request.Method().String()}
			if diff := cmp.Diff(want, w.kinds()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", op.name, diff)
			}
		})
	}
}
