package plugin_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

func TestClaimsFollowFromTheFunctions(t *testing.T) {
	credentials := func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) { return nil, nil }
	prefetch := func(context.Context, *plugin.PackageRequest) error { return nil }
	accepts := func(answer bool, err error) func(context.Context, *plugin.SourceRequest) (bool, error) {
		return func(context.Context, *plugin.SourceRequest) (bool, error) { return answer, err }
	}
	panics := func(context.Context, *plugin.SourceRequest) (bool, error) { panic("oops") }
	authentication, download := []protocol.OperationClaim{protocol.ClaimAuthentication}, []protocol.OperationClaim{protocol.ClaimDownloadPackage}
	none := []protocol.OperationClaim{}
	tests := []struct {
		name              string
		plugin            plugin.Plugin
		forAll, forSource []protocol.OperationClaim
		lines             int
	}{
		{"nothing", plugin.Plugin{}, none, none, 0},
		{"credentials", plugin.Plugin{Credentials: credentials}, authentication, none, 0},
		{"downloads", plugin.Plugin{Accepts: accepts(true, nil), Prefetch: prefetch}, none, download, 0},
		{"both, each to its question", plugin.Plugin{Credentials: credentials, Accepts: accepts(true, nil), Prefetch: prefetch}, authentication, download, 0},
		{"not this source", plugin.Plugin{Accepts: accepts(false, nil), Prefetch: prefetch}, none, none, 0},
		{"true and an error", plugin.Plugin{Accepts: accepts(true, errOrdinary), Prefetch: prefetch}, none, download[:0], 1},
		{"a quiet error", plugin.Plugin{Accepts: accepts(false, plugin.ErrDeclined), Prefetch: prefetch}, none, none, 0},
		{"a panic", plugin.Plugin{Accepts: panics, Prefetch: prefetch}, none, none, 2},
		{"downloads without a check", plugin.Plugin{Prefetch: prefetch}, none, none, 0},
		{"a check without downloads", plugin.Plugin{Accepts: accepts(true, nil)}, none, none, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := plugintest.Start(t, &test.plugin, nil)
				c.SetLogLevel(protocol.LevelDebug)
				if diff := cmp.Diff(test.forAll, c.Claims("", nil)); diff != "" {
					t.Errorf("for all sources (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.forSource, c.Claims(source, nil)); diff != "" {
					t.Errorf("for a source (-want +got):\n%s", diff)
				}
				if lines := texts(c.Logs()); len(lines) != test.lines {
					t.Errorf("log: %q, want %d lines", lines, test.lines)
				}
			})
		})
	}
}

func TestAcceptsSeesTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		p := &plugin.Plugin{
			Prefetch: func(context.Context, *plugin.PackageRequest) error { return nil },
			Accepts: func(_ context.Context, r *plugin.SourceRequest) (bool, error) {
				got = append(got, r.Source, string(r.ServiceIndex))
				return false, errOrdinary
			},
		}
		c := plugintest.Start(t, p, nil)
		c.SetLogLevel(protocol.LevelDebug)
		c.Claims("https://ann:s3cret@nuget.acme.example/v3/index.json?key=abc", protocol.JSON(`{"version":"3.0.0"}`))
		if want := []string{"https://ann:s3cret@nuget.acme.example/v3/index.json?key=abc", `{"version":"3.0.0"}`}; !slices.Equal(got, want) {
			t.Errorf("Accepts saw %q, want %q", got, want)
		}
		want := []string{"Minimal: [CredentialProvider] plugin: claims for https://nuget.acme.example/v3/index.json: the server is on fire"}
		if diff := cmp.Diff(want, texts(c.Logs())); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestHalfAQuestion has a service index and no source, which no client sends.
func TestHalfAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugin.Plugin{Credentials: func(context.Context, *plugin.CredentialsRequest) (*plugin.Credentials, error) { return nil, nil }}
		w := dial(t, p)
		got := w.ask(&protocol.GetOperationClaimsRequest{ServiceIndex: protocol.JSON(`{}`)})
		if claims := got.(*protocol.GetOperationClaimsResponse).Claims; len(claims) != 0 {
			t.Errorf("claims %v", claims)
		}
	})
}

func TestClientTellsAboutItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []plugin.Client
		w := dial(t, authenticating(func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			got = append(got, r.Client())
			return nil, nil
		}))
		w.ask(forCredentials())
		w.ask(&protocol.MonitorNuGetProcessExitRequest{ProcessID: noProcess})
		w.ask(&protocol.InitializeRequest{ClientVersion: "6.12.1", Culture: "fr-FR", RequestTimeout: time.Second})
		w.setLogLevel(protocol.LevelVerbose)
		w.ask(forCredentials())
		want := []plugin.Client{
			{Protocol: protocol.CurrentVersion()},
			{Version: "6.12.1", Culture: "fr-FR", ProcessID: noProcess, Protocol: protocol.CurrentVersion(), LogLevel: protocol.LevelVerbose},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
