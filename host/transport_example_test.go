package host_test

import (
	"errors"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/nupkg"
)

// privateFeed starts the feed of the examples and puts a plugin for it, this test binary, on PATH.
func privateFeed() (source string, end func()) {
	options := &feedtest.Options{Username: "ann", Password: "secret"}
	for _, version := range []string{"1.0.0", "1.2.0-beta", "2.0.0"} {
		v, err := nupkg.ParseVersion(version)
		check(err)
		content, err := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: nupkg.Identity{ID: "Acme.Tools", Version: v}}}.Bytes()
		check(err)
		options.Packages = append(options.Packages, content)
	}
	f, err := feedtest.New(options)
	check(err)
	folder, err := os.MkdirTemp("", "nuplug-example")
	check(err)
	check(installPlugin(folder))
	saved := map[string]string{}
	for _, line := range os.Environ() {
		name, value, _ := strings.Cut(line, "=")
		if upper := strings.ToUpper(name); upper == "PATH" || strings.HasSuffix(upper, "_PLUGIN_PATHS") {
			saved[name] = value
			check(os.Unsetenv(name))
		}
	}
	check(os.Setenv("PATH", folder))
	return f.URL(), func() {
		for name, value := range saved {
			check(os.Setenv(name, value))
		}
		check(f.Close())
		check(removeFolder(folder))
	}
}

func installPlugin(folder string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	name := filepath.Join(folder, "nuget-plugin-example")
	if emulator := os.Getenv("NUPLUG_TEST_EMULATOR"); emulator != "" { // the PATH of the example has nothing else
		path, err := exec.LookPath(emulator)
		if err != nil {
			return err
		}
		return os.WriteFile(name, []byte("#!/bin/sh\nexec "+path+" "+self+" \"$@\"\n"), 0o755)
	}
	if runtime.GOOS != "windows" {
		return os.Symlink(self, name)
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(name + ".exe")
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Close()
}

// removeFolder is os.RemoveAll for a folder of files, without the call that Wine 8.0 lacks.
func removeFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.Remove(filepath.Join(folder, entry.Name())))
	}
	return errors.Join(err, os.Remove(folder))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
