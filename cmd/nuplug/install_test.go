package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

func TestHomeFolders(t *testing.T) {
	tests := []struct {
		name, goos, path, home string
		want                   []string
	}{
		{"the usual ones first", "linux", "/home/u/go/bin:/usr/bin:/home/u/.dotnet/tools:/home/u/.local/bin", "/home/u",
			[]string{"/home/u/.dotnet/tools", "/home/u/.local/bin", "/home/u/go/bin"}},
		{"each once", "linux", "/home/u/bin:/home/u/bin:/home/u/x:/home/u/x", "/home/u", []string{"/home/u/bin", "/home/u/x"}},
		{"nothing relative or of others", "linux", ".:bin::~/bin:/home/u2/bin:/home/u/../v/bin:/usr/local/bin", "/home/u", nil},
		{"not the home folder itself", "linux", "/home/u:/home/u/", "/home/u", nil},
		{"a slash at the end", "linux", "/home/u/bin/", "/home/u/", []string{"/home/u/bin/"}},
		{"no home", "linux", "/home/u/bin", "", nil},
		{"relative home", "linux", "/home/u/bin", "home/u", nil},
		{"case matters", "linux", "/HOME/u/bin", "/home/u", nil},
		{"Windows", "windows", `C:\Windows;C:\Users\U\other;c:/users/u/.DOTNET/Tools;bin;\bin`, `C:\Users\u`, []string{"c:/users/u/.DOTNET/Tools", `C:\Users\U\other`}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, homeFolders(test.goos, test.path, test.home)); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.name, diff)
		}
	}
}

