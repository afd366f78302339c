package host

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// launchMemory starts one program.
func launchMemory(t *testing.T, run program, o *LaunchOptions) (*Plugin, *machine) {
	t.Helper()
	m := &machine{programs: map[string]program{"/p": run}}
	if o == nil {
		o = &LaunchOptions{}
	}
	o.start = m.start
	p, err := Launch(t.Context(), "/p", directStart("/p"), o)
	if err != nil {
		t.Fatal(err)
	}
	return p, m
}

// TestInitialisation: what a plugin is told, in NuGet's order.
func TestInitialisation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []protocol.Payload
		observe := func(e Event) {
			if payload, err := e.Message.DecodePayload(); err == nil && payload != nil && e.Sent && e.Message.Type == protocol.TypeRequest {
				told = append(told, payload)
			}
		}
		p, _ := launchMemory(t, new(scripted).run, &LaunchOptions{
			ClientVersion: "6.12.1", Culture: "fr-FR", Timeouts: Timeouts{Request: 7 * time.Second}, Observer: observe,
			LogLevel: protocol.LevelWarning,
		})
		for range 2 {
			if _, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if len(told) != 6 {
			t.Fatalf("the plugin was told %d things: %v", len(told), told)
		}
		if r := told[1].(*protocol.MonitorNuGetProcessExitRequest); int(r.ProcessID) != os.Getpid() {
			t.Errorf("%+v", r)
		}
		if r := told[2].(*protocol.InitializeRequest); *r != (protocol.InitializeRequest{ClientVersion: "6.12.1", Culture: "fr-FR", RequestTimeout: 7 * time.Second}) {
			t.Errorf("%+v", r)
		}
		if r := told[3].(*protocol.SetLogLevelRequest); r.LogLevel != protocol.LevelWarning {
			t.Errorf("%+v", r)
		}
		for _, payload := range told[4:] {
			if _, ok := payload.(*protocol.GetAuthenticationCredentialsRequest); !ok {
				t.Errorf("told %T", payload)
			}
		}
	})
}

// TestCloseIsSaid: a plugin on NuGet's C# library ends by Close and not by the end of its input, so Close has to arrive
// also where the plugin is slow to read it.
func TestCloseIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heard := false
		slow := func(_ context.Context, p *memoryProcess) int {
			c, err := conn.Open(context.Background(), conn.Join(slowReader{p.stdin}, p.stdout), protocol.Plugin, &conn.Options{Handlers: goodHandlers(nil)})
			if err != nil {
				return 1
			}
			<-c.Done()
			heard = errors.Is(c.Cause(), conn.ErrPeerClosed)
			_ = c.Wait()
			return 0
		}
		p, m := launchMemory(t, slow, nil)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if state, _ := m.processes[0].ExitState(); !heard || state.Killed {
			t.Errorf("Close arrived: %v; the process %s", heard, state)
		}
	})
}

// slowReader takes half a second for each look at standard input.
type slowReader struct{ *io.PipeReader }

func (r slowReader) Read(b []byte) (int, error) {
	time.Sleep(500 * time.Millisecond)
	return r.PipeReader.Read(b)
}

// TestCloseKills: one that listens to nothing gets the time that NuGet gives it.
func TestCloseKills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := launchMemory(t, func(ctx context.Context, p *memoryProcess) int {
			(&scripted{}).run(ctx, p)
			<-ctx.Done()
			return 9
		}, nil)
		began := time.Now()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if state, _ := m.processes[0].ExitState(); !state.Killed || time.Since(began) != closeGrace {
			t.Errorf("the process %s after %s", state, time.Since(began))
		}
	})
}

// TestCloseOfOneThatReadsNothing: the Close message cannot be written.
func TestCloseOfOneThatReadsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, m := launchMemory(t, func(ctx context.Context, p *memoryProcess) int {
			c, err := conn.Open(ctx, conn.Join(&stuckReader{ctx, p.stdin, 4}, p.stdout), protocol.Plugin, &conn.Options{Handlers: goodHandlers(nil)})
			if err != nil {
				return 1
			}
			<-ctx.Done()
			c.Close()
			_ = c.Wait()
			return 0
		}, nil)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if m.running() != 0 {
			t.Error("a process was left")
		}
	})
}

