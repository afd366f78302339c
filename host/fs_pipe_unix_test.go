//go:build unix

package host

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in PATH must not keep discovery waiting, nor lose what it carries.
func TestOSFSDoesNotReadPipes(t *testing.T) {
	name := filepath.Join(t.TempDir(), "nuget-plugin-pipe")
	if err := syscall.Mkfifo(name, 0o755); err != nil {
		t.Fatal(err)
	}
	// With both ends open here, a read would not wait but take these bytes.
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("#!/bin/sh"); err != nil {
		t.Fatal(err)
	}
	if b, err := OSFS().ReadPrefix(name, 2); err == nil {
		t.Errorf("read %q from a pipe", b)
	}
}
