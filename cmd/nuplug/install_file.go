package main

import (
	"bytes"
	"crypto/rand"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nuplug/nuplug/internal/atomicfile"
)

// pluginFile is the name under which NuGet finds the plugin.
func pluginFile(goos string) string {
	if goos == "windows" {
		return pluginPrefix + "nuplug.exe"
	}
	return pluginPrefix + "nuplug"
}

// programToInstall is the plugin that lies beside this program, which is smaller, or else this program itself, which is the
// plugin too.
func programToInstall(program, goos string) (string, error) {
	if program == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		program = self
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	if beside := filepath.Join(filepath.Dir(program), pluginFile(goos)); isOurs(beside) {
		return beside, nil
	}
	return program, nil
}

const ourModule = "github.com/nuplug/nuplug"

// isOurs says whether a file is one of our two programs, as the Go linker noted in it. Nothing is started.
func isOurs(file string) bool {
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false // before it is opened: opening a pipe would wait for its writer
	}
	info, err := buildinfo.ReadFile(file)
	return err == nil && info.Main.Path == ourModule &&
		(info.Path == ourModule+"/cmd/nuplug" || info.Path == ourModule+"/cmd/nuget-plugin-nuplug")
}

// mayReplace says why a file must not be replaced or removed: it is not ours, or a link that somebody made. It is nil where
// there is no file.
func mayReplace(file string) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a link, which nuplug install did not make: remove it yourself first")
	case !isOurs(file):
		return errors.New("what lies there is not nuplug: remove it yourself first, or name another folder with --dir")
	}
	return nil
}

// putInPlace makes target a copy of source, and says what it did.
func putInPlace(goos, source, target string) (done string, err error) {
	if sameFile(source, target) {
		return "nothing to do, this is the program itself:", nil
	}
	if err := mayReplace(target); err != nil {
		return "", err
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	old, err := os.ReadFile(target)
	replaced := err == nil
	if replaced && bytes.Equal(old, content) && fullyExecutable(goos, target) {
		return "nothing to do, this copy is there already:", nil
	}
	if err := replace(goos, target, content); err != nil {
		return "", err
	}
	if replaced {
		return "replaced another copy of nuplug:", nil
	}
	return "installed", nil
}

func fullyExecutable(goos, file string) bool {
	info, err := os.Stat(file)
	return err == nil && (goos == "windows" || info.Mode().Perm()&0o722 == 0o700)
}

// replace writes the new file aside and renames it. Windows does not replace a program that runs, but lets it be renamed.
func replace(goos, target string, content []byte) error {
	write := func() error { return atomicfile.Write(target, content, 0o755) }
	if goos == "windows" {
		return replaceRunning(target, write)
	}
	return write()
}

// replaceRunning gets a program that may run out of the way, and back if the new one cannot be written.
func replaceRunning(target string, write func() error) error {
	removeAside(target)
	aside, err := moveAside(target)
	if err != nil {
		return err
	}
	if err := write(); err != nil {
		if aside != "" {
			err = errors.Join(err, os.Rename(aside, target))
		}
		return err
	}
	removeAside(target)
	return nil
}

// asideMark stands behind the name of a file that was renamed away. NuGet on Windows takes .exe and .bat only.
const asideMark = ".old-"

// moveAside renames a file away, and gives its new name; empty if there was none.
func moveAside(target string) (aside string, err error) {
	aside = target + asideMark + rand.Text()
	err = os.Rename(target, aside)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return aside, err
}

// removeAside removes what was renamed away and no longer runs.
func removeAside(target string) {
	entries, _ := os.ReadDir(filepath.Dir(target)) // what cannot be listed stays
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(target), entry.Name())
		if strings.HasPrefix(entry.Name(), filepath.Base(target)+asideMark) && mayReplace(name) == nil {
			os.Remove(name)
		}
	}
}
