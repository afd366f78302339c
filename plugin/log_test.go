package plugin_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

// TestLogBeforeSetLogLevel waits: NuGet would answer it with a Fault.
func TestLogBeforeSetLogLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, prefetching(func(_ context.Context, r *plugin.PackageRequest) error {
			r.Log(protocol.LevelDebug, "one")
			r.Log(protocol.LevelInformation, "two")
			r.Prompt("three")
			r.Log(protocol.LevelInformation, "")
			r.Log(protocol.LevelVerbose, "four")
			r.Log(protocol.LevelInformation, "five\nand a half")
			return nil
		}))
		w.ask(prefetch())
		synctest.Wait()
		if diff := cmp.Diff([]string{"Response PrefetchPackage"}, w.kinds()); diff != "" {
			t.Errorf("before (-want +got):\n%s", diff)
		}
		w.setLogLevel(protocol.LevelInformation)
		w.ask(prefetch())
		lines := []string{"Information: two", "Minimal: [CredentialProvider] three", "Information: five\nand a half"}
		want := slices.Concat([]string{"Response PrefetchPackage"}, lines, []string{"Response SetLogLevel"}, lines, []string{"Response PrefetchPackage"})
		if diff := cmp.Diff(want, w.kinds()); diff != "" {
			t.Errorf("after (-want +got):\n%s", diff)
		}
	})
}

// TestLogComesBeforeTheAnswer: the lines of a request come before its answer, in order, whatever else goes on.
func TestLogComesBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const requests, lines = 20, 40 // fewer than may wait
		w := dial(t, &plugin.Plugin{Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
			for i := range lines {
				r.Log(protocol.LevelDebug, fmt.Sprintf("%s %d", r.PackageID, i))
			}
			return []string{r.PackageID}, nil
		}})
		w.setLogLevel(protocol.LevelDebug)
		var all sync.WaitGroup
		for i := range requests {
			all.Go(func() {
				id := fmt.Sprintf("1.0.%d", i)
				if _, err := w.Call(t.Context(), &protocol.GetPackageVersionsRequest{PackageSourceRepository: source, PackageID: id}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		next := map[string]int{}
		for _, e := range w.received() {
			switch payload, _ := e.Message.DecodePayload(); p := payload.(type) {
			case *protocol.LogRequest:
				id, number, _ := strings.Cut(p.Message, " ")
				if number != fmt.Sprint(next[id]) {
					t.Errorf("line %q, want number %d", p.Message, next[id])
				}
				next[id]++
			case *protocol.GetPackageVersionsResponse:
				if next[p.Versions[0]] != lines {
					t.Errorf("%s was answered after %d of its %d lines", p.Versions[0], next[p.Versions[0]], lines)
				}
			}
		}
	})
}

// TestErrorLineComesBeforeTheAnswer: so do the lines that the SDK writes itself.
func TestErrorLineComesBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, prefetching(func(context.Context, *plugin.PackageRequest) error { return errOrdinary }))
		w.setLogLevel(protocol.LevelDebug)
		w.ask(prefetch())
		want := []string{"Response SetLogLevel", "Minimal: [CredentialProvider] acme: prefetch of Contoso: the server is on fire", "Response PrefetchPackage"}
		if diff := cmp.Diff(want, w.kinds()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestFloodBeforeSetLogLevelIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const flood = 100_000
		c := plugintest.Start(t, &plugin.Plugin{Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
			for range flood {
				r.Log(protocol.LevelDebug, "drop")
			}
			r.Prompt("visit https://login.example and enter ABC-123")
			return nil, nil
		}}, nil)
		c.Versions(source, "Contoso")
		c.SetLogLevel(protocol.LevelDebug)
		lines := texts(c.Logs())
		if len(lines) < 100 || len(lines) > flood/10 {
			t.Errorf("%d lines of %d", len(lines), flood)
		}
		if last := lines[len(lines)-1]; last != "Minimal: [CredentialProvider] visit https://login.example and enter ABC-123" {
			t.Errorf("the prompt was lost; the last line is %q", last)
		}
	})
}

