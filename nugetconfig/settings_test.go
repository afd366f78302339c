package nugetconfig

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func config(items ...string) string { return wrap("config", items...) }

func TestSources(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"by file, then by place in the file", map[string]string{fileU: conf(sources(add("u1", "http://1/"), add("u2", "http://2/"))),
			fileP: conf(sources(add("p1", "http://3/"))), fileQ: conf(sources(add("q1", "http://4/"), add("q2", "http://5/")))},
			[]string{"q1=http://4/", "q2=http://5/", "p1=http://3/", "u1=http://1/", "u2=http://2/"}},
		{"protocol 4 is not known", map[string]string{fileU: conf(),
			fileQ: conf(sources(add("s", "http://1/"), `<add key="S" value="http://2/" protocolVersion="3"/>`, `<add key="š" value="http://3/" protocolVersion="4"/>`,
				`<add key="Š" value="http://4/"/>`))}, []string{"S=http://2/ v3", "š=http://3/ v4"}},
		{"a replacement keeps the place", map[string]string{fileU: conf(),
			fileQ: conf(sources(add("s", "http://1/"), add("t", "http://t/"), `<add key="S" value="http://2/" protocolVersion="3"/>`, `<add key="s" value="http://3/" protocolVersion="4"/>`))},
			[]string{"S=http://2/ v3", "t=http://t/"}},
		{"attributes", map[string]string{fileU: conf(), fileQ: conf(sources(
			`<add key="a" value="http://1/" protocolVersion=" 3 " allowInsecureConnections=" TRUE " disableTLSCertificateValidation="yes"/>`,
			`<add key="b" value="http://2/" ProtocolVersion="+3" allowInsecureConnections="1" disableTLSCertificateValidation="%T%"/>`,
			`<add key="c" value="http://3/" protocolVersion="99999999999"/>`, `<add key="d" value="http://4/" protocolVersion="-1"/>`,
			`<add key="e" value="http://5/" protocolVersion="3.0"/>`, `<add key="f" value="http://6/" protocolVersion="%THREE%"/>`))},
			[]string{"a=http://1/ v3 insecure", "b=http://2/ v3 notls", "c=http://3/", "d=http://4/ v-1", "e=http://5/", "f=http://6/ v3"}},
		{"values", map[string]string{fileU: conf(), fileQ: conf(sources(add("empty", ""), add("blanks", " https://x/ "), add("key%T%", "x"), add(" k ", "/a/../b")))},
			[]string{"empty=", "blanks= https://x/ ", "key%T%=/w/p/x", " k =/b"}},
		{"defaults go before the machine's", map[string]string{fileU: conf(), fileQ: conf(sources(add("q", "http://q/"))),
			fileM: conf(sources(add("m", "http://m/"))), fileD: conf(sources(add("d", "rel"), add("M", "http://m2/")))},
			[]string{"q=http://q/", "d=/etc/opt/NuGet/rel", "m=http://m/"}},
		{"the first of two equal keys where nothing is farther", map[string]string{fileU: conf(), fileQ: conf(sources(add("a", "http://1/"), add("a", "http://2/")))},
			[]string{"a=http://1/"}},
		{"the last where something is", map[string]string{fileU: conf(sources(userQ)), fileQ: conf(sources(add("a", "http://1/"), add("a", "http://2/")))},
			[]string{"a=http://2/", "u=https://u/"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			diff(t, values(world{files: test.files, env: map[string]string{"T": "true", "THREE": "3"}}.load(t)), test.want)
		})
	}
}

func TestSourceOrigins(t *testing.T) {
	c := world{files: map[string]string{
		fileQ: conf(wrap("disabledPackageSources", add("u", "")), wrap("auditSources", add("audit", "http://audit/"))),
		fileD: conf(wrap("auditSources", add("more", "http://more/"))),
		fileU: conf("", sources(userQ))}}.load(t)
	u := c.Sources[0]
	diff(t, []string{u.Origin.String(), u.DisabledBy.String(), fmt.Sprint(u.Enabled)}, []string{fileU + ":2", fileQ + ":1", "false"})
	diff(t, []string{c.AuditSources[0].Name, c.AuditSources[1].Name}, []string{"audit", "more"})
}

func TestDefaultsAreNotDisabledFromOutside(t *testing.T) {
	c := world{files: map[string]string{fileU: conf(wrap("disabledPackageSources", add("def", ""))), fileD: conf(sources(add("def", "http://d/")))}}.load(t)
	diff(t, names(c), []string{"def"})
}

