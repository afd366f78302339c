package host

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

const (
	feedURL  = "https://f.example/v3/index.json"
	otherURL = "https://other.example/v3/index.json"
)

func ask(t *testing.T, m *Manager, uri string) (*Credentials, []string, error) {
	t.Helper()
	c, attempts, err := m.Credentials(t.Context(), CredentialsRequest{URI: uri})
	var outcomes []string
	for _, a := range attempts {
		outcomes = append(outcomes, a.Plugin+" "+a.Outcome)
	}
	return c, outcomes, err
}

// TestIdle: a plugin that was not used for a minute is ended, and the next question starts it anew, with all that a new
// process has to be told. Its claims are remembered.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(scripted)
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, nil, "/p")
		if _, _, err := ask(t, m, feedURL); err != nil {
			t.Fatal(err)
		}
		first := s.take()
		if want := "MonitorNuGetProcessExit Initialize GetOperationClaims SetLogLevel GetAuthenticationCredentials"; first != want {
			t.Errorf("received %s, want %s", first, want)
		}
		time.Sleep(60*time.Second - time.Millisecond)
		if computer.running() != 1 {
			t.Error("ended too early")
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if computer.running() != 0 {
			t.Error("not ended when idle")
		}
		if got := s.take(); got != "Close" {
			t.Errorf("at the end received %q", got)
		}
		if _, _, err := ask(t, m, otherURL); err != nil {
			t.Fatal(err)
		}
		if got, want := s.take(), "MonitorNuGetProcessExit Initialize SetLogLevel GetAuthenticationCredentials"; got != want {
			t.Errorf("the second process received %s, want %s", got, want)
		}
		if computer.started() != 2 {
			t.Errorf("%d processes", computer.started())
		}
	})
}

// TestIdleFromVariables: the manager goes by NuGet's variables.
func TestIdleFromVariables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		env := Env{IdleTimeoutVariable: " 5 ", RequestTimeoutVariable: "3"}
		s := &scripted{handle: map[protocol.Method]conn.Handler{protocol.MethodGetAuthenticationCredentials: never}}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, &ManagerOptions{Launch: LaunchOptions{Timeouts: TimeoutsFrom(env, "linux")}}, "/p")
		began := time.Now()
		_, outcomes, err := ask(t, m, feedURL)
		if _, none := errors.AsType[*NoCredentialsError](err); !none {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"/p failed: GetAuthenticationCredentials: no answer and no progress within 3s"}, outcomes); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %s", took)
		}
		time.Sleep(5*time.Second + time.Millisecond)
		synctest.Wait()
		if computer.running() != 0 {
			t.Error("not ended when idle")
		}
	})
}

func never(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// TestBusyIsNotIdle: a request in flight keeps a plugin that says nothing. (NuGet's own ends.)
func TestBusyIsNotIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(context.Context, *conn.Request) (protocol.Response, error) {
				time.Sleep(5 * time.Minute)
				return credentialsAnswer("ann", "secret"), nil
			},
		}}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, &ManagerOptions{Launch: LaunchOptions{Timeouts: Timeouts{Request: time.Hour}}}, "/p")
		if c, _, err := ask(t, m, feedURL); err != nil || c.Password.Reveal() != "secret" {
			t.Errorf("%v, %v", c, err)
		}
	})
}

// TestIdleUnderTheQuestion: the idle end may come between the look at a plugin and the question to it.
func TestIdleUnderTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(scripted)
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, nil, "/p")
		m.options.Proxy = func(u *url.URL) (*url.URL, error) { // runs just there
			if computer.started() == 1 {
				time.Sleep(61 * time.Second)
			}
			return nil, nil
		}
		if _, outcomes, err := ask(t, m, feedURL); err != nil {
			t.Errorf("%v, %v", outcomes, err)
		}
		if computer.started() != 2 {
			t.Errorf("%d processes", computer.started())
		}
	})
}

