package interop

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/interop/clients"
	"github.com/nuplug/nuplug/protocol"
)

// openReference starts the reference plugin and gives its stream to conn, without the host between.
func openReference(t *testing.T, box *clients.Sandbox, r clients.Reference, o *conn.Options) (*conn.Conn, *proc.Process, error) {
	t.Helper()
	child, err := proc.Start(proc.Command{Path: r.Dotnet, Args: []string{r.Assembly, "-Plugin"}, Env: box.Environ(), Dir: box.Work, Stderr: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := child.Close(time.Second); err != nil {
			t.Error(err)
		}
	})
	c, err := conn.Open(t.Context(), conn.Join(child.Stdout(), child.Stdin()), protocol.Client, o)
	return c, child, err
}

// Each version range that we offer is answered by NuGet's own library as our table says.
func TestReferenceNegotiation(t *testing.T) {
	for _, c := range []struct{ version, minimum, want string }{
		{"2.0.0", "1.0.0", "2.0.0"},
		{"1.0.0", "1.0.0", "1.0.0"},
		{"3.0.0", "2.0.0", "2.0.0"},
		{"2.0.0-beta", "1.0.0", "2.0.0-beta"},
		{"3.0.0", "2.1.0", ""},
		{"0.9.0", "0.1.0", ""},
	} {
		t.Run(c.version+" down to "+c.minimum, func(t *testing.T) {
			eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
				connection, _, err := openReference(t, box, r, &conn.Options{Version: version(t, c.version), MinimumVersion: version(t, c.minimum)})
				switch {
				case c.want == "" && !errors.Is(err, conn.ErrRefused):
					t.Errorf("got %v, want a refusal", err)
				case c.want != "" && err != nil:
					t.Error(err)
				case c.want != "" && connection.Version() != version(t, c.want):
					t.Errorf("settled %s, want %s", connection.Version(), c.want)
				}
			})
		})
	}
}

func version(t *testing.T, s string) protocol.Version {
	t.Helper()
	v, err := protocol.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A cancelled request ends at once for us; the library answers with a Cancel of its own, and goes on.
func TestReferenceCancel(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		box.Setenv("REF_DELAY_MS", "60000")
		box.Setenv("REF_PROGRESS_MS", "200")
		var once sync.Once
		progress, confirmed := make(chan struct{}), make(chan struct{})
		p := launchReference(t, box, r, host.LaunchOptions{Observer: func(e host.Event) {
			switch {
			case e.Message.Type == protocol.TypeProgress:
				once.Do(func() { close(progress) })
			case e.Message.Type == protocol.TypeCancel && !e.Sent:
				close(confirmed)
			}
		}})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-progress
			cancel()
		}()
		if _, err := p.Authenticate(ctx, credentialsRequest()); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		<-confirmed
		if _, known, err := p.Claims(t.Context(), "", nil); err != nil || !known {
			t.Errorf("after the cancel: %v, %v", known, err)
		}
	})
}

// Requests run at once and answers come in any order: quick ones overtake a slow one.
func TestReferenceParallel(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		box.Setenv("REF_DELAY_MS", "3000")
		p := launchReference(t, box, r, host.LaunchOptions{})
		slow := make(chan error, 1)
		go func() {
			_, err := p.Authenticate(t.Context(), credentialsRequest())
			slow <- err
		}()
		var quick sync.WaitGroup
		for range 20 {
			quick.Go(func() {
				if _, known, err := p.Claims(t.Context(), "", nil); err != nil || !known {
					t.Errorf("got %v, %v", known, err)
				}
			})
		}
		quick.Wait()
		select {
		case err := <-slow:
			t.Errorf("the slow answer came before the quick ones: %v", err)
		default:
		}
		if err := <-slow; err != nil {
			t.Error(err)
		}
	})
}

// Close ends a plugin on NuGet's library by itself: nobody has to kill it.
func TestReferenceShutdown(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		c, child, err := openReference(t, box, r, nil)
		if err != nil {
			t.Fatal(err)
		}
		// The library's author hooks up to the end only after the handshake: an answer says that this is done.
		if _, err := c.Call(t.Context(), new(protocol.GetOperationClaimsRequest)); err != nil {
			t.Fatal(err)
		}
		if err := c.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
		<-child.Done()
		if state, _ := child.ExitState(); !state.Success() {
			t.Errorf("it %s", state)
		}
	})
}

