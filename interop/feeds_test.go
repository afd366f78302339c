package interop

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

// vendorFeed is a feed that lies where a vendor's feeds lie: a server of its own in front of a feed, which puts its own
// addresses into what the feed says.
func vendorFeed(t *testing.T, path, user, secret, id string, needs ...string) (server, source string) {
	t.Helper()
	feed, err := feedtest.New(&feedtest.Options{Username: user, Password: secret, Packages: [][]byte{packageNeeding(t, id, needs...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { feed.Close() })
	inner, err := url.Parse(strings.TrimSuffix(feed.URL(), "/v3/index.json"))
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(nil)
	t.Cleanup(front.Close)
	proxy := httputil.NewSingleHostReverseProxy(inner)
	proxy.ModifyResponse = func(r *http.Response) error {
		if !strings.Contains(r.Header.Get("Content-Type"), "json") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		body = bytes.ReplaceAll(body, []byte(inner.String()), []byte(front.URL+path))
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	front.Config.Handler = http.StripPrefix(path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/index.json" { // where the vendors have it
			r.URL.Path = "/v3/index.json"
		}
		r.Header.Del("Accept-Encoding")
		proxy.ServeHTTP(w, r)
	}))
	return front.URL, front.URL + path + "/index.json"
}

// One plugin signs a client in to feeds of four kinds in one run: static endpoints, a GitLab of one's own with the token of
// its CI job, a GitHub Enterprise Server that the configuration names, and what `nuplug login` stored.
func TestFeedsOfFourKinds(t *testing.T) {
	for name, client := range map[string]func(testing.TB) *clients.Client{"dotnet": clients.Dotnet10, "NuGet.exe": clients.NuGetExe58} {
		t.Run(name, func(t *testing.T) {
			box := clients.NewSandbox(t, client(t))
			box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
			box.Setenv("NUGET_NETFX_PLUGIN_PATHS", filepath.Join(box.PluginDir, "nuget-plugin-nuplug"))
			box.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // no keychain: the login is in a file

			_, endpoints := vendorFeed(t, "/static", "rig", "s-endpoint", "Endpoint.Pkg", "GitLab.Pkg", "GitHub.Pkg", "Kept.Pkg")
			know(box, endpoints, "rig", "s-endpoint")

			gitlab, project := vendorFeed(t, "/api/v4/projects/7/packages/nuget", "gitlab-ci-token", "s-job", "GitLab.Pkg")
			box.Setenv("CI_SERVER_URL", gitlab)
			box.Setenv("CI_JOB_TOKEN", "s-job")

			github, owner := vendorFeed(t, "/_registry/nuget/acme", "octocat", "s-github", "GitHub.Pkg")
			box.Setenv("GITHUB_ACTOR", "octocat")
			box.Setenv("GH_ENTERPRISE_TOKEN", "s-github")
			box.Setenv("NUPLUG_CONFIG", box.Write("nuplug.toml", `
[[feed]]
url = "`+owner+`"
kind = "github"
server = "`+github+`"
`))
			_, kept := vendorFeed(t, "/kept", "ann", "s-kept", "Kept.Pkg")
			login(t, box, kept, "ann", "s-kept")

			box.Config(clients.Source{Name: "endpoint", URL: endpoints}, clients.Source{Name: "gitlab", URL: project},
				clients.Source{Name: "github", URL: owner}, clients.Source{Name: "kept", URL: kept})
			// One package, which needs one of each of the other feeds.
			r := box.Get(clients.Package{ID: "Endpoint.Pkg", Version: "1.0.0"})
			mustInstall(t, box, r, "endpoint.pkg", "github.pkg", "gitlab.pkg", "kept.pkg")
		})
	}
}

// login runs `nuplug login` in a sandbox.
func login(t *testing.T, box *clients.Sandbox, source, user, secret string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(built, "nuplug"), "login", source, "--username", user, "--password-stdin")
	c.Env, c.Dir, c.Stdin = box.Environ(), box.Work, strings.NewReader(secret)
	if out, err := c.CombinedOutput(); err != nil || strings.Contains(string(out), secret) {
		t.Fatalf("nuplug login: %v\n%s", err, out)
	}
}

// A feed that the configuration names and that has no login: NuGet's advice once, ours once with the command, and never a
// warning of ours, which would fail a build that runs with -warnaserror.
func TestDotnetOursWithoutLogin(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	box.Setenv("NUPLUG_CONFIG", box.Write("nuplug.toml", "[[feed]]\nurl = \""+feed.URL()+"\"\n"))
	box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	r := box.Get(rig())
	mustFailWith401(t, r)
	if n := strings.Count(r.Output, "[CredentialProvider] nuplug: no login for "+feed.URL()+": run nuplug login "+feed.URL()); n != 1 {
		t.Errorf("the user reads our advice %d times:\n%v", n, r)
	}
	if n := strings.Count(r.Output, "The plugin credential provider could not acquire credentials"); n != 1 {
		t.Errorf("the user reads NuGet's warning %d times:\n%v", n, r)
	}
}

// NuGet.exe shows our advice too, once, and fails in its own words.
func TestNuGetExeOursWithoutLogin(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.NuGetExe58(t)), newFeed(t)
	conventionFolder(box)
	box.Setenv("NUPLUG_CONFIG", box.Write("nuplug.toml", "[[feed]]\nurl = \""+feed.URL()+"\"\n"))
	box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	r := box.Get(rig())
	if n := strings.Count(r.Output, "[CredentialProvider] nuplug: no login for "+feed.URL()+": run nuplug login "+feed.URL()); n != 1 || r.ExitCode == 0 {
		t.Errorf("the user reads our advice %d times:\n%v", n, r)
	}
}
