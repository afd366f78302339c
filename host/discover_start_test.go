package host

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The commands, whole.
func TestDiscoverStart(t *testing.T) {
	unix := newFakeFS(t, "linux", "/v/x y.dll|644|managed", "/v/x y.runtimeconfig.json|644", "/v/p.exe 755 elf", "/b/nuget-plugin-a 755 elf")
	win := newFakeFS(t, windows, `C:\v\x.dll 644 managed`, `C:\v\x.runtimeconfig.json`)
	for _, test := range []struct {
		name, client, goos string
		fsys               FS
		env                Env
		want               Start
	}{
		{"the dotnet in PATH", "dotnet@10", "linux", unix, Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/x y.dll"},
			Start{Program: "dotnet", Args: []string{"/v/x y.dll", "-Plugin"}, ViaHost: true}},
		{"the host that is named", "dotnet@10", "linux", unix, Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/x y.dll", "DOTNET_HOST_PATH": "/d/dotnet"},
			Start{Program: "/d/dotnet", Args: []string{"/v/x y.dll", "-Plugin"}, ViaHost: true}},
		{"the host is named by nothing", "dotnet@10", "linux", unix, Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/x y.dll", "DOTNET_HOST_PATH": ""},
			Start{Program: "dotnet", Args: []string{"/v/x y.dll", "-Plugin"}, ViaHost: true}},
		{"before 5.7 too", "dotnet@3.1.102", "linux", unix, Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/x y.dll"},
			Start{Program: "dotnet", Args: []string{"/v/x y.dll", "-Plugin"}, ViaHost: true}},
		{"dotnet.exe on Windows", "dotnet@10", windows, win, Env{"NUGET_PLUGIN_PATHS": `C:\v\x.dll`},
			Start{Program: "dotnet.exe", Args: []string{`C:\v\x.dll`, "-Plugin"}, ViaHost: true}},
		{"the file itself for .NET Framework", "nuget.exe@5.8", "linux", unix, Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/p.exe", "DOTNET_HOST_PATH": "/d/dotnet"},
			Start{Program: "/v/p.exe", Args: []string{"-Plugin"}}},
		{"the file itself from PATH", "dotnet@10", "linux", unix, Env{"PATH": "/b", "DOTNET_HOST_PATH": "/d/dotnet"},
			Start{Program: "/b/nuget-plugin-a", Args: []string{"-Plugin"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Discover(mustClient(t, test.client, test.goos), withHome(test.env, test.goos), test.fsys).Listed()
			if len(got) != 1 {
				t.Fatalf("listed: %v, want one", got)
			}
			if diff := cmp.Diff(test.want, got[0].Start); diff != "" || !got[0].Startable() {
				t.Errorf("state %s, start (-want +got):\n%s", got[0].State, diff)
			}
		})
	}
}

// What dotnet can run and what it cannot, or must not.
func TestDiscoverThroughHost(t *testing.T) {
	one := func(name, client, line, want string) discoverTest {
		path, _, _ := strings.Cut(line, " ")
		return discoverTest{
			name: name, client: client, env: Env{"NUGET_NETCORE_PLUGIN_PATHS": path},
			files: []string{line, "/v/ok.runtimeconfig.json"}, want: []string{want},
		}
	}
	const forever = ": building that starts the plugin again, without end"
	runDiscoverTests(t, []discoverTest{
		one("a managed library", "dotnet@10", "/v/ok.dll 644 managed", "valid /v/ok.dll via dotnet"),
		one("its extension in capitals", "dotnet@10", "/v/ok.DLL 644 managed", "valid /v/ok.DLL via dotnet"),
		one("a managed program", "dotnet@10", "/v/ok.exe 755 managed", "valid /v/ok.exe via dotnet"),
		one("one that nobody may read", "dotnet@10", "/v/ok.dll 0 unreadable", "valid /v/ok.dll via dotnet"),
		one("without its configuration", "dotnet@10", "/v/alone.dll 644 managed", "cannot start /v/alone.dll via dotnet: needs alone.runtimeconfig.json beside it"),
		one("managed, but with another name", "dotnet@10", "/v/ok.bin 755 managed", "cannot start /v/ok.bin via dotnet: runs nothing but a .dll or .exe"),
		one("native", "dotnet@10", "/v/native 755 elf", "cannot start /v/native via dotnet: name it nuget-plugin-NAME"),
		one("native with the name of a program", "dotnet@10", "/v/ok.exe 755 elf", "cannot start /v/ok.exe via dotnet: no .NET assembly"),
		one("native for Windows", "dotnet@10", "/v/ok.exe 755 winexe", "cannot start /v/ok.exe via dotnet: no .NET assembly"),
		one("native for the Mac", "dotnet@10", "/v/ok.dll 755 macho", "cannot start /v/ok.dll via dotnet: no .NET assembly"),
		one("a script", "dotnet@10", "/v/plugin 755 script", "file-based app /v/plugin via dotnet"+forever),
		one("a script, SDK 10.0.100", "dotnet@10.0.100", "/v/plugin.sh 755 script", "file-based app /v/plugin.sh via dotnet"+forever),
		one("a script, SDK 9", "dotnet@9", "/v/plugin 755 script", "cannot start /v/plugin via dotnet: runs nothing but"),
		one("a script that says it is an assembly", "dotnet@10", "/v/ok.dll 755 script", "cannot start /v/ok.dll via dotnet: no .NET assembly"),
		one("C# source", "dotnet@10", "/v/plugin.CS 644 text", "file-based app /v/plugin.CS via dotnet"+forever),
		one("C# source, SDK 9", "dotnet@9", "/v/plugin.cs 644 text", "cannot start /v/plugin.cs via dotnet: runs nothing but"),
		one("text", "dotnet@10", "/v/plugin 755 text", "cannot start /v/plugin via dotnet: runs nothing but"),
		one("a quote in the path", "dotnet@10", `/v/a"b.dll 644 managed`, `cannot start /v/a"b.dll via dotnet: has a double quote`),
		{
			name: "a quote is no matter without the host", client: "dotnet@10", env: Env{"PATH": `/v"w`}, files: []string{`/v"w/nuget-plugin-a 755 elf`},
			want: []string{`valid /v"w/nuget-plugin-a`},
		},
	})
}

// What the system can start by itself.
func TestDiscoverStartedDirectly(t *testing.T) {
	runDiscoverTests(t, []discoverTest{
		{
			name: "Unix", client: "nuget.exe@5.8", files: []string{"/a.exe 755 elf", "/b.exe 644 managed", "/c.exe 755 script", "/d.exe 644 elf", "/e.exe 755 elf"},
			env: Env{"NUGET_PLUGIN_PATHS": "/a.exe;/b.exe;/c.exe;/d.exe;/e.exe"},
			want: []string{
				"valid /a.exe", "valid /b.exe", "valid /c.exe", "cannot start /d.exe: no execute permission", "valid /e.exe behind /d.exe",
			},
		},
		{
			name: "Windows", client: "nuget.exe@6.14", goos: windows,
			env: Env{"NUGET_PLUGIN_PATHS": `C:\a.exe;C:\b.exe;C:\c.bat;C:\d.dll;C:\e.sh;C:\f.exe`},
			files: []string{
				`C:\a.exe 644 managed`, `C:\b.exe 644 winexe`, `C:\c.bat`, `C:\d.dll 644 managed`, `C:\e.sh 755 script`, `C:\f.exe 755 unreadable`,
			},
			want: []string{
				`valid C:\a.exe`, `valid C:\b.exe`, `valid C:\c.bat`, `cannot start C:\d.dll: use the .exe for .NET Framework`,
				`cannot start C:\e.sh behind C:\d.dll: no Windows program`, `valid C:\f.exe behind C:\d.dll`,
			},
		},
	})
}
