package host

import "testing"

func TestDiscoverConvention(t *testing.T) {
	const netcore = "/home/u/.nuget/plugins/netcore"
	runDiscoverTests(t, []discoverTest{
		{
			name: "the order of the system, one level, only folders with a file of their name", client: "dotnet@9.0.100",
			files: []string{
				netcore + "/Zed/Zed.dll 644 managed", netcore + "/Zed/Zed.runtimeconfig.json",
				netcore + "/Alpha/Alpha.dll 644 managed", netcore + "/Alpha/Alpha.runtimeconfig.json",
				netcore + "/Case/case.dll 644 managed", netcore + "/Exe/Exe.exe 755 elf",
				netcore + "/Deep/Deep/Deep.dll 644 managed", netcore + "/Flat.dll 644 managed", netcore + "/README.md",
			},
			want: []string{
				"valid " + netcore + "/Zed/Zed.dll via dotnet",
				"valid " + netcore + "/Alpha/Alpha.dll via dotnet",
				"skipped " + netcore + "/Case/Case.dll: has no file Case.dll; folder and file must have the same name",
				"skipped " + netcore + "/Exe/Exe.dll: has no file Exe.dll",
				"skipped " + netcore + "/Deep/Deep.dll: has no file Deep.dll",
				"skipped " + netcore + "/Flat.dll: move it with its files into a sub-folder Flat",
			},
		},
		{
			name: "on Windows the system ignores case", client: "dotnet@9.0.300", goos: windows,
			files: []string{
				`C:\Users\u\.nuget\plugins\netcore\Case\case.DLL 644 managed`, `C:\Users\u\.nuget\plugins\netcore\Case\case.runtimeconfig.json`,
			},
			want: []string{`valid C:\Users\u\.nuget\plugins\netcore\Case\Case.dll via dotnet.exe`},
		},
		{
			name: "a folder that is a link", client: "dotnet@9.0.300",
			files: []string{netcore + "/Rig -> /opt/rig", "/opt/rig/", netcore + "/Rig/Rig.dll 644 managed", netcore + "/Rig/Rig.runtimeconfig.json"},
			want:  []string{"valid " + netcore + "/Rig/Rig.dll via dotnet"},
		},
		{
			name: "a file that is a link to nowhere blocks", client: "dotnet@10", env: Env{"PATH": "/bin"},
			files: []string{netcore + "/Rig/Rig.dll -> /gone", "/bin/nuget-plugin-a 755 elf"},
			want: []string{
				"cannot start " + netcore + "/Rig/Rig.dll via dotnet: a link to a file that is missing",
				"valid /bin/nuget-plugin-a behind " + netcore + "/Rig/Rig.dll",
			},
		},
		{
			name: "a root that cannot be read ends the discovery", client: "dotnet@10", env: Env{"PATH": "/bin"},
			files: []string{netcore + "/ 0", "/bin/nuget-plugin-a 755 elf"}, failure: "netcore cannot be read",
			want: []string{"skipped /bin/nuget-plugin-a: this client finds no plugin at all"},
		},
		{
			name: "DOTNET_CLI_HOME moves the home of .NET", client: "dotnet@10", env: Env{"DOTNET_CLI_HOME": "/cli/../cli/"},
			files: append(rigFiles(), "/cli/.nuget/plugins/netcore/B/B.dll 644 managed", "/cli/.nuget/plugins/netcore/B/B.runtimeconfig.json"),
			want:  []string{"valid /cli/../cli/.nuget/plugins/netcore/B/B.dll via dotnet"},
		},
		{
			name: "and not that of .NET Framework", client: "nuget.exe@6.14", env: Env{"DOTNET_CLI_HOME": "/cli"},
			files: []string{"/cli/.nuget/plugins/netfx/A/A.exe 755 elf", "/home/u/.nuget/plugins/netfx/B/B.exe 755 elf"},
			want:  []string{"valid /home/u/.nuget/plugins/netfx/B/B.exe"},
		},
		{
			name: "DOTNET_CLI_HOME set but empty makes a relative home", client: "dotnet@10", env: Env{"DOTNET_CLI_HOME": ""},
			files: append(rigFiles(), ".nuget/plugins/netcore/B/B.dll 644 managed"),
			want:  []string{"invalid path .nuget/plugins/netcore/B/B.dll via dotnet: correct DOTNET_CLI_HOME or HOME"},
		},
		{
			name: "no home", client: "dotnet@10", env: Env{"no home": "", "PATH": "/bin"}, files: []string{"/bin/nuget-plugin-a 755 elf"},
			failure: "HOME is not set", want: []string{"skipped /bin/nuget-plugin-a"},
		},
		{
			name: "no home, and none needed", client: "dotnet@10", env: Env{"no home": "", "NUGET_PLUGIN_PATHS": "/bin"}, files: []string{"/bin/nuget-plugin-a 755 elf"},
			want: []string{"valid /bin/nuget-plugin-a"},
		},
		{
			name: "Windows: drive and path where USERPROFILE is missing", client: "dotnet@10", goos: windows,
			env:   Env{"no home": "", "HomeDrive": "D:", "HomePath": `\me`},
			files: []string{`D:\me\.nuget\plugins\netcore\B\B.dll 644 managed`, `D:\me\.nuget\plugins\netcore\B\B.runtimeconfig.json`},
			want:  []string{`valid D:\me\.nuget\plugins\netcore\B\B.dll via dotnet.exe`},
		},
		{
			name: "installed for the other kind alone", client: "dotnet@10",
			files: append(rigFiles(), "/home/u/.nuget/plugins/netfx/Rig/Rig.exe", "/home/u/.nuget/plugins/netfx/Only/Only.exe", "/home/u/.nuget/plugins/netfx/None/x"),
			want: []string{
				"valid " + rigDLL + " via dotnet",
				"skipped /home/u/.nuget/plugins/netfx/Only/Only.exe: a .NET client looks for it in " + netcore,
			},
		},
	})
}

