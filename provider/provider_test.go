package provider

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

const (
	feed   = "https://feed.example/v3/index.json"
	secret = "canary-s3cret"
)

// start runs the plugin with an environment of its own.
func start(t *testing.T, env map[string]string) *plugintest.Client {
	t.Helper()
	return plugintest.Start(t, New(&Options{Getenv: func(name string) string { return env[name] }}), nil)
}

func ask(c *plugintest.Client, uri string, retry bool) *protocol.GetAuthenticationCredentialsResponse {
	return c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: uri, IsRetry: retry, IsNonInteractive: true, CanShowDialog: true})
}

func endpoints(entries string) map[string]string {
	return map[string]string{"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": `{"endpointCredentials":[` + entries + `]}`}
}

func goodEntry() string {
	return `{"endpoint":"` + feed + `","username":"ann","password":"` + secret + `"}`
}

func gave(username, password string) *protocol.GetAuthenticationCredentialsResponse {
	return &protocol.GetAuthenticationCredentialsResponse{Username: &username, Password: &password, AuthenticationTypes: []string{"Basic"}}
}

func declined() *protocol.GetAuthenticationCredentialsResponse {
	return &protocol.GetAuthenticationCredentialsResponse{ResponseCode: protocol.CodeError}
}

// prompts are the lines that every user sees.
func prompts(c *plugintest.Client) []string {
	var all []string
	for _, line := range c.Logs() {
		if line.LogLevel >= protocol.LevelMinimal {
			all = append(all, line.Message)
		}
	}
	return all
}

func TestGivesWhatTheEnvironmentHolds(t *testing.T) {
	c := start(t, endpoints(goodEntry()))
	if diff := cmp.Diff(gave("ann", secret), ask(c, feed, false)); diff != "" {
		t.Error(diff)
	}
	if shown := prompts(c); len(shown) > 0 {
		t.Errorf("the user reads %q", shown)
	}
}

// What is not ours is declined with the one answer that is silent and asked once, whatever the address looks like.
func TestDeclinesSilently(t *testing.T) {
	c := start(t, endpoints(goodEntry()))
	for _, uri := range []string{"https://feed.example.evil/v3/index.json", "http://feed.example/v3/index.json", "/relative", "ftp://feed.example/", `\\share\feed`} {
		if diff := cmp.Diff(declined(), ask(c, uri, false)); diff != "" {
			t.Errorf("%s: %s", uri, diff)
		}
	}
	if shown := prompts(c); len(shown) > 0 {
		t.Errorf("the user reads %q", shown)
	}
}

// A refused secret is not given again. First NuGet gets something that it never sends, and then the next plugin its turn.
func TestRetry(t *testing.T) {
	c := start(t, endpoints(goodEntry()))
	ask(c, feed, false)
	again := ask(c, feed, true)
	if again.ResponseCode != protocol.CodeSuccess || again.Password == nil || *again.Password != "" || strings.Join(again.AuthenticationTypes, " ") != "Declined" {
		t.Errorf("got %+v", again)
	}
	want := []string{"[CredentialProvider] nuplug: " + feed + " refused the credentials from VSS_NUGET_EXTERNAL_FEED_ENDPOINTS, entry 1: check user name and secret there"}
	for range 2 {
		if diff := cmp.Diff(declined(), ask(c, feed, true)); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(want, prompts(c)); diff != "" {
		t.Errorf("what the user reads: %s", diff)
	}
}

// A bad entry is named, once, and the others still work.
func TestBadEntry(t *testing.T) {
	c := start(t, endpoints(`{"endpoint":"feed.example","password":"`+secret+`"},`+goodEntry()))
	for range 2 {
		if diff := cmp.Diff(gave("ann", secret), ask(c, feed, false)); diff != "" {
			t.Error(diff)
		}
	}
	want := []string{"[CredentialProvider] nuplug: VSS_NUGET_EXTERNAL_FEED_ENDPOINTS, entry 1: endpoint: not a feed: the address does not begin with https:// or http://"}
	if diff := cmp.Diff(want, prompts(c)); diff != "" {
		t.Errorf("what the user reads: %s", diff)
	}
}

func TestRecording(t *testing.T) {
	env := endpoints(goodEntry())
	env[RecordVariable] = filepath.Join(t.TempDir(), "recording.jsonl")
	c := start(t, env)
	ask(c, feed, false)
	c.Close()
	content, err := os.ReadFile(env[RecordVariable])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), `"Method":"GetAuthenticationCredentials"`) || strings.Contains(string(content), secret) {
		t.Errorf("recorded:\n%s", content)
	}
}

// A recording that cannot be written costs no restore.
func TestRecordingInNoFolder(t *testing.T) {
	env := endpoints(goodEntry())
	env[RecordVariable] = filepath.Join(t.TempDir(), "no", "folder", "recording.jsonl")
	if diff := cmp.Diff(gave("ann", secret), ask(start(t, env), feed, false)); diff != "" {
		t.Error(diff)
	}
}

func TestClaims(t *testing.T) {
	c := start(t, nil)
	if got := c.Claims("", nil); !cmp.Equal(got, []protocol.OperationClaim{protocol.ClaimAuthentication}) {
		t.Errorf("for all sources: %v", got)
	}
	if got := c.Claims(feed, protocol.JSON(`{"version":"3.0.0","resources":[]}`)); len(got) != 0 {
		t.Errorf("for a source: %v", got)
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct{ self, path, want string }{
		{"/opt/bin/nuget-plugin-nuplug", "/usr/bin:/opt/bin/", "It does, at /opt/bin/nuget-plugin-nuplug."},
		{"/opt/bin/nuget-plugin-nuplug", "/usr/bin::/opt", "It does not: /opt/bin is not in PATH."},
		{"/opt/bin/nuplug", "/opt/bin", "This file is called nuplug, so it will not be found."},
	} {
		if got := place(c.self, c.path, "linux"); got != c.want {
			t.Errorf("%s in %s: %s", c.self, c.path, got)
		}
	}
}

// slowSource takes its time.
type slowSource struct{ takes time.Duration }

func (s slowSource) Name() string { return "slow" }

func (s slowSource) Find(ctx context.Context, _ credential.Request) (credential.Credential, error) {
	select {
	case <-time.After(s.takes):
		return credential.Credential{Username: "ann", Password: secret, From: "slow"}, nil
	case <-ctx.Done():
		return credential.Credential{}, ctx.Err()
	}
}

// Clients before NuGet 6.4 wait 5 s in all, so a search that takes long reports within the first second, and goes on.
func TestProgressWithinTheFirstSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(&Options{Getenv: func(string) string { return "" }, Sources: []credential.Source{slowSource{time.Minute}}})
		var mu sync.Mutex
		var progress []time.Duration
		began := time.Now()
		p.Observer = func(e plugin.Event) {
			if e.Message.Type == protocol.TypeProgress {
				mu.Lock()
				defer mu.Unlock()
				progress = append(progress, time.Since(began))
			}
		}
		c := plugintest.Start(t, p, &plugintest.Options{RequestTimeout: 5 * time.Second})
		if diff := cmp.Diff(gave("ann", secret), ask(c, feed, false)); diff != "" {
			t.Error(diff)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(progress) < 30 || progress[0] > time.Second {
			t.Errorf("progress came after %v", progress)
		}
	})
}
