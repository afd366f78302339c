package host

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A discoverTest is a set-up and what a client finds in it. Each line of want is
//
//	STATE PATH [via PROGRAM] [behind PATH][: words of the reason]
//
// for one candidate, in order. "via" is there where a dotnet host runs the file.
type discoverTest struct {
	name     string
	client   string
	goos     string // linux where empty
	env      Env
	files    []string
	want     []string
	failure  string // words of it
	download string // the reason, or its beginning and "...", with "asked: " before it where it is asked; empty: not looked at
	change   func(*Client)
}

func runDiscoverTests(t *testing.T, tests []discoverTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			goos := test.goos
			if goos == "" {
				goos = "linux"
			}
			client := mustClient(t, test.client, goos)
			if test.change != nil {
				test.change(&client)
			}
			got := Discover(client, withHome(test.env, goos), newFakeFS(t, goos, test.files...))
			if diff := cmp.Diff(test.want, lines(got.Candidates, test.want)); diff != "" {
				t.Errorf("candidates (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Failure, test.failure) || (got.Failure == "") != (test.failure == "") {
				t.Errorf("failure %q, want %q in it", got.Failure, test.failure)
			}
			download := got.Download.Reason
			if got.Download.Asked {
				download = "asked: " + download
			}
			begin, cut := strings.CutSuffix(test.download, "...")
			if test.download != "" && download != test.download && !(cut && strings.HasPrefix(download, begin)) {
				t.Errorf("download %q, want %q", download, test.download)
			}
			checkInvariants(t, got)
		})
	}
}

// checkInvariants is what holds for every discovery.
func checkInvariants(t *testing.T, d Discovery) {
	t.Helper()
	for _, c := range d.Candidates {
		if c.Reason == "" || strings.ContainsAny(c.Reason, "\n\r") {
			t.Errorf("%s: the reason %q is not one line", c.Path, c.Reason)
		}
		if c.Path == "" || c.Origin.Kind == 0 {
			t.Errorf("no path or no origin: %+v", c)
		}
		if c.Listed() != (c.Start.Program != "") {
			t.Errorf("%s: listed %v, but its start is %+v", c.Path, c.Listed(), c.Start)
		}
		want := []string{"-Plugin"}
		if c.Start.ViaHost {
			want = []string{c.Path, "-Plugin"}
		} else if c.Listed() && c.Start.Program != c.Path {
			t.Errorf("%s: started as %q", c.Path, c.Start.Program)
		}
		if c.Listed() && !cmp.Equal(want, c.Start.Args) {
			t.Errorf("%s: arguments %q, want %q", c.Path, c.Start.Args, want)
		}
	}
	if d.Failure != "" && len(d.Listed()) != 0 {
		t.Errorf("the discovery fails, and still lists %v", d.Listed())
	}
}

// withHome gives every test a home on its system, unless it has a home of its own or says with "no home" that it has none.
func withHome(env Env, goos string) Env {
	all := Env{"HOME": "/home/u"}
	if goos == windows {
		all = Env{"USERPROFILE": `C:\Users\u`}
	}
	if _, none := env["no home"]; none {
		all = Env{}
	}
	maps.Copy(all, env)
	return all
}

// lines writes candidates as want has them: the reason is shortened to the wanted words where it holds them.
func lines(candidates []Candidate, want []string) []string {
	var all []string
	for i, c := range candidates {
		line := c.State.String() + " " + c.Path
		if c.Start.ViaHost {
			line += " via " + c.Start.Program
		}
		if c.BlockedBy != "" {
			line += " behind " + c.BlockedBy
		}
		if i < len(want) {
			if _, words, asked := strings.Cut(want[i], ": "); asked {
				if strings.Contains(c.Reason, words) {
					line += ": " + words
				} else {
					line += ": " + c.Reason
				}
			}
		}
		all = append(all, line)
	}
	return all
}

const rigDLL = "/home/u/.nuget/plugins/netcore/Rig/Rig.dll"

// rigFiles is a whole managed plugin in the convention folder.
func rigFiles() []string {
	return []string{rigDLL + " 644 managed", "/home/u/.nuget/plugins/netcore/Rig/Rig.runtimeconfig.json"}
}

func TestDiscoverNothing(t *testing.T) {
	runDiscoverTests(t, []discoverTest{
		{name: "empty machine", client: "dotnet@10", download: "only plugins from NUGET_NETCORE_PLUGIN_PATHS or NUGET_PLUGIN_PATHS are asked"},
		{name: "empty Windows", client: "vs@17.13", goos: windows, download: "only plugins from NUGET_NETFX_PLUGIN_PATHS or NUGET_PLUGIN_PATHS are asked"},
	})
}

