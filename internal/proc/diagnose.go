package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// diagnose turns what the system said about a start that failed into a StartError. It is
// the only place that does. The files are looked at now, so a good start costs nothing.
func diagnose(goos, goarch string, c Command, err error) *StartError {
	e := &StartError{Path: c.Path, Err: err}
	if e.Kind, e.Reason = whyDir(c.Dir); e.Reason != "" {
		return e
	}
	mode, kind, reason := whyFile(goos, c.Path)
	if reason == "" {
		kind, reason = explain(goos, goarch, mode, headerOf(c.Path), err)
	}
	e.Kind, e.Reason = kind, reason
	return e
}

// explain is for a file that looks well from outside. It looks at nothing itself, so that
// the rules of each system are tested on every machine.
func explain(goos, goarch string, mode fs.FileMode, h header, err error) (Kind, string) {
	switch classify(goos, err) {
	case saysBusy:
		return Busy, "another process has it open for writing"
	case saysNotProgram:
		return h.whyNotProgram(goos, goarch)
	case saysMissing:
		return h.whyNoInterpreter()
	case saysForbidden:
		if goos == "windows" {
			return NoPermission, "the system does not allow it to be run: " + plain(err)
		}
		return NoPermission, fmt.Sprintf("permission denied although it has an execute bit (mode %v): "+
			"its owner, its #! interpreter, a mount with noexec or a security policy forbids it", mode)
	}
	return Other, plain(err)
}

func whyDir(dir string) (Kind, string) {
	if dir == "" {
		return Other, ""
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return BadDir, fmt.Sprintf("the working directory %s: %s", dir, plain(err))
	case !info.IsDir():
		return BadDir, fmt.Sprintf("the working directory %s is not a folder", dir)
	}
	return Other, ""
}

// whyFile explains what can be seen without opening the file; "" if that is all well.
func whyFile(goos, path string) (fs.FileMode, Kind, string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return 0, NoPermission, "a folder on the way to it may not be entered"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if target, err := os.Readlink(path); err == nil {
			return 0, NotFound, fmt.Sprintf("it is a symbolic link to %s, which does not exist", target)
		}
		return 0, NotFound, "there is no such file"
	case err != nil:
		return 0, Other, plain(err)
	}
	kind, reason := whyMode(goos, info.Mode())
	return info.Mode(), kind, reason
}

func whyMode(goos string, mode fs.FileMode) (Kind, string) {
	switch {
	case mode.IsDir():
		return IsDirectory, "it is a directory"
	case !mode.IsRegular():
		return NotProgram, "it is not a regular file"
	case goos != "windows" && mode.Perm()&0o111 == 0:
		return NoExecuteBit, fmt.Sprintf("it has no execute bit (mode %v)", mode)
	}
	return Other, ""
}

// headerOf returns the header of a file. One that may be executed but not read is data.
func headerOf(path string) header {
	f, err := os.Open(path)
	if err != nil {
		return header{format: "data"}
	}
	defer f.Close()
	return readHeader(f)
}

// says is what an error number of the system means.
type says int

const (
	saysElse says = iota
	saysMissing
	saysForbidden
	saysNotProgram
	saysBusy
)

// classify goes by number, because the names of one system do not exist on the others and
// a number means other things there.
func classify(goos string, err error) says {
	number, ok := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return saysMissing
	case errors.Is(err, fs.ErrPermission):
		return saysForbidden
	case !ok:
		return saysElse
	}
	switch goos {
	case "windows":
		switch number {
		case 193, 216: // ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH
			return saysNotProgram
		case 225, 740, 1260: // a virus scanner, the need of elevation, a policy
			return saysForbidden
		case 32: // ERROR_SHARING_VIOLATION
			return saysBusy
		}
	case "darwin":
		switch number {
		case 8, 85, 86, 88: // ENOEXEC, EBADEXEC, EBADARCH, EBADMACHO
			return saysNotProgram
		case 26: // ETXTBSY
			return saysBusy
		}
	default:
		switch number {
		case 8, 80: // ENOEXEC, ELIBBAD
			return saysNotProgram
		case 26: // ETXTBSY
			return saysBusy
		}
	}
	return saysElse
}

// plain is the system's sentence without the name of the call and the path, which the
// error around it names already.
func plain(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}