// TestNeverTwoProcesses: a plugin that takes its time to end is not started anew before it has.
func TestNeverTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{}}
		most := 0
		computer.programs["/p"] = func(ctx context.Context, p *memoryProcess) int {
			most = max(most, computer.running())
			new(scripted).run(ctx, p)
			<-ctx.Done() // until it is killed
			return 0
		}
		m := computer.manager(t, nil, "/p")
		for range 3 {
			if _, _, err := ask(t, m, feedURL); err != nil {
				t.Fatal(err)
			}
			time.Sleep(60*time.Second + time.Millisecond)
		}
		if most != 1 || computer.started() != 3 {
			t.Errorf("%d processes at a time, %d in all", most, computer.started())
		}
	})
}

// TestCrash: a plugin that dies under a question is started anew for the next one.
func TestCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(scripted)
		var n atomic.Int32
		s.handle = map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
				if n.Add(1) == 1 {
					s.crash(ctx, 7)
				}
				return credentialsAnswer("ann", "secret"), nil
			},
		}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, nil, "/p")
		_, outcomes, err := ask(t, m, feedURL)
		want := "/p failed: it exited with code 7 before it answered GetAuthenticationCredentials; its last words: I crashed"
		if diff := cmp.Diff([]string{want}, outcomes); diff != "" {
			t.Error(diff)
		}
		if want := "no credentials for " + feedURL + ": " + want; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
		s.take()
		if _, outcomes, err := ask(t, m, feedURL); err != nil {
			t.Errorf("after the restart: %v, %v", outcomes, err)
		}
		if got, want := s.take(), "MonitorNuGetProcessExit Initialize SetLogLevel GetAuthenticationCredentials"; got != want {
			t.Errorf("the second process received %s", got)
		}
		if diff := cmp.Diff([]bool{false, false}, s.retries()); diff != "" {
			t.Error(diff)
		}
	})
}

func failing(code int) program {
	return func(_ context.Context, p *memoryProcess) int {
		_, _ = p.Write([]byte("cannot open the vault\n"))
		return code
	}
}

// TestFailedStart: a plugin that cannot be started is not started again, and does not keep the next one from being asked.
func TestFailedStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := new(scripted)
		computer := &machine{programs: map[string]program{"/bad": failing(3), "/good": good.run}}
		m := computer.manager(t, nil, "/bad", "/missing", "/good")
		want := []string{
			"/bad failed: it exited with code 3 before the handshake was done; its last words: cannot open the vault",
			"/missing failed: cannot start /missing: there is no such file",
			"/good gave credentials",
		}
		for range 3 {
			c, outcomes, err := ask(t, m, feedURL)
			if err != nil || c.Plugin != "/good" {
				t.Errorf("%+v, %v", c, err)
			}
			if diff := cmp.Diff(want, outcomes); diff != "" {
				t.Error(diff)
			}
		}
		if computer.started() != 2 {
			t.Errorf("%d processes, want one of each", computer.started())
		}
		if _, err := m.Plugin(t.Context(), m.Discovery().Candidates[0]); err == nil || !strings.Contains(err.Error(), "exited with code 3") {
			t.Errorf("error %v", err)
		}
	})
}

