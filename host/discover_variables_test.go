package host

import "testing"

// The separator, empty items, and what else makes the items of a variable.
func TestDiscoverItems(t *testing.T) {
	files := []string{"/v/a.exe 755 elf", "/v/b.exe 755 elf", "/v/ c.exe|755|elf"}
	runDiscoverTests(t, []discoverTest{
		{
			name: "semicolons before 6.13, on Unix too; order is priority; empty items are dropped", client: "nuget.exe@6.12",
			env: Env{"NUGET_PLUGIN_PATHS": ";/v/b.exe;;/v/a.exe;"}, files: files,
			want: []string{"valid /v/b.exe: NUGET_PLUGIN_PATHS item 2", "valid /v/a.exe: NUGET_PLUGIN_PATHS item 4"},
		},
		{
			name: "colons before 6.13", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/v/b.exe:/v/a.exe"}, files: files,
			want: []string{"not found /v/b.exe:/v/a.exe: before NuGet 6.13 the separator is ';' and not ':'"},
		},
		{
			name: "colons since 6.13", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/v/b.exe:/v/a.exe"}, files: files,
			want: []string{"valid /v/b.exe", "valid /v/a.exe"},
		},
		{
			name: "semicolons since 6.13", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/v/b.exe;/v/a.exe"}, files: files,
			want: []string{"skipped /v/b.exe;/v/a.exe: since NuGet 6.13 the separator is ':' and not ';'"},
		},
		{
			name: "semicolons since 6.13 in a variable of one kind", client: "nuget.exe@6.13",
			env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/b.exe;/v/a.exe"}, files: files,
			want: []string{"not found /v/b.exe;/v/a.exe: since NuGet 6.13 the separator is ':' and not ';'"},
		},
		{
			name: "semicolons on Windows, always", client: "nuget.exe@6.13", goos: windows,
			env:   Env{"NUGET_PLUGIN_PATHS": `C:\v\a.exe;C:\v\b.exe`},
			files: []string{`C:\v\a.exe 755 managed`, `C:\v\b.exe 755 winexe`},
			want:  []string{`valid C:\v\a.exe`, `valid C:\v\b.exe`},
		},
		{
			name: "an empty item in 6.13 ends the discovery", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe:"}, files: files,
			failure: "NuGet 6.13 stops at an empty item in NUGET_PLUGIN_PATHS",
			want:    []string{"skipped /v/a.exe: this client finds no plugin at all: NuGet 6.13 stops"},
		},
		{
			name: "not in a variable of one kind", client: "nuget.exe@6.13", env: Env{"NUGET_NETFX_PLUGIN_PATHS": ":/v/a.exe:"}, files: files,
			want: []string{"valid /v/a.exe"},
		},
		{
			name: "nor where that variable hides it", client: "nuget.exe@6.13", files: files,
			env:  Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/a.exe", "NUGET_PLUGIN_PATHS": "/v/b.exe:"},
			want: []string{"valid /v/a.exe", "hidden /v/b.exe"},
		},
		{
			name: "nor in 6.14", client: "nuget.exe@6.14", env: Env{"NUGET_PLUGIN_PATHS": ":/v/a.exe:"}, files: files,
			want: []string{"valid /v/a.exe"},
		},
		{
			name: "white space and what a shell would expand stay", client: "nuget.exe@6.12", files: files,
			env: Env{"NUGET_PLUGIN_PATHS": " /v/a.exe;/v/ c.exe;~/a.exe;$HOME/a.exe;/v/*.exe"},
			want: []string{
				"invalid path  /v/a.exe: the path is not absolute",
				"valid /v/ c.exe behind  /v/a.exe",
				"invalid path ~/a.exe behind  /v/a.exe",
				"invalid path $HOME/a.exe behind  /v/a.exe",
				"not found /v/*.exe behind  /v/a.exe",
			},
		},
		{
			name: "the same file twice is listed twice", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe;/v/a.exe"}, files: files,
			want: []string{"valid /v/a.exe", "valid /v/a.exe"},
		},
		{
			name: "nothing is made clean before 6.13", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/v/../v//a.exe"}, files: files,
			want: []string{"valid /v/../v//a.exe"},
		},
		{
			name: "nor in the variables of one kind", client: "nuget.exe@6.13", env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/../v//a.exe"}, files: files,
			want: []string{"valid /v/../v//a.exe"},
		},
		{
			name: "but in NUGET_PLUGIN_PATHS since 6.13", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/v/../v//a.exe"}, files: files,
			want: []string{"valid /v/a.exe"},
		},
	})
}

