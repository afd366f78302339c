package proc

import (
	"fmt"
	"io"
	"strings"
)

// DefaultTail is how many bytes of a child's stderr are kept when a Command does not say.
const DefaultTail = 64 << 10

// A Command says what to start. It is copied: later changes have no effect.
type Command struct {
	// Path is the program, absolute. A path with a quotation mark is refused, since NuGet's
	// own way to start a plugin puts quotation marks around it and escapes nothing.
	Path string
	// Args are the arguments, without the program's name. Before a .bat or .cmd file on
	// Windows stands cmd.exe, whose quoting cannot be trusted; there the arguments have to
	// be exactly "-Plugin".
	Args []string
	// Env is the environment, one "NAME=value" each. nil means ours.
	Env []string
	// Dir is the working directory. "" means ours.
	Dir string
	// Stderr receives all that the child writes to stderr, from one goroutine. nil means that
	// only the tail is kept. A Write that fails ends the passing on, not the child; one that
	// blocks also blocks Close.
	Stderr io.Writer
	// StderrTail is how many of the last bytes of stderr are kept. 0 means DefaultTail.
	StderrTail int

	// Stdin is for Run only: what the program reads.
	Stdin []byte
	// MaxStdout is for Run only: how many bytes the program may write to stdout. 0 means
	// DefaultMaxStdout.
	MaxStdout int
}

// pluginFlag is the one argument that NuGet starts a plugin with.
const pluginFlag = "-Plugin"

// check refuses what must not be started. It looks at no file and takes the system as an
// argument, so that the rules of each hold on every machine.
func check(goos string, c Command) error {
	refuse := func(format string, args ...any) error {
		return &StartError{Path: c.Path, Kind: Refused, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case c.Path == "":
		return refuse("no program is named")
	case strings.ContainsRune(c.Path, 0):
		return refuse("its path has a NUL character")
	case strings.ContainsRune(c.Path, '"'):
		return refuse("its path has a quotation mark")
	case !isAbs(goos, c.Path):
		return refuse("its path is not absolute")
	}
	for i, arg := range c.Args {
		if strings.ContainsRune(arg, 0) {
			return refuse("argument %d has a NUL character", i+1)
		}
	}
	if goos == "windows" && isBatch(c.Path) {
		if len(c.Args) != 1 || c.Args[0] != pluginFlag {
			return refuse("cmd.exe runs it, so the one argument it may have is %s", pluginFlag)
		}
		if strings.ContainsAny(c.Path, "%\r\n") {
			return refuse("cmd.exe runs it and would change its path: it has a %% or a line end")
		}
	}
	return nil
}

// isAbs is filepath.IsAbs for any system.
func isAbs(goos, path string) bool {
	if goos != "windows" {
		return strings.HasPrefix(path, "/")
	}
	if strings.HasPrefix(path, `\\`) {
		return true
	}
	if len(path) < 3 {
		return false
	}
	letter := path[0] | 0x20
	return 'a' <= letter && letter <= 'z' && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
}

// isBatch reports whether Windows gives the file to cmd.exe. Windows drops dots and spaces
// at the end of a name before it looks at the extension.
func isBatch(path string) bool {
	path = strings.ToLower(strings.TrimRight(path, ". "))
	return strings.HasSuffix(path, ".bat") || strings.HasSuffix(path, ".cmd")
}

// batchLine is the command line of a batch file. os/exec puts quotation marks around a path
// with spaces only, and cmd.exe takes a & outside of them for the start of a new command.
func batchLine(path string) string { return `"` + path + `" ` + pluginFlag }
