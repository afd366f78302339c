package interop

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nuplug/nuplug/interop/clients"
)

// marked is in every secret of the canary test.
const marked = "zw1tsch3r"

// Secrets appear in no output, log, recording, cache or temporary file, and on no command line: not of the plugin while
// dotnet restores with it at its most talkative, and not of our commands. Excepted are the files that the user put them
// into, the one file of `nuplug login`, and what `nuplug credentials` prints, which is its result.
func TestSecretsAppearNowhere(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	_, kept := vendorFeed(t, "/kept", "ann", marked+"-kept", "Kept.Pkg")
	know(box, feed.URL(), user, marked+"-wrong-endpoint") // refused, so that the paths of failure are walked as well
	for _, name := range []string{"CI_JOB_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITLAB_TOKEN", "VSS_NUGET_ACCESSTOKEN"} {
		box.Setenv(name, marked+"-"+strings.ToLower(name))
	}
	box.Setenv("CI_SERVER_URL", "https://gitlab.example")
	box.Setenv("VSS_NUGET_URI_PREFIXES", "https://pkgs.example/acme;not a feed "+marked)
	box.Setenv("VSS_NUGET_EXTERNAL_FEED_ENDPOINTS", `{"endpointCredentials":[{"endpoint":"no feed","password":"`+marked+`-bad"},{"endpoint":"https://u:`+marked+`@x y/"}]}`)
	box.Setenv("HTTPS_PROXY", "http://proxy:"+marked+"-proxy@127.0.0.1:1")
	box.Setenv("NuGetPackageSourceCredentials_other", "Username=ann;Password="+marked+"-variable")
	box.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	box.Setenv("NUPLUG_RECORD", filepath.Join(box.Dir, "recording.jsonl"))
	box.Setenv("NUGET_PLUGIN_ENABLE_LOG", "true")
	box.Setenv("NUGET_PLUGIN_LOG_DIRECTORY_PATH", box.Work)
	netrc := filepath.Join(box.Home, ".netrc")
	if err := os.WriteFile(netrc, []byte("machine feed.example login ann password "+marked+"-netrc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	box.Config(clients.Source{Name: "rig", URL: feed.URL()}, clients.Source{Name: "kept", URL: kept}, clients.Source{Name: "other", URL: "https://other.example/v3/index.json"})

	watch := watchCommandLines(t)
	login(t, box, kept, "ann", marked+"-kept")
	box.Project(rig())
	r := box.Restore("-v", "diag", "--ignore-failed-sources")
	check(t, "dotnet restore", r.Output)
	for _, args := range [][]string{
		{"explain", feed.URL()}, {"explain", "other"}, {"explain", kept, "--output", "json"}, {"explain", "https://gitlab.example/api/v4/projects/7/packages/nuget/index.json"},
		{"explain", "https://feed.example/v3/index.json"}, {"status"}, {"status", "--output", "json"}, {"plugins", "--probe"}, {"plugins", "--probe", "--output", "json"},
		{"doctor"}, {"doctor", "kept", "--output", "json"}, {"doctor", "https://u:" + marked + "-url@other.example/"}, {"config", "check"}, {"locals", "all", "--list"},
		{"credentials", "https://nobody.example/", "-v"}, {"credentials", "https://u:" + marked + "-url@nobody.example/?sig=" + marked, "-v"},
		{"login", "https://u:" + marked + "-url@other.example/", "-u", "ann"}, {"logout", kept}, {"demo"}, {"version"},
	} {
		check(t, "nuplug "+args[0], ours(t, box, args...))
	}
	watch()
	excepted := []string{netrc, filepath.Join(box.Work, "NuGet.Config"), filepath.Join(box.Home, ".config/nuplug/logins-secret.json")}
	_ = filepath.WalkDir(box.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || slices.Contains(excepted, path) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(marked)) && !isRunLog(box, path) {
			t.Errorf("a secret is in %s", path)
		}
		return nil
	})
}

// isRunLog is for the sandbox's own copies of what the client printed, which check has seen, and what diag prints: dotnet
// itself lists its environment there.
func isRunLog(box *clients.Sandbox, path string) bool {
	return filepath.Dir(path) == filepath.Join(box.Dir, "logs")
}

// check looks at what was printed. dotnet's diagnostic log lists the environment; those lines are not ours.
func check(t *testing.T, who, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		if strings.Contains(line, marked) && !isEnvironment(line) {
			t.Errorf("%s shows a secret: %s", who, line)
		}
	}
}

func isEnvironment(line string) bool {
	name, _, ok := strings.Cut(strings.TrimSpace(line), " = ")
	return ok && !strings.ContainsAny(name, " :[")
}

// ours runs one of our commands in the sandbox. Whether it succeeds does not matter here.
func ours(t *testing.T, box *clients.Sandbox, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(built, "nuplug"), args...)
	c.Env, c.Dir = box.Environ(), box.Work
	out, _ := c.CombinedOutput()
	return string(out)
}

// watchCommandLines looks at all command lines until it is told to stop, and fails the test for a secret in one that is not
// of the test's own making (a URL that it gives our command is).
func watchCommandLines(t *testing.T) (stop func()) {
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, file := range lines {
				line, err := os.ReadFile(file)
				if err == nil && bytes.Contains(line, []byte(marked)) && !bytes.Contains(line, []byte(marked+"-url")) {
					t.Errorf("a secret is on a command line: %q", line)
					return
				}
			}
		}
	})
	return func() {
		close(done)
		watching.Wait()
	}
}
