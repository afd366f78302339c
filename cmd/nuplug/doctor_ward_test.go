//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ward is a place for one examination: a home, a working folder, a claims cache and a folder of PATH, all empty.
type ward struct {
	t    *testing.T
	dir  string
	env  map[string]string
	goos string
}

func newWard(t *testing.T) *ward {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &ward{t: t, dir: dir, env: map[string]string{}, goos: systemStreams().GOOS}
	for _, name := range []string{"home", "work", "bin"} {
		if err := os.Mkdir(w.path(name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.env["HOME"], w.env["USERPROFILE"] = w.path("home"), w.path("home")
	w.env["APPDATA"], w.env["LOCALAPPDATA"] = w.path("home"), w.path("home")
	w.env["NUGET_PLUGINS_CACHE_PATH"] = w.path("cache")
	w.env["NUGET_SCRATCH"] = w.path("scratch")
	w.env["NUGET_PACKAGES"] = w.path("packages")
	w.env["NUGET_COMMON_APPLICATION_DATA"] = w.path("home")
	w.env["PATH"] = strings.Join([]string{w.path("bin"), "/usr/bin", "/bin"}, string(filepath.ListSeparator))
	w.config("")
	return w
}

func (w *ward) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *ward) write(name, content string, mode os.FileMode) string {
	w.t.Helper()
	path := w.path(name)
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(content), mode)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return path
}

// config writes the NuGet.Config of the working folder.
func (w *ward) config(content string) {
	w.t.Helper()
	w.write("work/NuGet.Config", "<configuration><packageSources><clear/></packageSources>"+content+"</configuration>", 0o600)
}

// source writes one with a source named feed.
func (w *ward) source(address, attributes, rest string) {
	w.t.Helper()
	w.write("work/NuGet.Config", `<configuration><packageSources><clear/><add key="feed" value="`+address+`" `+attributes+`/></packageSources>`+rest+`</configuration>`, 0o600)
}

func (w *ward) streams(out io.Writer) *streams {
	s := &streams{Out: out, Err: out, Dir: w.path("work"), GOOS: w.goos}
	for name, value := range w.env {
		s.Env = append(s.Env, name+"="+value)
	}
	return s
}

// run is the command, its output and whether all is well.
func (w *ward) run(args ...string) (out string, well bool) {
	w.t.Helper()
	var b bytes.Buffer
	s := w.streams(&b)
	c := newDoctorCommand(s, nil)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{"--as", "dotnet@10.0.401"}, args...))
	err := c.ExecuteContext(w.t.Context())
	if err != nil {
		report(&b, err)
	}
	return b.String(), err == nil
}

// first is the first thing that is wrong, empty where nothing is.
func (w *ward) first(args ...string) (first finding, all string) {
	w.t.Helper()
	var b bytes.Buffer
	s := w.streams(&b)
	c := newDoctorCommand(s, nil)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{"--as", "dotnet@10.0.401", "--output", "json"}, args...))
	err := c.ExecuteContext(w.t.Context())
	var r struct {
		Checks []struct{ ID, Status, Text, Fix string }
		First  *struct{ ID, Status, Text, Fix string }
	}
	if jsonErr := json.Unmarshal(b.Bytes(), &r); jsonErr != nil {
		w.t.Fatalf("%v, %v\n%s", err, jsonErr, b.String())
	}
	if (err == nil) != (r.First == nil) {
		w.t.Errorf("error %v, and the report says %v", err, r.First)
	}
	if r.First != nil {
		first = finding{ID: r.First.ID, Text: r.First.Text, Fix: r.First.Fix}
	}
	return first, b.String()
}

// expect compares the first thing wrong.
func (w *ward) expect(id, text, fix string, args ...string) {
	w.t.Helper()
	fill := strings.NewReplacer("WARD", w.dir)
	got, all := w.first(args...)
	if got.ID != id || !strings.Contains(got.Text, fill.Replace(text)) || !strings.HasPrefix(got.Fix, fill.Replace(fix)) || fix == "" && got.Fix != "" {
		w.t.Errorf("got %s: %s\nfix %s\nwant %s: %s\nfix %s\n%s", got.ID, got.Text, got.Fix, id, fill.Replace(text), fill.Replace(fix), all)
	}
}

