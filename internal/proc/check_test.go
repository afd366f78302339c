package proc

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	plugin := []string{"-Plugin"}
	tests := []struct {
		goos, path string
		args       []string
		refused    string // part of the reason; "" if it may be started
	}{
		{"linux", "/usr/bin/nuget-plugin-x", plugin, ""},
		{"linux", "/a folder/x.bat", []string{"any", "&thing"}, ""},
		{"linux", "", plugin, "no program"},
		{"linux", "nuget-plugin-x", plugin, "not absolute"},
		{"linux", "./x", plugin, "not absolute"},
		{"linux", `C:\x.exe`, plugin, "not absolute"},
		{"linux", `/a"b`, plugin, "quotation mark"},
		{"linux", "/a\x00b", plugin, "path has a NUL"},
		{"linux", "/x", []string{"ok", "a\x00b"}, "argument 2 has a NUL"},
		{"darwin", "/x", []string{`a"b`}, ""},
		{"windows", `C:\x\p.exe`, []string{"get", `"`}, ""},
		{"windows", `c:/x/p.exe`, plugin, ""},
		{"windows", `\\server\share\p.exe`, plugin, ""},
		{"windows", `\x\p.exe`, plugin, "not absolute"},
		{"windows", `C:p.exe`, plugin, "not absolute"},
		{"windows", `C:`, plugin, "not absolute"},
		{"windows", `1:\p.exe`, plugin, "not absolute"},
		{"windows", "/usr/bin/x", plugin, "not absolute"},
		{"windows", `C:\a"b.exe`, plugin, "quotation mark"},
		{"windows", `C:\x\p.bat`, plugin, ""},
		{"windows", `C:\a & b\p.CMD`, plugin, ""},
		{"windows", `C:\x\p.bat`, nil, "cmd.exe"},
		{"windows", `C:\x\p.bat`, []string{"-plugin"}, "cmd.exe"},
		{"windows", `C:\x\p.bat`, []string{"-Plugin", "more"}, "cmd.exe"},
		{"windows", `C:\x\p.BAT`, []string{"-Plugin&calc"}, "cmd.exe"},
		{"windows", `C:\x\p.cmd`, []string{"account"}, "cmd.exe"},
		{"windows", `C:\x\p.bat. .`, []string{"x"}, "cmd.exe"},
		{"windows", `C:\%PATH%\p.bat`, plugin, "would change its path"},
		{"windows", `C:\%PATH%\p.exe`, plugin, ""},
	}
	for _, test := range tests {
		err := check(test.goos, Command{Path: test.path, Args: test.args})
		if test.refused == "" {
			if err != nil {
				t.Errorf("%s: %q %q: %v", test.goos, test.path, test.args, err)
			}
			continue
		}
		startErr, ok := errors.AsType[*StartError](err)
		if !ok || startErr.Kind != Refused || !strings.Contains(startErr.Reason, test.refused) {
			t.Errorf("%s: %q %q: error %v, want one with %q", test.goos, test.path, test.args, err, test.refused)
		}
	}
}

func TestBatchLine(t *testing.T) {
	if got, want := batchLine(`C:\a&b\p.bat`), `"C:\a&b\p.bat" -Plugin`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFindRefusesPaths(t *testing.T) {
	for _, name := range []string{"", "/bin/sh", "./sh", `a\b`, "c:x"} {
		_, err := Find(name)
		if startErr, ok := errors.AsType[*StartError](err); !ok || startErr.Kind != Refused {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFindNothing(t *testing.T) {
	_, err := Find("nuplug-no-such-program")
	if startErr, ok := errors.AsType[*StartError](err); !ok || startErr.Kind != NotFound {
		t.Errorf("%v", err)
	}
}
