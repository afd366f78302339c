package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPaths(t *testing.T) {
	for name, test := range map[string]struct {
		goos string
		env  map[string]string
		want []string
	}{
		"Unix":                       {"linux", map[string]string{"HOME": "/home/u"}, []string{"/home/u/.config/nuplug/config.toml"}},
		"XDG":                        {"freebsd", map[string]string{"HOME": "/home/u", "XDG_CONFIG_HOME": "/x/"}, []string{"/x/nuplug/config.toml"}},
		"XDG without a home":         {"linux", map[string]string{"XDG_CONFIG_HOME": "/x"}, []string{"/x/nuplug/config.toml"}},
		"relative XDG":               {"linux", map[string]string{"HOME": "/home/u", "XDG_CONFIG_HOME": "x"}, []string{"/home/u/.config/nuplug/config.toml"}},
		"no home":                    {"linux", nil, []string{}},
		"relative home":              {"linux", map[string]string{"HOME": "u"}, []string{}},
		"Windows' variables on Unix": {"linux", map[string]string{"APPDATA": `C:\x`, "USERPROFILE": `C:\u`}, []string{}},
		"named":                      {"darwin", map[string]string{"HOME": "/home/u", "NUPLUG_CONFIG": "/etc/n.toml"}, []string{"/etc/n.toml"}},
		"macOS": {"darwin", map[string]string{"HOME": "/Users/u"},
			[]string{"/Users/u/.config/nuplug/config.toml", "/Users/u/Library/Application Support/nuplug/config.toml"}},
		"macOS, XDG": {"darwin", map[string]string{"HOME": "/Users/u", "XDG_CONFIG_HOME": "/x"},
			[]string{"/x/nuplug/config.toml", "/Users/u/Library/Application Support/nuplug/config.toml"}},
		"macOS, both the same": {"darwin", map[string]string{"HOME": "/Users/u", "XDG_CONFIG_HOME": "/Users/u/Library/Application Support"},
			[]string{"/Users/u/Library/Application Support/nuplug/config.toml"}},
		"Windows": {"windows", map[string]string{"APPDATA": `D:\Roaming`, "USERPROFILE": `C:\Users\u`, "HOME": "/home/u", "XDG_CONFIG_HOME": "/x"},
			[]string{`D:\Roaming\nuplug\config.toml`}},
		"Windows without APPDATA": {"windows", map[string]string{"USERPROFILE": `C:\Users\u\`}, []string{`C:\Users\u\AppData\Roaming\nuplug\config.toml`}},
		"Windows, share":          {"windows", map[string]string{"APPDATA": `\\server\u`}, []string{`\\server\u\nuplug\config.toml`}},
		"Windows, drive only":     {"windows", map[string]string{"APPDATA": `C:u`}, []string{}},
		"Windows without a home":  {"windows", map[string]string{"HOME": "/home/u"}, []string{}},
	} {
		got := Paths(test.goos, func(variable string) string { return test.env[variable] })
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestExpandHome(t *testing.T) {
	for _, test := range []struct {
		goos, home, path, want string
		ok                     bool
	}{
		{"linux", "/home/u", "~/a/b", "/home/u/a/b", true},
		{"linux", "/home/u/", "~/a", "/home/u/a", true},
		{"linux", "/home/u", `~\a`, `~\a`, true},
		{"linux", "/home/u", "~a", "~a", true},
		{"linux", "/home/u", "/x/~/a", "/x/~/a", true},
		{"linux", "", "~/a", "/a", false},
		{"linux", "", "/a", "/a", true},
		{"windows", `C:\u`, `~\a`, `C:\u\a`, true},
		{"windows", `C:\u`, `~/a`, `C:\u\a`, true},
	} {
		if got, ok := expandHome(test.goos, test.home, test.path); ok != test.ok || ok && got != test.want {
			t.Errorf("%s, %s, %s: %s, %t", test.goos, test.home, test.path, got, ok)
		}
	}
}