// What NuGet.Config and the environment say, without a feed that answers.
func TestDoctorConfig(t *testing.T) {
	const closed = "https://127.0.0.1:9/v3/index.json"
	for _, c := range []struct {
		name    string
		arrange func(*ward)
		args    []string
		id      string
		text    string
		fix     string
	}{
		{name: "nothing at all", arrange: func(*ward) {}},
		{name: "broken XML", arrange: func(w *ward) { w.write("work/NuGet.Config", "<configuration>\n<x", 0o600) },
			id: "config", text: "every NuGet command fails: WARD/work/NuGet.Config:2"},
		{name: "an unknown name", arrange: func(w *ward) { w.source(closed, "", "") }, args: []string{"fed"},
			id: "source", text: `no source has the name "fed"; there are: feed`, fix: "dotnet nuget list source"},
		{name: "an unknown name and no source", arrange: func(*ward) {}, args: []string{"fed"},
			id: "source", text: "and none is configured", fix: "dotnet nuget list source"},
		{name: "disabled", args: []string{"feed"},
			arrange: func(w *ward) {
				w.source(closed, "", `<disabledPackageSources><add key="feed" value="true"/></disabledPackageSources>`)
			},
			id: "source", text: "is disabled in WARD/work/NuGet.Config:1", fix: "dotnet nuget enable source feed --configfile WARD/work/NuGet.Config"},
		{name: "disabled and not asked for",
			arrange: func(w *ward) {
				w.source(closed, "", `<disabledPackageSources><add key="feed" value="true"/></disabledPackageSources>`)
			}},
		{name: "plain http", arrange: func(w *ward) { w.source("http://127.0.0.1:9/v3/index.json", "", "") },
			id: "source", text: "is plain http", fix: "dotnet nuget update source feed --source http://127.0.0.1:9/v3/index.json --allow-insecure-connections --configfile WARD/work/NuGet.Config"},
		{name: "plain http for an older client", args: []string{"--as", "dotnet@8.0"},
			arrange: func(w *ward) { w.source("http://127.0.0.1:9/v3/index.json", "", "") },
			id:      "feed", text: "the connection is refused"},
		{name: "a folder", arrange: func(w *ward) { w.source("packages", "", "") }, args: []string{"feed"}},
		{name: "a relative packages folder", arrange: func(w *ward) { w.env["NUGET_PACKAGES"] = "here" },
			id: "packages", text: "NUGET_PACKAGES", fix: "unset NUGET_PACKAGES"},
		{name: "a relative claims cache", arrange: func(w *ward) { w.env["NUGET_PLUGINS_CACHE_PATH"] = "here" },
			id: "claims-cache", text: "NUGET_PLUGINS_CACHE_PATH", fix: "unset NUGET_PLUGINS_CACHE_PATH"},
		{name: "an address that nobody has", args: []string{closed}, arrange: func(*ward) {},
			id: "feed", text: "the connection is refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWard(t)
			c.arrange(w)
			w.expect(c.id, c.text, c.fix, c.args...)
		})
	}
}

// --fix deletes the broken package and leaves the others; without it nothing changes.
func TestDoctorPackages(t *testing.T) {
	w := newWard(t)
	whole := w.write("packages/a/1.0.0/.nupkg.metadata", `{"version":2,"contentHash":"eA=="}`, 0o600)
	broken := w.write("packages/b/2.0.0/.nupkg.metadata", `{}`, 0o600)
	w.write("packages/b/2.0.0/lib/x.dll", "x", 0o600)
	w.write("packages/b/1.0.0/b.nuspec", "not installed", 0o600)
	w.write("packages/c/3.0.0/c.nuspec", "not installed", 0o600)
	w.expect("packages", "WARD/packages/b/2.0.0/.nupkg.metadata", "rm -r WARD/packages/b/2.0.0")
	if !exists(broken) {
		t.Fatal("changed without --fix")
	}
	out, well := w.run("--fix")
	if !well || !strings.Contains(out, "mended the packages folder: deleted "+w.path("packages/b/2.0.0")) || !strings.Contains(out, "ok     packages: 1 packages") {
		t.Errorf("got\n%s", out)
	}
	if exists(filepath.Dir(broken)) || !exists(whole) || !exists(w.path("packages/c/3.0.0/c.nuspec")) {
		t.Error("the wrong folders were deleted")
	}
}
