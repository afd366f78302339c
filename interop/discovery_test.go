package interop

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

// setup is a machine with plugins, each of which declines, so that a client asks all that it finds.
type setup struct {
	name  string
	place func(*machine)
}

// machine is a sandbox that can be furnished with plugins.
type machine struct {
	*testing.T
	box  *clients.Sandbox
	self string // a plugin
}

// plugin puts a plugin at a path below the sandbox and returns the whole path.
func (m *machine) plugin(path string) string {
	m.Helper()
	path = filepath.Join(m.box.Dir, path)
	m.box.CopyExecutable(m.self, path)
	return path
}

// path sets PATH to these folders of the sandbox, and what the client itself needs.
func (m *machine) path(folders ...string) {
	for i, folder := range folders {
		if !strings.HasPrefix(folder, ".") {
			folders[i] = filepath.Join(m.box.Dir, folder)
		}
	}
	m.box.Setenv("PATH", strings.Join(append(folders, m.box.Getenv("PATH")), ":"))
}

func (m *machine) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func dotnetSetups() []setup {
	return []setup{
		{"one on PATH", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.path("a") }},
		{"two folders on PATH", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.plugin("b/nuget-plugin-x"); m.path("b", "a") }},
		{"three in one folder", func(m *machine) {
			for _, name := range []string{"a/nuget-plugin-z", "a/nuget-plugin-a", "a/nuget-plugin-m"} {
				m.plugin(name)
			}
			m.path("a")
		}},
		{"one folder twice on PATH", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.path("a", "a") }},
		{"a folder that is not clean", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.path("a/../a/./") }},
		{"a symbolic link", func(m *machine) {
			target := m.plugin("elsewhere/some-name")
			m.must(os.Mkdir(filepath.Join(m.box.Dir, "a"), 0o755))
			m.must(os.Symlink(target, filepath.Join(m.box.Dir, "a/nuget-plugin-link")))
			m.path("a")
		}},
		{"no execute permission", func(m *machine) {
			m.must(os.WriteFile(m.copyOf("a/nuget-plugin-plain"), []byte("x"), 0o644))
			m.plugin("b/nuget-plugin-x")
			m.path("a", "b")
		}},
		{"upper case", func(m *machine) { m.plugin("a/NuGet-Plugin-Up"); m.plugin("a/nuget-plugin-x"); m.path("a") }},
		{"a relative folder on PATH", func(m *machine) {
			m.plugin("work/rel/nuget-plugin-x")
			m.plugin("a/nuget-plugin-y")
			m.path("./rel", "a")
		}},
		{"extensions of other systems", func(m *machine) { m.plugin("a/nuget-plugin-x.sh"); m.plugin("b/nuget-plugin-y.exe"); m.path("a", "b") }},
		{"a dangling link on PATH", func(m *machine) {
			m.plugin("a/nuget-plugin-x")
			m.must(os.Symlink("/nowhere", filepath.Join(m.box.Dir, "a/nuget-plugin-gone")))
			m.path("a")
		}},
		{"a folder among the plugins", func(m *machine) {
			m.plugin("a/nuget-plugin-x")
			m.must(os.Mkdir(filepath.Join(m.box.Dir, "a/nuget-plugin-folder"), 0o755))
			m.path("a")
		}},
		{"NUGET_PLUGIN_PATHS names a file", func(m *machine) {
			m.box.Setenv("NUGET_PLUGIN_PATHS", m.plugin("v/nuget-plugin-x"))
			m.plugin("a/nuget-plugin-y")
			m.path("a")
		}},
		{"NUGET_PLUGIN_PATHS names a folder", func(m *machine) {
			m.plugin("v/nuget-plugin-x")
			m.plugin("v/other")
			m.box.Setenv("NUGET_PLUGIN_PATHS", filepath.Join(m.box.Dir, "v"))
		}},
		{"NUGET_PLUGIN_PATHS names a missing file first", func(m *machine) {
			m.box.Setenv("NUGET_PLUGIN_PATHS", "/nowhere/nuget-plugin-a:"+m.plugin("v/nuget-plugin-x"))
		}},
		{"NUGET_PLUGIN_PATHS names a relative file between", func(m *machine) {
			m.box.Setenv("NUGET_PLUGIN_PATHS", m.plugin("v/nuget-plugin-x")+":rel/nuget-plugin-y:"+m.plugin("w/nuget-plugin-z"))
		}},
		{"NUGET_PLUGIN_PATHS names a native file of another name", func(m *machine) {
			m.box.Setenv("NUGET_PLUGIN_PATHS", m.plugin("v/other")+":"+m.plugin("v/nuget-plugin-x"))
		}},
		{"NUGET_NETCORE_PLUGIN_PATHS is empty", func(m *machine) {
			m.box.Setenv("NUGET_NETCORE_PLUGIN_PATHS", "")
			m.plugin("a/nuget-plugin-x")
			m.path("a")
		}},
		{"NUGET_NETCORE_PLUGIN_PATHS names a missing file", func(m *machine) {
			m.box.Setenv("NUGET_NETCORE_PLUGIN_PATHS", "/nowhere/a.dll")
			m.plugin("a/nuget-plugin-x")
			m.path("a")
		}},
		{"NUGET_NETFX_PLUGIN_PATHS is for others", func(m *machine) {
			m.box.Setenv("NUGET_NETFX_PLUGIN_PATHS", m.plugin("v/nuget-plugin-fx"))
			m.plugin("a/nuget-plugin-x")
			m.path("a")
		}},
		{"a convention folder without its file", func(m *machine) {
			m.plugin("home/.nuget/plugins/netcore/Rig/Other.dll")
			m.plugin("a/nuget-plugin-x")
			m.path("a")
		}},
		{"a native file in the convention folder", func(m *machine) {
			m.plugin("home/.nuget/plugins/netcore/Rig/Rig.dll")
			m.plugin("a/nuget-plugin-x")
			m.path("a")
		}},
	}
}

