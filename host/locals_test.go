package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The lists are what the clients printed, with other names for the folders.
func TestListLocals(t *testing.T) {
	for _, test := range []struct {
		client, goos string
		env          Env
		configured   string
		want         string
	}{
		{"dotnet@10", "linux", Env{"HOME": "/h"}, "", `http-cache: /h/.local/share/NuGet/http-cache
global-packages: /h/.nuget/packages/
temp: /tmp/NuGetScratchroot
plugins-cache: /h/.local/share/NuGet/plugin-cache
`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "NUGET_PACKAGES": "/tmp/zz/../yy/pk", "NUGET_HTTP_CACHE_PATH": "/tmp/zz/../h/",
			"NUGET_PLUGINS_CACHE_PATH": "/tmp/zz/../p/./q//", "NUGET_SCRATCH": "/tmp/zz/../scr/"}, "/not/this", `http-cache: /tmp/h/
global-packages: /tmp/yy/pk
temp: /tmp/zz/../scr/
plugins-cache: /tmp/p/q/
`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "NUGET_HTTP_CACHE_PATH": `/tmp/a\b/c`, "NUGET_PACKAGES": ""}, "/conf/./pk/", `http-cache: /tmp/a\b/c
global-packages: /conf/pk/
temp: /tmp/NuGetScratchroot
plugins-cache: /h/.local/share/NuGet/plugin-cache
`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "XDG_DATA_HOME": "/tmp/xdg/", "DOTNET_CLI_HOME": "/cli//"}, "", `http-cache: /tmp/xdg/NuGet/http-cache
global-packages: /cli//.nuget/packages/
temp: /tmp/NuGetScratchroot
plugins-cache: /tmp/xdg/NuGet/plugin-cache
`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "DOTNET_CLI_HOME": ""}, "", `http-cache: .local/share/NuGet/http-cache
global-packages: .nuget/packages/
temp: /tmp/NuGetScratchroot
plugins-cache: .local/share/NuGet/plugin-cache
`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "NUGET_PLUGINS_CACHE_PATH": "rel"}, "", `http-cache: /h/.local/share/NuGet/http-cache
global-packages: /h/.nuget/packages/
temp: /tmp/NuGetScratchroot
error: NUGET_PLUGINS_CACHE_PATH must be an absolute path, and "rel" is not one; NuGet stops here`},
		{"dotnet@10", "linux", Env{"HOME": "/h", "NUGET_PACKAGES": "rel"}, "", `http-cache: /h/.local/share/NuGet/http-cache
error: NUGET_PACKAGES must be an absolute path, and "rel" is not one; NuGet stops here`},
		{"nuget.exe@5.8", "linux", Env{"HOME": "/h", "XDG_DATA_HOME": "/x//", "DOTNET_CLI_HOME": "/cli", "NUGET_SCRATCH": "/s"}, "", `http-cache: /x//NuGet/v3-cache
global-packages: /h/.nuget/packages/
temp: /tmp/NuGetScratch
plugins-cache: /x//NuGet/plugins-cache
`},
		{"dotnet@3.1.102", "linux", Env{"HOME": "/h", "TMPDIR": "/t", "DOTNET_CLI_HOME": "/c"}, "", `http-cache: /c/.local/share/NuGet/v3-cache
global-packages: /c/.nuget/packages/
temp: /t/NuGetScratch
plugins-cache: /c/.local/share/NuGet/plugins-cache
`},
		{"dotnet@10", "windows", Env{"USERPROFILE": `C:\Users\d`, "LOCALAPPDATA": `C:\Users\d\AppData\Local`, "TEMP": `C:\T`}, "", `http-cache: C:\Users\d\AppData\Local\NuGet\v3-cache
global-packages: C:\Users\d\.nuget\packages\
temp: C:\T\NuGetScratch
plugins-cache: C:\Users\d\AppData\Local\NuGet\plugins-cache
`},
	} {
		var out strings.Builder
		locals := Locals(mustClient(t, test.client, test.goos), test.env, &LocalsOptions{GlobalPackages: test.configured, Account: "root"})
		if err := ListLocals(&out, locals, "all"); err != nil {
			out.WriteString("error: " + err.Error())
		}
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s on %s, %v (-want +got):\n%s", test.client, test.goos, test.env, diff)
		}
	}
}

