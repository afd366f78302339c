package proc

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Find looks a helper program such as "git" up on PATH (on Windows with the extensions of
// PATHEXT) and returns its absolute path. It refuses what PATH finds first in a folder that
// is not absolute, so that nothing is started out of the working directory.
//
// The error is a *StartError of the kind NotFound, or Refused for a name that is a path.
func Find(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, `/\:`) {
		return "", &StartError{Path: name, Kind: Refused, Reason: "it is not the bare name of a program"}
	}
	path, err := exec.LookPath(name)
	switch {
	case errors.Is(err, exec.ErrDot):
		return "", &StartError{Path: name, Kind: NotFound, Err: err,
			Reason: fmt.Sprintf("PATH finds it only as %s, under a folder that is not absolute", path)}
	case err != nil:
		return "", &StartError{Path: name, Kind: NotFound, Err: err, Reason: "there is no such program on PATH"}
	}
	return filepath.Clean(path), nil
}
