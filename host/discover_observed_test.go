package host

import "testing"

// Set-ups that were run with the real dotnet of SDK 10.0.401 (NuGet 7.9.0) on Linux, with what it was seen to start.
func TestDiscoverAsObserved(t *testing.T) {
	const client = "dotnet@10.0.401"
	path := Env{"PATH": "/a:/b"}
	managedFiles := []string{"/m/x.dll 644 managed", "/m/x.runtimeconfig.json"}
	runDiscoverTests(t, []discoverTest{
		{
			name: "a link in PATH to a program of another name: argv[0] is the link", client: client, env: path,
			files: []string{"/a/nuget-plugin-l -> /opt/real", "/opt/real 755 elf"}, want: []string{"valid /a/nuget-plugin-l"},
		},
		{name: "mode 0644", client: client, env: path, files: []string{"/a/nuget-plugin-x 644 elf"}, want: []string{"skipped /a/nuget-plugin-x: chmod +x"}},
		{name: "NuGet-Plugin-Up", client: client, env: path, files: []string{"/a/NuGet-Plugin-Up 755 elf"}, want: []string{"skipped /a/NuGet-Plugin-Up: lower case"}},
		{
			name: "a relative folder in PATH", client: client, env: Env{"PATH": "rel"}, files: []string{"rel/nuget-plugin-x 755 elf"},
			want: []string{"skipped rel/nuget-plugin-x: not an absolute path"},
		},
		{
			name: "extensions on Linux", client: client, env: path, files: []string{"/a/nuget-plugin-x.sh 755 script", "/a/nuget-plugin-x.exe 755 elf"},
			want: []string{"valid /a/nuget-plugin-x.sh", "valid /a/nuget-plugin-x.exe"},
		},
		{
			name: "a plugin in the plugins folder that cannot start blocks a good one in PATH", client: client, env: path,
			files: []string{rigDLL + " 644 text", "/a/nuget-plugin-x 755 elf"},
			want:  []string{"cannot start " + rigDLL + " via dotnet", "valid /a/nuget-plugin-x behind " + rigDLL + ": behind " + rigDLL},
		},
		{name: "a file in the variable", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a/nuget-plugin-x"}, files: []string{"/a/nuget-plugin-x 755 elf"},
			want: []string{"valid /a/nuget-plugin-x"}},
		{
			name: "a folder in the variable: only its nuget-plugin-* files", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a"},
			files: []string{"/a/nuget-plugin-x 755 elf", "/a/other 755 elf", "/a/m.dll 644 managed"}, want: []string{"valid /a/nuget-plugin-x"},
		},
		{
			name: "a missing file, then a good one", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/gone:/a/nuget-plugin-x"},
			files: []string{"/a/nuget-plugin-x 755 elf"}, want: []string{"skipped /gone", "valid /a/nuget-plugin-x"}, download: "asked: NUGET_PLUGIN_PATHS is set",
		},
		{
			name: "a good one, then a relative one: signs in, and fails at the question for downloads", client: client,
			env: Env{"NUGET_PLUGIN_PATHS": "/a/nuget-plugin-x:rel"}, files: []string{"/a/nuget-plugin-x 755 elf"},
			want: []string{"valid /a/nuget-plugin-x", "invalid path rel via dotnet"}, download: "asked: NUGET_PLUGIN_PATHS is set; the question comes to rel, ...",
		},
		{
			name: "a good one, and another in PATH: only that of the variable", client: client,
			env:   Env{"NUGET_PLUGIN_PATHS": "/b/nuget-plugin-y", "PATH": "/a"},
			files: []string{"/b/nuget-plugin-y 755 elf", "/a/nuget-plugin-x 755 elf"},
			want:  []string{"valid /b/nuget-plugin-y", "hidden /a/nuget-plugin-x"},
		},
		{name: "a native file of another name", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a/native"}, files: []string{"/a/native 755 elf"},
			want: []string{"cannot start /a/native via dotnet"}},
		{
			name: "any native file in the variable of one kind", client: client, env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/a/nuget-plugin-x"},
			files: []string{"/a/nuget-plugin-x 755 elf"}, want: []string{"cannot start /a/nuget-plugin-x via dotnet"},
		},
		{
			name: "a script there: processes without end", client: client, env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/a/nuget-plugin-x"},
			files: []string{"/a/nuget-plugin-x 755 script"}, want: []string{"file-based app /a/nuget-plugin-x via dotnet"},
		},
		{
			name: "a script of another name in the general variable: the same", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a/plugin.sh"},
			files: []string{"/a/plugin.sh 755 script"}, want: []string{"file-based app /a/plugin.sh via dotnet: without end"},
		},
		{
			name: "own variable set but empty", client: client, env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "", "PATH": "/a"},
			files: []string{"/a/nuget-plugin-x 755 elf"}, want: []string{"valid /a/nuget-plugin-x"},
		},
		{
			name: "plugins/netcore/Rig without Rig.dll", client: client, files: []string{"/home/u/.nuget/plugins/netcore/Rig/Other.dll 644 managed"},
			want: []string{"skipped " + rigDLL + ": has no file Rig.dll"},
		},

		// Seen for this package, beyond the first list.
		{name: "a path in PATH is made clean", client: client, env: Env{"PATH": "/b/..//a/./"}, files: []string{"/a/nuget-plugin-x 755 script", "/b/"},
			want: []string{"valid /a/nuget-plugin-x"}},
		{name: "a path in the general variable too", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/b/..//a/nuget-plugin-x"},
			files: []string{"/a/nuget-plugin-x 755 script", "/b/"}, want: []string{"valid /a/nuget-plugin-x"}},
		{name: "that of the plugins folder is not", client: client, env: Env{"DOTNET_CLI_HOME": "/m/../h/"},
			files: []string{"/h/.nuget/plugins/netcore/Rig/Rig.dll 644 text", "/m/"},
			want:  []string{"cannot start /m/../h/.nuget/plugins/netcore/Rig/Rig.dll via dotnet"}},
		{
			name: "a link to nowhere in PATH turns off the plugins before it and behind it, without a word", client: client, env: path,
			files:   append(rigFiles(), "/a/nuget-plugin-x 755 elf", "/a/nuget-plugin-gone -> /gone", "/b/nuget-plugin-y 755 elf"),
			failure: "/a/nuget-plugin-gone is a link to a file that is missing",
			want: []string{
				"skipped " + rigDLL + ": finds no plugin at all: /a/nuget-plugin-gone is a link",
				"skipped /a/nuget-plugin-x: finds no plugin at all",
				"skipped /a/nuget-plugin-gone: a link to a file that is missing; delete the link",
				"skipped /b/nuget-plugin-y: finds no plugin at all",
			},
		},
		{name: "a link to nowhere in the general variable too", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a/nuget-plugin-gone"},
			files: []string{"/a/nuget-plugin-gone -> /gone"}, failure: "nuget-plugin-gone", want: []string{"skipped /a/nuget-plugin-gone"}},
		{name: "a link to nowhere that a variable hides", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/m/x.dll", "PATH": "/a"},
			files: append(managedFiles, "/a/nuget-plugin-gone -> /gone"),
			want:  []string{"valid /m/x.dll via dotnet", "skipped /a/nuget-plugin-gone: delete the link; and NUGET_PLUGIN_PATHS is set"}},
		{name: "a folder in PATH that cannot be read", client: client, env: path, files: []string{"/a/ 0", "/b/nuget-plugin-y 755 elf"},
			want: []string{"skipped /a: cannot be read", "valid /b/nuget-plugin-y"}},
		{name: "a folder in the variable that cannot be read", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a:/b"}, files: []string{"/a/ 0", "/b/nuget-plugin-y 755 elf"},
			want: []string{"skipped /a: cannot be read", "valid /b/nuget-plugin-y"}},
		{name: "a plugins folder that cannot be read: no plugin, without a word", client: client, env: path,
			files:   []string{"/home/u/.nuget/plugins/netcore/ 0", "/b/nuget-plugin-y 755 elf"},
			failure: "/home/u/.nuget/plugins/netcore cannot be read", want: []string{"skipped /b/nuget-plugin-y: finds no plugin at all"}},
		{name: "DOTNET_CLI_HOME set but empty: a path that is invalid", client: client, env: Env{"DOTNET_CLI_HOME": ""},
			files: []string{".nuget/plugins/netcore/Rig/Rig.dll 644 text"}, want: []string{"invalid path .nuget/plugins/netcore/Rig/Rig.dll via dotnet"}},
		{name: "a file in the variable without execute permission", client: client, env: Env{"NUGET_PLUGIN_PATHS": "/a/nuget-plugin-x"},
			files: []string{"/a/nuget-plugin-x 644 text"}, want: []string{"cannot start /a/nuget-plugin-x via dotnet: no execute permission"}},
	})
}