// slowPlugin is a client's view of our slow plugin: both clients, with time-outs of two seconds.
func slowPlugin(t *testing.T, test func(t *testing.T, box *clients.Sandbox)) {
	for name, client := range map[string]func(testing.TB) *clients.Client{"dotnet": clients.Dotnet10, "NuGet.exe": clients.NuGetExe58} {
		t.Run(name, func(t *testing.T) {
			box := clients.NewSandbox(t, client(t))
			program := behind(t, box)
			box.Setenv("PATH", program+":"+box.Getenv("PATH"))
			box.Setenv("NUGET_NETFX_PLUGIN_PATHS", program+"/nuget-plugin-other")
			box.Setenv(host.RequestTimeoutVariable, "2")
			test(t, box)
		})
	}
}

// A plugin that needs longer than the client waits is waited for, because the SDK reports progress by itself.
func TestClientWaitsForProgress(t *testing.T) {
	slowPlugin(t, func(t *testing.T, box *clients.Sandbox) {
		feed := otherFeed(t, "Rig.Pkg")
		knowOther(t, box, feed.URL(), "theirs")
		box.Setenv("OTHER_DELAY", "5s")
		box.Config(clients.Source{Name: "rig", URL: feed.URL()})
		mustInstall(t, box, box.Get(rig()), "rig.pkg")
	})
}

// A plugin that is silent for too long ends the client's operation; the plugin sees it and goes. (A process that is left
// fails the test.) Clients send a Cancel or they do not.
func TestClientGivesUp(t *testing.T) {
	slowPlugin(t, func(t *testing.T, box *clients.Sandbox) {
		feed := otherFeed(t, "Rig.Pkg")
		asked := knowOther(t, box, feed.URL(), "theirs")
		box.Setenv("OTHER_DELAY", "5m")
		box.Setenv("OTHER_SILENT", "1")
		box.Config(clients.Source{Name: "rig", URL: feed.URL()})
		if r := box.Get(rig()); r.ExitCode == 0 || !strings.Contains(r.Output, "cancel") {
			t.Errorf("want a failure that speaks of cancelling:\n%v", r)
		}
		log := asked()
		if !strings.Contains(log, "ended: ") {
			t.Errorf("the silent plugin did not see the end:\n%s", log)
		}
		t.Logf("the plugin saw:\n%s", log)
	})
}

// silentPlugin is written on conn alone, because the SDK is never silent. It writes down what it sees.
func silentPlugin() int {
	note := func(line string) {
		if file, err := os.OpenFile(os.Getenv("OTHER_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			_, _ = file.WriteString(line + "\n")
			file.Close()
		}
	}
	success := func(r protocol.Response) conn.Handler {
		return func(context.Context, *conn.Request) (protocol.Response, error) { return r, nil }
	}
	c, err := conn.Open(context.Background(), conn.Join(os.Stdin, os.Stdout), protocol.Plugin, &conn.Options{
		Handlers: map[protocol.Method]conn.Handler{
			protocol.MethodMonitorNuGetProcessExit: success(&protocol.MonitorNuGetProcessExitResponse{}),
			protocol.MethodInitialize:              success(&protocol.InitializeResponse{}),
			protocol.MethodSetLogLevel:             success(&protocol.SetLogLevelResponse{}),
			protocol.MethodGetOperationClaims:      success(&protocol.GetOperationClaimsResponse{Claims: []protocol.OperationClaim{protocol.ClaimAuthentication}}),
			protocol.MethodGetAuthenticationCredentials: func(ctx context.Context, _ *conn.Request) (protocol.Response, error) {
				<-ctx.Done()
				note("the request ended: " + context.Cause(ctx).Error())
				return nil, ctx.Err()
			},
		},
	})
	if err != nil {
		return 1
	}
	<-c.Done()
	note("the conversation ended: " + c.Cause().Error())
	return 0
}
