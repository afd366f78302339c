package proc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The reasons that each system's error numbers lead to, with a file of which the system
// might say so.
func TestExplain(t *testing.T) {
	arm := elfFile(binary.LittleEndian, 64, 183, "")
	tests := []struct {
		name, goos string
		file       []byte
		err        error
		kind       Kind
		reason     string // a part
	}{
		{"other machine", "linux", arm, syscall.Errno(8), WrongPlatform, "built for linux/arm64; this program is for linux/amd64"},
		{"other system", "darwin", arm, syscall.Errno(8), WrongPlatform, "built for linux/arm64; this program is for darwin/amd64"},
		{".NET", "linux", peFile(0x14c), syscall.Errno(8), WrongPlatform, "built for windows/386, or for .NET; this"},
		{"bad CPU type", "darwin", []byte("\xcf\xfa\xed\xfe\x0c\x00\x00\x01"), syscall.Errno(86), WrongPlatform, "built for darwin/arm64; this"},
		{"Windows on ARM", "windows", peFile(0xaa64), syscall.Errno(216), WrongPlatform, "built for windows/arm64; this"},
		{"Linux on Windows", "windows", arm, syscall.Errno(193), WrongPlatform, "built for linux/arm64; this"},
		{"damaged", "linux", elfFile(binary.LittleEndian, 64, 62, ""), syscall.Errno(8), NotProgram, "damaged or incomplete ELF"},
		{"script on Windows", "windows", []byte("#!/bin/sh\n"), syscall.Errno(193), NotProgram, `script for "/bin/sh"`},
		{"no #!", "linux", []byte("exit 1\n"), syscall.Errno(8), NotProgram, "text file without a #! line"},
		{"empty", "linux", nil, syscall.Errno(8), NotProgram, "empty"},
		{"package", "linux", []byte("PK\x03\x04\x00"), syscall.Errno(8), NotProgram, "begins with the bytes 50 4b 03 04"},
		{"no interpreter", "linux", []byte("#!/opt/python9 -u\n"), fs.ErrNotExist, NoInterpreter, "#! line names /opt/python9, which is missing"},
		{"CR LF", "linux", []byte("#!/bin/sh\r\necho\r\n"), fs.ErrNotExist, NoInterpreter, `CR LF, as on Windows, so the system looks for "/bin/sh\r"`},
		{"musl", "linux", elfFile(binary.LittleEndian, 64, 62, "/lib/ld-musl-x86_64.so.1"), fs.ErrNotExist, NoInterpreter, "built for musl libc (Alpine Linux), and /lib/ld-musl-x86_64.so.1"},
		{"glibc", "linux", elfFile(binary.LittleEndian, 64, 62, "/lib64/ld-linux-x86-64.so.2"), fs.ErrNotExist, NoInterpreter, "built for glibc, and /lib64/ld-linux-x86-64.so.2"},
		{"other loader", "linux", elfFile(binary.LittleEndian, 64, 62, "/nix/store/ld.so"), fs.ErrNotExist, NoInterpreter, "loader /nix/store/ld.so"},
		{"something is missing", "darwin", []byte("x\x00"), fs.ErrNotExist, NoInterpreter, "something that it needs"},
		{"busy", "linux", arm, syscall.Errno(26), Busy, "open for writing"},
		{"busy on Windows", "windows", arm, syscall.Errno(32), Busy, "open for writing"},
		{"forbidden", "linux", arm, fs.ErrPermission, NoPermission, "noexec"},
		{"elevation", "windows", arm, syscall.Errno(740), NoPermission, "does not allow"},
		{"unknown", "linux", arm, errors.New("out of luck"), Other, "out of luck"},
		{"unknown number", "linux", arm, syscall.Errno(740), Other, syscall.Errno(740).Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sysErr := &fs.PathError{Op: "fork/exec", Path: "/x", Err: test.err}
			kind, reason := explain(test.goos, "amd64", 0o755, readHeader(bytes.NewReader(test.file)), sysErr)
			if kind != test.kind || !strings.Contains(reason, test.reason) {
				t.Errorf("%v: %s\nwant %v: %s", kind, reason, test.kind, test.reason)
			}
		})
	}
}

func TestWhyMode(t *testing.T) {
	for _, test := range []struct {
		goos string
		mode fs.FileMode
		want Kind
		why  bool
	}{
		{"linux", 0o755, Other, false},
		{"linux", 0o001, Other, false},
		{"linux", 0o644, NoExecuteBit, true},
		{"darwin", 0, NoExecuteBit, true},
		{"windows", 0o666, Other, false}, // what Go makes of a file there
		{"linux", fs.ModeDir | 0o755, IsDirectory, true},
		{"windows", fs.ModeDir | 0o777, IsDirectory, true},
		{"linux", fs.ModeNamedPipe | 0o755, NotProgram, true},
	} {
		if kind, reason := whyMode(test.goos, test.mode); kind != test.want || (reason != "") != test.why {
			t.Errorf("%s %v: %v, %q", test.goos, test.mode, kind, reason)
		}
	}
}

func assertStartError(t *testing.T, err error, path string, kind Kind, reason string) {
	t.Helper()
	startErr, ok := errors.AsType[*StartError](err)
	switch {
	case !ok:
		t.Errorf("error %v, want a *StartError", err)
	case startErr.Kind != kind || !strings.Contains(startErr.Reason, reason) || startErr.Path != path:
		t.Errorf("%v: %v\nwant %v: %s … %s", startErr.Kind, startErr, kind, path, reason)
	case strings.Contains(startErr.Error(), "\n"):
		t.Errorf("%q has more than one line", startErr)
	}
}

// What this system really says.
func TestStartErrors(t *testing.T) {
	dir := tempDir(t)
	missing := filepath.Join(dir, "missing.exe")
	empty := filepath.Join(dir, "empty.exe")
	if err := os.WriteFile(empty, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	good := childCommand("polite")
	tests := []struct {
		name string
		c    Command
		kind Kind
	}{
		{"missing", Command{Path: missing}, NotFound},
		{"below a file", Command{Path: filepath.Join(empty, "x.exe")}, NotFound},
		{"directory", Command{Path: dir}, IsDirectory},
		{"empty", Command{Path: empty}, NotProgram},
		{"missing folder", Command{Path: good.Path, Dir: missing}, BadDir},
		{"folder that is a file", Command{Path: good.Path, Dir: empty}, BadDir},
		{"relative", Command{Path: "x.exe"}, Refused},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := Start(test.c)
			if err == nil {
				_ = p.Close(0)
			}
			assertStartError(t, err, test.c.Path, test.kind, "")
			assertNoGoroutine(t)
		})
	}
}
