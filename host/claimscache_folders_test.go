package host

import (
	"strings"
	"testing"
)

func TestPluginsCacheFolder(t *testing.T) {
	home := Env{"HOME": "/home/dev"}
	with := func(pairs ...string) Env {
		env := Env{"HOME": "/home/dev"}
		for i := 0; i < len(pairs); i += 2 {
			env[pairs[i]] = pairs[i+1]
		}
		return env
	}
	for _, test := range []struct {
		client, goos string
		env          Env
		want         string
	}{
		{"dotnet@10", "linux", home, "/home/dev/.local/share/NuGet/plugin-cache"},
		{"dotnet@10", "darwin", home, "/home/dev/.local/share/NuGet/plugin-cache"},
		{"dotnet@7.0.200", "linux", home, "/home/dev/.local/share/NuGet/plugin-cache"},
		{"nuget.exe@6.3.1", "linux", home, "/home/dev/.local/share/NuGet/plugin-cache"},
		{"nuget.exe@6.3.0", "linux", home, "/home/dev/.local/share/NuGet/plugins-cache"},
		{"nuget.exe@6.2.2", "linux", home, "/home/dev/.local/share/NuGet/plugin-cache"},
		{"nuget.exe@6.1.9", "linux", home, "/home/dev/.local/share/NuGet/plugins-cache"},
		{"dotnet@3.1.102", "linux", home, "/home/dev/.local/share/NuGet/plugins-cache"},
		{"nuget.exe@5.8", "linux", home, "/home/dev/.local/share/NuGet/plugins-cache"},
		// Seen with 7.9, 5.8 on Mono, and 5.4: nothing is cleaned, XDG_DATA_HOME wins, an empty one does not count.
		{"dotnet@10", "linux", with("XDG_DATA_HOME", "/x/"), "/x/NuGet/plugin-cache"},
		{"dotnet@10", "linux", with("XDG_DATA_HOME", "rel"), "rel/NuGet/plugin-cache"},
		{"dotnet@10", "linux", with("XDG_DATA_HOME", ""), "/home/dev/.local/share/NuGet/plugin-cache"},
		{"nuget.exe@5.8", "linux", with("XDG_DATA_HOME", "/x//"), "/x//NuGet/plugins-cache"},
		{"dotnet@10", "linux", with("DOTNET_CLI_HOME", "/cli//"), "/cli//.local/share/NuGet/plugin-cache"},
		{"dotnet@10", "linux", with("DOTNET_CLI_HOME", ""), ".local/share/NuGet/plugin-cache"},
		{"dotnet@10", "linux", with("DOTNET_CLI_HOME", "/cli", "XDG_DATA_HOME", "/x"), "/x/NuGet/plugin-cache"},
		{"nuget.exe@5.8", "linux", with("DOTNET_CLI_HOME", "/cli"), "/home/dev/.local/share/NuGet/plugins-cache"},
		{"dotnet@10", "linux", with("NUGET_PLUGINS_CACHE_PATH", "/tmp/z/../p/./q//"), "/tmp/p/q/"},
		{"dotnet@10", "linux", with("NUGET_PLUGINS_CACHE_PATH", `/tmp/a\b/../c/`), "/tmp/a/c/"},
		{"dotnet@10", "linux", with("NUGET_PLUGINS_CACHE_PATH", ""), "/home/dev/.local/share/NuGet/plugin-cache"},
		{"nuget.exe@5.8", "linux", with("NUGET_PLUGINS_CACHE_PATH", "/tmp/a/../d/"), "/tmp/d/"},
		{"dotnet@10", "linux", with("NUGET_PLUGINS_CACHE_PATH", "rel"), "error: NUGET_PLUGINS_CACHE_PATH"},
		{"dotnet@10", "linux", with("NUGET_PLUGINS_CACHE_PATH", `\\a\b`), "error: NUGET_PLUGINS_CACHE_PATH"},
		{"dotnet@10", "linux", Env{}, "error: HOME is not set"},

		{"dotnet@10", "windows", Env{"LocalAppData": `C:\Users\d\AppData\Local`}, `C:\Users\d\AppData\Local\NuGet\plugins-cache`},
		{"dotnet@10", "windows", Env{"USERPROFILE": `C:\Users\d`, "XDG_DATA_HOME": "/x"}, "error: LOCALAPPDATA is not set"},
		{"nuget.exe@6.12", "windows", Env{"USERPROFILE": `C:\Users\d`}, `C:\Users\d\AppData\Local\NuGet\plugins-cache`},
		{"dotnet@10", "windows", Env{"nuget_plugins_cache_path": `D:/c/..\e\`}, `D:\e\`},
		{"dotnet@10", "windows", Env{"NUGET_PLUGINS_CACHE_PATH": `\\srv\share\c`}, `\\srv\share\c`},
		{"dotnet@10", "windows", Env{"NUGET_PLUGINS_CACHE_PATH": `\c`}, "error: NUGET_PLUGINS_CACHE_PATH"},
	} {
		got, err := pluginsCacheFolder(mustClient(t, test.client, test.goos), test.env)
		if err != nil {
			got = "error: " + err.Error()
		}
		if wantError := strings.HasPrefix(test.want, "error"); got != test.want && !(wantError && strings.HasPrefix(got, test.want)) {
			t.Errorf("%s on %s, %v: %q, want %q", test.client, test.goos, test.env, got, test.want)
		}
	}
}

func TestScratchFolder(t *testing.T) {
	for _, test := range []struct {
		client, goos string
		env          Env
		want         string
		private      bool
	}{
		{"dotnet@10", "linux", nil, "/tmp/NuGetScratchzoe", true},
		{"dotnet@10", "linux", Env{"TMPDIR": ""}, "/tmp/NuGetScratchzoe", true},
		{"dotnet@10", "linux", Env{"TMPDIR": "/t/./a/../"}, "/t/./a/../NuGetScratchzoe", true},
		{"dotnet@10", "linux", Env{"TMPDIR": "rel", "USER": "joe"}, "rel/NuGetScratchzoe", true},
		{"dotnet@10", "linux", Env{"NUGET_SCRATCH": "/z/../scr/"}, "/z/../scr/", false},
		{"dotnet@10", "linux", Env{"NUGET_SCRATCH": ""}, "/tmp/NuGetScratchzoe", true},
		{"dotnet@10", "darwin", Env{"TMPDIR": "/var/folders/x/T/"}, "/var/folders/x/T/NuGetScratch", false},
		{"nuget.exe@6.2.0", "linux", Env{"NUGET_SCRATCH": "/s"}, "/s", false},
		{"nuget.exe@5.8", "linux", Env{"NUGET_SCRATCH": "/s", "TMPDIR": "/t"}, "/t/NuGetScratch", false},
		{"dotnet@3.1.102", "linux", Env{"NUGET_SCRATCH": "/s"}, "/tmp/NuGetScratch", false},
		{"dotnet@10", "windows", Env{"Temp": `C:\e`, "tmp": `C:\m\`}, `C:\m\NuGetScratch`, false},
		{"dotnet@10", "windows", Env{"TEMP": `C:\e`}, `C:\e\NuGetScratch`, false},
		{"dotnet@10", "windows", nil, `C:\Windows\NuGetScratch`, false},
	} {
		got, private := scratchFolder(mustClient(t, test.client, test.goos), test.env, "zoe")
		if got != test.want || private != test.private {
			t.Errorf("%s on %s, %v: %q, private %t; want %q, %t", test.client, test.goos, test.env, got, private, test.want, test.private)
		}
	}
}
