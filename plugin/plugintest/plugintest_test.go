package plugintest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/nupkg"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

const source = "https://nuget.acme.example/v3/index.json"

var contoso = plugintest.Package{Source: source, ID: "Contoso", Version: "1.0.0"}

// recorder stands in for a test that is expected to fail.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// run runs a test to its end and returns what it failed with.
func run(t *testing.T, p *plugin.Plugin, o *plugintest.Options, test func(*plugintest.Client)) []string {
	t.Helper()
	r := &recorder{TB: t}
	var running sync.WaitGroup
	running.Go(func() { test(plugintest.Start(r, p, o)) })
	running.Wait()
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.errors
}

func wantFailure(t *testing.T, got []string, want string) {
	t.Helper()
	if len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("the test failed with %q, want one failure with %q", got, want)
	}
}

// TestGoodPlugin uses all of the API.
func TestGoodPlugin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		sum, _, err := nupkg.Hash(strings.NewReader("contoso"))
		if err != nil {
			t.Fatal(err)
		}
		write := func(path string) error { return os.WriteFile(path, []byte("contoso"), 0o600) }
		p := &plugin.Plugin{
			Name: "acme",
			Credentials: func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
				r.Log(protocol.LevelInformation, "for "+r.URI)
				return &plugin.Credentials{Username: "ann", Password: "s3cret"}, nil
			},
			Accepts: func(_ context.Context, r *plugin.SourceRequest) (bool, error) { return r.Source == source, nil },
			Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
				r.Log(protocol.LevelDebug, "versions")
				return []string{"1.0.0", "1.1.0-rc.2"}, nil
			},
			Prefetch: func(ctx context.Context, r *plugin.PackageRequest) error {
				c, err := r.GetCredentials(ctx, r.Source, protocol.StatusUnauthorized)
				if err != nil || c.Username != "ann" || c.Password != "s3cret" || c.Types[0] != "Basic" {
					return fmt.Errorf("credentials %v, %w", c, err)
				}
				index, err := r.GetServiceIndex(ctx, r.Source)
				if err != nil || string(index) != `{"version":"3.0.0"}` {
					return fmt.Errorf("index %s, %w", index, err)
				}
				if sent, ok := r.SentCredentials(r.Source); !ok || *sent.Username != "ben" {
					return fmt.Errorf("sent credentials %v", sent)
				}
				return nil
			},
			Files: func(context.Context, *plugin.PackageRequest) ([]string, error) {
				return []string{"Contoso.nuspec", "lib/a.dll"}, nil
			},
			CopyFiles: func(_ context.Context, r *plugin.CopyFilesRequest) (paths []string, err error) {
				for _, name := range r.Files {
					paths = append(paths, filepath.Join(r.Folder, name))
					err = errors.Join(err, write(paths[len(paths)-1]))
				}
				return paths, err
			},
			CopyNupkg: func(_ context.Context, r *plugin.CopyNupkgRequest) error { return write(r.Path) },
			Hash:      func(context.Context, *plugin.HashRequest) (string, error) { return sum, nil },
		}
		c := plugintest.Start(t, p, &plugintest.Options{
			GetCredentials: func(string, protocol.HTTPStatus) *plugin.Credentials {
				return &plugin.Credentials{Username: "ann", Password: "s3cret", Types: []string{"Basic"}}
			},
			GetServiceIndex: func(string) protocol.JSON { return protocol.JSON(`{"version":"3.0.0"}`) },
		})

		if got := c.Claims("", nil); !cmp.Equal(got, []protocol.OperationClaim{protocol.ClaimAuthentication}) {
			t.Errorf("claims for all sources: %v", got)
		}
		if got := c.Claims(source, nil); !cmp.Equal(got, []protocol.OperationClaim{protocol.ClaimDownloadPackage}) {
			t.Errorf("claims for a source: %v", got)
		}
		c.SetCredentials(&protocol.SetCredentialsRequest{PackageSourceRepository: source, Username: new("ben")})
		if got := c.Versions(source, "Contoso").Versions; !cmp.Equal(got, []string{"1.0.0", "1.1.0-rc.2"}) {
			t.Errorf("versions: %v", got)
		}
		if len(c.Logs()) != 0 {
			t.Errorf("lines before SetLogLevel: %v", c.Logs())
		}
		for what, code := range map[string]protocol.ResponseCode{
			"Prefetch":  c.Prefetch(contoso).ResponseCode,
			"Files":     c.Files(contoso).ResponseCode,
			"CopyFiles": c.CopyFiles(contoso, folder, "Contoso.nuspec").ResponseCode,
			"CopyNupkg": c.CopyNupkg(contoso, filepath.Join(folder, "x.nupkg")).ResponseCode,
			"Hash":      c.Hash(contoso).ResponseCode,
		} {
			if code != protocol.CodeSuccess {
				t.Errorf("%s: %s", what, code)
			}
		}
		got := c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: source})
		want := &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new("s3cret"), AuthenticationTypes: []string{"Basic"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("credentials (-want +got):\n%s", diff)
		}
		wantLogs := []protocol.LogRequest{{LogLevel: protocol.LevelDebug, Message: "versions"}, {LogLevel: protocol.LevelInformation, Message: "for " + source}}
		if diff := cmp.Diff(wantLogs, c.Logs()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestBadPlugins has a row for everything that fails a test by itself.
func TestBadPlugins(t *testing.T) {
	ask := func(c *plugintest.Client) {
		c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: source})
	}
	credentials := func(f func(context.Context, *plugin.CredentialsRequest)) *plugin.Plugin {
		return &plugin.Plugin{Credentials: func(ctx context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			f(ctx, r)
			return nil, nil
		}}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	tests := []struct {
		name   string
		plugin *plugin.Plugin
		test   func(*plugintest.Client)
		want   string
	}{
		{"warning", credentials(func(_ context.Context, r *plugin.CredentialsRequest) { r.Log(protocol.LevelWarning, "careful") }), ask, "a line at Warning, which can fail a build (Options.AllowWarnings): careful"},
		{"error", credentials(func(_ context.Context, r *plugin.CredentialsRequest) { r.Log(protocol.LevelError, "bad") }), ask, "a line at Error"},
		{"warning that NuGet would never have read", &plugin.Plugin{Versions: func(_ context.Context, r *plugin.VersionsRequest) ([]string, error) {
			r.Log(protocol.LevelWarning, "careful")
			return nil, nil
		}}, func(c *plugintest.Client) { c.Versions(source, "Contoso") }, "careful"},
		{"GetCredentials inside Credentials", credentials(func(ctx context.Context, r *plugin.CredentialsRequest) {
			_, _ = r.GetCredentials(ctx, source, protocol.StatusUnauthorized)
		}), ask, "NuGet would wait for itself"},
		{"stuck", credentials(func(context.Context, *plugin.CredentialsRequest) { time.Sleep(time.Hour) }), func(c *plugintest.Client) {
			go func() {
				_, _ = c.Call(context.Background(), &protocol.GetAuthenticationCredentialsRequest{URI: source})
			}()
			synctest.Wait()
			c.Close()
			time.Sleep(time.Hour) // until it is gone
		}, "still at work 10s after the end"},
		{"no version", &plugin.Plugin{Versions: func(context.Context, *plugin.VersionsRequest) ([]string, error) {
			return []string{"one"}, nil
		}}, func(c *plugintest.Client) { c.Versions(source, "Contoso") }, `Versions: "one"`},
		{"no nuspec", files("lib/Contoso.nuspec"), func(c *plugintest.Client) { c.Files(contoso) }, "no .nuspec in the root"},
		{"backslashes", files("Contoso.nuspec", `lib\a.dll`), func(c *plugintest.Client) { c.Files(contoso) }, `"lib\\a.dll" is no path`},
		{"outside the package", files("Contoso.nuspec", "../a.dll"), func(c *plugintest.Client) { c.Files(contoso) }, `"../a.dll" is no path`},
		{"no copy", &plugin.Plugin{CopyFiles: func(_ context.Context, r *plugin.CopyFilesRequest) ([]string, error) {
			return []string{filepath.Join(missing, r.Files[0])}, nil
		}}, func(c *plugintest.Client) { c.CopyFiles(contoso, missing, "Contoso.nuspec") }, "a Success without the file"},
		{"no nupkg", &plugin.Plugin{CopyNupkg: func(context.Context, *plugin.CopyNupkgRequest) error { return nil }},
			func(c *plugintest.Client) { c.CopyNupkg(contoso, missing) }, "a Success without the file"},
		{"no hash", &plugin.Plugin{Hash: func(context.Context, *plugin.HashRequest) (string, error) { return "abc", nil }},
			func(c *plugintest.Client) { c.Hash(contoso) }, `"abc" is no SHA-512`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wantFailure(t, run(t, test.plugin, nil, test.test), test.want)
			})
		})
	}
}

