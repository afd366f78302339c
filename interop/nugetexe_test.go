package interop

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/interop/clients"
)

// NuGet.exe 5.8 knows no plugins on PATH; it starts a file that a variable names, and the .exe of its convention folder.
func TestNuGetExeInstalls(t *testing.T) {
	for name, place := range map[string]func(*clients.Sandbox){
		"NUGET_NETFX_PLUGIN_PATHS": func(box *clients.Sandbox) { box.Setenv("NUGET_NETFX_PLUGIN_PATHS", ourPlugin()) },
		"the convention folder":    conventionFolder,
	} {
		t.Run(name, func(t *testing.T) {
			box, feed := clients.NewSandbox(t, clients.NuGetExe58(t)), newFeed(t)
			place(box)
			know(box, feed.URL(), user, password)
			box.Config(clients.Source{Name: "rig", URL: feed.URL()})
			mustInstall(t, box, box.Get(rig()), "rig.dep", "rig.pkg")
		})
	}
}

func conventionFolder(box *clients.Sandbox) {
	box.CopyExecutable(ourPlugin(), filepath.Join(box.Home, ".nuget/plugins/netfx/Nuplug/Nuplug.exe"))
}

func TestNuGetExeWrongPassword(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.NuGetExe58(t)), newFeed(t)
	conventionFolder(box)
	know(box, feed.URL(), user, "not "+password)
	box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	r := box.Get(rig())
	if r.ExitCode == 0 || strings.Contains(r.Output, "A task was canceled") || strings.Contains(r.Output, "not "+password) {
		t.Errorf("want a failure that shows no password:\n%v", r)
	}
	if wrong := feed.Counts().Wrong; wrong > 2 { // once by NuGet.exe, once by our own try
		t.Errorf("the feed saw the wrong password %d times", wrong)
	}
	if why := "refused the credentials from ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS, entry 1"; !strings.Contains(r.Output, why) {
		t.Errorf("the user does not read %q:\n%v", why, r)
	}
}

func TestNuGetExeUnknownFeed(t *testing.T) {
	box, feed := clients.NewSandbox(t, clients.NuGetExe58(t)), newFeed(t)
	unknown := otherFeed(t, "Unknown.Pkg")
	conventionFolder(box)
	know(box, feed.URL(), user, password)
	box.Config(clients.Source{Name: "unknown", URL: unknown.URL()}, clients.Source{Name: "rig", URL: feed.URL()})
	r := box.Get(clients.Package{ID: "Unknown.Pkg", Version: "1.0.0"})
	if r.ExitCode == 0 || strings.Contains(r.Output, "[CredentialProvider]") {
		t.Errorf("want a failure without a word of ours:\n%v", r)
	}
	if wrong := unknown.Counts().Wrong; wrong != 0 {
		t.Errorf("the unknown feed got credentials %d times", wrong)
	}
}