func TestDiscoverPreinstalled(t *testing.T) {
	const vs, plugins = `C:\VS`, `C:\VS\Common7\IDE\CommonExtensions\Microsoft\NuGet\Plugins`
	files := []string{
		plugins + `\Cred\Cred.exe 755 managed`, `C:\Users\u\.nuget\plugins\netfx\Mine\Mine.exe 755 managed`,
		`C:\asm\Plugins\Asm\Asm.exe 755 managed`,
	}
	mine := `valid C:\Users\u\.nuget\plugins\netfx\Mine\Mine.exe`
	setMSBuild := func(dir string) func(*Client) {
		return func(c *Client) { c.MSBuildDir, c.AssemblyDir = dir, `C:\asm` }
	}
	runDiscoverTests(t, []discoverTest{
		{
			name: "beside the MSBuild that nuget.exe took, after the user's own", client: "nuget.exe@6.14", goos: windows, files: files,
			change: setMSBuild(vs + `\MSBuild\Current\Bin`),
			want:   []string{mine, `valid ` + plugins + `\Cred\Cred.exe: preinstalled folder ` + plugins},
		},
		{
			name: "one folder more for 64 bits since 6.3", client: "nuget.exe@6.13", goos: windows, files: files,
			change: setMSBuild(vs + `\MSBuild\Current\Bin\amd64`),
			want:   []string{mine, `valid ` + plugins + `\Cred\Cred.exe`},
		},
		{
			name: "and not before", client: "nuget.exe@6.2", goos: windows, files: files[:2],
			change: setMSBuild(vs + `\MSBuild\Current\Bin\amd64`),
			want:   []string{`signature unchecked C:\Users\u\.nuget\plugins\netfx\Mine\Mine.exe`},
		},
		{
			name: "else beside NuGet's assemblies", client: "vs@17.14", goos: windows, files: files, change: setMSBuild(""),
			want: []string{mine, `valid C:\asm\Plugins\Asm\Asm.exe`},
		},
		{
			name: "hidden like the user's own", client: "vs@17.14", goos: windows, files: files, change: setMSBuild(""),
			env:  Env{"NUGET_NETFX_PLUGIN_PATHS": ";"},
			want: []string{`hidden C:\Users\u\.nuget\plugins\netfx\Mine\Mine.exe`, `hidden C:\asm\Plugins\Asm\Asm.exe`},
		},
		{
			name: "nothing of the kind for .NET", client: "dotnet@10", goos: windows, files: files[:1], change: setMSBuild(vs + `\MSBuild\Current\Bin`),
		},
	})
}