// TestFailedClaims: a plugin that does not tell its claims is as good as one that did not start, as in NuGet.
func TestFailedClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{handle: map[protocol.Method]conn.Handler{protocol.MethodGetOperationClaims: never}}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, nil, "/p")
		began := time.Now()
		for range 3 {
			_, outcomes, _ := ask(t, m, feedURL)
			if diff := cmp.Diff([]string{"/p failed: GetOperationClaims: no answer and no progress within 30s"}, outcomes); diff != "" {
				t.Error(diff)
			}
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestAsNuGet: in NuGet the first plugin that cannot be started ends the first search, and is not applicable afterwards.
func TestAsNuGet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := new(scripted)
		computer := &machine{programs: map[string]program{"/bad": failing(3), "/good": good.run}}
		m := computer.manager(t, &ManagerOptions{AsNuGet: true}, "/bad", "/invalid", "/good")
		m.discovery.Candidates[1].State, m.discovery.Candidates[1].Reason = NotFound, "there is no such file"
		bad := "/bad failed: it exited with code 3 before the handshake was done; its last words: cannot open the vault"
		invalid := "/invalid was not started: there is no such file"
		for i, want := range [][]string{{bad}, {bad, invalid}, {bad, invalid, "/good gave credentials"}} {
			c, outcomes, err := ask(t, m, []string{feedURL, otherURL, "https://third.example/"}[i])
			if diff := cmp.Diff(want, outcomes); diff != "" {
				t.Errorf("source %d: %s", i+1, diff)
			}
			if (c == nil) != (i < 2) || (err == nil) != (i == 2) {
				t.Errorf("source %d: %+v, %v", i+1, c, err)
			}
		}
		if computer.started() != 2 {
			t.Errorf("%d processes", computer.started())
		}
	})
}

// TestAsNuGetBroken: a plugin that breaks while it is asked ends each search that it breaks.
func TestAsNuGetBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(context.Context, *conn.Request) (protocol.Response, error) { return nil, errors.New("no") },
		}}
		computer := &machine{programs: map[string]program{"/bad": bad.run, "/good": new(scripted).run}}
		m := computer.manager(t, &ManagerOptions{AsNuGet: true}, "/bad", "/good")
		for range 2 {
			_, outcomes, _ := ask(t, m, feedURL)
			if diff := cmp.Diff([]string{"/bad failed: GetAuthenticationCredentials: the peer answered with a fault: no"}, outcomes); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// memoryClaims is a claims cache.
type memoryClaims struct {
	claims map[string][]protocol.OperationClaim
	note   string
	stored int
}

func (c *memoryClaims) Load(_ context.Context, path, source string) ([]protocol.OperationClaim, bool, string) {
	claims, ok := c.claims[path+" "+source]
	return claims, ok, c.note
}

func (c *memoryClaims) Store(_ context.Context, path, source string, claims []protocol.OperationClaim) {
	c.stored++
	c.claims[path+" "+source] = claims
}

func TestClaimsStore(t *testing.T) {
	both := []protocol.OperationClaim{protocol.ClaimDownloadPackage, protocol.ClaimAuthentication}
	authentication := both[1:]
	tests := []struct {
		name    string
		cached  []protocol.OperationClaim // nil for none
		note    string
		claims  []protocol.OperationClaim // of the plugin
		started int
		stored  int
		outcome string
	}{
		{"nothing cached", nil, "", authentication, 1, 1, "/p gave credentials"},
		{"the same cached", authentication, "", authentication, 1, 0, "/p gave credentials"},
		{"other claims cached", both, "", authentication, 1, 1, "/p gave credentials"},
		{"cached as useless", []protocol.OperationClaim{}, "", authentication, 0, 0, "/p was not started: the claims cache says that it has no such claim"},
		{"unreadable", nil, "x.dat is corrupt", authentication, 1, 1, "/p gave credentials; x.dat is corrupt"},
		{"claims nothing", nil, "", []protocol.OperationClaim{}, 1, 1, "/p does not claim Authentication"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := &memoryClaims{claims: map[string][]protocol.OperationClaim{}, note: test.note}
				if test.cached != nil {
					cache.claims["/p "] = test.cached
				}
				computer := &machine{programs: map[string]program{"/p": (&scripted{claims: test.claims}).run}}
				m := computer.manager(t, &ManagerOptions{Cache: cache}, "/p")
				_, outcomes, _ := ask(t, m, feedURL)
				if diff := cmp.Diff([]string{test.outcome}, outcomes); diff != "" {
					t.Error(diff)
				}
				if computer.started() != test.started || cache.stored != test.stored {
					t.Errorf("started %d, stored %d", computer.started(), cache.stored)
				}
			})
		})
	}
}

