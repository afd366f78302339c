package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
)

const canary = "c4n4ry-s3cret"

// desk is a user's machine without a keychain, with one private feed.
type desk struct {
	*testing.T
	feed     *feedtest.Feed
	home     string
	env      []string // beside that of every desk
	out, err bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	feed, err := feedtest.New(&feedtest.Options{Username: "ann", Password: canary})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { feed.Close() })
	return &desk{T: t, feed: feed, home: t.TempDir()}
}

// run runs one command line and returns what it printed on standard output and standard error, and its exit code.
func (d *desk) run(input string, args ...string) (out, errs string, code int) {
	d.Helper()
	d.out.Reset()
	d.err.Reset()
	s := &streams{
		In: strings.NewReader(input), Out: &d.out, Err: &d.err, Dir: d.home, GOOS: "linux",
		Env: append([]string{"HOME=" + d.home, "PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}, d.env...),
	}
	code = execute(d.Context(), s, args)
	for _, text := range []string{d.out.String(), d.err.String()} {
		if strings.Contains(text, canary) {
			d.Errorf("%q shows the secret:\n%s", args, text)
		}
	}
	return d.out.String(), d.err.String(), code
}

func (d *desk) must(input string, args ...string) (out, errs string) {
	d.Helper()
	out, errs, code := d.run(input, args...)
	if code != 0 {
		d.Fatalf("%q: exit code %d\n%s%s", args, code, out, errs)
	}
	return out, errs
}

func (d *desk) wants(text, want string) {
	d.Helper()
	if !strings.Contains(text, want) {
		d.Errorf("want %q in:\n%s", want, text)
	}
}

// The whole life of a login: stored after the feed took it, found by the plugin's chain, shown, deleted.
func TestLogin(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // go-keyring reads the process's own
	d := newDesk(t)
	_, errs := d.must(canary+"\n", "login", d.feed.URL(), "--username", "ann", "--password-stdin")
	d.wants(errs, "stored the login of ann for "+strings.TrimSuffix(d.feed.URL(), "/index.json")+" in ")
	d.wants(errs, "which only you may read (no keychain: ")

	out, _ := d.must("", "status", d.feed.URL())
	d.wants(out, d.feed.URL()+": ann, from ")
	out, _ = d.must("", "explain", d.feed.URL())
	d.wants(out, "login: found")
	d.wants(out, "NuGet sends user ann")
	out, _ = d.must("", "status", "--output", "json")
	d.wants(out, `"username": "ann"`)

	_, errs = d.must("", "logout", d.feed.URL())
	d.wants(errs, "deleted the login for ")
	out, _ = d.must("", "explain", d.feed.URL())
	d.wants(out, "no source knows this feed")
	if _, errs, code := d.run("", "logout", d.feed.URL()); code == 0 {
		t.Errorf("a second logout: %s", errs)
	}
}

func TestLoginRefused(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	d := newDesk(t)
	for _, c := range []struct {
		input string
		args  []string
		want  string
	}{
		{"wrong", []string{"login", d.feed.URL(), "-u", "ann", "--password-stdin"}, "refused user ann with this password; nothing was stored"},
		{"", []string{"login", d.feed.URL(), "-u", "ann", "--password-stdin"}, "no password was given"},
		{"x", []string{"login", d.feed.URL(), "-u", "ann"}, "no terminal to ask for the password: use --password-stdin"},
		{"x", []string{"login", d.feed.URL(), "--password-stdin"}, "--password-stdin needs --username"},
		{"x", []string{"login", "http://feed.example/", "-u", "ann", "--password-stdin"}, "is plain http, on which anybody can read the password"},
		{"x", []string{"login", "http://127.0.0.1:1/", "-u", "ann", "--password-stdin"}, "nothing was stored: ask the feed: "},
		{"x", []string{"login", "company", "-u", "ann", "--password-stdin"}, `no source named "company" in NuGet.Config`},
		{"x", []string{"login"}, "say for which feed"},
		{"x", []string{"logout"}, "say which login"},
	} {
		if _, errs, code := d.run(c.input, c.args...); code == 0 || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit code %d, %s", c.args, code, errs)
		}
	}
	if out, _ := d.must("", "status", d.feed.URL()); !strings.Contains(out, "no source of nuplug knows it") {
		t.Errorf("something was stored: %s", out)
	}
}

// Clear-text passwords move out of NuGet.Config, and nothing else in the file changes.
func TestLoginFromConfig(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
	d := newDesk(t)
	const before, after = "<configuration>\r\n  <!-- ours -->\r\n  <packageSources>\r\n    <clear />\r\n    <add key=\"My Feed\" value=\"URL\" />\r\n  </packageSources>\r\n  <packageSourceCredentials>",
		"\r\n  </packageSourceCredentials>\r\n</configuration>\r\n"
	const element = "\r\n    <My_x0020_Feed>\r\n      <add key=\"Username\" value=\"ann\" />\r\n      <add key=\"ClearTextPassword\" value=\"" + canary + "\" />\r\n    </My_x0020_Feed>"
	file := filepath.Join(d.home, "nuget.config")
	write := func(text string) string { return strings.Replace(text, "URL", d.feed.URL(), 1) }
	if err := os.WriteFile(file, []byte(write(before+element+after)), 0o640); err != nil {
		t.Fatal(err)
	}
	out, _ := d.must("", "explain", "My Feed")
	d.wants(out, "before any plugin: the credentials of user ann in "+file)

	_, errs := d.must("", "login", "--from-config")
	d.wants(errs, "removed the password of source My Feed from "+file)
	content, err := os.ReadFile(file)
	if err != nil || string(content) != write(before+after) {
		t.Errorf("the file is now %q, %v", content, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	out, _ = d.must("", "explain", "My Feed")
	d.wants(out, "before any plugin: nothing")
	d.wants(out, "NuGet sends user ann")
	_, errs = d.must("", "login", "--from-config")
	d.wants(errs, "no clear-text password in NuGet.Config")
}