func TestDiscoverPATH(t *testing.T) {
	runDiscoverTests(t, []discoverTest{
		{
			name: "order of PATH, then of the system; no sub-folders; twice is twice; empty items", client: "dotnet@9.0.200",
			env: Env{"PATH": "/b:/a::/gone:/file:/b"},
			files: []string{
				"/b/nuget-plugin-z 755 elf", "/b/nuget-plugin-a 755 elf", "/b/sub/nuget-plugin-s 755 elf", "/b/other 755 elf",
				"/a/nuget-plugin-z 755 script", "/file 755 elf",
			},
			want: []string{
				"valid /b/nuget-plugin-z: PATH item 1", "valid /b/nuget-plugin-a", "valid /a/nuget-plugin-z: PATH item 2",
				"valid /b/nuget-plugin-z: PATH item 6", "valid /b/nuget-plugin-a",
			},
		},
		{
			name: "names and modes on Unix", client: "dotnet@10", env: Env{"PATH": "/x/../p//"},
			files: []string{
				"/p/nuget-plugin-owner 100 elf", "/p/nuget-plugin-group 010 elf", "/p/nuget-plugin-other 001 elf", "/p/nuget-plugin-none 644 elf",
				"/p/nuget-plugin-x.sh 755 script", "/p/nuget-plugin-x.exe 755 elf", "/p/nuget-plugin- 755 elf",
				"/p/NuGet-Plugin-up 755 elf", "/p/nuget-Plugin-up 755 elf", "/p/nuget_plugin_x 755 elf", "/p/nuget-plugin-dir/ 755",
			},
			want: []string{
				"valid /p/nuget-plugin-owner", "valid /p/nuget-plugin-group", "valid /p/nuget-plugin-other",
				"skipped /p/nuget-plugin-none: no execute permission; chmod +x it",
				"valid /p/nuget-plugin-x.sh", "valid /p/nuget-plugin-x.exe", "valid /p/nuget-plugin-",
				"skipped /p/NuGet-Plugin-up: must begin with nuget-plugin- in lower case", "skipped /p/nuget-Plugin-up: in lower case",
				"skipped /p/nuget-plugin-dir: not a file",
			},
		},
		{
			name: "names on Windows", client: "dotnet@10", goos: windows, env: Env{"Path": `C:\p;D:/p/`},
			files: []string{
				`C:\p\nuget-plugin-a.exe 644 winexe`, `C:\p\nuget-plugin-b.EXE 644 winexe`, `C:\p\nuget-plugin-c.Bat`,
				`C:\p\nuget-plugin-d.cmd`, `C:\p\nuget-plugin-e.ps1`, `C:\p\nuget-plugin-f`, `C:\p\Nuget-plugin-g.exe 644 winexe`,
			},
			want: []string{
				`valid C:\p\nuget-plugin-a.exe`, `valid C:\p\nuget-plugin-b.EXE`, `valid C:\p\nuget-plugin-c.Bat`,
				`skipped C:\p\nuget-plugin-d.cmd: must end in .exe or .bat`, `skipped C:\p\nuget-plugin-e.ps1: must end in`,
				`skipped C:\p\nuget-plugin-f: must end in`, `skipped C:\p\Nuget-plugin-g.exe: in lower case`,
			},
		},
		{
			name: "folders that are not absolute", client: "dotnet@10", env: Env{"PATH": "bin:~/tools:."},
			files: []string{"bin/nuget-plugin-a 755 elf", "bin/nuget-plugin-b 644 elf", "/home/u/tools/nuget-plugin-c 755 elf"},
			want: []string{
				`skipped bin/nuget-plugin-a: passes over the PATH item "bin", which is not an absolute path`,
				`skipped /home/u/tools/nuget-plugin-c: passes over the PATH item "~/tools"`,
			},
		},
		{
			name: "on Windows also with slashes or quotes", client: "dotnet@10", goos: windows, env: Env{"PATH": `C:/p;"C:\q r"`},
			files: []string{`C:\p\nuget-plugin-a.exe 644 winexe`, `C:\q r\nuget-plugin-b.exe|644|winexe`},
			want:  []string{`skipped C:/p\nuget-plugin-a.exe: which is not an absolute path`, `skipped C:\q r\nuget-plugin-b.exe: which is not an absolute path`},
		},
		{
			name: "a folder that cannot be read: 6.13 fails", client: "dotnet@9.0.200", env: Env{"PATH": "/p:/locked"},
			files: []string{"/p/nuget-plugin-a 755 elf", "/locked/ 0"}, failure: "stops at the folder /locked, which cannot be read",
			want: []string{"skipped /p/nuget-plugin-a: finds no plugin at all", "skipped /locked: cannot be read"},
		},
		{
			name: "and 6.14 goes on", client: "dotnet@9.0.300", env: Env{"PATH": "/locked:/p"}, files: []string{"/p/nuget-plugin-a 755 elf", "/locked/ 0"},
			want: []string{"skipped /locked: cannot be read", "valid /p/nuget-plugin-a"},
		},
		{
			name: "the same for every kind of client", client: "nuget.exe@6.13", env: Env{"PATH": "/p"}, files: []string{"/p/nuget-plugin-a 755 elf"},
			want: []string{"valid /p/nuget-plugin-a"},
		},
		{
			name: "a link to nowhere of another case is not even looked at", client: "dotnet@10", env: Env{"PATH": "/p"},
			files: []string{"/p/Nuget-plugin-a -> /gone", "/p/nuget-plugin-b 755 elf"},
			want:  []string{"skipped /p/Nuget-plugin-a: in lower case", "valid /p/nuget-plugin-b"},
		},
		{
			name: "a link to nowhere on Mono is no file", client: "nuget.exe@6.14", env: Env{"PATH": "/p"},
			files: []string{"/p/nuget-plugin-a -> /gone", "/p/nuget-plugin-b 755 elf"},
			want:  []string{"skipped /p/nuget-plugin-a: not a file", "valid /p/nuget-plugin-b"},
		},
		{
			name: "a link to nowhere on Windows", client: "dotnet@10", goos: windows, env: Env{"PATH": `C:\p`},
			files: []string{`C:\p\nuget-plugin-a.exe -> C:\gone`, `C:\p\nuget-plugin-b.exe 644 winexe`},
			want:  []string{`cannot start C:\p\nuget-plugin-a.exe: a link to a file that is missing`, `valid C:\p\nuget-plugin-b.exe behind C:\p\nuget-plugin-a.exe`},
		},
	})
}
