package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

const otherReader = "NUGET_USE_SYSTEM_TEXT_JSON_DESERIALIZATION"

// dotnet 10 finds the plugin in every place where it looks for one, and both of its JSON readers understand it. On the
// user's screen stands what stands there without any plugin.
func TestDotnetRestores(t *testing.T) {
	quiet := screenWithoutPlugin(t)
	for name, place := range map[string]func(*testing.T, *clients.Sandbox){
		"PATH": func(_ *testing.T, box *clients.Sandbox) { box.AddPlugin("nuget-plugin-nuplug", ourPlugin()) },
		"the command line program on PATH": func(_ *testing.T, box *clients.Sandbox) {
			box.AddPlugin("nuget-plugin-nuplug", filepath.Join(built, "nuplug"))
		},
		"a symbolic link on PATH": func(t *testing.T, box *clients.Sandbox) {
			if err := os.Symlink(ourPlugin(), filepath.Join(box.PluginDir, "nuget-plugin-link")); err != nil {
				t.Fatal(err)
			}
		},
		"NUGET_PLUGIN_PATHS": func(_ *testing.T, box *clients.Sandbox) { box.Setenv("NUGET_PLUGIN_PATHS", ourPlugin()) },
		"the System.Text.Json reader": func(_ *testing.T, box *clients.Sandbox) {
			box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
			box.Setenv(otherReader, "true")
		},
	} {
		t.Run(name, func(t *testing.T) {
			box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
			place(t, box)
			know(box, feed.URL(), user, password)
			box.Config(clients.Source{Name: "rig", URL: feed.URL()})
			r := box.Get(rig())
			mustInstall(t, box, r, "rig.dep", "rig.pkg")
			if got := scrub(r.Output); got != quiet {
				t.Errorf("the screen shows\n%s\nwithout a plugin it shows\n%s", got, quiet)
			}
			if wrong := feed.Counts().Wrong; wrong != 0 {
				t.Errorf("the feed saw wrong credentials %d times", wrong)
			}
		})
	}
}

// screenWithoutPlugin restores from an open feed.
func screenWithoutPlugin(t *testing.T) string {
	t.Helper()
	box := clients.NewSandbox(t, clients.Dotnet10(t))
	open, err := feedtest.New(&feedtest.Options{Open: true, Packages: packages(t, "Rig.Pkg", "Rig.Dep")})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	box.Config(clients.Source{Name: "rig", URL: open.URL()})
	r := box.Get(rig())
	mustInstall(t, box, r, "rig.dep", "rig.pkg")
	return scrub(r.Output)
}

// scrub takes folders and times out of what dotnet shows.
func scrub(output string) string {
	output = regexp.MustCompile(`/\S*/nuplug-[a-z]+-\d+`).ReplaceAllString(output, "SANDBOX")
	return regexp.MustCompile(`\(in .*\)`).ReplaceAllString(output, "(in TIME)")
}

func TestDotnetWrongPassword(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	know(box, feed.URL(), user, "not "+password)
	box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	r := box.Get(rig())
	mustFailWith401(t, r)
	if wrong := feed.Counts().Wrong; wrong > 2 { // once by dotnet, once by our own try
		t.Errorf("the feed saw the wrong password %d times", wrong)
	}
	const why = "refused the credentials from ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS, entry 1"
	if n := strings.Count(r.Output, why); n != 1 {
		t.Errorf("the user reads %q %d times:\n%v", why, n, r)
	}
	if strings.Contains(r.Output, "not "+password) {
		t.Errorf("the user reads the password:\n%v", r)
	}
}

// A plugin behind ours gets its turn after the feed has refused what ours gave.
func TestDotnetNextPluginAfterRefusal(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), otherFeed(t, "Rig.Pkg")
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	box.Setenv("PATH", box.PluginDir+":"+behind(t, box)+":"+box.Getenv("PATH"))
	knowOther(t, box, feed.URL(), "theirs")
	know(box, feed.URL(), "other", "old")
	box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	mustInstall(t, box, box.Get(rig()), "rig.pkg")
	if wrong := feed.Counts().Wrong; wrong > 2 {
		t.Errorf("the feed saw the old password %d times", wrong)
	}
}

// An open feed, a private one of ours and a private one of somebody else's in one restore; the other's plugin stands
// behind ours on PATH and gets its turn.
func TestDotnetFeedsOfOthers(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
	other := otherFeed(t, "Other.Pkg")
	open, err := other.Add("open", &feedtest.Options{Open: true, Packages: packages(t, "Open.Pkg")})
	if err != nil {
		t.Fatal(err)
	}
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	box.Setenv("PATH", box.PluginDir+":"+behind(t, box)+":"+box.Getenv("PATH"))
	asked := knowOther(t, box, other.URL(), "theirs")
	know(box, feed.URL(), user, password)
	box.Config(clients.Source{Name: "open", URL: open.URL()},
		clients.Source{Name: "rig", URL: feed.URL()}, clients.Source{Name: "other", URL: other.URL()})
	box.Project(rig(), clients.Package{ID: "Open.Pkg", Version: "1.0.0"}, clients.Package{ID: "Other.Pkg", Version: "1.0.0"})
	r := box.Restore()
	mustInstall(t, box, r, "open.pkg", "other.pkg", "rig.dep", "rig.pkg")
	if strings.Contains(r.Output, "warning") || strings.Contains(r.Output, "[CredentialProvider]") {
		t.Errorf("the user is told something:\n%v", r)
	}
	if got := asked(); got != other.URL()+"\n" {
		t.Errorf("the other plugin was asked for %q, want only its own feed", got)
	}
}

// A private feed that nobody knows does not disturb ours. It fails by itself, in silence of ours.
func TestDotnetUnknownFeed(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.Dotnet10(t)), newFeed(t)
	unknown := otherFeed(t, "Unknown.Pkg")
	box.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	know(box, feed.URL(), user, password)
	box.Config(clients.Source{Name: "unknown", URL: unknown.URL()})
	r := box.Get(clients.Package{ID: "Unknown.Pkg", Version: "1.0.0"})
	mustFailWith401(t, r)
	if strings.Contains(r.Output, "warning") || strings.Contains(r.Output, "[CredentialProvider]") {
		t.Errorf("the user is told something:\n%v", r)
	}
	if wrong := unknown.Counts().Wrong; wrong != 0 {
		t.Errorf("the unknown feed got credentials %d times", wrong)
	}
}

// otherFeed is a private feed on an origin of its own: NuGet tries good credentials on other feeds of one origin itself.
func otherFeed(t *testing.T, id string) *feedtest.Feed {
	t.Helper()
	f, err := feedtest.New(&feedtest.Options{Username: "other", Password: "theirs", Packages: packages(t, id)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// behind is a folder with the other plugin.
func behind(t *testing.T, box *clients.Sandbox) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(box.Dir, "behind")
	box.CopyExecutable(self, filepath.Join(folder, "nuget-plugin-other"))
	return folder
}

// knowOther tells the other plugin its feed, and returns what it was asked for.
func knowOther(t *testing.T, box *clients.Sandbox, url, password string) (asked func() string) {
	t.Helper()
	log := filepath.Join(box.Dir, "other.log")
	box.Setenv("OTHER_LOG", log)
	box.Setenv("OTHER_FEED", url)
	box.Setenv("OTHER_PASSWORD", password)
	return func() string {
		content, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
}