func TestFindSource(t *testing.T) {
	c := world{files: map[string]string{fileU: conf(sources(add("off", "https://x/v3/index.json"), add("on", "https://X/v3/index.json"), add("last", "/folder"),
		add("empty", "")), wrap("disabledPackageSources", add("off", "")))}}.load(t)
	tests := map[string]string{"on": "on", "ON": "on", "off": "off", "https://x/V3/index.json/": "on", " https://x/v3/index.json": "on",
		"/folder": "last", "none": "", "": "", " ": "", "https://x/": ""}
	for query, want := range tests {
		if got, ok := c.FindSource(query); got.Name != want || ok != (want != "") {
			t.Errorf("FindSource(%q) = %q, %v, want %q", query, got.Name, ok, want)
		}
	}
}

func TestValue(t *testing.T) {
	far, near := config(add("a", "1"), add("a", "2")), config(add("a", "3"))
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"first of two", map[string]string{fileP: conf(far)}, "1 " + fileP},
		{"last of two where something is farther", map[string]string{fileP: conf(far), fileU: conf(config(add("b", "")))}, "2 " + fileP},
		{"only the first of two is replaced", map[string]string{fileP: conf(far), fileQ: conf(near)}, "2 " + fileP},
		{"clear", map[string]string{fileP: conf(far), fileQ: conf(config("<clear/>"))}, ""},
		{"clear and again", map[string]string{fileP: conf(far), fileQ: conf(config(add("a", "4"), "<clear/>", add("A", "%V%")))}, "vee " + fileQ},
		{"farther spelling", map[string]string{fileP: conf(config(add("A", "far"))), fileQ: conf(near)}, "far " + fileP},
	}
	for _, test := range tests {
		s, ok := world{files: test.files, env: map[string]string{"V": "vee"}}.load(t).Value("a")
		got := ""
		if ok {
			got = s.Value + " " + s.Origin.File.Path
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestGlobalPackagesFolder(t *testing.T) {
	tests := []struct {
		name, goos, setting string
		env                 map[string]string
		want                string
	}{
		{"default", "linux", "", nil, "/home/u/.nuget/packages/ default"},
		{"default with DOTNET_CLI_HOME", "linux", "", map[string]string{"DOTNET_CLI_HOME": "/cli"}, "/cli/.nuget/packages/ default"},
		{"default on Windows", "windows", "", map[string]string{"USERPROFILE": `C:\w`}, `C:\w\.nuget\packages\ default`},
		{"relative", "linux", "../x/./y//z/", nil, "/w/x/y/z/ /w/p/nuget.config:1"},
		{"absolute", "linux", "/a/../b", nil, "/b /w/p/nuget.config:1"},
		{"tilde", "linux", "~/x", nil, "/w/p/~/x /w/p/nuget.config:1"},
		{"backslashes", "linux", `C:\x`, nil, `/w/p/C:\x /w/p/nuget.config:1`},
		{"empty", "linux", "%EMPTY%", map[string]string{"EMPTY": ""}, "/home/u/.nuget/packages/ default"},
		{"variable", "linux", "/a", map[string]string{"NUGET_PACKAGES": "/x/../y/"}, "/y/ variable NUGET_PACKAGES"},
		{"relative variable", "linux", "/a", map[string]string{"NUGET_PACKAGES": "rel"}, "variable NUGET_PACKAGES must hold an absolute path, not \"rel\""},
		{"relative on Windows", "windows", `..\x/y`, map[string]string{"USERPROFILE": `C:\w`}, `C:\w\x\y C:\w\p\NuGet.Config:1`},
		{"drive of the file", "windows", `/x`, map[string]string{"USERPROFILE": `C:\w`}, `C:\x C:\w\p\NuGet.Config:1`},
		{"other drive", "windows", `d:/x/`, map[string]string{"USERPROFILE": `C:\w`}, `d:\x\ C:\w\p\NuGet.Config:1`},
		{"share", "windows", `\\s\h\x`, map[string]string{"USERPROFILE": `C:\w`}, `\\s\h\x C:\w\p\NuGet.Config:1`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := map[string]string{"linux": fileQ, "windows": `C:\w\p\NuGet.Config`}[test.goos]
			w := world{goos: test.goos, env: test.env, files: map[string]string{file: conf()}}
			if test.setting != "" {
				w.files[file] = conf(config(add("globalPackagesFolder", test.setting)))
			}
			s, err := w.load(t).GlobalPackagesFolder()
			got := s.Value + " " + s.Origin.String()
			if err != nil {
				got = err.Error()
			}
			diff(t, got, test.want)
		})
	}
}

func TestFallbackFolders(t *testing.T) {
	section := func(items ...string) string { return conf(wrap("fallbackPackageFolders", items...)) }
	tests := []struct {
		name  string
		world world
		want  string
	}{
		{"near file first", world{files: map[string]string{fileU: section(add("u", "/u")), fileQ: section(add("a", "../f/"), add("b", "g"))}}, "/w/f/ /w/p/g /u"},
		{"variable", world{files: map[string]string{fileU: section(add("u", "/u"))}, env: map[string]string{"NUGET_FALLBACK_PACKAGES": "/a/../b;;/c;"}}, "/b /c"},
		{"relative variable", world{env: map[string]string{"NUGET_FALLBACK_PACKAGES": "/a;c"}}, `variable NUGET_FALLBACK_PACKAGES must hold absolute paths, not "c"`},
		{"empty", world{files: map[string]string{fileQ: section(add("a", ""))}}, fileQ + ":1: fallbackPackageFolders has an empty path"},
	}
	for _, test := range tests {
		folders, err := test.world.load(t).FallbackFolders()
		var got []string
		for _, f := range folders {
			got = append(got, f.Value)
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if joined(got) != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSmallSettings(t *testing.T) {
	c := world{files: map[string]string{fileU: conf(config(add("signatureValidationMode", "REQUIRE"), add("maxHttpRequestsPerSource", "16"), add("repositoryPath", "pk"))),
		fileD: conf(config(add("DefaultPushSource", "http://push/"), add("maxHttpRequestsPerSource", "1")))}}.load(t)
	path, _ := c.PathValue("REPOSITORYPATH")
	diff(t, []string{string(c.SignatureValidationMode()), fmt.Sprint(c.MaxHTTPRequestsPerSource()), c.DefaultPushSource().Value, path.Value},
		[]string{"require", "16", "http://push/", "/home/u/.nuget/NuGet/pk"})
	c = world{files: map[string]string{fileU: conf(config(add("signatureValidationMode", "x"), add("maxHttpRequestsPerSource", "x"), add("defaultPushSource", "s")))}}.load(t)
	diff(t, []string{string(c.SignatureValidationMode()), fmt.Sprint(c.MaxHTTPRequestsPerSource()), c.DefaultPushSource().Value}, []string{"accept", "0", "s"})
	_, ok := c.Value("none")
	diff(t, ok, false)
}

func TestProxy(t *testing.T) {
	const bypasses = "http://localhost:8080/a https://ex.com/v3 http://sub.ex.com:81/ https://[::1]:443/"
	user := func(items ...string) map[string]string { return map[string]string{fileU: conf(config(items...))} }
	tests := []struct {
		name  string
		world world
		want  string // address, user, password, encrypted, which of the addresses above are asked directly
	}{
		{"none", world{env: map[string]string{"HTTP_PROXY": "http://p/"}}, "nil"},
		{"user file; blanks in no_proxy count", world{files: user(add("http_proxy", "http://us:s3cret@prox:3128"), add("http_proxy.user", "U"), add("http_proxy.password", "QQ=="),
			add("no_proxy", "ex.com, localhost"))}, "http://prox:3128    [false true true false]"},
		{"user file before the variable, no_proxy not mixed", world{files: user(add("HTTP_PROXY", "prox:3128"), add("no_proxy", "*.EX.com")),
			env: map[string]string{"http_proxy": "http://x/", "no_proxy": "localhost"}}, "http://prox:3128    [false false true false]"},
		{"folder config", world{files: map[string]string{fileU: conf(), "/home/u/.nuget/NuGet/config/a.config": conf(config(add("http_proxy", "http://%PX%")))},
			env: map[string]string{"PX": "px:1"}}, "http://px:1    [false false false false]"},
		{"project and machine have no say", world{files: map[string]string{fileU: conf(), fileQ: conf(config(add("http_proxy", "http://q"))), fileM: conf(config(add("http_proxy", "http://m")))}}, "nil"},
		{"nor a clear of theirs", world{files: map[string]string{fileU: conf(config(add("http_proxy", "http://u"))), fileQ: conf(config("<clear/>"))}}, "http://u    [false false false false]"},
		{"variable", world{env: map[string]string{"http_proxy": "http://us:pw:x@prox:3128/", "no_proxy": "localhost:8080,^https"}}, "http://prox:3128/ us pw  [true false false false]"},
		{"variable without password", world{env: map[string]string{"http_proxy": "http://us@prox:3128", "no_proxy": "http://sub.*"}}, "http://prox:3128    [false false true false]"},
		{"variable, nothing is unescaped", world{env: map[string]string{"http_proxy": "http://u%40s:p%2fw@prox"}}, "http://prox u%40s p%2fw  [false false false false]"},
		{"variable without scheme", world{env: map[string]string{"http_proxy": "prox:3128", "no_proxy": "ex?com,[::1]"}}, "http://prox:3128    [false true true true]"},
		{"variable that is no address", world{env: map[string]string{"http_proxy": "prox"}}, "nil"},
		{"empty setting", world{files: user(add("http_proxy", "")), env: map[string]string{"http_proxy": "http://p2:3"}}, "http://p2:3    [false false false false]"},
		{"Windows reads the encrypted password", world{goos: "windows", env: map[string]string{"APPDATA": `C:\a`}, files: map[string]string{`C:\a\NuGet\NuGet.Config`: conf(config(
			add("http_proxy", "http://p"), add("http_proxy.user", "U"), add("http_proxy.password", "QQ==")))}}, "http://p U  QQ== [false false false false]"},
		{"--configfile does not count", world{configFile: "/x", files: map[string]string{"/x": conf(config(add("http_proxy", "http://x"))), fileU: conf(config(add("http_proxy", "http://u")))}},
			"http://u    [false false false false]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := test.world.load(t).Proxy()
			if err != nil {
				t.Fatal(err)
			}
			if p == nil {
				diff(t, "nil", test.want)
				return
			}
			var direct []bool
			for address := range strings.FieldsSeq(bypasses) {
				u, err := url.Parse(address)
				if err != nil {
					t.Fatal(err)
				}
				direct = append(direct, p.Bypasses(u))
			}
			diff(t, fmt.Sprintf("%s %s %s %s %v", p.Address, p.Username, p.Password.Reveal(), p.Encrypted.Reveal(), direct), test.want)
		})
	}
	_, err := world{configFile: "/x", files: map[string]string{"/x": conf(), fileU: "<"}}.load(t).Proxy()
	wantError(t, err, fileU)
}

func TestExpand(t *testing.T) {
	e := &environment{lookup: world{env: map[string]string{"A": "1", "B": "%A%", "EMPTY": ""}}.lookup}
	tests := map[string]string{"%A%": "1", "x%A%y%A%z": "x1y1z", "%a%": "%a%", "%NO%A%": "%NO1", "%NO%%A%": "%NO%1", "100%": "100%", "%%A%": "%1", "%%": "%%",
		"$A": "$A", "%B%": "%A%", "x%EMPTY%y": "xy", "": ""}
	for text, want := range tests {
		if got := e.expand(text); got != want {
			t.Errorf("expand(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	tests := []struct {
		sys              system
		dir, value, want string
	}{
		{"linux", "/d", "", ""}, {"linux", "/d", "..", "/"}, {"linux", "/d", "a/./b/../c/", "/d/a/c/"}, {"linux", "/d", "/x", "/x"},
		{"linux", "/d", `C:\x`, `/d/C:\x`}, {"linux", "/d", "c:foo", "c:foo"}, {"linux", "/d", `sub\d`, `/d/sub\d`}, {"linux", "/d", `\\s\h`, `/d/\\s\h`},
		{"linux", "/d", " https://x/ ", " https://x/ "}, {"linux", "/d", "https://", "https://"}, {"linux", "/d", "http:foo", "/d/http:foo"},
		{"linux", "/d", "foo:bar", "foo:bar"}, {"linux", "/d", "file:///x", "file:///x"}, {"linux", "/d", "a b:c", "/d/a b:c"}, {"linux", "/d", "1a:b", "/d/1a:b"},
		{"linux", "/d", "   ", "/d/   "}, {"linux", "/d", "//h/x", "/h/x"}, {"linux", "/", "x", "/x"}, {"linux", "/d", "../../..", "/"},
		{"windows", `C:\d`, "x", `C:\d\x`}, {"windows", `C:\d`, `..\x/y`, `C:\x\y`}, {"windows", `C:\d`, `\x`, `C:\x`}, {"windows", `C:\d`, "/x", `C:\x`},
		{"windows", `C:\d`, `D:\x`, `D:\x`}, {"windows", `C:\d`, "D:/x", "D:/x"}, {"windows", `C:\d`, `\\s\h\x`, `\\s\h\x`},
		{"windows", `\\s\h\d`, `..\..\..\x`, `\\s\h\x`}, {"windows", `\\s\h\d`, `\x`, `\\s\h\x`}, {"windows", `C:\d`, "https://x/", "https://x/"},
	}
	for _, test := range tests {
		if got := test.sys.resolve(test.dir, test.value); got != test.want {
			t.Errorf("%s: resolve(%q, %q) = %q, want %q", test.sys, test.dir, test.value, got, test.want)
		}
	}
}
