package interop

import (
	"os"
	"testing"
	"time"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/interop/clients"
)

// Our manager takes the reference plugin through its life: it signs in, is ended when idle, is started again, dies, and
// is started again.
func TestReferenceUnderManager(t *testing.T) {
	eachReader(t, func(t *testing.T, box *clients.Sandbox, r clients.Reference) {
		box.Setenv("DOTNET_HOST_PATH", r.Dotnet)
		discovery := host.Only(mustClient(t, "dotnet@10"), host.ParseEnv(box.Environ()), r.Assembly)
		m := host.NewManager(discovery, &host.ManagerOptions{Launch: host.LaunchOptions{
			Env: box.Environ(), Dir: box.Work, Stderr: t.Output(), Timeouts: host.Timeouts{Idle: time.Second},
		}})
		defer m.Close()
		signIn := func(when string) *host.Plugin {
			t.Helper()
			c, attempts, err := m.Credentials(t.Context(), host.CredentialsRequest{URI: anyFeed, NonInteractive: true})
			if err != nil || c.Username != "user" || c.Password.Reveal() != "s3cret" {
				t.Fatalf("%s: %v, %v, %v", when, c, attempts, err)
			}
			p, err := m.Plugin(t.Context(), discovery.Candidates[0])
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			return p
		}

		first := signIn("at first")
		<-first.Done() // nobody wants anything for a second
		if left := box.Processes(); len(left) > 0 {
			t.Errorf("after the idle end: %v", left)
		}

		second := signIn("after the idle end")
		if second == first {
			t.Fatal("the plugin that was ended is used again")
		}
		for _, p := range box.Processes() {
			process, err := os.FindProcess(p.PID)
			if err == nil {
				err = process.Kill()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		<-second.Done()
		if third := signIn("after the crash"); third == second {
			t.Fatal("the plugin that died is used again")
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if left := box.Processes(); len(left) > 0 {
			t.Errorf("after Close: %v", left)
		}
	})
}
