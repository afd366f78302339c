package nugetconfig

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// chainOf is the level and the path of every file, with "?" behind one that does not exist.
func chainOf(c *Config) []string {
	var out []string
	for _, f := range c.Files {
		text := f.Level.String() + " " + f.Path
		if f.Missing {
			text += "?"
		}
		out = append(out, text)
	}
	return out
}

func files(paths ...string) map[string]string {
	m := map[string]string{}
	for _, p := range paths {
		m[p] = conf()
	}
	return m
}

func TestChain(t *testing.T) {
	tests := []struct {
		name  string
		world world
		want  []string
	}{
		{"nothing at all", world{}, []string{"user " + fileU + "?"}},
		{"every level", world{files: files(fileQ, fileP, "/nuget.config", fileU, "/home/u/.nuget/NuGet/config/b.config",
			"/home/u/.nuget/NuGet/config/a.Config", "/home/u/.nuget/NuGet/config/Z.config", fileM, "/etc/opt/NuGet/Config/sub/no.config", fileD)},
			[]string{"project " + fileQ, "project " + fileP, "project /nuget.config", "user " + fileU,
				"user config folder /home/u/.nuget/NuGet/config/Z.config", "user config folder /home/u/.nuget/NuGet/config/a.Config",
				"user config folder /home/u/.nuget/NuGet/config/b.config", "machine " + fileM, "defaults " + fileD}},
		{"other cases are not read", world{files: files("/w/p/NUGET.CONFIG", "/w/p/NuGet.CONFIG", fileU)}, []string{"user " + fileU}},
		{"second name", world{files: files("/w/p/NuGet.config", "/w/p/NuGet.Config", fileU)}, []string{"project /w/p/NuGet.config", "user " + fileU}},
		{"a folder is skipped", world{files: files("/w/p/nuget.config/x", "/w/p/NuGet.Config", fileU)}, []string{"project /w/p/NuGet.Config", "user " + fileU}},
		{"a link to nowhere counts", world{files: files("/w/p/NuGet.Config", fileU), links: map[string]bool{fileQ: true}},
			[]string{"project " + fileQ + "?", "user " + fileU}},
		{"a file system that ignores case", world{files: files("/w/p/nuget.config", fileU, "/home/u/.nuget/y"), anyCase: true},
			[]string{"project /w/p/NuGet.Config", "user " + fileU}},
		{"in the config folder only this case is left out", world{files: files(fileU, "/home/u/.nuget/NuGet/config/NuGet.Config", "/home/u/.nuget/NuGet/config/nuget.config",
			"/home/u/.nuget/NuGet/config/.config", "/home/u/.nuget/NuGet/config/d.config/x")},
			[]string{"user " + fileU, "user config folder /home/u/.nuget/NuGet/config/.config", "user config folder /home/u/.nuget/NuGet/config/nuget.config"}},
		{"--configfile", world{configFile: "../x.config", files: files("/w/x.config", fileQ, fileU, fileM, fileD)},
			[]string{"config file /w/x.config", "defaults " + fileD}},
		{"a broken user file does not matter to --configfile", world{configFile: "/x.config", files: map[string]string{"/x.config": conf(), fileU: "<"}},
			[]string{"config file /x.config"}},
		{"start folder", world{start: "sub/../deep/", files: files("/w/p/deep/nuget.config", fileQ, fileU)},
			[]string{"project /w/p/deep/nuget.config", "project " + fileQ, "user " + fileU}},
		{"--configfile counts from the start folder", world{start: "sub", configFile: "x", files: files("/w/p/sub/x")}, []string{"config file /w/p/sub/x"}},
		{"DOTNET_CLI_HOME", world{env: map[string]string{"DOTNET_CLI_HOME": "/cli", "XDG_CONFIG_HOME": "/xdg", "APPDATA": "/app"}}, []string{"user /cli/.nuget/NuGet/NuGet.Config?"}},
		{"an empty DOTNET_CLI_HOME", world{env: map[string]string{"DOTNET_CLI_HOME": ""}}, []string{"user /w/p/.nuget/NuGet/NuGet.Config?"}},
		{"a home that does not exist", world{env: map[string]string{"HOME": "/nonexistent"}}, []string{"user /w/p/.nuget/NuGet/NuGet.Config?"}},
		{"no HOME", world{env: map[string]string{"HOME": ""}, home: "/home/u"}, []string{"user " + fileU + "?"}},
		{"machine folder by variable", world{env: map[string]string{"NUGET_COMMON_APPLICATION_DATA": "/m"}, files: files(fileU, fileM, "/m/NuGet/Config/x.config")},
			[]string{"user " + fileU, "machine /m/NuGet/Config/x.config"}},
		{"an empty one", world{env: map[string]string{"NUGET_COMMON_APPLICATION_DATA": ""}, files: files(fileU, fileM)}, []string{"user " + fileU, "machine " + fileM}},
		{"macOS", world{goos: "darwin", env: map[string]string{"NUGET_COMMON_APPLICATION_DATA": "/m"},
			files: files(fileU, fileM, "/m/NuGet/Config/x.config", "/Library/Application Support/NuGet/Config/x.config")},
			[]string{"user " + fileU, "machine /Library/Application Support/NuGet/Config/x.config"}},
		{"Windows", world{goos: "windows", env: map[string]string{"AppData": `C:\Users\u\AppData\Roaming`, "USERPROFILE": `C:\Users\u`,
			"ProgramFiles(x86)": `C:\Program Files (x86)`, "ProgramFiles": `C:\Program Files`},
			files: files(`C:\W\P\nuget.CONFIG`, `C:\nuget.config`, `C:\Users\u\AppData\Roaming\NuGet\nuget.config`, `C:\Users\u\AppData\Roaming\NuGet\config\b.CONFIG`,
				`C:\Users\u\AppData\Roaming\NuGet\config\A.config`, `C:\Users\u\AppData\Roaming\NuGet\config\nuget.config`,
				`C:\Program Files (x86)\NuGet\Config\m.config`, `C:\Program Files (x86)\NuGet\NuGetDefaults.Config`)},
			[]string{`project C:\w\p\NuGet.Config`, `project C:\NuGet.Config`, `user C:\Users\u\AppData\Roaming\NuGet\NuGet.Config`,
				`user config folder C:\Users\u\AppData\Roaming\NuGet\config\A.config`, `user config folder C:\Users\u\AppData\Roaming\NuGet\config\b.CONFIG`,
				`machine C:\Program Files (x86)\NuGet\Config\m.config`, `defaults C:\Program Files (x86)\NuGet\NuGetDefaults.config`}},
		{"Windows on a share", world{goos: "windows", start: `\\srv\share\a`, env: map[string]string{"APPDATA": `D:\a`, "ProgramFiles": `D:\p`},
			files: files(`\\srv\share\nuget.config`, `\\srv\nuget.config`, `D:\p\NuGet\Config\m.config`)},
			[]string{`project \\srv\share\NuGet.Config`, `user D:\a\NuGet\NuGet.Config?`, `machine D:\p\NuGet\Config\m.config`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { diff(t, chainOf(test.world.load(t)), test.want) })
	}
}

func TestMissingUserFileIsThePublicGallery(t *testing.T) {
	want := []string{"nuget.org=https://api.nuget.org/v3/index.json v3"}
	diff(t, values(world{}.load(t)), want)
	diff(t, values(world{files: files(fileU), links: map[string]bool{fileQ: true}}.load(t)), want)
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name  string
		world world
		path  string
		words string
	}{
		{"project", world{files: map[string]string{fileQ: "<x/>"}}, fileQ, "configuration"},
		{"above", world{files: map[string]string{fileP: "<x/>", fileQ: conf(sources("<clear/>"))}}, fileP, "configuration"},
		{"user", world{files: map[string]string{fileU: ""}}, fileU, "root element"},
		{"user config folder", world{files: map[string]string{"/home/u/.nuget/NuGet/config/a.config": "x"}}, "/home/u/.nuget/NuGet/config/a.config", "text outside"},
		{"machine", world{files: map[string]string{fileM: "<configuration>"}}, fileM, "not closed"},
		{"machine with --configfile", world{configFile: "/x", files: map[string]string{fileM: "<configuration>", "/x": conf()}}, fileM, "not closed"},
		{"defaults", world{files: map[string]string{fileD: "<configuration>"}}, fileD, "not closed"},
		{"config file", world{configFile: "/x", files: map[string]string{"/x": "<"}}, "/x", "not valid XML"},
		{"unreadable", world{files: files(fileQ), unreadable: map[string]bool{fileQ: true}}, fileQ, "permission denied"},
		{"too large", world{files: map[string]string{fileQ: conf(strings.Repeat(" ", maxFileSize))}}, fileQ, "larger than 16 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.world.tryLoad(t)
			wantError(t, err, test.path, test.words)
			diff(t, fileError(t, err).Path, test.path)
		})
	}
	for _, path := range []string{"none.config", ".."} {
		_, err := world{configFile: path, files: files(fileQ)}.tryLoad(t)
		wantError(t, err, "does not exist", "/w")
	}
}

