package plugin_test

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

const source = "https://nuget.acme.example/v3/index.json"

var contoso = plugintest.Package{Source: source, ID: "Contoso", Version: "1.0.0"}

// wire is a client that sends nothing by itself and keeps all that passes, in order. Package plugintest is more
// comfortable; this is for what must be seen on the wire.
type wire struct {
	*conn.Conn
	t      *testing.T
	stream io.ReadWriteCloser
	served chan error

	mu     sync.Mutex
	events []conn.Event
}

// dial serves the plugin and connects to it. At the end of the test Serve must have returned nil.
func dial(t *testing.T, p *plugin.Plugin) *wire {
	t.Helper()
	ours, theirs := conn.Pipe()
	return dialOver(t, p, ours, theirs)
}

func dialOver(t *testing.T, p *plugin.Plugin, ours, theirs io.ReadWriteCloser) *wire {
	t.Helper()
	w := &wire{t: t, stream: ours, served: make(chan error, 1)}
	go func() { w.served <- p.Serve(context.Background(), theirs) }()
	var err error
	w.Conn, err = conn.Open(t.Context(), ours, protocol.Client, &conn.Options{
		Handlers: map[protocol.Method]conn.Handler{protocol.MethodLog: func(context.Context, *conn.Request) (protocol.Response, error) {
			return &protocol.LogResponse{}, nil
		}},
		Strict:   true,
		Observer: w.observe,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.end)
	return w
}

func (w *wire) observe(e conn.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

func (w *wire) end() {
	w.Close()
	if err := <-w.served; err != nil {
		w.t.Errorf("Serve: %v", err)
	}
	_ = w.Wait()
}

// received lists what the plugin said from now on's point of view: everything so far but the handshake.
func (w *wire) received() []conn.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.events), func(e conn.Event) bool {
		return e.Sent || e.Message.Method == protocol.MethodHandshake
	})
}

// kinds describes the received messages: "Progress Prefetch", or the text of a log line.
func (w *wire) kinds() (all []string) {
	for _, e := range w.received() {
		kind := e.Message.Type.String() + " " + e.Message.Method.String()
		if payload, _ := e.Message.DecodePayload(); payload != nil {
			if line, ok := payload.(*protocol.LogRequest); ok {
				kind = line.LogLevel.String() + ": " + line.Message
			}
		}
		all = append(all, kind)
	}
	return all
}

func (w *wire) ask(r protocol.Request) protocol.Response {
	w.t.Helper()
	response, err := w.Call(w.t.Context(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return response
}

func (w *wire) initialize(timeout time.Duration) {
	w.t.Helper()
	w.ask(&protocol.InitializeRequest{ClientVersion: "7.9.0", Culture: "en", RequestTimeout: timeout})
}

func (w *wire) setLogLevel(level protocol.LogLevel) {
	w.t.Helper()
	w.ask(&protocol.SetLogLevelRequest{LogLevel: level})
}

// Requests.
func prefetch() *protocol.PrefetchPackageRequest {
	return &protocol.PrefetchPackageRequest{PackageSourceRepository: source, PackageID: "Contoso", PackageVersion: "1.0.0"}
}

func forCredentials() *protocol.GetAuthenticationCredentialsRequest {
	return &protocol.GetAuthenticationCredentialsRequest{URI: source}
}

// codeOf reads the field that nearly every response has.
func codeOf(r protocol.Response) protocol.ResponseCode {
	return reflect.ValueOf(r).Elem().FieldByName("ResponseCode").Interface().(protocol.ResponseCode)
}

// prefetching is a plugin with that function alone.
func prefetching(f func(context.Context, *plugin.PackageRequest) error) *plugin.Plugin {
	return &plugin.Plugin{Name: "acme", Prefetch: f}
}

// authenticating is a plugin with that function alone.
func authenticating(f func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error)) *plugin.Plugin {
	return &plugin.Plugin{Name: "acme", Credentials: f}
}

func untilCancelled(ctx context.Context, _ *plugin.PackageRequest) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func texts(lines []protocol.LogRequest) (all []string) {
	for _, line := range lines {
		all = append(all, line.LogLevel.String()+": "+line.Message)
	}
	return all
}

func wantText(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("%s: %q, want it to contain %q", what, got, part)
		}
	}
}

// noProcess is a number that no process has.
const noProcess = 1<<31 - 4

var errOrdinary = errors.New("the server is on fire")