// Items that are no file: what blocks, and what is passed over.
func TestDiscoverBadItems(t *testing.T) {
	files := []string{"/v/a.exe 755 elf", "/v/nuget-plugin-a 755 elf", "/v/Nuget-plugin-b 755 elf", "/empty/README", "/locked/ 0"}
	runDiscoverTests(t, []discoverTest{
		{
			name: "a missing file blocks before 6.13", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/gone.exe;/v/a.exe"}, files: files,
			want:     []string{"not found /gone.exe: there is no such file", "valid /v/a.exe behind /gone.exe: behind /gone.exe, which blocks it"},
			download: "asked: NUGET_PLUGIN_PATHS is set; the question comes to /gone.exe, which cannot be started, and the operation fails",
		},
		{
			name: "and is passed over since", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/gone.exe:/v/a.exe"}, files: files,
			want:     []string{"skipped /gone.exe: NuGet passes over here", "valid /v/a.exe"},
			download: "asked: NUGET_PLUGIN_PATHS is set",
		},
		{
			name: "but still blocks in the variables of one kind", client: "dotnet@10", env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/gone.dll"}, files: files,
			want: []string{"not found /gone.dll via dotnet: there is no such file, which is an error here"},
		},
		{
			name: "a relative path blocks in every version", client: "nuget.exe@7.9", env: Env{"NUGET_PLUGIN_PATHS": "v/a.exe:/v/a.exe"}, files: files,
			want: []string{"invalid path v/a.exe: not absolute", "valid /v/a.exe behind v/a.exe"},
		},
		{
			name: "a broken entry behind a good one breaks the question for downloads", client: "nuget.exe@7.9",
			env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe:v/a.exe"}, files: files,
			want:     []string{"valid /v/a.exe", "invalid path v/a.exe"},
			download: "asked: NUGET_PLUGIN_PATHS is set; the question comes to v/a.exe, ...",
		},
		{
			name: "on Windows slashes behind the drive", client: "nuget.exe@7.9", goos: windows, env: Env{"NUGET_PLUGIN_PATHS": "C:/v/a.exe"},
			files: []string{`C:\v\a.exe 755 winexe`},
			want:  []string{"invalid path C:/v/a.exe: write the whole path, with backslashes"},
		},
		{
			name: "on Windows slashes further on are mended", client: "nuget.exe@7.9", goos: windows,
			env: Env{"NUGET_PLUGIN_PATHS": `C:\v/a.exe;\\srv\share\b.exe`}, files: []string{`C:\v\a.exe 755 winexe`, `\\srv\share\b.exe 755 winexe`},
			want: []string{`valid C:\v\a.exe`, `valid \\srv\share\b.exe`},
		},
		{
			name: "a malformed path on the .NET Framework", client: "nuget.exe@7.9", goos: windows, env: Env{"NUGET_PLUGIN_PATHS": `C:\v\a|b.exe`},
			want: []string{`invalid path C:\v\a|b.exe`},
		},
		{
			name: "two backslashes on Unix pass for absolute", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": `\\srv\a.exe`},
			want: []string{`not found \\srv\a.exe`},
		},
		{
			name: "a folder before 6.13", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/v"}, files: files,
			want: []string{"not found /v: it is a folder and a file is needed"},
		},
		{
			name: "a folder in a variable of one kind", client: "dotnet@10", env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v"}, files: files,
			want: []string{"not found /v via dotnet: it is a folder and a file is needed"},
		},
		{
			name: "a folder since 6.13: its files of the right name", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/x/../v/"}, files: files,
			want: []string{"valid /v/nuget-plugin-a: NUGET_PLUGIN_PATHS item 1", "skipped /v/Nuget-plugin-b: in lower case"},
		},
		{
			name: "a folder without one", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/empty"}, files: files,
			want: []string{"skipped /empty: the folder holds no nuget-plugin-* file"},
		},
		{
			name: "a folder that cannot be read, 6.13", client: "nuget.exe@6.13", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe:/locked"}, files: files,
			want: []string{"skipped /v/a.exe", "skipped /locked: cannot be read"}, failure: "stops at the folder /locked",
			download: "asked: the question fails: ...",
		},
		{
			name: "a folder that cannot be read, since 6.14", client: "nuget.exe@6.14", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe:/locked"}, files: files,
			want: []string{"valid /v/a.exe", "skipped /locked: cannot be read"},
		},
		{
			name: "a file with a separator at the end", client: "nuget.exe@6.12", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe/"}, files: files,
			want: []string{"not found /v/a.exe/"},
		},
	})
}

