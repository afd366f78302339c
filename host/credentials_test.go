package host

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

type authAnswer = *protocol.GetAuthenticationCredentialsResponse

func always(a authAnswer) func(int, *protocol.GetAuthenticationCredentialsRequest) authAnswer {
	return func(int, *protocol.GetAuthenticationCredentialsRequest) authAnswer { return a }
}

func withMessage(a authAnswer, text string) authAnswer {
	a.Message = &text
	return a
}

// TestAnswers: what comes of each answer, and whether the plugin is asked again.
func TestAnswers(t *testing.T) {
	blank := " "
	tests := []struct {
		name    string
		answer  authAnswer
		gives   string // user name and password
		outcome string
		asked   int // of four questions
	}{
		{"success", credentialsAnswer("ann", "secret"), "ann:secret", "gave credentials", 4},
		{"no user name", credentialsAnswer("", "secret"), ":secret", "gave credentials", 4},
		{"no password", credentialsAnswer("ann", ""), "ann:", "gave credentials", 4},
		{"any scheme", &protocol.GetAuthenticationCredentialsResponse{Password: new("secret")}, ":secret", "gave credentials", 4},
		{"nothing in it", codeAnswer(protocol.CodeSuccess), "", "declined: a Success without user name and password", 1},
		{"blank", credentialsAnswer(blank, blank), "", "declined: a Success without user name and password", 1},
		{"no scheme", credentialsAnswer("ann", "secret", []string{}...), "", "declined: a Success for no authentication scheme", 1},
		{"error", codeAnswer(protocol.CodeError), "", "declined", 1},
		{"error with a message", withMessage(codeAnswer(protocol.CodeError), "not mine"), "", "declined (not mine)", 1},
		{"not found", codeAnswer(protocol.CodeNotFound), "", "has no credentials; an interactive run may help", 4},
		{"not found with a message", withMessage(codeAnswer(protocol.CodeNotFound), "sign in"), "", "has no credentials (sign in); an interactive run may help", 4},
		{"no payload", nil, "", "answered without saying anything", 4},
	}
	for _, test := range tests {
		if test.name == "no scheme" {
			test.answer.AuthenticationTypes = []string{}
		}
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{answer: always(test.answer)}
				next := &scripted{answer: always(codeAnswer(protocol.CodeNotFound))}
				computer := &machine{programs: map[string]program{"/p": s.run, "/next": next.run}}
				m := computer.manager(t, nil, "/p", "/next")
				for i := range 4 {
					c, outcomes, err := ask(t, m, feedURL)
					got := ""
					if c != nil {
						got = c.Username + ":" + c.Password.Reveal()
					}
					if got != test.gives || (c == nil) != (err != nil) {
						t.Errorf("gave %q, %v; want %q", got, err, test.gives)
					}
					want := test.outcome
					if i >= test.asked {
						want += ", before"
					}
					if outcomes[0] != "/p "+want {
						t.Errorf("outcome %q, want %q", outcomes[0], want)
					}
				}
				if len(s.retries()) != test.asked {
					t.Errorf("asked %d times, want %d", len(s.retries()), test.asked)
				}
				if asked := len(next.retries()); test.gives == "" && asked != 4 || test.gives != "" && asked != 0 {
					t.Errorf("the next plugin was asked %d times", asked)
				}
			})
		})
	}
}