// What the order of variables, plugins folder and PATH is, and which hides which.
func TestDiscoverPriority(t *testing.T) {
	files := append(rigFiles(),
		"/home/u/.nuget/plugins/netfx/Rig/Rig.exe 755 elf",
		"/v/own.dll 644 managed", "/v/own.runtimeconfig.json",
		"/v/both.dll 644 managed", "/v/both.runtimeconfig.json",
		"/bin/nuget-plugin-p 755 elf")
	runDiscoverTests(t, []discoverTest{
		{
			name: "plugins folder, then PATH", client: "dotnet@9.0.200", files: files, env: Env{"PATH": "/bin"},
			want: []string{
				"valid " + rigDLL + " via dotnet: convention folder /home/u/.nuget/plugins/netcore",
				"valid /bin/nuget-plugin-p: PATH item 1",
			},
		},
		{
			name: "the general variable hides both", client: "dotnet@9.0.200", files: files,
			env: Env{"PATH": "/bin", "NUGET_PLUGIN_PATHS": "/v/both.dll"},
			want: []string{
				"valid /v/both.dll via dotnet: NUGET_PLUGIN_PATHS item 1",
				"hidden " + rigDLL + ": NUGET_PLUGIN_PATHS is set, which hides this place; unset it",
				"hidden /bin/nuget-plugin-p: NUGET_PLUGIN_PATHS is set",
			},
			download: "asked: NUGET_PLUGIN_PATHS is set",
		},
		{
			name: "the client's own variable hides the general one", client: "dotnet@9.0.200", files: files,
			env: Env{"PATH": "/bin", "NUGET_PLUGIN_PATHS": "/v/both.dll", "NUGET_NETCORE_PLUGIN_PATHS": "/v/own.dll"},
			want: []string{
				"valid /v/own.dll via dotnet",
				"hidden /v/both.dll: NUGET_NETCORE_PLUGIN_PATHS is set",
				"hidden " + rigDLL + ": NUGET_NETCORE_PLUGIN_PATHS is set",
				"hidden /bin/nuget-plugin-p: NUGET_NETCORE_PLUGIN_PATHS is set",
			},
			download: "asked: NUGET_NETCORE_PLUGIN_PATHS is set",
		},
		{
			name: "the variable of the other kind does nothing", client: "dotnet@9.0.200", files: files,
			env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/own.dll"},
			want: []string{
				"valid " + rigDLL + " via dotnet",
				"skipped /v/own.dll: only other clients read NUGET_NETFX_PLUGIN_PATHS",
			},
			download: "only plugins from...",
		},
		{
			name: "a .NET Framework client has the other variable and the other folder", client: "nuget.exe@6.13", files: files,
			env: Env{"NUGET_NETCORE_PLUGIN_PATHS": "/v/own.dll", "PATH": "/bin"},
			want: []string{
				"valid /home/u/.nuget/plugins/netfx/Rig/Rig.exe",
				"valid /bin/nuget-plugin-p",
				"skipped /v/own.dll: this one reads NUGET_NETFX_PLUGIN_PATHS and NUGET_PLUGIN_PATHS",
			},
		},
		{
			name: "only separators: set, and no plugin", client: "dotnet@9.0.300", files: files,
			env:      Env{"NUGET_PLUGIN_PATHS": "::", "PATH": "/bin"},
			want:     []string{"hidden " + rigDLL, "hidden /bin/nuget-plugin-p"},
			download: "asked: NUGET_PLUGIN_PATHS is set",
		},
		{
			name: "own variable set but empty: as if unset", client: "dotnet@10", files: files,
			env:  Env{"NUGET_NETCORE_PLUGIN_PATHS": "", "PATH": "/bin"},
			want: []string{"valid " + rigDLL + " via dotnet", "valid /bin/nuget-plugin-p"},
		},
		{
			name: "own variable empty, general one set: used, but not for downloads since 6.13", client: "dotnet@9.0.200", files: files[:2],
			env:      Env{"NUGET_NETCORE_PLUGIN_PATHS": "", "NUGET_PLUGIN_PATHS": rigDLL},
			want:     []string{"valid " + rigDLL + " via dotnet: NUGET_PLUGIN_PATHS item 1", "hidden " + rigDLL},
			download: "NUGET_NETCORE_PLUGIN_PATHS is set but empty, and for this question that hides NUGET_PLUGIN_PATHS; unset it",
		},
		{
			name: "the same before 6.13: for downloads too", client: "dotnet@9.0.100", files: files[:2],
			env:      Env{"NUGET_NETCORE_PLUGIN_PATHS": "", "NUGET_PLUGIN_PATHS": rigDLL},
			want:     []string{"valid " + rigDLL + " via dotnet", "hidden " + rigDLL},
			download: "asked: NUGET_PLUGIN_PATHS is set",
		},
		{
			name: "names of variables have their case on Unix", client: "dotnet@10",
			env: Env{"nuget_plugin_paths": "/v/both.dll", "Path": "/bin"}, files: files[2:],
			want: []string{"skipped /home/u/.nuget/plugins/netfx/Rig/Rig.exe: installed for other clients alone"},
		},
		{
			name: "and none on Windows", client: "dotnet@10", goos: windows,
			env:   Env{"nuget_Plugin_paths": `C:\v\a.dll`},
			files: []string{`C:\v\a.dll 644 managed`, `C:\v\a.runtimeconfig.json`},
			want:  []string{`valid C:\v\a.dll via dotnet.exe`},
		},
	})
}