func TestUnsuitable(t *testing.T) {
	const me, other = 1000, 1001
	dir := func(name string, mode fs.FileMode, uid, gid int) facts {
		return facts{name: name, mode: fs.ModeDir | mode, uid: uid, gid: gid}
	}
	home, root := dir("/h", 0o755, me, me), dir("/", 0o755, 0, 0)
	missing := facts{name: "/h/bin", err: fs.ErrNotExist}
	tests := []struct {
		name    string
		goos    string
		folders []facts
		want    string
	}{
		{"mine", "linux", []facts{dir("/h/bin", 0o755, me, me), home, root}, ""},
		{"my own group", "linux", []facts{dir("/h/bin", 0o775, me, me), home, root}, ""},
		{"another group", "linux", []facts{dir("/h/bin", 0o775, me, 100), home, root}, "others can write /h/bin: chmod go-w /h/bin"},
		{"everybody", "linux", []facts{dir("/h/bin", 0o757, me, me), home, root}, "others can write /h/bin: chmod go-w /h/bin"},
		{"everybody, sticky", "linux", []facts{dir("/h/bin", fs.ModeSticky|0o777, me, me), home, root}, "others can write /h/bin: chmod go-w /h/bin"},
		{"the system's", "linux", []facts{dir("/h/bin", 0o755, 0, 0), home, root}, notYours},
		{"another's", "linux", []facts{dir("/h/bin", 0o755, other, other), home, root}, notYours},
		{"below another's", "linux", []facts{dir("/h/bin", 0o755, me, me), dir("/h", 0o755, other, other), root}, notYours},
		{"below everybody's", "linux", []facts{dir("/h/bin", 0o755, me, me), dir("/h", 0o777, me, me), root}, "others can write /h: chmod go-w /h"},
		{"below everybody's, sticky", "darwin", []facts{dir("/h/bin", 0o755, me, me), dir("/h", fs.ModeSticky|0o777, 0, 0), root}, ""},
		{"not there yet", "linux", []facts{missing, home, root}, ""},
		{"not there yet, in the system's", "linux", []facts{missing, dir("/h", 0o755, 0, 0), root}, notYours},
		{"not there yet, in a sticky one", "linux", []facts{missing, dir("/tmp", fs.ModeSticky|0o777, me, me), root}, "others can write /tmp: chmod go-w /tmp"},
		{"a file", "linux", []facts{{name: "/h/bin", mode: 0o644, uid: me, gid: me}, home, root}, "/h/bin is not a folder"},
		{"unknown", "linux", []facts{{name: "/h/bin", err: fs.ErrPermission}, home, root}, "/h/bin cannot be looked at"},
		{"Windows", "windows", []facts{dir(`C:\u\bin`, 0o777, -1, -1)}, ""},
		{"Windows, a file", "windows", []facts{{name: `C:\u\bin`, mode: 0o666, uid: -1, gid: -1}}, `C:\u\bin is not a folder`},
	}
	for _, test := range tests {
		if got := unsuitable(test.goos, test.folders, me); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got := unsuitable("linux", []facts{dir("/root/bin", 0o775, 0, 0), root}, 0); got == "" {
		t.Error("the group of root is nobody's own")
	}
}

// copySelf makes a copy of this test binary, which the linker noted as nuplug.
func copySelf(t *testing.T, path string) []byte {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return content
}

func TestIsOurs(t *testing.T) {
	dir := t.TempDir()
	ours, script := filepath.Join(dir, "ours"), filepath.Join(dir, "script")
	content := copySelf(t, ours)
	if err := os.WriteFile(script, []byte("#!/bin/sh\n# github.com/nuplug/nuplug/cmd/nuplug\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	// The same file as if another package of the module had been built into it.
	other := filepath.Join(dir, "other")
	changed := bytes.ReplaceAll(content, []byte("path\tgithub.com/nuplug/nuplug/cmd/nuplug\n"), []byte("path\tgithub.com/nuplug/nuplug/cmd/nuplag\n"))
	if err := os.WriteFile(other, changed, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{ours: true, script: false, other: false, dir: false, filepath.Join(dir, "missing"): false} {
		if got := isOurs(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}

// The plugin that lies beside the program is smaller and goes first, if it is ours.
func TestProgramToInstall(t *testing.T) {
	dir := t.TempDir()
	program, beside := filepath.Join(dir, "nuplug"), filepath.Join(dir, pluginFile(runtime.GOOS))
	if err := os.WriteFile(beside, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	copySelf(t, program)
	if got, err := programToInstall(program, runtime.GOOS); err != nil || filepath.Base(got) != "nuplug" {
		t.Errorf("got %s, %v", got, err)
	}
	copySelf(t, beside)
	if got, err := programToInstall(program, runtime.GOOS); err != nil || filepath.Base(got) != pluginFile(runtime.GOOS) {
		t.Errorf("got %s, %v", got, err)
	}
	if done, err := putInPlace(runtime.GOOS, beside, beside); err != nil || !strings.HasPrefix(done, "nothing to do") {
		t.Errorf("got %s, %v", done, err)
	}
}

// On Windows a program that runs is not replaced but renamed away; what is left of earlier times is removed once it can be.
func TestReplaceOnWindows(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "nuget-plugin-nuplug.exe")
	copySelf(t, target+asideMark+"EARLIER")
	foreign := target + asideMark + "FOREIGN"
	if err := os.WriteFile(foreign, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"first", "second"} {
		if err := replace("windows", target, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(target); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	// "first" is not one of our programs, so that it stays aside, as one that runs would.
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if len(names) != 3 || names[0] != filepath.Base(target) || !strings.HasPrefix(names[1], filepath.Base(target)+asideMark) {
		t.Errorf("left are %q", names)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("somebody's file is gone")
	}
}

// Where the new file cannot be written, the old one is put back.
func TestReplaceRunningFails(t *testing.T) {
	target := filepath.Join(t.TempDir(), "nuget-plugin-nuplug.exe")
	for _, before := range []string{"", "old"} {
		if before != "" {
			if err := os.WriteFile(target, []byte(before), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		full := errors.New("the disk is full")
		if err := replaceRunning(target, func() error { return full }); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		got, err := os.ReadFile(target)
		if string(got) != before || before == "" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestUninstallOnWindows(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	s := &streams{Out: &out, Err: &out, Dir: dir, GOOS: "windows"}
	target := filepath.Join(dir, "nuget-plugin-nuplug.exe")
	copySelf(t, target)
	copySelf(t, target+asideMark+"EARLIER")
	if err := runUninstall(t.Context(), s, &uninstallOptions{Dir: dir}); err != nil || out.String() != "removed "+target+"\n" {
		t.Errorf("%s%v", &out, err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestPathLine(t *testing.T) {
	for _, test := range []struct{ goos, dir, want string }{
		{"linux", "/home/u/bin", `export PATH="$PATH":/home/u/bin`},
		{"darwin", "/Users/u $x/it's", `export PATH="$PATH":'/Users/u $x/it'\''s'`},
		{"windows", `C:\Users\u's`, `[Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';C:\Users\u''s', 'User')`},
	} {
		if got := pathLine(test.goos, test.dir); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	if got := withInPATH(host.Env{"Path": "a"}, "windows", "b"); got["Path"] != "a;b" || len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := withInPATH(host.Env{"Path": "a"}, "linux", "b"); got["PATH"] != "b" {
		t.Errorf("got %v", got)
	}
}

// A plugin that lay under this path before, and signed nobody in, keeps NuGet from starting ours.
func TestForgetStaleClaims(t *testing.T) {
	dir := t.TempDir()
	client, err := host.ParseClient("dotnet@10", runtime.GOOS)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		claims []protocol.OperationClaim
		want   bool // forgotten
	}{
		{[]protocol.OperationClaim{}, true},
		{[]protocol.OperationClaim{protocol.ClaimDownloadPackage}, true},
		{[]protocol.OperationClaim{protocol.ClaimAuthentication}, false},
	} {
		var out bytes.Buffer
		s := &streams{Out: &out, Err: &out, Env: []string{"HOME=" + dir, "NUGET_PLUGINS_CACHE_PATH=" + dir}, GOOS: runtime.GOOS}
		cache, err := host.NewClaimsCache(client, host.ParseEnv(s.Env), nil)
		if err != nil {
			t.Fatal(err)
		}
		plugin := filepath.Join(dir, "nuget-plugin-nuplug")
		if err := cache.Write(t.Context(), plugin, "", test.claims); err != nil {
			t.Fatal(err)
		}
		if err := s.forgetStaleClaims(t.Context(), client, plugin); err != nil {
			t.Fatal(err)
		}
		if got := !cache.Peek(plugin, "").Found; got != test.want || got != strings.HasPrefix(out.String(), "removed ") {
			t.Errorf("%v: forgotten %v, said %q", test.claims, got, &out)
		}
	}
}

func TestInstalledOrder(t *testing.T) {
	client, err := host.ParseClient("dotnet@10", "linux")
	if err != nil {
		t.Fatal(err)
	}
	at := host.Candidate{Origin: host.Origin{Kind: host.FromPATH, Variable: "PATH"}}
	for want, i := range map[string]installed{
		"finds it in PATH item 1, and no other plugin":                                 {Candidate: at},
		"finds it in PATH item 1 and asks it first of 3 plugins":                       {Candidate: at, after: 2},
		"finds it in PATH item 1 and asks it as number 3 of 4 plugins, after /a/x, /b": {Candidate: at, before: []string{"/a/x", "/b"}, after: 1},
	} {
		if got := i.order(client); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