// TestBroken: what breaks the question is told, plugin by plugin, and the next plugin is asked.
func TestBroken(t *testing.T) {
	tests := []struct {
		name    string
		handler func(*scripted) conn.Handler
		outcome string
	}{
		{"fault", func(*scripted) conn.Handler {
			return func(context.Context, *conn.Request) (protocol.Response, error) {
				return nil, errors.New("out of cheese")
			}
		}, "failed: GetAuthenticationCredentials: the peer answered with a fault: out of cheese"},
		{"time-out", func(*scripted) conn.Handler { return never }, "failed: GetAuthenticationCredentials: no answer and no progress within 30s"},
		{"time-out after progress", func(*scripted) conn.Handler {
			return func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				for range 3 {
					time.Sleep(20 * time.Second)
					if err := r.Progress(ctx, protocol.Progress{}); err != nil {
						return nil, err
					}
				}
				return never(ctx, r)
			}
		}, "failed: GetAuthenticationCredentials: no answer within 30s of the last of 3 progress messages"},
		{"death", func(s *scripted) conn.Handler {
			return func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
				s.crash(ctx, 0)
				return nil, nil
			}
		}, "failed: it exited with code 0 before it answered GetAuthenticationCredentials; its last words: I crashed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{}
				s.handle = map[protocol.Method]conn.Handler{protocol.MethodGetAuthenticationCredentials: test.handler(s)}
				computer := &machine{programs: map[string]program{"/p": s.run, "/next": new(scripted).run}}
				c, outcomes, err := ask(t, computer.manager(t, nil, "/p", "/next"), feedURL)
				if err != nil || c.Plugin != "/next" {
					t.Errorf("%+v, %v", c, err)
				}
				if diff := cmp.Diff([]string{"/p " + test.outcome, "/next gave credentials"}, outcomes); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestGarbage: what a plugin prints in between ends the conversation, and is named without what may be secret in it.
func TestGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{}}
		s := &scripted{}
		var stdout *memoryProcess
		s.handle = map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				_, _ = fmt.Fprintln(stdout.stdout, `debug: got {"Password":"hunter2"}`)
				return never(ctx, r)
			},
		}
		computer.programs["/p"] = func(ctx context.Context, p *memoryProcess) int {
			stdout = p
			return s.run(ctx, p)
		}
		_, outcomes, err := ask(t, computer.manager(t, nil, "/p"), feedURL)
		if len(outcomes) != 1 || !strings.Contains(outcomes[0], `"debug: got"`) || strings.Contains(outcomes[0]+err.Error(), "hunter2") {
			t.Errorf("%q, %v", outcomes, err)
		}
	})
}

// TestRequestValues: a retry is a question for the same address to a plugin that answered it, and nothing else.
func TestRequestValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &scripted{answer: func(_ int, r *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if r.URI != feedURL || r.IsRetry {
				return codeAnswer(protocol.CodeNotFound)
			}
			return credentialsAnswer("ann", "wrong")
		}}
		second := new(scripted)
		computer := &machine{programs: map[string]program{"/first": first.run, "/second": second.run}}
		m := computer.manager(t, nil, "/first", "/second")
		var from []string
		for _, r := range []CredentialsRequest{
			{URI: feedURL, NonInteractive: true}, {URI: feedURL, CanShowDialog: true}, {URI: otherURL}, {URI: feedURL}, {URI: feedURL + "?x"},
		} {
			c, _, err := m.Credentials(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			from = append(from, c.Plugin)
		}
		if diff := cmp.Diff([]string{"/first", "/second", "/second", "/second", "/second"}, from); diff != "" {
			t.Error(diff)
		}
		type R = protocol.GetAuthenticationCredentialsRequest
		if diff := cmp.Diff([]R{
			{URI: feedURL, IsNonInteractive: true}, {URI: feedURL, IsRetry: true, CanShowDialog: true}, {URI: otherURL},
			{URI: feedURL, IsRetry: true}, {URI: feedURL + "?x"},
		}, first.asked); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]R{
			{URI: feedURL, CanShowDialog: true}, {URI: otherURL}, {URI: feedURL, IsRetry: true}, {URI: feedURL + "?x"},
		}, second.asked); diff != "" {
			t.Error(diff)
		}
	})
}

// TestErrorIsRememberedForServer: an Error counts for all addresses of the server, but not for a retry.
func TestErrorIsRememberedForServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answer: func(n int, _ *protocol.GetAuthenticationCredentialsRequest) authAnswer {
			if n == 1 {
				return credentialsAnswer("ann", "wrong")
			}
			return codeAnswer(protocol.CodeError)
		}}
		computer := &machine{programs: map[string]program{"/p": s.run}}
		m := computer.manager(t, nil, "/p")
		for _, uri := range []string{
			feedURL, feedURL, feedURL, feedURL, // false, true, true, true
			"https://f.example/elsewhere", "https://F.example/v3/index.json", // the same server: not asked
			"https://f.example:8443/v3/index.json", "http://f.example/v3/index.json", otherURL, // others
		} {
			_, _, _ = ask(t, m, uri)
		}
		if diff := cmp.Diff([]bool{false, true, true, true, false, false, false}, s.retries()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOnlyOneIsStarted: plugins behind the one with the answer are not even started.
func TestOnlyOneIsStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{"/p": new(scripted).run}}
		m := computer.manager(t, nil, "/p", "/missing")
		_, outcomes, err := ask(t, m, feedURL)
		if err != nil || len(outcomes) != 1 {
			t.Errorf("%q, %v", outcomes, err)
		}
	})
}

