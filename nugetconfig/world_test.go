package nugetconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// world is a machine with a project in /w/p (P, the parent, is /w), or C:\w\p on Windows.
type world struct {
	goos       string
	files      map[string]string // path to text
	links      map[string]bool   // links that lead nowhere
	unreadable map[string]bool
	anyCase    bool // the file system ignores case
	env        map[string]string
	start      string
	configFile string
	home       string
}

const (
	fileQ = "/w/p/nuget.config"
	fileP = "/w/nuget.config"
	fileU = "/home/u/.nuget/NuGet/NuGet.Config"
	fileM = "/etc/opt/NuGet/Config/m.config"
	fileD = "/etc/opt/NuGet/NuGetDefaults.config"
	userQ = `<add key="u" value="https://u/"/>`
)

func (w world) tryLoad(t *testing.T) (*Config, error) {
	t.Helper()
	if w.goos == "" {
		w.goos = "linux"
	}
	opts := &Options{GOOS: w.goos, FS: w, Env: w.lookup, Start: w.start, ConfigFile: w.configFile, Home: w.home, CurrentFolder: "/w/p"}
	if w.goos == "windows" {
		opts.CurrentFolder = `C:\w\p`
	}
	return Load(opts)
}

func (w world) load(t *testing.T) *Config {
	t.Helper()
	c, err := w.tryLoad(t)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w world) lookup(name string) (string, bool) {
	if value, ok := w.env[name]; ok {
		return value, true
	}
	if w.goos == "windows" {
		for n, value := range w.env {
			if strings.EqualFold(n, name) {
				return value, true
			}
		}
	} else if name == "HOME" {
		return "/home/u", true
	}
	return "", false
}

func (w world) same(a, b string) bool {
	if w.anyCase || w.goos == "windows" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// find is what stands at a path, or at the first path below it.
func (w world) find(path string) (file string, isDir bool, err error) {
	sep := system(w.goos).separator()
	under := strings.TrimSuffix(path, sep) + sep
	for name := range w.all() {
		if w.same(name, path) {
			return name, false, nil
		}
		if len(name) > len(under) && w.same(name[:len(under)], under) {
			isDir = true
		}
	}
	if !isDir {
		err = &fs.PathError{Op: "stat", Path: path, Err: fs.ErrNotExist}
	}
	return path, isDir, err
}

func (w world) all() map[string]bool {
	names := map[string]bool{"/home/u/x": true, "/tmp/x": true}
	for name := range w.files {
		names[name] = true
	}
	for name := range w.links {
		names[name] = true
	}
	return names
}

func (w world) Stat(path string) (fs.FileMode, error) {
	file, isDir, err := w.find(path)
	switch {
	case err != nil:
		return 0, err
	case isDir:
		return fs.ModeDir | 0o755, nil
	case w.links[file]:
		return fs.ModeSymlink | 0o777, nil
	}
	return 0o644, nil
}

func (w world) ReadDir(path string) ([]string, error) {
	sep := system(w.goos).separator()
	seen := map[string]bool{}
	var names []string
	for name := range w.all() {
		if len(name) > len(path) && w.same(name[:len(path)+1], path+sep) {
			child, _, _ := strings.Cut(name[len(path)+1:], sep)
			if !seen[child] {
				names = append(names, child)
			}
			seen[child] = true
		}
	}
	return names, nil
}

func (w world) ReadPrefix(path string, n int) ([]byte, error) {
	file, _, err := w.find(path)
	if err != nil {
		return nil, err
	}
	if w.unreadable[file] {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
	}
	text := w.files[file]
	return []byte(text[:min(len(text), n)]), nil
}

// conf wraps sections into a file.
func conf(sections ...string) string {
	return "<configuration>" + strings.Join(sections, "\n") + "</configuration>"
}

func sources(items ...string) string { return wrap("packageSources", items...) }

func wrap(name string, items ...string) string {
	return "<" + name + ">" + strings.Join(items, "") + "</" + name + ">"
}

func add(key, value string) string { return fmt.Sprintf(`<add key="%s" value="%s"/>`, key, value) }

// names are the names of the sources, with ":off" behind disabled ones.
func names(c *Config) []string {
	var out []string
	for _, s := range c.Sources {
		if !s.Enabled {
			s.Name += ":off"
		}
		out = append(out, s.Name)
	}
	return out
}

// values are the names and values of the sources, with everything that is not the default.
func values(c *Config) []string {
	var out []string
	for _, s := range c.Sources {
		text := s.Name + "=" + s.Value
		if s.ProtocolVersion != 2 {
			text += fmt.Sprintf(" v%d", s.ProtocolVersion)
		}
		if s.AllowInsecureConnections {
			text += " insecure"
		}
		if s.DisableTLSCertificateValidation {
			text += " notls"
		}
		out = append(out, text)
	}
	return out
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// wantError checks that the error names the file, has the words, and has none of the forbidden ones.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q lacks %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %q holds a secret", err)
	}
}

func fileError(t *testing.T, err error) *FileError {
	t.Helper()
	e, ok := errors.AsType[*FileError](err)
	if !ok {
		t.Fatalf("error %v is no FileError", err)
	}
	return e
}