func TestChainIsBounded(t *testing.T) {
	w := world{goos: "linux", files: map[string]string{fileQ: conf(strings.Repeat(" ", 100))}}
	env, err := newEnvironment(&Options{GOOS: "linux", FS: w, Env: w.lookup, CurrentFolder: "/w/p"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		loader loader
		want   string
	}{
		{"the last file", loader{environment: env, files: maxFiles - 1}, ""},
		{"one more", loader{environment: env, files: maxFiles}, "more than 1000 configuration files"},
		{"the last bytes", loader{environment: env, bytes: maxChainSize - len(w.files[fileQ])}, ""},
		{"one byte more", loader{environment: env, bytes: maxChainSize - len(w.files[fileQ]) + 1}, "together are larger than 64 MiB"},
	}
	for _, test := range tests {
		switch _, err := test.loader.read(&File{Path: fileQ}); {
		case test.want != "":
			wantError(t, err, fileQ, test.want)
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		}
		if test.loader.files == 0 || test.loader.bytes == 0 && test.want != "more than 1000 configuration files" {
			t.Errorf("%s: nothing was counted", test.name)
		}
	}
}

// TestThisMachine reads real files, with the rules of the system that runs the test.
func TestThisMachine(t *testing.T) {
	dir := t.TempDir()
	home, project := filepath.Join(dir, "home"), filepath.Join(dir, "w", "p")
	for _, d := range []string{home, project} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"HOME", "USERPROFILE", "APPDATA", "ProgramFiles", "ProgramFiles(x86)", "NUGET_COMMON_APPLICATION_DATA"} {
		t.Setenv(name, home)
	}
	t.Setenv("DOTNET_CLI_HOME", home)
	t.Chdir(project)
	file := filepath.Join(dir, "w", "NuGet.Config")
	if err := os.WriteFile(file, []byte(conf(sources("<clear/>", add("a", "sub")))), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, values(c), []string{"a=" + filepath.Join(dir, "w", "sub")})
	diff(t, []string{c.Files[0].Path, c.Files[0].Level.String()}, []string{file, "project"})

	// A folder, and with --configfile a named file that is none, are no configuration files.
	_, err = Load(&Options{ConfigFile: dir})
	wantError(t, err, "does not exist")
	if _, err := OSFS().ReadPrefix(dir, 1); err == nil {
		t.Error("a folder was read")
	}
	if runtime.GOOS != "windows" {
		if err := os.Symlink("nowhere", filepath.Join(project, "nuget.config")); err != nil {
			t.Fatal(err)
		}
		if c, err = Load(nil); err != nil {
			t.Fatal(err)
		}
		diff(t, c.Files[0].Missing, true)
		if _, err := os.Stat(filepath.Join(project, "nowhere")); err == nil {
			t.Error("the reader has written")
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".nuget")); err == nil {
		t.Error("the reader has written")
	}
}