// stuckReader stops after n reads until the process is killed.
type stuckReader struct {
	ctx context.Context
	r   *io.PipeReader
	n   int
}

func (r *stuckReader) Read(b []byte) (int, error) {
	if r.n--; r.n < 0 {
		<-r.ctx.Done()
		return 0, io.EOF
	}
	return r.r.Read(b)
}

func (r *stuckReader) Close() error { return r.r.Close() }

// TestLogger: lines reach the logger at their level, in order; those below the plugin's threshold do not.
func TestLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, text := logText()
		var lines []string
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				for level := protocol.LevelDebug; level <= protocol.LevelError; level++ {
					if _, err := r.Call(ctx, &protocol.LogRequest{LogLevel: level, Message: "at " + level.String()}); err != nil {
						return nil, err
					}
				}
				return credentialsAnswer("ann", "secret"), nil
			},
		}}
		p, _ := launchMemory(t, s.run, &LaunchOptions{
			Logger: logger, LogLevel: protocol.LevelVerbose,
			Log: func(l protocol.LogLevel, text string) { lines = append(lines, text) },
		})
		if _, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"}); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		want := `level=DEBUG+2 msg="at Verbose" plugin=/p
level=INFO msg="at Information" plugin=/p
level=INFO+2 msg="at Minimal" plugin=/p
level=WARN msg="at Warning" plugin=/p
level=ERROR msg="at Error" plugin=/p
`
		if text() != want {
			t.Errorf("logged\n%s\nwant\n%s", text(), want)
		}
		if got := strings.Join(lines, ", "); got != "at Verbose, at Information, at Minimal, at Warning, at Error" {
			t.Errorf("Log got %s", got)
		}
	})
}

// TestSetLogLevelCancelled: a caller who leaves while SetLogLevel is unanswered leaves at once, and the next one sends it
// again.
func TestSetLogLevelCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodSetLogLevel: func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
				if n.Add(1) == 1 {
					<-ctx.Done()
				}
				return &protocol.SetLogLevelResponse{}, nil
			},
		}}
		p, _ := launchMemory(t, s.run, nil)
		defer p.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := p.Authenticate(ctx, protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if time.Since(began) != time.Second {
			t.Errorf("after %s", time.Since(began))
		}
		if _, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"}); err != nil {
			t.Error(err)
		}
		if got := s.take(); got != "MonitorNuGetProcessExit Initialize SetLogLevel SetLogLevel GetAuthenticationCredentials" {
			t.Errorf("received %s", got)
		}
	})
}

// TestSetLogLevelFails: what failed once a process stays failed for it, as in NuGet.
func TestSetLogLevelFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodSetLogLevel: func(context.Context, *conn.Request) (protocol.Response, error) { return nil, errors.New("no") },
		}}
		p, _ := launchMemory(t, s.run, nil)
		defer p.Close()
		for range 2 {
			_, err := p.Authenticate(t.Context(), protocol.GetAuthenticationCredentialsRequest{URI: "https://f.example/"})
			if err == nil || err.Error() != "SetLogLevel: the peer answered with a fault: no" {
				t.Errorf("error %v", err)
			}
		}
		if got := s.take(); got != "MonitorNuGetProcessExit Initialize SetLogLevel" {
			t.Errorf("received %s", got)
		}
	})
}

// TestClaimsForSource: the question for downloads names the source and shows its index.
func TestClaimsForSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got *protocol.GetOperationClaimsRequest
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetOperationClaims: func(_ context.Context, r *conn.Request) (protocol.Response, error) {
				got = r.Payload.(*protocol.GetOperationClaimsRequest)
				return nil, nil
			},
		}}
		p, _ := launchMemory(t, s.run, nil)
		defer p.Close()
		claims, known, err := p.Claims(t.Context(), "https://f.example/v3/index.json", protocol.JSON(`{"version":"3.0.0"}`))
		if claims != nil || known || err != nil {
			t.Errorf("an answer that says nothing: %v, %v, %v", claims, known, err)
		}
		if deref(got.PackageSourceRepository) != "https://f.example/v3/index.json" || string(got.ServiceIndex) != `{"version":"3.0.0"}` {
			t.Errorf("asked %+v", got)
		}
	})
}
