package host

import "testing"

func TestIsAbsolute(t *testing.T) {
	net := func(goos string) Client { return Client{Kind: NET, OS: goos} }
	framework := func(goos string) Client { return Client{Kind: NETFramework, OS: goos} }
	for _, test := range []struct {
		path   string
		client Client
		want   bool
	}{
		{`C:\x\p.exe`, net(windows), true},
		{`c:\x`, net(windows), true},
		{`C:/x/p.exe`, net(windows), false}, // a drive needs a backslash
		{`C:x`, net(windows), false},
		{`C:`, net(windows), false},
		{`1:\x`, net(windows), false},
		{`\x`, net(windows), false},
		{`/x`, net(windows), false},
		{`\\server\share\p.exe`, net(windows), true},
		{`//server/share/p.exe`, net(windows), false},
		{` C:\x`, net(windows), false}, // white space counts
		{`"C:\x"`, net(windows), false},
		{`C:\x|y`, net(windows), true},
		{`C:\x|y`, framework(windows), false}, // malformed, for the .NET Framework
		{`C:\x"`, framework(windows), false},
		{``, net(windows), false},

		{"/x/p", net("linux"), true},
		{"/", net("linux"), true},
		{`/x"y`, framework("linux"), true}, // Mono takes any character
		{"x/p", net("linux"), false},
		{"./p", net("darwin"), false},
		{"~/p", net("darwin"), false},
		{" /p", net("linux"), false},
		{`C:\x`, net("linux"), false},
		{`\\server\share`, net("linux"), true}, // NuGet does not look at the system here
		{"", net("linux"), false},
	} {
		if got := isAbsolute(test.path, test.client); got != test.want {
			t.Errorf("isAbsolute(%q) for %s on %s = %v, want %v", test.path, test.client.Kind, test.client.OS, got, test.want)
		}
	}
}

func TestFullPath(t *testing.T) {
	for _, test := range []struct{ path, goos, want string }{
		{"/a/b", "linux", "/a/b"},
		{"/a/../b/./c//d/", "linux", "/b/c/d"}, // seen with NuGet 7.9
		{"/../..", "linux", "/"},
		{"//a", "linux", "/a"},
		{`/a\b/..`, "linux", "/"},
		{"/a b/é", "linux", "/a b/é"},
		{`C:\a\..\b\.\c\\d\`, windows, `C:\b\c\d`},
		{`C:\a/b`, windows, `C:\a\b`},
		{`C:\..\..`, windows, `C:\`},
		{`C:\`, windows, `C:\`},
		{`\\server\share\a\..\..\b`, windows, `\\server\share\b`},
		{`\\server\share`, windows, `\\server\share`},
		{`\\?\C:\a\..\b`, windows, `\\?\C:\a\..\b`},
		{`\a`, windows, `\a`},
	} {
		if got := fullPath(test.path, test.goos); got != test.want {
			t.Errorf("fullPath(%q, %s) = %q, want %q", test.path, test.goos, got, test.want)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, test := range []struct{ goos, dir, name, want string }{
		{"linux", "/a", "b", "/a/b"},
		{"linux", "/a/", "b", "/a/b"},
		{"linux", "/a/../c", "b", "/a/../c/b"}, // nothing is made clean
		{"linux", `/a\`, "b", `/a\/b`},
		{"linux", "", "b", "b"},
		{windows, `C:\a`, "b", `C:\a\b`},
		{windows, `C:\a\`, "b", `C:\a\b`},
		{windows, `C:/a/`, "b", `C:/a/b`},
	} {
		if got := join(test.goos, test.dir, test.name); got != test.want {
			t.Errorf("join(%s, %q, %q) = %q, want %q", test.goos, test.dir, test.name, got, test.want)
		}
	}
}

func TestBaseNameAndExtension(t *testing.T) {
	for _, test := range []struct{ path, goos, base, extension string }{
		{"/a/b.c.EXE", "linux", "b.c.EXE", ".EXE"},
		{`/a/b\c`, "linux", `b\c`, ""},
		{`C:\a\b.bat`, windows, "b.bat", ".bat"},
		{`C:\a.d/b`, windows, "b", ""},
		{"name.", windows, "name.", "."},
	} {
		base := baseName(test.path, test.goos)
		if base != test.base || extension(base) != test.extension {
			t.Errorf("%q on %s: got %q and %q, want %q and %q", test.path, test.goos, base, extension(base), test.base, test.extension)
		}
	}
}