// The versions in which a place, or a rule, came.
func TestDiscoverVersions(t *testing.T) {
	exe := "/home/u/.nuget/plugins/netfx/Rig/Rig.exe"
	files := []string{exe + " 755 elf", "/v/a.exe 755 elf", "/bin/nuget-plugin-p 755 elf"}
	runDiscoverTests(t, []discoverTest{
		{
			name: "6.12 does not search PATH", client: "nuget.exe@6.12", files: files, env: Env{"PATH": "/bin"},
			want: []string{"valid " + exe, "too new /bin/nuget-plugin-p: PATH is searched since NuGet 6.13, and this client has 6.12"},
		},
		{
			name: "6.13 does", client: "nuget.exe@6.13", files: files, env: Env{"PATH": "/bin"},
			want: []string{"valid " + exe, "valid /bin/nuget-plugin-p"},
		},
		{
			name: "5.3 reads the variables of one kind", client: "nuget.exe@5.3", files: files[1:2],
			env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/a.exe"}, want: []string{"valid /v/a.exe"},
			download: "asked: NUGET_NETFX_PLUGIN_PATHS is set",
		},
		{
			name: "5.2 does not", client: "nuget.exe@5.2", files: files[:2], env: Env{"NUGET_NETFX_PLUGIN_PATHS": "/v/a.exe"},
			want:     []string{"too new /v/a.exe: NUGET_NETFX_PLUGIN_PATHS is read since NuGet 5.3", "valid " + exe},
			download: "only plugins from...",
		},
		{
			name: "4.9 has the plugins folder and no signatures on Mono", client: "nuget.exe@4.9", files: files[:1],
			want: []string{"valid " + exe},
		},
		{
			name: "4.8 checks signatures on Mono", client: "nuget.exe@4.8", files: files[:1],
			want: []string{"signature unchecked " + exe + ": the signature is checked by this client"},
		},
		{
			name: "4.7 has only the variable", client: "nuget.exe@4.7", files: files[:2], env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe"},
			want: []string{"signature unchecked /v/a.exe", "too new " + exe + ": the plugins folder is used since NuGet 4.8"},
		},
		{
			name: "4.2 has no plugins", client: "nuget.exe@4.2", files: files[1:2], env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe"},
			want:     []string{"too new /v/a.exe: since NuGet 4.3"},
			download: "this client is older than plugins",
		},
		{
			name: "nor has .NET before 4.8", client: "dotnet", files: files[1:2], env: Env{"NUGET_PLUGIN_PATHS": "/v/a.exe"},
			change:   func(c *Client) { c.Version = ClientVersion{4, 7, 0} },
			want:     []string{"too new /v/a.exe: since NuGet 4.8"},
			download: "this client is older than plugins",
		},
		{
			name: "6.12 checks signatures on Windows", client: "dotnet@9.0.100", goos: windows,
			env:   Env{"NUGET_PLUGIN_PATHS": `C:\v\a.dll`},
			files: []string{`C:\v\a.dll 644 managed`, `C:\v\a.runtimeconfig.json`},
			want:  []string{`signature unchecked C:\v\a.dll via dotnet.exe`},
		},
		{
			name: "6.13 does not", client: "dotnet@9.0.200", goos: windows,
			env:   Env{"NUGET_PLUGIN_PATHS": `C:\v\a.dll`},
			files: []string{`C:\v\a.dll 644 managed`, `C:\v\a.runtimeconfig.json`},
			want:  []string{`valid C:\v\a.dll via dotnet.exe`},
		},
		{
			name: "and no .NET client does on Unix", client: "dotnet@3.1", env: Env{"NUGET_PLUGIN_PATHS": "/v/a.dll"},
			files: []string{"/v/a.dll 644 managed", "/v/a.runtimeconfig.json"},
			want:  []string{"valid /v/a.dll via dotnet"},
		},
	})
}