// Since 6.13 a file in NUGET_PLUGIN_PATHS is a program where it could be one in PATH.
func TestDiscoverNamedFiles(t *testing.T) {
	files := []string{
		"/v/nuget-plugin-a 755 elf", "/v/nuget-plugin-b 644 elf", "/v/nuget-plugin-c.dll 755 managed", "/v/Nuget-Plugin-d 755 elf",
		"/v/x.dll 644 managed", "/v/x.runtimeconfig.json",
	}
	win := []string{
		`C:\v\nuget-plugin-a.exe 755 winexe`, `C:\v\nuget-plugin-b.BAT`, `C:\v\nuget-plugin-c.dll 755 managed`, `C:\v\nuget-plugin-c.runtimeconfig.json`,
		`C:\v\nuget-plugin-d.cmd`,
	}
	runDiscoverTests(t, []discoverTest{
		{
			name: "Unix", client: "dotnet@10", files: files,
			env: Env{"NUGET_PLUGIN_PATHS": "/v/nuget-plugin-a:/v/nuget-plugin-c.dll:/v/x.dll:/v/nuget-plugin-b:/v/Nuget-Plugin-d"},
			want: []string{
				"valid /v/nuget-plugin-a",
				"valid /v/nuget-plugin-c.dll", // the mode decides, not the extension
				"valid /v/x.dll via dotnet",
				"cannot start /v/nuget-plugin-b via dotnet: to start without dotnet: it has no execute permission",
				"cannot start /v/Nuget-Plugin-d via dotnet behind /v/nuget-plugin-b: to start without dotnet: the name must begin",
			},
		},
		{
			name: "Windows", client: "dotnet@10", goos: windows, files: win,
			env: Env{"NUGET_PLUGIN_PATHS": `C:\v\nuget-plugin-a.exe;C:\v\nuget-plugin-b.BAT;C:\v\nuget-plugin-c.dll;C:\v\nuget-plugin-d.cmd`},
			want: []string{
				`valid C:\v\nuget-plugin-a.exe`,
				`valid C:\v\nuget-plugin-b.BAT`,
				`valid C:\v\nuget-plugin-c.dll via dotnet.exe`,
				`cannot start C:\v\nuget-plugin-d.cmd via dotnet.exe: on Windows the name must end in .exe or .bat`,
			},
		},
		{
			name: "a link to nowhere of another name is only a file that cannot start", client: "dotnet@10",
			files: []string{"/v/x.dll -> /gone"}, env: Env{"NUGET_PLUGIN_PATHS": "/v/x.dll"},
			want: []string{"cannot start /v/x.dll via dotnet: a link to a file that is missing"},
		},
		{
			name: "6.12 starts all by the host", client: "dotnet@9.0.100", files: files, env: Env{"NUGET_PLUGIN_PATHS": "/v/nuget-plugin-a"},
			want: []string{"cannot start /v/nuget-plugin-a via dotnet: use a .NET assembly, or an SDK with NuGet 6.13 or later"},
		},
		{
			name: "the variables of one kind always do", client: "dotnet@10", files: files, env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/nuget-plugin-a"},
			want: []string{"cannot start /v/nuget-plugin-a via dotnet: put it into PATH or NUGET_PLUGIN_PATHS"},
		},
		{
			name: "the .NET Framework starts all by themselves", client: "nuget.exe@7.9", files: files, env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/nuget-plugin-a:/v/Nuget-Plugin-d"},
			want: []string{"valid /v/nuget-plugin-a", "valid /v/Nuget-Plugin-d"},
		},
	})
}
