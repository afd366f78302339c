package mounted

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSize is the largest file that is read, in bytes.
const maxSize = 1 << 20

// list returns the names in a folder that are ours to open, in order. A folder that is not there has none.
func list(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	all, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range all {
		if strings.HasPrefix(e.Name(), "nuplug") || strings.HasPrefix(e.Name(), "nuget") {
			names = append(names, e.Name())
		}
	}
	return names, reason(err)
}

// opener is what os.Root and the whole file system have in common.
type opener struct {
	stat func(string) (fs.FileInfo, error)
	open func(string) (*os.File, error)
}

// readFile reads a file that the configuration names.
func readFile(goos, path string) (string, error) {
	if !filepath.IsAbs(path) { // it would mean another file in every folder
		return "", errors.New("its path is not absolute")
	}
	return read(goos, path, opener{os.Stat, os.Open})
}

// readIn reads a file of a folder. A symbolic link in it may lead to another name in the folder, as Kubernetes makes them,
// but not out of it.
func readIn(goos, dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	return read(goos, name, opener{root.Stat, root.Open})
}

func read(goos, name string, o opener) (string, error) {
	info, err := o.stat(name) // before it is opened, because opening a pipe would wait for its writer
	if err != nil {
		return "", err
	}
	if err := judge(goos, info); err != nil {
		return "", err
	}
	file, err := o.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return "", err
	}
	if err := judge(goos, info); err != nil { // it is this one that is read
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if len(text) > maxSize {
		return "", errors.New("it is larger than 1 MiB")
	}
	return string(text), err
}

// judge refuses what is no file for secrets. That others can read it is the usual thing in a container. On Windows the
// rights do not show in the mode.
func judge(goos string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("it is a folder: name the file in it in the configuration")
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case goos != "windows" && info.Mode()&0o022 != 0:
		return errors.New("others can write it: run chmod go-w on it, or mount it with mode 0444")
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
