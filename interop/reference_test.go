package interop

import (
	"errors"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/interop/clients"
	"github.com/nuplug/nuplug/protocol"
)

const anyFeed = "https://feed.example/v3/index.json"

// eachReader runs a test with both JSON readers of the reference plugin.
func eachReader(t *testing.T, test func(*testing.T, *clients.Sandbox, clients.Reference)) {
	for name, value := range map[string]string{"Newtonsoft.Json": "false", "System.Text.Json": "true"} {
		t.Run(name, func(t *testing.T) {
			reference := clients.ReferencePlugin(t)
			box := clients.NewSandbox(t, reference.Client)
			box.Setenv(otherReader, value)
			test(t, box, reference)
		})
	}
}

// launchReference starts the reference plugin with our host.
func launchReference(t *testing.T, box *clients.Sandbox, r clients.Reference, o host.LaunchOptions) *host.Plugin {
	t.Helper()
	o.Env, o.Dir, o.Stderr = box.Environ(), box.Work, t.Output()
	p, err := host.Launch(t.Context(), r.Assembly, host.Start{Program: r.Dotnet, Args: []string{r.Assembly, "-Plugin"}, ViaHost: true}, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func credentialsRequest() protocol.GetAuthenticationCredentialsRequest {
	return protocol.GetAuthenticationCredentialsRequest{URI: anyFeed, IsNonInteractive: true, CanShowDialog: true}
}

func TestReferenceGivesCredentials(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		p := launchReference(t, box, r, host.LaunchOptions{})
		claims, known, err := p.Claims(t.Context(), "", nil)
		if err != nil || !known || len(claims) != 1 || claims[0] != protocol.ClaimAuthentication {
			t.Fatal(claims, known, err)
		}
		answer, err := p.Authenticate(t.Context(), credentialsRequest())
		if err != nil || answer.ResponseCode != protocol.CodeSuccess || *answer.Username != "user" || *answer.Password != "s3cret" {
			t.Errorf("got %+v, %v", answer, err)
		}
	})
}

// An answer that takes longer than the time-out arrives because of the library's progress messages.
func TestReferenceDelayed(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		box.Setenv("REF_DELAY_MS", "4000")
		box.Setenv("REF_PROGRESS_MS", "500")
		progress := 0
		p := launchReference(t, box, r, host.LaunchOptions{
			Timeouts: host.Timeouts{Request: 2 * time.Second},
			Observer: func(e host.Event) {
				if e.Message.Type == protocol.TypeProgress {
					progress++
				}
			},
		})
		answer, err := p.Authenticate(t.Context(), credentialsRequest())
		if err != nil || answer.ResponseCode != protocol.CodeSuccess {
			t.Fatalf("got %+v, %v", answer, err)
		}
		if progress < 2 {
			t.Errorf("%d progress messages came, so the time-out was not put to the test", progress)
		}
	})
}

func TestReferenceSilentForTooLong(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		box.Setenv("REF_DELAY_MS", "60000")
		box.Setenv("REF_PROGRESS_MS", "0")
		p := launchReference(t, box, r, host.LaunchOptions{Timeouts: host.Timeouts{Request: 2 * time.Second}})
		_, err := p.Authenticate(t.Context(), credentialsRequest())
		if timeout, ok := errors.AsType[*conn.TimeoutError](err); !ok || timeout.After != 2*time.Second {
			t.Errorf("got %v", err)
		}
		// The Cancel that followed stopped the wait, and the plugin is still of use.
		if _, known, err := p.Claims(t.Context(), "", nil); err != nil || !known {
			t.Error(known, err)
		}
	})
}

func TestReferenceRefuses(t *testing.T) {
	for name, code := range map[string]protocol.ResponseCode{"NotFound": protocol.CodeNotFound, "Error": protocol.CodeError} {
		t.Run(name, func(t *testing.T) {
			eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
				box.Setenv("REF_ANSWER", name)
				answer, err := launchReference(t, box, r, host.LaunchOptions{}).Authenticate(t.Context(), credentialsRequest())
				if err != nil || answer.ResponseCode != code || *answer.Message != "as asked" {
					t.Errorf("got %+v, %v", answer, err)
				}
			})
		})
	}
}
