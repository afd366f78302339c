// Package plugintest drives a [plugin.Plugin] inside a test, over a conversation in memory, and watches it as closely as
// NuGet does.
//
//	func TestCredentials(t *testing.T) {
//		c := plugintest.Start(t, newPlugin(), nil)
//		got := c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: "https://nuget.acme.example/v3/index.json"})
//		if got.ResponseCode != protocol.CodeSuccess {
//			t.Error(got.ResponseCode)
//		}
//	}
//
// Beside what the test asserts, it fails when the plugin does what would cost a user a restore: a Fault, a message that
// is not in its exact form, an answer that NuGet cannot use, a log line at Warning or Error, a question that NuGet could
// not answer at that moment, or a function that does not end when its context does.
//
// It works inside the bubbles of testing/synctest, where a plugin that takes an hour is tested in no time.
package plugintest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// grace is how long a plugin may take to end. It is generous, since machines that test are slow.
const grace = 10 * time.Second

// Options may be nil; the defaults are those of current dotnet.
type Options struct {
	ClientVersion  string            // 7.9.0 unless set
	Culture        string            // en unless set
	RequestTimeout time.Duration     // 30 s unless set
	Protocol       protocol.Version  // the newest that NuGet speaks; 2.0.0 unless set
	LogLevel       protocol.LogLevel // the least severe level that NuGet wants: Debug unless set
	// ProcessID is the process that the plugin is told to watch. The default is one that does not exist, to which a plugin
	// says NotFound and goes on: watching a real one, such as the test with os.Getpid(), would stop the clock of synctest.
	ProcessID int
	// GetCredentials is asked by [plugin.Call.GetCredentials]; without it, and for nil, the answer is NotFound.
	GetCredentials func(source string, status protocol.HTTPStatus) *plugin.Credentials
	// GetServiceIndex is asked by [plugin.Call.GetServiceIndex]; without it, and for nil, the answer is NotFound.
	GetServiceIndex func(source string) protocol.JSON
	// AllowWarnings lets log lines at Warning and Error pass.
	AllowWarnings bool
}

// Client is NuGet to the plugin. Its methods end the test when they get no answer, so they are for the test's own
// goroutine, except [Client.Call] and [Client.Logs].
type Client struct {
	t       testing.TB
	options Options
	conn    *conn.Conn
	served  chan error // holds what Serve returned
	closing sync.Once

	mu             sync.Mutex
	logs           []protocol.LogRequest
	logging        bool // SetLogLevel was sent
	level          protocol.LogLevel
	bound          bool // the plugin claimed a source for downloads
	authenticating int  // requests for credentials that wait for an answer
}

// Start begins a conversation with the plugin, up to and including Initialize. When the test is over it ends the
// conversation and makes sure that nothing of it is left.
func Start(t testing.TB, p *plugin.Plugin, o *Options) *Client {
	t.Helper()
	c := &Client{t: t, served: make(chan error, 1)}
	if o != nil {
		c.options = *o
	}
	c.options.setDefaults()
	ours, theirs := conn.Pipe()
	go func() { c.served <- p.Serve(context.Background(), theirs) }()
	var err error
	c.conn, err = conn.Open(t.Context(), ours, protocol.Client, &conn.Options{
		Handlers:       c.handlers(),
		Version:        c.options.Protocol,
		RequestTimeout: c.options.RequestTimeout,
		Strict:         true,
		Observer:       c.observe,
	})
	if err != nil {
		t.Fatalf("plugintest: %v; the plugin says: %v", err, <-c.served)
	}
	t.Cleanup(c.finish)
	c.begin()
	return c
}

func (o *Options) setDefaults() {
	o.ClientVersion = cmp.Or(o.ClientVersion, "7.9.0")
	o.Culture = cmp.Or(o.Culture, "en")
	o.RequestTimeout = cmp.Or(o.RequestTimeout, conn.DefaultRequestTimeout)
}

// begin says what every client says first.
func (c *Client) begin() {
	c.t.Helper()
	pid, want := c.options.ProcessID, protocol.CodeSuccess
	if pid == 0 {
		pid, want = math.MaxInt32-3, protocol.CodeNotFound
	}
	monitor := ask[*protocol.MonitorNuGetProcessExitResponse](c, &protocol.MonitorNuGetProcessExitRequest{ProcessID: int32(pid)})
	if monitor.ResponseCode != want {
		c.t.Errorf("plugintest: MonitorNuGetProcessExit: %s, want %s", monitor.ResponseCode, want)
	}
	initialize := ask[*protocol.InitializeResponse](c, &protocol.InitializeRequest{
		ClientVersion: c.options.ClientVersion, Culture: c.options.Culture, RequestTimeout: c.options.RequestTimeout,
	})
	if initialize.ResponseCode != protocol.CodeSuccess {
		c.t.Errorf("plugintest: Initialize: %s, and NuGet would give the plugin up", initialize.ResponseCode)
	}
}

// Logs returns the lines that the plugin logged so far, as far as NuGet would have taken them. Those of a request are
// there when its answer is.
func (c *Client) Logs() []protocol.LogRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.logs)
}

// Close ends the conversation at once, as the end of a restore does, and returns when the plugin has ended. Requests in
// flight fail. The end of the test does it too, but asserts before that nothing is in flight.
func (c *Client) Close() {
	c.t.Helper()
	c.closing.Do(func() {
		c.t.Helper()
		c.conn.Close()
		c.awaitEnd()
	})
}

func (c *Client) awaitEnd() {
	c.t.Helper()
	select {
	case err := <-c.served:
		if err != nil {
			c.t.Errorf("plugintest: Serve: %v", err)
		}
	case <-time.After(grace):
		c.t.Errorf("plugintest: a function of the plugin is still at work %s after the end", grace)
	}
	_ = c.conn.Wait()
	if cause := c.conn.Cause(); !errors.Is(cause, conn.ErrClosed) {
		c.t.Errorf("plugintest: the conversation ended before the test did: %v", cause)
	}
}

// finish runs after the test, whose context has ended.
func (c *Client) finish() {
	c.t.Helper()
	c.closing.Do(func() {
		c.t.Helper()
		if calls, _ := c.conn.InFlight(); calls > 0 {
			c.t.Errorf("plugintest: %d requests are in flight at the end of the test", calls)
			c.conn.Close()
		}
		c.drain()
		c.awaitEnd()
	})
	for _, line := range c.Logs() {
		if line.LogLevel >= protocol.LevelWarning && !c.options.AllowWarnings {
			c.t.Errorf("plugintest: a line at %s, which can fail a build (Options.AllowWarnings): %s", line.LogLevel, line.Message)
		}
	}
}

// drain takes the lines that a plugin kept because NuGet never asked for any, and lets what is in flight end.
func (c *Client) drain() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if !c.takesLogs() {
		c.takeLogs(c.options.LogLevel)
		_, _ = c.conn.Call(ctx, &protocol.SetLogLevelRequest{LogLevel: c.options.LogLevel}) // the cause of the end says more
	}
	if err := c.conn.Shutdown(ctx); err != nil {
		calls, requests := c.conn.InFlight()
		c.t.Errorf("plugintest: %d calls and %d requests of the plugin are in flight after the end of the test", calls, requests)
	}
}
