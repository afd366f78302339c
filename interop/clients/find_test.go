package clients

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// none is a machine on which nothing is installed.
func none(t *testing.T) machine {
	return machine{
		goos: "linux", goarch: "amd64", cache: t.TempDir(), shared: t.TempDir(),
		lookPath: func(string) (string, error) { return "", errors.New("not found") },
	}
}

func touch(t *testing.T, elements ...string) {
	t.Helper()
	file := filepath.Join(elements...)
	err := os.MkdirAll(filepath.Dir(file), 0o777)
	if err == nil {
		err = os.WriteFile(file, nil, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMissingIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		have func(t *testing.T, m *machine)
		find func(machine) (*Client, error)
		want []string
	}{
		"dotnet 10, nothing": {
			find: func(m machine) (*Client, error) { return m.dotnet10(t.Context()) },
			want: []string{"dotnet10", "restore-linux-x64.tar.xz", ".ci/install", "no dotnet on PATH"},
		},
		"dotnet 10, archive without xz": {
			have: func(t *testing.T, m *machine) {
				touch(t, m.shared, "clients", "dotnet-10.0.401-restore-linux-x64.tar.xz")
			},
			find: func(m machine) (*Client, error) { return m.dotnet10(t.Context()) },
			want: []string{"xz-utils"},
		},
		"dotnet 10, archive that is none": {
			have: func(t *testing.T, m *machine) {
				touch(t, m.shared, "clients", "dotnet-10.0.401-restore-linux-x64.tar.xz")
				m.lookPath = func(name string) (string, error) { return map[string]string{"xz": "xz"}[name], nil }
			},
			find: func(m machine) (*Client, error) { return m.dotnet10(t.Context()) },
			want: []string{"unpack ", "restore-linux-x64.tar.xz"},
		},
		"dotnet 10, other system": {
			have: func(_ *testing.T, m *machine) { m.goos, m.goarch = "darwin", "arm64" },
			find: func(m machine) (*Client, error) { return m.dotnet10(t.Context()) },
			want: []string{"linux/amd64, not darwin/arm64", "no dotnet on PATH"},
		},
		"NuGet.exe, nothing": {
			find: machine.nugetExe58,
			want: []string{"nuget-5.8.0.exe", ".ci/install"},
		},
		"NuGet.exe without Mono": {
			have: func(t *testing.T, m *machine) { touch(t, m.cache, "nuget58", "nuget-5.8.0.exe") },
			find: machine.nugetExe58,
			want: []string{"mono-runtime"},
		},
		"dotnet 3.1, nothing": {
			find: machine.dotnet31,
			want: []string{"dotnet31", ".ci/install"},
		},
		"dotnet 3.1 without OpenSSL": {
			have: func(t *testing.T, m *machine) { touch(t, m.cache, "dotnet31", "dotnet") },
			find: machine.dotnet31,
			want: []string{"libssl.so.1.1"},
		},
		"reference plugin": {
			have: func(t *testing.T, m *machine) { touch(t, m.cache, "dotnet10", "sdk", "10.0.401", "dotnet.dll") },
			find: func(m machine) (*Client, error) { return m.reference(t.Context()) },
			want: []string{"nuget-plugin-ref.dll"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := none(t)
			if test.have != nil {
				test.have(t, &m)
			}
			c, err := test.find(m)
			if err == nil {
				t.Fatalf("found %v", c.Command)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

// ended is what the recorder panics with where a test would end.
type ended string

func (r *recorder) Fatalf(string, ...any) { panic(ended("failed")) }
func (r *recorder) Skipf(string, ...any)  { panic(ended("skipped")) }

func TestMissingSkipsOrFails(t *testing.T) {
	for mode, want := range map[string]ended{"": "skipped", "required": "failed"} {
		t.Setenv("NUPLUG_INTEROP", mode)
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("NUPLUG_INTEROP=%q: %v, want %v", mode, got, want)
				}
			}()
			require(&recorder{TB: t})(none(t).nugetExe58())
		}()
	}
}

func TestFolders(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"own":  {map[string]string{"NUPLUG_CI_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"},
		"XDG":  {map[string]string{"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/nuplug-ci"},
		"home": {map[string]string{"HOME": "/c"}, "/c/.cache/nuplug-ci"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := filepath.ToSlash(cacheFolder(func(name string) string { return test.env[name] })); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	if got := sharedFolder(func(string) string { return "/s" }); got != "/s" {
		t.Errorf("NUPLUG_SHARED: got %s", got)
	}
	here, err := filepath.Abs("../../../shared") // beside the repository
	if err != nil {
		t.Fatal(err)
	}
	if got := sharedFolder(func(string) string { return "" }); got != here {
		t.Errorf("got %s, want %s", got, here)
	}
}

func TestSDKMajor(t *testing.T) {
	for version, want := range map[string]int{"10.0.401": 10, "9.0.200": 9, "11.0.100-preview.1": 11, "": 0, "none": 0} {
		if got := sdkMajor(version); got != want {
			t.Errorf("%q: got %d, want %d", version, got, want)
		}
	}
}

func TestEnvironment(t *testing.T) {
	l := layout{
		home: "/s/home", plugins: "/s/plugins", packages: "/s/packages", httpCache: "/s/http",
		pluginsCache: "/s/pc", scratch: "/s/scratch", tmp: "/s/tmp",
	}
	c := &Client{path: []string{"/opt/x"}, env: map[string]string{"OWN": "1"}}
	machine := map[string]string{"SystemRoot": `C:\Windows`, "PATH": "/usr/games", "NUGET_PLUGIN_PATHS": "/evil", "HOME": "/root"}
	getenv := func(name string) string { return machine[name] }
	all := map[string]string{
		"DOTNET_CLI_HOME": "/s/home", "NUGET_PACKAGES": "/s/packages", "NUGET_HTTP_CACHE_PATH": "/s/http",
		"NUGET_PLUGINS_CACHE_PATH": "/s/pc", "NUGET_SCRATCH": "/s/scratch", "OWN": "1",
	}
	for goos, own := range map[string]map[string]string{
		"linux": {"HOME": "/s/home", "TMPDIR": "/s/tmp", "LANG": "C.UTF-8", "PATH": "/s/plugins:/opt/x:/usr/bin:/bin"},
		"windows": {
			"USERPROFILE": "/s/home", "APPDATA": `/s/home\AppData\Roaming`, "LOCALAPPDATA": `/s/home\AppData\Local`,
			"TEMP": "/s/tmp", "TMP": "/s/tmp", "SystemRoot": `C:\Windows`, "PATH": `/s/plugins;/opt/x;C:\Windows\System32`,
		},
	} {
		want := map[string]string{}
		for _, part := range []map[string]string{all, own} {
			maps.Copy(want, part)
		}
		if diff := cmp.Diff(want, environment(goos, l, c, getenv)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", goos, diff)
		}
	}
}
