package plugin_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

func TestCredentialsAreNotPrinted(t *testing.T) {
	c := plugin.Credentials{Username: "ann", Password: "s3cret"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, value := range []any{c, &c, []plugin.Credentials{c}, struct{ C plugin.Credentials }{c}} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, "s3cret") {
				t.Errorf("%s of a %T: %s", verb, value, text)
			}
		}
	}
	if got, want := c.String(), "ann:***"; got != want {
		t.Errorf("String: %s, want %s", got, want)
	}
}

// TestSecretLikeADate sends what makes the same header, and tells once about what cannot be helped.
func TestSecretLikeADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := &plugin.Credentials{Username: "ci", Password: "2020-01-02T03:04:05Z"}
		c := plugintest.Start(t, authenticating(func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) { return given, nil }), nil)
		want := &protocol.GetAuthenticationCredentialsResponse{Username: new("ci:2020-01-02T03"), Password: new("04:05Z"), AuthenticationTypes: []string{"Basic"}}
		if diff := cmp.Diff(want, c.Credentials(forCredentials())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if lines := texts(c.Logs()); len(lines) != 0 {
			t.Errorf("log %q", lines)
		}
		given = &plugin.Credentials{Username: "ci", Password: "/Date(1577934245000)/"}
		want = &protocol.GetAuthenticationCredentialsResponse{Username: &given.Username, Password: &given.Password, AuthenticationTypes: []string{"Basic"}}
		for range 4 {
			if diff := cmp.Diff(want, c.Credentials(forCredentials())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		lines := texts(c.Logs())
		if len(lines) != 1 {
			t.Fatalf("log %q, want one line", lines)
		}
		wantText(t, "log", lines[0], "Minimal: [CredentialProvider] acme: credentials: ", "looks like a date", "NUGET_USE_SYSTEM_TEXT_JSON_DESERIALIZATION=true")
	})
}

// TestObserver sees both directions, the handshake included, and no password.
func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen strings.Builder
		methods := map[protocol.Method]int{}
		p := authenticating(func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			return &plugin.Credentials{Username: "ci", Password: "2020-s3creT03:04:05Z"}, nil
		})
		p.Observer = func(e plugin.Event) {
			mu.Lock()
			defer mu.Unlock()
			methods[e.Message.Method]++
			fmt.Fprintf(&seen, "%t %s\n", e.Sent, e.Message.Payload)
		}
		w := dial(t, p)
		w.ask(&protocol.SetCredentialsRequest{PackageSourceRepository: source, Username: new("ann"), Password: new("s3cret"), ProxyPassword: new("s3cret")})
		w.ask(forCredentials())
		mu.Lock()
		defer mu.Unlock()
		wantText(t, "seen", seen.String(), `"Username":"ann"`, `"Username":"ci`)
		if strings.Contains(seen.String(), "s3cre") {
			t.Errorf("a password is seen:\n%s", seen.String())
		}
		want := map[protocol.Method]int{protocol.MethodHandshake: 4, protocol.MethodSetCredentials: 2, protocol.MethodGetAuthenticationCredentials: 2}
		if diff := cmp.Diff(want, methods); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestSentCredentials keeps what NuGet said last about a source.
func TestSentCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		c := plugintest.Start(t, authenticating(func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			for _, source := range []string{"/v3/index.json", "/other"} {
				sent, ok := r.SentCredentials(source)
				got = append(got, fmt.Sprint(ok))
				if ok {
					got = append(got, *sent.ProxyUsername+" "+*sent.ProxyPassword)
				}
			}
			return nil, nil
		}), nil)
		for _, name := range []string{"first", "second"} {
			c.SetCredentials(&protocol.SetCredentialsRequest{PackageSourceRepository: "/v3/index.json", ProxyUsername: &name, ProxyPassword: new("pp")})
		}
		c.Credentials(forCredentials())
		if diff := cmp.Diff([]string{"true", "second pp", "false"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
