package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

// dotnet 10 signs in with what nuplug exports, with no plugin to be found, and the credentials arrive letter by letter.
func TestDotnetWithExportedCredentials(t *testing.T) {
	for _, c := range []struct{ format, source, password string }{
		{"nuget-config", "My Rig+1", "<p&a'ss\"%wo;rd% ü😀 "},
		{"nuget-config", "_x0041_é", "tab\tand line\n"},
		{"env", "rig_1", "<p&a'ss\"%PATH%;Password=$(id)`id` ü😀\\"},
	} {
		t.Run(c.format+" "+c.source, func(t *testing.T) {
			box := clients.NewSandbox(t, clients.Dotnet10(t))
			feed, err := feedtest.New(&feedtest.Options{Username: user, Password: c.password, Packages: packages(t, "Rig.Pkg", "Rig.Dep")})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { feed.Close() })
			box.Config(clients.Source{Name: c.source, URL: feed.URL()})
			text := exportFrom(t, box, feed.URL(), c.format, c.source, c.password)
			mustFailWith401(t, box.Get(rig()))
			if c.format == "env" {
				box.Setenv("NuGetPackageSourceCredentials_"+c.source, evaluate(t, text, "NuGetPackageSourceCredentials_"+c.source))
			} else {
				write(t, filepath.Join(box.Home, ".nuget", "NuGet", "config", "export.config"), text)
			}
			mustInstall(t, box, box.Get(rig()), "rig.dep", "rig.pkg")
			if wrong := feed.Counts().Wrong; wrong != 0 {
				t.Errorf("the feed saw wrong credentials %d times", wrong)
			}
		})
	}
}

// exportFrom runs nuplug in the sandbox with an environment that knows the password, which the sandbox's own does not.
func exportFrom(t *testing.T, box *clients.Sandbox, url, format, source, password string) string {
	t.Helper()
	secret, err := json.Marshal(map[string]any{"endpointCredentials": []map[string]string{{"endpoint": url, "username": user, "password": password}}})
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	export := exec.Command(filepath.Join(built, "nuplug"), "export", "--format", format, source)
	export.Dir, export.Stderr = box.Work, &stderr
	export.Env = append(box.Environ(), "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS="+string(secret))
	text, err := export.Output()
	if err != nil || !strings.Contains(stderr.String(), "works until it is revoked") || strings.Contains(stderr.String(), password) {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(text)
}

// evaluate gives the value that a shell sets.
func evaluate(t *testing.T, text, name string) string {
	t.Helper()
	out, err := exec.Command("sh", "-c", `eval "$1"; printenv "$2"`, "sh", text, name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
