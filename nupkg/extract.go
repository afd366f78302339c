package nupkg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// Extract unpacks the package in the first size bytes of r into root and returns the opened package. It is
// [Read] followed by [Archive.Extract].
func Extract(root *os.Root, r io.ReaderAt, size int64, limits *Limits) (*Archive, error) {
	a, err := Read(r, size, limits)
	if err != nil {
		return nil, err
	}
	return a, a.Extract(root)
}

// Extract writes every file that NuGet would unpack ([ContentFile]) below root, which is best empty: a file
// that exists already is an error and stays as it is. When anything fails, what was written is removed
// again. Two of the names being one file to the file system at hand is such a failure.
func (a *Archive) Extract(root *os.Root) error {
	u := &unpacking{root: root, folders: map[string]bool{".": true}}
	for _, f := range a.files {
		if !ContentFile(f.Name) {
			continue
		}
		if err := u.file(a, f.Name); err != nil {
			return errors.Join(fmt.Errorf("unpack %.200q: %w", f.Name, err), u.undo())
		}
	}
	return nil
}

// unpacking remembers what it made, so that it can be taken back.
type unpacking struct {
	root    *os.Root
	made    []string // files and folders, in the order in which they were made
	folders map[string]bool
}

func (u *unpacking) file(a *Archive, name string) (err error) {
	if err := u.folder(path.Dir(name)); err != nil {
		return err
	}
	src, err := a.Open(name)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	u.made = append(u.made, name)
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// folder makes one folder and those above it. A folder that was there before is used and never removed.
func (u *unpacking) folder(name string) error {
	if u.folders[name] {
		return nil
	}
	if err := u.folder(path.Dir(name)); err != nil {
		return err
	}
	switch err := u.root.Mkdir(name, 0o755); {
	case err == nil:
		u.made = append(u.made, name)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	u.folders[name] = true
	return nil
}

// undo removes what was made, the newest first. It reports what it had to leave behind.
func (u *unpacking) undo() error {
	var errs []error
	for _, name := range slices.Backward(u.made) {
		if err := u.root.Remove(name); err != nil {
			errs = append(errs, fmt.Errorf("not removed: %w", err))
		}
	}
	return errors.Join(errs...)
}
