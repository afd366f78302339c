package host

import (
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/nuplug/nuplug/internal/proc"
)

// process is a plugin's process: a child, or in tests a function in this process.
type process interface {
	Stdin() io.WriteCloser
	Stdout() io.ReadCloser
	Pid() int
	Done() <-chan struct{}
	ExitState() (proc.ExitState, bool)
	StderrTail() string
	Close(grace time.Duration) error
}

// starter starts a plugin's process.
type starter func(proc.Command) (process, error)

func startChild(c proc.Command) (process, error) {
	p, err := proc.Start(c)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// findProgram looks a bare name, which is the dotnet host's, up on PATH.
func findProgram(name string) (string, error) {
	if strings.ContainsAny(name, `/\`) {
		return name, nil
	}
	return proc.Find(name)
}

// checkHosted refuses a file that the dotnet host must not get, or would explain badly: what the host says about a missing
// file goes to standard output and looks like a broken plugin.
func checkHosted(path string) error {
	d := &discoverer{client: Client{Kind: NET, Version: ClientVersion{Major: 7, Minor: 9}, OS: runtime.GOOS}, fsys: OSFS()}
	kind, reason := proc.Refused, ""
	switch found := d.look(path); {
	case strings.Contains(path, `"`):
		reason = "its path has a quotation mark"
	case !filepath.IsAbs(path):
		reason = "its path is not absolute"
	case found.thing == folder:
		kind, reason = proc.IsDirectory, "it is a directory"
	case found.thing == nothing:
		kind, reason = proc.NotFound, "there is no such file"
	case found.thing == dangling:
		kind, reason = proc.NotFound, "it is a symbolic link to a file that does not exist"
	case d.isFileBasedApp(path):
		reason = "dotnet would take it for a file-based app, and building that starts the plugin again, without end"
	default:
		return nil
	}
	return &proc.StartError{Path: path, Kind: kind, Reason: reason}
}
