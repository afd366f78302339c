package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/environ"
	"github.com/nuplug/nuplug/credential/netrc"
	"github.com/nuplug/nuplug/nugetconfig"
)

// hostileTexts are user names and passwords that break one format or another when they are written as they are.
func hostileTexts() []string {
	return []string{
		"plain", `a"b'c`, `'; touch pwned; '`, "$(touch pwned)", "`touch pwned`", "$HOME", `back\slash\n`, `\`, `"`, `'`,
		"<a href=\"x\">&amp;</a>", "]]>", "<!--", "&#x41;", "a;b", ";Password", "Password=x", "50%", "100%%", "%25%20", "#hash", "a#b",
		" before", "tab\tinside", "two  blanks", "line\rfeed", "ünï çödé", "日本語", "😀", "‘curly’", "\u00a0nbsp", "~", "-n", "{}", "a=b", "\x7f",
	}
}

func fed(t *testing.T, name, address, user, password string) exported {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return exported{Name: name, Address: address, Feed: feed,
		Cred: credential.Credential{Username: user, Password: credential.Secret(password), From: "here"}}
}

// noVariables is a reader without an environment.
func noVariables(goos string) reader {
	return reader{goos, func(string) (string, bool) { return "", false }}
}

// loadConfigText reads a NuGet.Config as NuGet does, alone.
func loadConfigText(t *testing.T, sources map[string]string, credentials string, env map[string]string) *nugetconfig.Config {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	b.WriteString("<configuration><packageSources>")
	for name, address := range sources {
		b.WriteString(`<add key="`)
		xml.EscapeText(&b, []byte(name))
		b.WriteString(`" value="` + address + `"/>`)
	}
	b.WriteString("</packageSources></configuration>")
	work := filepath.Join(dir, "above", "work")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, content := range map[string]string{filepath.Join(work, "nuget.config"): b.String(), filepath.Join(dir, "above", "nuget.config"): credentials} {
		if content != "" {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := nugetconfig.Load(&nugetconfig.Options{CurrentFolder: work, GOOS: "linux", Home: dir,
		Env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is exported for NuGet.Config is read back by the reader of NuGet.Config, whatever is in it.
func TestNuGetConfigRoundTrip(t *testing.T) {
	names := []string{"a", "My Src", "1a", "a+b", "-x", ".x", "_", "_x", "_x0041_", "_X0042_", "a_x0020_b", "__x", "x_", "a_ b", "😀", "日本", "a:b", "é", "<&>", `q"'`, "clear"}
	sources := map[string]string{}
	var all []exported
	for i, text := range hostileTexts() {
		name := fmt.Sprintf("source %d", i)
		if i < len(names) {
			name = names[i]
		}
		address := fmt.Sprintf("https://f%d.example/", i)
		sources[name] = address
		all = append(all, fed(t, name, address, "u"+text, text))
	}
	all = append(all, fed(t, "lines", "https://lines.example/", "u\nv\r\n", "\np\n "))
	sources["lines"] = "https://lines.example/"
	text, _, err := nugetConfigText(noVariables("linux"), all)
	if err != nil {
		t.Fatal(err)
	}
	config := loadConfigText(t, sources, text, nil)
	for _, e := range all {
		got, err := config.Credentials(e.Name)
		if err != nil || got == nil {
			t.Errorf("%q: %v, %v", e.Name, got, err)
			continue
		}
		if got.Username != e.Cred.Username || got.Password.Reveal() != e.Cred.Password.Reveal() {
			t.Errorf("%q: wrote %q %q, read %q %q", e.Name, e.Cred.Username, e.Cred.Password.Reveal(), got.Username, got.Password.Reveal())
		}
	}
}

func TestElementName(t *testing.T) {
	for name, want := range map[string]string{
		"nuget.org": "nuget.org", "My Src": "My_x0020_Src", "1a": "_x0031_a", "a+b": "a_x002B_b", "a_b": "a_b", "_x0041_": "_x005F_x0041_",
		"a-1.2": "a-1.2", "-a": "_x002D_a", "é": "_x00E9_", "😀": "_x0001F600_", "a:b": "a_x003A_b", "": "", "\xff": "_xFFFD_",
	} {
		if got := elementName(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// NuGet expands variables in the passwords of its files, and no escape keeps it from that.
func TestNuGetConfigExpansion(t *testing.T) {
	world := reader{"linux", func(name string) (string, bool) { return "x", name == "c4n4ry" }}
	e := fed(t, "a", "https://a.example", "u", "p%c4n4ry%q")
	if _, _, err := nugetConfigText(world, []exported{e}); err == nil || !strings.Contains(err.Error(), "the name of a variable") || strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("got %v", err)
	}
	_, notes, err := nugetConfigText(noVariables("linux"), []exported{e})
	if err != nil || len(notes) != 1 || strings.Contains(notes[0], "c4n4ry") {
		t.Errorf("got %q, %v", notes, err)
	}
	for _, text := range []string{"a%b", "%%", "%"} {
		if _, notes, err := nugetConfigText(world, []exported{fed(t, "a", "https://a.example", text, text)}); err != nil || len(notes) > 0 {
			t.Errorf("%q: %q, %v", text, notes, err)
		}
	}
	for _, text := range []string{"\x01", "a\x1b", "\ufffe"} {
		if _, _, err := nugetConfigText(world, []exported{fed(t, "a", "https://a.example", "u", text)}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// The value of the variable is read back as NuGet reads it, or else it is refused; nothing comes out different.
func TestVariableValueRoundTrip(t *testing.T) {
	extra := []string{";Password=", "a; pAssword=b", "x;\u00a0Password=y", "c4n4ry ", "c4n4ry\t", "c4n4ry\u00a0", "c4n4ry\n", "a\nb", "p;ValidAuthenticationTypes=basic", "p;validauthenticationtypes="}
	refusedUsers, refusedPasswords := 0, 0
	for _, text := range append(hostileTexts(), extra...) {
		for _, c := range []struct {
			user, password string
			refused        *int
		}{{text, "p", &refusedUsers}, {"u", text, &refusedPasswords}} {
			value, err := variableValue(c.user, c.password)
			if err != nil {
				*c.refused++
				if strings.Contains(err.Error(), "c4n4ry") {
					t.Errorf("a secret in: %v", err)
				}
				continue
			}
			config := loadConfigText(t, map[string]string{"a": "https://a.example/"}, "", map[string]string{credentialsVariablePrefix + "a": value})
			got, err := config.Credentials("a")
			if err != nil || got == nil || got.Username != c.user || got.Password.Reveal() != c.password || len(got.ValidAuthenticationTypes) > 0 {
				t.Errorf("%q %q: read %v, %v", c.user, c.password, got, err)
			}
		}
	}
	if refusedUsers != 5 || refusedPasswords != 7 {
		t.Errorf("refused %d users and %d passwords", refusedUsers, refusedPasswords)
	}
}

// A real sh sets the variable to exactly the value, and runs nothing of it.
func TestSetLineInSh(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	dir := t.TempDir()
	for _, text := range append(hostileTexts(), "a\nb", "end'") {
		line, err := setLine("linux", credentialsVariablePrefix+"a_1", text)
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(sh, "-c", `eval "$1"; exec env -0`, "sh", line)
		c.Dir, c.Env = dir, []string{"PATH=" + os.Getenv("PATH")}
		out, err := c.Output()
		if err != nil || !strings.Contains("\x00"+string(out), "\x00"+credentialsVariablePrefix+"a_1="+text+"\x00") {
			t.Errorf("%s\nsets %q, %v", line, out, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("it ran something: %v", left)
	}
}

func TestSetLine(t *testing.T) {
	tests := []struct{ goos, name, value, want string }{
		{"linux", "N_a", "Username=u;Password=p", "export N_a='Username=u;Password=p'"},
		{"darwin", "N_a", "it's", `export N_a='it'\''s'`},
		{"linux", "N_a b", "v", "error"},
		{"linux", "N_a-b", "v", "error"},
		{"linux", "N_a.b", "v", "error"},
		{"linux", "N_é", "v", "error"},
		{"linux", "N_;id", "v", "error"},
		{"windows", "N_a b", "it's ’ $x `n", "[Environment]::SetEnvironmentVariable('N_a b', 'it''s ’’ $x `n')"},
		{"windows", "N_'); ‘", "‚‛", "[Environment]::SetEnvironmentVariable('N_''); ‘‘', '‚‚‛‛')"},
		{"windows", "N_a=b", "v", "error"},
	}
	for _, test := range tests {
		got, err := setLine(test.goos, test.name, test.value)
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("%s %s: got %s, %v, want %s", test.goos, test.name, got, err, test.want)
		}
	}
}

// The netrc source finds what was exported for it.
func TestNetrcRoundTrip(t *testing.T) {
	var all []exported
	for i, text := range append(hostileTexts(), "a\nb\r\t", "login", "machine", "macdef") {
		if text == "\x7f" {
			continue
		}
		all = append(all, fed(t, "", fmt.Sprintf("https://f%d.example/x/index.json", i), text, text+"p"), fed(t, "", fmt.Sprintf("https://g%d.example", i), text+"u", text))
	}
	all = append(all, fed(t, "", "https://[::1]/", "u", "p"))
	text, notes, err := netrcText(noVariables("linux"), all)
	if err != nil || len(notes) == 0 {
		t.Fatal(notes, err)
	}
	file := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	source := netrc.New(func(name string) string { return map[string]string{"NETRC": file}[name] })
	for _, e := range all {
		got, err := source.Find(t.Context(), credential.Request{Feed: e.Feed})
		if err != nil || got.Username != e.Cred.Username || got.Password != e.Cred.Password {
			t.Errorf("%s: wrote %q %q, read %q %q, %v", e.Feed, e.Cred.Username, e.Cred.Password.Reveal(), got.Username, got.Password.Reveal(), err)
		}
	}
	if warnings := source.Warnings(); len(warnings) > 0 {
		t.Error(warnings)
	}
}

// Quotation marks stand only where they must: what goes without is read alike by every tool.
func TestNetrcWord(t *testing.T) {
	for text, want := range map[string]string{
		"p4$s'w%rd#;:@": "p4$s'w%rd#;:@", "ü": "ü", "#x": `"#x"`, "a b": `"a b"`, `a\b`: `"a\\b"`, `a"b`: `"a\"b"`, "a\nb": `"a\nb"`, "": `""`,
	} {
		if got, err := netrcWord(text); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
}

// Tools compare addresses letter by letter, so they stay as they were configured, but for a user who is not part of them.
func TestWithoutUser(t *testing.T) {
	for address, want := range map[string]string{
		" https://A.example:443/x%2f/Index.json ":   "https://A.example:443/x%2f/Index.json",
		"https://u:c4n4ry@a.example/x%2f/?v=1":      "https://a.example/x%2f/?v=1",
		"https://c4n4ry@a.example/v3/../index.json": "https://a.example/v3/../index.json",
	} {
		if got := withoutUser(&target{URL: address}); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestNetrcRefuses(t *testing.T) {
	first := fed(t, "", "https://a.example/1", "u", "p")
	for name, test := range map[string]struct {
		second exported
		want   string // of the text, or in the error
	}{
		"port":         {fed(t, "", "https://a.example:8443/", "u", "c4n4ry"), "https on port 443 only"},
		"http":         {fed(t, "", "http://localhost/", "u", "c4n4ry"), "https on port 443 only"},
		"http on 443":  {fed(t, "", "http://localhost:443/", "u", "c4n4ry"), "https on port 443 only"},
		"another user": {fed(t, "", "https://a.example/2", "v", "p"), "https://a.example/1 on the same host has another"},
		"other secret": {fed(t, "", "https://a.example/2", "u", "c4n4ry"), "https://a.example/1 on the same host has another"},
		"the same":     {fed(t, "", "https://A.example:443/2", "u", "p"), "machine a.example login u password p\n"},
		"control":      {fed(t, "", "https://b.example/", "u", "c4n4ry\x01"), "control character"},
	} {
		got, _, err := netrcText(noVariables("linux"), []exported{first, test.second})
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || strings.Contains(got, "c4n4ry") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// Both readers of the endpoint JSON that we have find what was exported for a build.
func TestDockerRoundTrip(t *testing.T) {
	var all []exported
	for i, text := range append(hostileTexts(), "a\nb\x01") {
		all = append(all, fed(t, "", fmt.Sprintf("https://f%d.example/x/index.json", i), "u"+text, text))
	}
	text, _, err := dockerText(noVariables("linux"), all)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(text, "\n") != 1 || !json.Valid([]byte(text)) {
		t.Errorf("not one line of JSON: %s", text)
	}
	entries, warnings := environ.ParseEndpoints("exported", text)
	if len(warnings) > 0 || len(entries) != len(all) {
		t.Fatal(len(entries), warnings)
	}
	for i, e := range all {
		if got := entries[i]; got.Feed != e.Feed || got.Credential.Username != e.Cred.Username || got.Credential.Password != e.Cred.Password {
			t.Errorf("%s: read %v", e.Feed, got)
		}
	}
}

func TestExportable(t *testing.T) {
	for _, c := range []credential.Credential{
		{Username: "", Password: "p"}, {Username: "u"}, {Username: "u\x00", Password: "p"}, {Username: "u", Password: "\xff"},
	} {
		if err := exportable(c); err == nil {
			t.Errorf("%q %q: no error", c.Username, c.Password.Reveal())
		}
	}
	if err := exportable(credential.Credential{Username: "u", Password: "p"}); err != nil {
		t.Error(err)
	}
}

func TestLifetime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.Local)
	got := []string{
		lifetime(credential.Credential{From: "X"}, now),
		lifetime(credential.Credential{From: "X", Expires: now.Add(58 * time.Minute)}, now),
	}
	want := []string{"until it is revoked (X names no end)", "until 2026-01-02 03:58:00, 58 minutes from now (X)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestExportFlags(t *testing.T) {
	var got exportOptions
	s := &streams{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}
	c := newExportCommand(s, func(_ context.Context, _ *streams, o *exportOptions) error {
		got = *o
		return nil
	})
	c.SetArgs([]string{"a", "--format", "env", "b"})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exportOptions{Format: "env", Targets: []string{"a", "b"}}, got); diff != "" {
		t.Error(diff)
	}
}
