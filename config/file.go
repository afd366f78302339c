package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// maxSize is the largest file that is read, in bytes.
const maxSize = 1 << 20

// Location says which file holds the configuration.
type Location struct {
	Path   string // "" where there is no place for one: no home is known
	Exists bool
	Named  bool // by NUPLUG_CONFIG or Options.File
	// Shadowed are files in the other places, which are not read.
	Shadowed []string
}

// Locate finds the file that Load reads. It looks whether files are there and opens none.
func Locate(options *Options) Location {
	o := options.complete()
	if o.File != "" {
		return Location{Path: o.File, Exists: exists(o.File), Named: true}
	}
	var l Location
	paths := Paths(o.GOOS, o.Getenv)
	for _, path := range paths {
		switch {
		case !exists(path):
		case l.Exists:
			l.Shadowed = append(l.Shadowed, path)
		default:
			l.Path, l.Exists = path, true
		}
	}
	if len(paths) > 0 && !l.Exists {
		l.Path = paths[0]
	}
	l.Named = o.Getenv(FileVariable) != ""
	return l
}

// exists takes what cannot be looked at for a file, so that reading it says why.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// readFile returns the text of the file, or why it is not read.
func readFile(goos, path string) (string, error) {
	info, err := os.Stat(path) // before it is opened, because opening a pipe would wait for its writer
	if err != nil {
		return "", reason(err)
	}
	if err := judge(goos, info); err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", reason(err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return "", reason(err)
	}
	if err := judge(goos, info); err != nil { // again, because it is this one that is read
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if err != nil {
		return "", reason(err)
	}
	if len(text) > maxSize {
		return "", errors.New("larger than 1 MiB, which no configuration is")
	}
	return string(text), nil
}

// judge refuses what others can write: the file says where secrets go and which programs are started. On Windows the rights
// do not show in the mode.
func judge(goos string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("a folder, not a file")
	case !info.Mode().IsRegular():
		return errors.New("not a regular file")
	case goos != windows && info.Mode()&0o022 != 0:
		return errors.New("others can write it, and so decide where secrets go: run chmod go-w on it")
	}
	return nil
}

// reason leaves out the name of the file, which stands before it.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