func files(names ...string) *plugin.Plugin {
	return &plugin.Plugin{Files: func(context.Context, *plugin.PackageRequest) ([]string, error) { return names, nil }}
}

func TestRequestInFlightAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugin.Plugin{Prefetch: func(ctx context.Context, _ *plugin.PackageRequest) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		got := run(t, p, nil, func(c *plugintest.Client) {
			go func() {
				_, _ = c.Call(context.Background(), &protocol.PrefetchPackageRequest{PackageSourceRepository: source, PackageID: "a", PackageVersion: "1.0.0"})
			}()
			synctest.Wait()
		})
		wantFailure(t, got, "1 requests are in flight at the end of the test")
	})
}

func TestAllowWarnings(t *testing.T) {
	p := &plugin.Plugin{Credentials: func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
		r.Log(protocol.LevelError, "bad")
		return nil, nil
	}}
	c := plugintest.Start(t, p, &plugintest.Options{AllowWarnings: true, ProcessID: os.Getpid()})
	c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: source})
	if len(c.Logs()) != 1 {
		t.Errorf("log: %v", c.Logs())
	}
}

// TestNotBound: NuGet answers a plugin that has not claimed a source with a Fault, and ours lives on.
func TestNotBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugin.Plugin{Prefetch: func(ctx context.Context, r *plugin.PackageRequest) error {
			_, credentialsErr := r.GetCredentials(ctx, source, protocol.StatusUnauthorized)
			_, indexErr := r.GetServiceIndex(ctx, source)
			return errors.Join(credentialsErr, indexErr)
		}}
		c := plugintest.Start(t, p, nil)
		if got := c.Prefetch(contoso).ResponseCode; got != protocol.CodeError {
			t.Errorf("Prefetch: %s", got)
		}
		if logs := c.Logs(); len(logs) != 1 || strings.Count(logs[0].Message, "fault") != 2 {
			t.Errorf("log: %v", logs)
		}
	})
}

func TestNothingToGive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &plugin.Plugin{
			Accepts: func(context.Context, *plugin.SourceRequest) (bool, error) { return true, nil },
			Prefetch: func(ctx context.Context, r *plugin.PackageRequest) error {
				if _, err := r.GetServiceIndex(ctx, source); !errors.Is(err, plugin.ErrNotFound) {
					return errors.New("a service index")
				}
				_, err := r.GetCredentials(ctx, source, protocol.StatusUnauthorized)
				return err
			},
		}
		c := plugintest.Start(t, p, nil)
		c.Claims(source, nil)
		if got := c.Prefetch(contoso).ResponseCode; got != protocol.CodeNotFound {
			t.Errorf("Prefetch: %s", got)
		}
	})
}