// testLocals has four folders with a file each, in a new folder.
func testLocals(t *testing.T) (dir string, locals []Local) {
	t.Helper()
	dir = tempDir(t)
	for _, name := range []string{LocalHTTPCache, LocalGlobalPackages, LocalTemp, LocalPluginsCache} {
		path := filepath.Join(dir, name)
		writeEntry(t, filepath.Join(path, "a", "b"), "x")
		locals = append(locals, Local{Name: name, Path: path})
	}
	return dir, locals
}

func TestClearLocals(t *testing.T) {
	const all = `Clearing NuGet HTTP cache: DIR/http-cache
Clearing NuGet global packages folder: DIR/global-packages
Clearing NuGet Temp cache: DIR/temp
Clearing NuGet plugins cache: DIR/plugins-cache
Local resources cleared.
`
	for _, test := range []struct {
		name string
		left string
		want string
	}{
		{"http-cache", "global-packages plugins-cache temp", "Clearing NuGet HTTP cache: DIR/http-cache\nLocal resources cleared.\n"},
		{"Global-Packages", "http-cache plugins-cache temp", "Clearing NuGet global packages folder: DIR/global-packages\nLocal resources cleared.\n"},
		{"temp", "global-packages http-cache plugins-cache", "Clearing NuGet Temp cache: DIR/temp\nLocal resources cleared.\n"},
		{"plugins-cache", "global-packages http-cache temp", "Clearing NuGet plugins cache: DIR/plugins-cache\nLocal resources cleared.\n"},
		{"ALL", "", all},
	} {
		dir, locals := testLocals(t)
		// The second time the folders are missing, which is fine.
		for range 2 {
			var out strings.Builder
			if err := RunLocals(&out, locals, test.name, false, true); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			got := filepath.ToSlash(strings.ReplaceAll(out.String(), dir, "DIR"))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
		entries, err := os.ReadDir(dir)
		var left []string
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if got := strings.Join(left, " "); err != nil || got != test.left {
			t.Errorf("%s leaves %q, %v; want %q", test.name, got, err, test.left)
		}
	}
}

// A folder without a path ends the work, as it does with NuGet, which has then cleared what came before.
func TestClearLocalsStops(t *testing.T) {
	dir, locals := testLocals(t)
	wrong := errors.New("no path")
	locals[1] = Local{Name: LocalGlobalPackages, Err: wrong}
	var out strings.Builder
	if err := ClearLocals(&out, locals, LocalAll); err != wrong {
		t.Errorf("error %v", err)
	}
	for name, want := range map[string]bool{LocalHTTPCache: false, LocalTemp: true, LocalPluginsCache: true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
}

func TestClearLocalsRefuses(t *testing.T) {
	home := tempDir(t)
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	writeEntry(t, filepath.Join(home, "keep"), "x")
	root := filepath.VolumeName(home) + string(filepath.Separator)
	// The root comes as a name that is not one, so that nothing is lost where the rule fails.
	for _, path := range []string{home, home + string(filepath.Separator), filepath.Join(home, "x", ".."), ""} {
		if left, err := deleteFolder(path); err == nil || !strings.Contains(err.Error(), "is not deleted") {
			t.Errorf("%q is deleted: %q, %v", path, left, err)
		}
	}
	if !holdsMore(root) {
		t.Errorf("%s would be deleted", root)
	}
	if _, err := os.Stat(filepath.Join(home, "keep")); err != nil {
		t.Error(err)
	}
}

func TestRunLocalsUsage(t *testing.T) {
	_, locals := testLocals(t)
	for _, test := range []struct {
		name        string
		list, clear bool
		usage       string
	}{
		{"", true, false, "no cache type was specified"},
		{" ", false, false, "no cache type was specified"},
		{"all", false, false, "specify an operation"},
		{"all", true, true, "both operations"},
		{"bogus", false, false, "specify an operation"},
		{"bogus", true, false, ""},
		{"bogus", false, true, ""},
	} {
		var out strings.Builder
		err := RunLocals(&out, locals, test.name, test.list, test.clear)
		usage, isUsage := errors.AsType[*LocalsUsageError](err)
		switch {
		case test.usage == "" && !errors.Is(err, ErrUnknownLocal):
			t.Errorf("%+v: %v, want ErrUnknownLocal", test, err)
		case test.usage != "" && (!isUsage || !strings.Contains(usage.Message, test.usage) || !strings.HasPrefix(usage.Usage, "locals <all")):
			t.Errorf("%+v: %v", test, err)
		}
		if out.Len() > 0 {
			t.Errorf("%+v prints %q", test, out.String())
		}
	}
}
