package clients

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// A Sandbox is a folder in which a client runs, with an environment made from nothing, so that
// neither the machine nor another test can be seen from it. It belongs to one test. At the test's
// end it fails the test, by name and id, for each process that was started in it and still runs,
// ends these, and deletes the folder.
//
// Run and the methods on it may be used by many goroutines; the rest not.
type Sandbox struct {
	Client *Client
	// Dir is the whole sandbox, an absolute path without links.
	Dir string
	// Work is the working folder: NuGet.Config, the project.
	Work string
	// Home is the user's folder (~), for convention plugins and the like.
	Home string
	// PluginDir comes first on PATH. It is empty at first.
	PluginDir string
	// Deadline ends a run that takes longer and fails the test. Two minutes at first: the
	// slowest client needs seconds, on a machine that does nothing else.
	Deadline time.Duration

	t      testing.TB
	grace  time.Duration // for processes to end by themselves at the test's end
	layout layout
	env    map[string]string

	mu   sync.Mutex
	runs int // numbers the output files
}

// A layout is the folders of a sandbox.
type layout struct {
	work, home, plugins, packages, httpCache, pluginsCache, scratch, tmp, out, logs string
}

func newLayout(dir string) layout {
	in := func(name string) string { return filepath.Join(dir, name) }
	return layout{
		work: in("work"), home: in("home"), plugins: in("plugins"), packages: in("packages"),
		httpCache: in("http-cache"), pluginsCache: in("plugins-cache"), scratch: in("scratch"),
		tmp: in("tmp"), out: in("out"), logs: in("logs"),
	}
}

// NewSandbox makes the sandbox of one test case for a client. Where NUPLUG_INTEROP_COUNT names a
// file (an absolute path), a line "CLIENT TEST" is appended to it, so that each line of the sorted
// file without duplicates is one interop case that ran.
func NewSandbox(t testing.TB, c *Client) *Sandbox {
	t.Helper()
	// Not t.TempDir: its path has the test's name in it, and some paths that clients make in
	// TMPDIR (sockets, lock files) must stay short.
	dir, err := os.MkdirTemp("", "nuplug-box-")
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		t.Fatalf("make the sandbox: %v", err)
	}
	l := newLayout(dir)
	for _, sub := range []string{l.work, l.home, l.plugins, l.tmp, l.logs} {
		if err := os.Mkdir(sub, 0o777); err != nil {
			t.Fatalf("make the sandbox: %v", err)
		}
	}
	s := &Sandbox{
		Client: c, Dir: dir, Work: l.work, Home: l.home, PluginDir: l.plugins, Deadline: 2 * time.Minute,
		t: t, grace: 5 * time.Second, layout: l, env: environment(runtime.GOOS, l, c, os.Getenv),
	}
	t.Cleanup(s.close)
	if err := count(os.Getenv("NUPLUG_INTEROP_COUNT"), c.Name, t.Name()); err != nil {
		t.Fatalf("count the interop case: %v", err)
	}
	return s
}

func (s *Sandbox) close() {
	for _, p := range s.endProcesses(s.grace) {
		s.t.Errorf("%s: process left behind: %v", s.Client.Name, p)
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		s.t.Errorf("delete the sandbox: %v", err)
	}
}

// count appends a line to the file; a file name of "" counts nothing.
func count(file, client, test string) error {
	if file == "" {
		return nil
	}
	if !filepath.IsAbs(file) {
		return fmt.Errorf("NUPLUG_INTEROP_COUNT=%s is not an absolute path (tests run in their packages' folders)", file)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	// One write, so that lines of test binaries that run at once do not mix.
	_, err = fmt.Fprintf(f, "%s %s\n", client, test)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Setenv sets a variable for the runs that follow.
func (s *Sandbox) Setenv(name, value string) { s.env[name] = value }

// Unsetenv removes a variable for the runs that follow, also one that the sandbox has set itself.
func (s *Sandbox) Unsetenv(name string) { delete(s.env, name) }

// Getenv returns the value that runs get, "" if none.
func (s *Sandbox) Getenv(name string) string { return s.env[name] }

// Environ returns the environment of a run as "NAME=value" lines, sorted, for a process that the
// test itself starts in the sandbox, which is then looked for at the end like the client's own.
func (s *Sandbox) Environ() []string {
	lines := make([]string, 0, len(s.env))
	for _, name := range slices.Sorted(maps.Keys(s.env)) {
		lines = append(lines, name+"="+s.env[name])
	}
	return lines
}

// Write writes a file below Work, with the folders above it, and returns its path.
func (s *Sandbox) Write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.Work, name)
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, []byte(content), 0o666)
	}
	if err != nil {
		s.t.Fatalf("write into the sandbox: %v", err)
	}
	return path
}

// AddPlugin puts the executable file into PluginDir under the name and returns its path there.
func (s *Sandbox) AddPlugin(name, file string) string {
	s.t.Helper()
	path := filepath.Join(s.PluginDir, name)
	s.CopyExecutable(file, path)
	return path
}

// CopyExecutable makes an executable file at path, with the folders above it, out of another.
func (s *Sandbox) CopyExecutable(file, path string) {
	s.t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	// A link where one can be had: a file that was just written cannot be started ("text file
	// busy") while a process forked elsewhere in this program still has it open for writing.
	if err == nil && os.Link(file, path) != nil {
		err = copyExecutable(file, path)
	}
	if err != nil {
		s.t.Fatalf("copy into the sandbox: %v", err)
	}
}

func copyExecutable(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o777)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}