// TestFloodTowardsAClientThatDoesNotRead must hold up nobody but the answer.
func TestFloodTowardsAClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := conn.Pipe()
		g := &gate{ours, make(chan bool, 1)}
		g.open <- true
		worked := make(chan bool, 1)
		w := dialOver(t, prefetching(func(_ context.Context, r *plugin.PackageRequest) error {
			for i := range 100_000 {
				r.Log(protocol.LevelMinimal, fmt.Sprint(i))
			}
			worked <- true
			return nil
		}), g, theirs)
		w.setLogLevel(protocol.LevelDebug)
		<-g.open
		var response protocol.Response
		answered := make(chan error, 1)
		go func() {
			var err error
			response, err = w.Call(t.Context(), prefetch())
			answered <- err
		}()
		<-worked
		synctest.Wait()
		select {
		case err := <-answered:
			t.Fatalf("answered through a shut gate: %v, %v", response, err)
		default:
		}
		g.open <- true
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
		if n := len(w.received()); n > 10_000 {
			t.Errorf("%d messages were kept", n)
		}
	})
}

// gate is a stream whose reader can be held up, by whoever takes what open holds.
type gate struct {
	io.ReadWriteCloser
	open chan bool
}

func (g *gate) Read(b []byte) (int, error) {
	n, err := g.ReadWriteCloser.Read(b)
	g.open <- <-g.open
	return n, err
}

// TestFloodOfOneRequestDoesNotHoldUpAnother: an answer waits for the lines before it, not for an empty queue.
func TestFloodOfOneRequestDoesNotHoldUpAnother(t *testing.T) {
	flooding, stop := make(chan bool), make(chan bool)
	c := plugintest.Start(t, &plugin.Plugin{
		Prefetch: func(ctx context.Context, r *plugin.PackageRequest) error {
			for i := 0; ; i++ {
				if i == 10*1000 {
					close(flooding)
				}
				select {
				case <-stop:
					return nil
				default:
					r.Log(protocol.LevelDebug, "and on")
				}
			}
		},
		Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
			r.Log(protocol.LevelDebug, "versions")
			return []string{"1.0.0"}, nil
		},
	}, nil)
	c.SetLogLevel(protocol.LevelDebug)
	var flood sync.WaitGroup
	flood.Go(func() {
		if _, err := c.Call(t.Context(), prefetch()); err != nil {
			t.Error(err)
		}
	})
	<-flooding
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := c.Call(ctx, &protocol.GetPackageVersionsRequest{PackageSourceRepository: source, PackageID: "Contoso"}); err != nil {
		t.Error(err)
	}
	close(stop)
	flood.Wait()
}

// TestLogAfterTheEnd comes from a goroutine that outlives its request and the conversation.
func TestLogAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept *plugin.Call
		c := plugintest.Start(t, prefetching(func(_ context.Context, r *plugin.PackageRequest) error {
			kept = r.Call
			return nil
		}), nil)
		c.Prefetch(contoso)
		kept.Log(protocol.LevelDebug, "after the answer")
		synctest.Wait()
		if diff := cmp.Diff([]string{"Debug: after the answer"}, texts(c.Logs())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		c.Close()
		kept.Log(protocol.LevelDebug, "after the end")
		if _, err := kept.GetServiceIndex(t.Context(), source); err == nil {
			t.Error("an index from nobody")
		}
	})
}

func TestLogAtNoLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := plugintest.Start(t, prefetching(func(_ context.Context, r *plugin.PackageRequest) error {
			r.Log(42, "no such level")
			r.Log(-1, "no such level")
			r.Log(protocol.LevelDebug, "\xff")
			return nil
		}), nil)
		c.Prefetch(contoso)
		if diff := cmp.Diff([]string{"Debug: \uFFFD"}, texts(c.Logs())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