// TestClaimsNotPoisoned: an answer that says nothing is no answer to store.
func TestClaimsNotPoisoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := &memoryClaims{claims: map[string][]protocol.OperationClaim{}}
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetOperationClaims: func(context.Context, *conn.Request) (protocol.Response, error) { return nil, nil },
		}}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, &ManagerOptions{Cache: cache}, "/p")
		_, outcomes, _ := ask(t, m, feedURL)
		if diff := cmp.Diff([]string{"/p does not claim Authentication"}, outcomes); diff != "" || cache.stored != 0 {
			t.Errorf("stored %d %s", cache.stored, diff)
		}
	})
}

// TestManagerCloseWhileStarting: Close does not wait for a plugin that hangs at its start.
func TestManagerCloseWhileStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{"/p": func(ctx context.Context, _ *memoryProcess) int {
			<-ctx.Done()
			return 0
		}}}
		m := computer.manager(t, nil, "/p")
		closeUnder(t, m, computer)
	})
}

// TestManagerCloseWhileAsking: nor for one that hangs later.
func TestManagerCloseWhileAsking(t *testing.T) {
	for _, method := range []protocol.Method{protocol.MethodGetOperationClaims, protocol.MethodSetLogLevel, protocol.MethodGetAuthenticationCredentials} {
		t.Run(method.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{handle: map[protocol.Method]conn.Handler{method: never}}
				computer := &machine{programs: map[string]program{"/p": s.run}}
				closeUnder(t, computer.manager(t, nil, "/p"), computer)
			})
		})
	}
}

// closeUnder closes a manager from several sides while two callers wait for a plugin that does not answer.
func closeUnder(t *testing.T, m *Manager, computer *machine) {
	t.Helper()
	var wg sync.WaitGroup
	began := time.Now()
	for range 2 {
		wg.Go(func() {
			if _, _, err := ask(t, m, feedURL); !errors.Is(err, ErrManagerClosed) {
				t.Errorf("error %v", err)
			}
		})
	}
	synctest.Wait()
	for range 3 {
		wg.Go(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if n := computer.running(); n != 0 {
				t.Errorf("after Close %d processes run", n)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took > 2*closeGrace {
		t.Errorf("took %s", took)
	}
	if _, err := m.Plugin(t.Context(), m.discovery.Candidates[0]); !errors.Is(err, ErrManagerClosed) {
		t.Errorf("after Close: %v", err)
	}
	if computer.started() != 1 {
		t.Errorf("%d processes", computer.started())
	}
}

// TestManagerCancelled: a caller who leaves while a plugin starts says nothing about the plugin.
func TestManagerCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := new(scripted)
		var n atomic.Int32
		computer := &machine{programs: map[string]program{"/p": func(ctx context.Context, p *memoryProcess) int {
			if n.Add(1) == 1 {
				<-ctx.Done()
				return 1
			}
			return s.run(ctx, p)
		}}}
		m := computer.manager(t, nil, "/p")
		why := errors.New("the user left")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		began := time.Now()
		c, _, err := m.Credentials(ctx, CredentialsRequest{URI: feedURL})
		if c != nil || err != why || time.Since(began) != time.Second {
			t.Errorf("%v, %v after %s", c, err, time.Since(began))
		}
		if _, outcomes, err := ask(t, m, feedURL); err != nil {
			t.Errorf("%v, %v", outcomes, err)
		}
	})
}

// TestShared: callers share one process.
func TestShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{"/p": new(scripted).run}}
		m := computer.manager(t, nil, "/p")
		plugins := make(chan *Plugin, 20)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				p, err := m.Plugin(t.Context(), m.discovery.Candidates[0])
				if err != nil {
					t.Error(err)
				}
				plugins <- p
			})
		}
		wg.Wait()
		close(plugins)
		first := <-plugins
		for p := range plugins {
			if p != first {
				t.Error("two processes of one plugin")
			}
		}
	})
}
