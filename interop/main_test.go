package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
	"github.com/nuplug/nuplug/nupkg"
	"github.com/nuplug/nuplug/plugin"
)

// built is the folder with our commands, made by TestMain.
var built string

func TestMain(m *testing.M) {
	if plugin.WantsPlugin(os.Args[1:]) {
		noteStart(os.Getenv("OTHER_STARTED"))
		if os.Getenv("OTHER_SILENT") != "" {
			os.Exit(silentPlugin())
		}
		os.Exit(otherPlugin().Main())
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "nuplug-built-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "../cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build our commands: %v\n%s", err, out)
		return 1
	}
	built = folder
	return m.Run()
}

func ourPlugin() string { return filepath.Join(built, "nuget-plugin-nuplug") }

// noteStart writes down under what name a client started us.
func noteStart(file string) {
	if file == "" {
		return
	}
	if f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		fmt.Fprintln(f, os.Args[0])
		f.Close()
	}
}

// otherPlugin is what this test binary is when a client starts it: somebody else's plugin, which knows the feed that
// OTHER_FEED names and says so in the file that OTHER_LOG names.
func otherPlugin() *plugin.Plugin {
	return &plugin.Plugin{
		Name: "other",
		Credentials: func(ctx context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			if delay, err := time.ParseDuration(os.Getenv("OTHER_DELAY")); err == nil {
				select {
				case <-time.After(delay):
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
			if file, err := os.OpenFile(os.Getenv("OTHER_LOG"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
				fmt.Fprintf(file, "%s\n", r.URI)
				file.Close()
			}
			if r.URI != os.Getenv("OTHER_FEED") {
				return nil, nil
			}
			c := &plugin.Credentials{Username: "other", Password: os.Getenv("OTHER_PASSWORD")}
			if types := os.Getenv("OTHER_TYPES"); types != "" {
				c.Types = strings.Split(types, ",")
			}
			return c, nil
		},
	}
}

const (
	user     = "rig"
	password = "s3cr3t-of-the-rig"
)

func rig() clients.Package { return clients.Package{ID: "Rig.Pkg", Version: "1.0.0"} }

// newFeed starts a private feed with one package that needs another.
func newFeed(t *testing.T) *feedtest.Feed {
	t.Helper()
	f, err := feedtest.New(&feedtest.Options{Username: user, Password: password, Packages: packages(t, "Rig.Pkg", "Rig.Dep")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// packages makes packages of version 1.0.0, each of which needs the next.
func packages(t *testing.T, ids ...string) [][]byte {
	t.Helper()
	var all [][]byte
	for i, id := range ids {
		all = append(all, packageNeeding(t, id, ids[i+1:min(i+2, len(ids))]...))
	}
	return all
}

// packageNeeding makes a package of version 1.0.0 that needs others of that version.
func packageNeeding(t *testing.T, id string, needs ...string) []byte {
	t.Helper()
	version, err := nupkg.ParseVersion("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	group := nupkg.DependencyGroup{TargetFramework: ".NETStandard2.0"}
	for _, need := range needs {
		group.Dependencies = append(group.Dependencies, nupkg.Dependency{ID: need, Range: "1.0.0"})
	}
	p := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: nupkg.Identity{ID: id, Version: version}, Dependencies: []nupkg.DependencyGroup{group}}}
	content, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// know tells our plugin a feed's credentials, and nobody else.
func know(box *clients.Sandbox, url, user, password string) {
	box.Setenv("ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
		fmt.Sprintf(`{"endpointCredentials":[{"endpoint":%q,"username":%q,"password":%q}]}`, url, user, password))
}

func mustInstall(t *testing.T, box *clients.Sandbox, r clients.Result, want ...string) {
	t.Helper()
	var got []string
	for _, p := range box.Installed() {
		got = append(got, p.ID)
	}
	if r.ExitCode != 0 || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("installed %q, want %q\n%v", got, want, r)
	}
}

// mustFailWith401 is about what users complain of: stack traces, and time-outs that say nothing.
func mustFailWith401(t *testing.T, r clients.Result) {
	t.Helper()
	if r.ExitCode == 0 || !strings.Contains(r.Output, "401") {
		t.Errorf("want a failure with 401:\n%v", r)
	}
	for _, bad := range []string{"   at NuGet", "A task was canceled", "Problem starting the plugin"} {
		if strings.Contains(r.Output, bad) {
			t.Errorf("the output has %q:\n%v", bad, r)
		}
	}
}
