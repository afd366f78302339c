package proc

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// systemChildren are children that only some systems can have.
func systemChildren() map[string]func([]string) { return nil }

// A batch file that starts a plugin. The folder has what cmd.exe would take for syntax.
func TestBatchFile(t *testing.T) {
	dir := filepath.Join(tempDir(t), "a & b (1)^")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nuget-plugin-x.bat")
	c := childCommand("args")
	script := fmt.Sprintf("@echo off\r\n\"%s\" %%*\r\n", c.Path)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, strings.TrimSuffix(path, ".bat")} {
		c.Path, c.Args = name, []string{"-Plugin"}
		p := startChild(t, c)
		if got := readLine(t, bufio.NewReader(p.Stdout())); got != `["-Plugin"]` {
			t.Errorf("%s: arguments %s", name, got)
		}
		c.Args = []string{"-Plugin", "&calc"}
		_, err := Start(c)
		assertStartError(t, err, path, Refused, "cmd.exe")
	}
}