// TestProxy: a plugin hears of the proxy once a process, before it is asked, and in NuGet's odd form.
func TestProxy(t *testing.T) {
	tests := []struct {
		name, proxy, source string
		want                []protocol.SetCredentialsRequest
	}{
		{"none", "", feedURL, nil},
		{"anonymous", "http://proxy:3128", feedURL, []protocol.SetCredentialsRequest{{PackageSourceRepository: "/v3/index.json"}}},
		{
			"with password", "http://pu:p%40p@proxy:3128", feedURL,
			[]protocol.SetCredentialsRequest{{PackageSourceRepository: "/v3/index.json", ProxyUsername: new("pu"), ProxyPassword: new("p@p")}},
		},
		{
			"no path", "http://pu:pp@proxy:3128", "https://f.example",
			[]protocol.SetCredentialsRequest{{PackageSourceRepository: "/", ProxyUsername: new("pu"), ProxyPassword: new("pp")}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(scripted)
				computer := &machine{programs: map[string]program{"/p": s.run}}
				m := computer.manager(t, &ManagerOptions{Proxy: func(u *url.URL) (*url.URL, error) {
					if test.proxy == "" || u.Hostname() != "f.example" {
						return nil, nil
					}
					return url.Parse(test.proxy)
				}}, "/p")
				for _, uri := range []string{otherURL, test.source, feedURL} { // of which the first has no proxy
					if _, _, err := ask(t, m, uri); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(test.want, s.sentCredentials()); diff != "" {
					t.Error(diff)
				}
				want := "MonitorNuGetProcessExit Initialize GetOperationClaims SetLogLevel GetAuthenticationCredentials " +
					strings.Repeat("SetCredentials ", len(test.want)) + "GetAuthenticationCredentials GetAuthenticationCredentials"
				if got := s.take(); got != want {
					t.Errorf("received %s", got)
				}
				time.Sleep(2 * time.Minute)
				if _, _, err := ask(t, m, test.source); err != nil { // another process
					t.Fatal(err)
				}
				if n := len(s.sentCredentials()); n != 2*len(test.want) {
					t.Errorf("sent %d times to two processes", n)
				}
			})
		})
	}
}

func TestProxyFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		computer := &machine{programs: map[string]program{"/p": new(scripted).run}}
		m := computer.manager(t, &ManagerOptions{Proxy: func(*url.URL) (*url.URL, error) { return nil, errors.New("no such proxy") }}, "/p")
		_, outcomes, _ := ask(t, m, feedURL)
		if diff := cmp.Diff([]string{"/p was not asked: the proxy for the source is not known: no such proxy"}, outcomes); diff != "" {
			t.Error(diff)
		}
	})
}

// TestCredentialsCancelled: who leaves while a plugin is asked gets the reason at once, and the plugin is told.
func TestCredentialsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := false
		s := &scripted{handle: map[protocol.Method]conn.Handler{
			protocol.MethodGetAuthenticationCredentials: func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
				<-ctx.Done()
				told = errors.Is(context.Cause(ctx), conn.ErrCanceledByPeer)
				return nil, ctx.Err()
			},
		}}
		computer := &machine{programs: map[string]program{"/p": s.run, "/next": new(scripted).run}}
		m := computer.manager(t, nil, "/p", "/next")
		why := errors.New("the user left")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
		defer cancel()
		waiting := make(chan error)
		go func() { // waits for its turn meanwhile
			_, _, err := m.Credentials(ctx, CredentialsRequest{URI: otherURL})
			waiting <- err
		}()
		_, _, err := m.Credentials(ctx, CredentialsRequest{URI: feedURL})
		other := <-waiting
		synctest.Wait()
		if err != why || other != why || !told || computer.started() != 1 {
			t.Errorf("errors %v and %v, told %v, %d processes", err, other, told, computer.started())
		}
	})
}

func TestCredentialsOfNothing(t *testing.T) {
	m := NewManager(Discovery{}, nil)
	defer m.Close()
	for _, uri := range []string{"", "ftp://f.example/", "/folder", `C:\packages`, "https://"} {
		if _, _, err := m.Credentials(t.Context(), CredentialsRequest{URI: uri}); !errors.Is(err, ErrNotHTTP) {
			t.Errorf("%q: %v", uri, err)
		}
	}
	_, _, err := m.Credentials(t.Context(), CredentialsRequest{URI: "https://ann:hunter2@f.example/v3/index.json?sig=hunter2"})
	if err == nil || err.Error() != "no credentials for "+feedURL+": no plugin was found" {
		t.Errorf("error %v", err)
	}
}

// TestCredentialsAreNotShown in whatever way they are printed.
func TestCredentialsAreNotShown(t *testing.T) {
	c := &Credentials{Username: "ann", Password: "hunter2"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if text := fmt.Sprintf(format, c); strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("%s shows %s", format, text)
		}
	}
}