func nugetExeSetups() []setup {
	return []setup{
		{"PATH is not known", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.path("a") }},
		{"two in NUGET_NETFX_PLUGIN_PATHS", func(m *machine) {
			m.box.Setenv("NUGET_NETFX_PLUGIN_PATHS", m.plugin("v/one.exe")+";"+m.plugin("v/two"))
		}},
		{"a colon does not separate", func(m *machine) {
			m.box.Setenv("NUGET_NETFX_PLUGIN_PATHS", m.plugin("v/one.exe")+":"+m.plugin("v/two"))
		}},
		{"NUGET_PLUGIN_PATHS", func(m *machine) { m.box.Setenv("NUGET_PLUGIN_PATHS", m.plugin("v/one")) }},
		{"the convention folder", func(m *machine) { m.plugin("home/.nuget/plugins/netfx/Rig/Rig.exe") }},
		{"a variable hides the convention folder", func(m *machine) {
			m.plugin("home/.nuget/plugins/netfx/Rig/Rig.exe")
			m.box.Setenv("NUGET_NETFX_PLUGIN_PATHS", m.plugin("v/one"))
		}},
		{"a missing file first", func(m *machine) {
			m.box.Setenv("NUGET_NETFX_PLUGIN_PATHS", "/nowhere/a.exe;"+m.plugin("v/one"))
		}},
	}
}

func dotnet31Setups() []setup {
	return []setup{
		{"PATH is not known", func(m *machine) { m.plugin("a/nuget-plugin-x"); m.path("a") }},
		{"a native file in NUGET_NETCORE_PLUGIN_PATHS", func(m *machine) {
			m.box.Setenv("NUGET_NETCORE_PLUGIN_PATHS", m.plugin("v/nuget-plugin-x"))
		}},
	}
}

// copyOf is a path whose folder exists.
func (m *machine) copyOf(path string) string {
	m.Helper()
	path = filepath.Join(m.box.Dir, path)
	m.must(os.MkdirAll(filepath.Dir(path), 0o755))
	return path
}

// What Discover says that a client starts is what the client starts, in that order.
func TestDiscoveryAgreesWithClients(t *testing.T) {
	for _, c := range []struct {
		as     string
		client func(testing.TB) *clients.Client
		setups []setup
	}{
		{"dotnet@10.0.401", clients.Dotnet10, dotnetSetups()},
		{"nuget.exe@5.8", clients.NuGetExe58, nugetExeSetups()},
		{"dotnet@3.1", clients.Dotnet31, dotnet31Setups()},
	} {
		for _, s := range c.setups {
			t.Run(c.as+", "+s.name, func(t *testing.T) {
				t.Parallel()
				agree(t, c.as, clients.NewSandbox(t, c.client(t)), s)
			})
		}
	}
}

func agree(t *testing.T, as string, box *clients.Sandbox, s setup) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(box.Dir, "started.log")
	box.Setenv("OTHER_STARTED", log)
	s.place(&machine{t, box, self})
	box.Config(clients.Source{Name: "rig", URL: refusingFeed(t)})
	r := box.Get(rig())
	if r.ExitCode == 0 {
		t.Fatalf("a feed that refuses everything was restored from:\n%v", r)
	}
	content, err := os.ReadFile(log)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(predicted(t, as, box), strings.Fields(string(content)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("started (-predicted +really): %s\n%v", diff, r)
	}
}

// predicted are the plugins that a client starts for a feed that none of them knows: all up to the first that blocks.
func predicted(t *testing.T, as string, box *clients.Sandbox) []string {
	t.Helper()
	client, err := host.ParseClient(as, "linux")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, c := range host.Discover(client, host.ParseEnv(box.Environ()), host.OSFS()).Listed() {
		if c.Blocks() {
			break
		}
		if len(paths) == 0 || paths[len(paths)-1] != c.Path { // one path is one process
			paths = append(paths, c.Path)
		}
	}
	return paths
}

// refusingFeed wants a login until it was asked a few times, and then has nothing, so that clients stop repeating.
func refusingFeed(t *testing.T) string {
	t.Helper()
	var requests atomic.Int32
	feed, err := feedtest.New(&feedtest.Options{Username: "x", Password: "y", Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		if requests.Add(1) <= 2 {
			return false
		}
		http.Error(w, "nothing here", http.StatusNotFound)
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { feed.Close() })
	return feed.URL()
}
