package nugetconfig

import "testing"

// TestSeenWithDotnet holds set-ups that were run with dotnet 10.0.401, and what it made of them.
func TestSeenWithDotnet(t *testing.T) {
	user := conf(sources(userQ))
	disabled := func(items ...string) string { return wrap("disabledPackageSources", items...) }
	tests := []struct {
		name  string
		world world
		got   func(*Config) []string
		want  []string
	}{
		{"one file a folder, lower case first", world{files: map[string]string{
			"/w/p/nuget.config": conf(sources(add("lower", "http://l/"))), "/w/p/NuGet.config": conf(sources(add("mid", "http://m/"))),
			"/w/p/NuGet.Config": conf(sources(add("upper", "http://n/"))), fileU: user}}, names, []string{"lower", "u"}},
		{"attributes are not mixed", world{files: map[string]string{
			fileP: conf(sources(`<add key="s" value="http://far/" protocolVersion="3" allowInsecureConnections="true"/>`)),
			fileQ: conf(sources(add("s", "http://near/"))), fileU: conf()}}, values, []string{"s=http://near/"}},
		{"case twins, the far one has protocol 3", world{files: map[string]string{
			fileP: conf(sources(`<add key="Src" value="http://far/" protocolVersion="3"/>`)),
			fileQ: conf(sources(add("src", "http://near/"))), fileU: conf()}}, values, []string{"Src=http://far/ v3"}},
		{"case twins of one protocol", world{files: map[string]string{
			fileP: conf(sources(add("Src", "http://far/"))),
			fileQ: conf(sources(add("src", "http://near/"))), fileU: conf()}}, values, []string{"src=http://near/"}},
		{"clear in any case, remove is nothing", world{files: map[string]string{
			fileQ: conf(sources(add("a", "1"), "<CLEAR/>", add("c", "3"), `<remove key="c"/>`)),
			fileP: conf(sources(add("p", "1"))), fileU: user}}, names, []string{"c"}},
		{"a section in another case is another section", world{files: map[string]string{
			fileQ: conf(wrap("PackageSources", "<clear/>", add("x", "1"))), fileU: user}}, names, []string{"u"}},
		{"the second section of a name is lost", world{files: map[string]string{
			fileQ: conf(sources(add("a", "1")), sources(add("b", "2"))), fileU: user}}, names, []string{"a", "u"}},
		{"disabled by key, in exactly this case, whatever the value", world{files: map[string]string{
			fileP: conf(sources(add("a", "1"), add("b", "2"), add("c", "3")), disabled(add("a", "false"), add("B", "true"), add("c", "true"))),
			fileU: conf()}}, names, []string{"a:off", "b", "c:off"}},
		{"a near clear enables again", world{files: map[string]string{
			fileP: conf(sources(add("a", "1")), disabled(add("a", "true"))),
			fileQ: conf(disabled("<clear/>")), fileU: conf()}}, names, []string{"a"}},
		{"the far spelling of a setting wins", world{files: map[string]string{
			fileU: conf(wrap("config", add("globalPackagesFolder", "/far"))),
			fileQ: conf(wrap("config", add("GLOBALPACKAGESFOLDER", "/near")))}}, packagesFolder, []string{"/far"}},
		{"variables in a path", world{env: map[string]string{"ZZ": "zed"}, files: map[string]string{
			fileP: conf(wrap("config", add("globalPackagesFolder", "%ZZ%/pk")))}}, packagesFolder, []string{"/w/zed/pk"}},
		{"relative values", world{env: map[string]string{"FOO": "foo"}, files: map[string]string{
			fileP: conf(sources(add("a", ".."), add("b", "~/f"), add("c", "$FOO/x"), add("d", "%foo%"))), fileU: conf()}},
			values, []string{"a=/", "b=/w/~/f", "c=/w/$FOO/x", "d=/w/%foo%"}},
		{"the folder config, and the machine", world{files: map[string]string{
			fileU:                                      user,
			"/home/u/.nuget/NuGet/config/a.Config":     conf(sources(add("aa", "1"))),
			"/home/u/.nuget/NuGet/config/b.config":     conf(sources(add("u", "https://other/"), add("bb", "2"))),
			"/home/u/.nuget/NuGet/config/c.CONFIG":     conf(sources(add("cc", "3"))),
			"/home/u/.nuget/NuGet/config/NuGet.Config": conf(sources(add("nn", "4"))),
			fileM: conf(sources(add("m", "5"), add("u", "https://third/")))}},
			values, []string{"u=https://u/", "aa=/home/u/.nuget/NuGet/config/1", "bb=/home/u/.nuget/NuGet/config/2", "m=/etc/opt/NuGet/Config/5"}},
		{"defaults come after clear", world{files: map[string]string{fileU: user, fileD: defaultsFile(),
			fileQ: conf(sources("<clear/>", add("a", "http://a/")))}}, names, []string{"a", "def", "off:off"}},
		{"defaults come with --configfile", world{configFile: "zz.config", files: map[string]string{fileU: user, fileD: defaultsFile(),
			"/w/p/zz.config": conf(sources(add("zz", "http://zz/")))}}, names, []string{"zz", "def", "A", "def2", "off:off"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { diff(t, test.got(test.world.load(t)), test.want) })
	}
}

func packagesFolder(c *Config) []string {
	s, err := c.GlobalPackagesFolder()
	if err != nil {
		return []string{err.Error()}
	}
	return []string{s.Value}
}

func defaultsFile() string {
	return conf(sources(add("def", "http://def/"), add("A", "http://other/"), add("def2", "HTTP://a/"), add("off", "http://off/")),
		wrap("disabledPackageSources", add("off", "true")))
}

func TestCredentialsVariable(t *testing.T) {
	files := map[string]string{
		fileU: conf(sources(add("a", "http://a/"), add("my src", "http://b/"))),
		fileQ: conf(wrap("packageSourceCredentials", wrap("a", add("Username", "file"), add("ClearTextPassword", "fp")))),
	}
	tests := []struct{ value, user, password, types string }{
		{"Username=e;u;Password=a;b", "e;u", "a;b", ""},
		{"Password=a;Username=u", "file", "fp", ""},
		{"  username=u; \t PASSWORD=p ", "u", "p", ""},
		{"Username=u;Password=p;", "u", "p;", ""},
		{"Username=u;Password=a;Password=b", "u", "a;Password=b", ""},
		{"Username=u;Password=p;ValidAuthenticationTypes=basic, ,negotiate", "u", "p", "basic negotiate"},
		{"Username=u;Password=p;ValidAuthenticationTypes=", "u", "p", ""},
		{"Username=u;Password=%HOME%", "u", "%HOME%", ""},
		{"Username=;Password=", "", "", ""},
		{"xUsername=u;Password=p", "file", "fp", ""},
		{"Username=u;Password=p\nq", "file", "fp", ""},
		{"", "file", "fp", ""},
	}
	for _, test := range tests {
		for _, source := range []string{"a", "my src"} {
			c := world{files: files, env: map[string]string{credentialsVariable + source: test.value}}.load(t)
			got, err := c.Credentials(source)
			if err != nil {
				t.Fatal(err)
			}
			if got == nil {
				if source == "a" || test.user != "file" {
					t.Errorf("%q for %q: no credentials", test.value, source)
				}
				continue
			}
			diff(t, []string{got.Username, got.Password.Reveal(), joined(got.ValidAuthenticationTypes)}, []string{test.user, test.password, test.types})
			if fromFile := got.Origin.File != nil; fromFile != (test.user == "file") {
				t.Errorf("%q: origin %v", test.value, got.Origin)
			}
		}
	}
}
