package proc

import (
	"bytes"
	"encoding/binary"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// elfFile is an ELF file of which only the header and one program header are there.
func elfFile(order binary.ByteOrder, bits int, machine uint16, interp string) []byte {
	b := make([]byte, 512)
	copy(b, "\x7fELF")
	b[4], b[5] = byte(bits/32), 1
	if order == binary.BigEndian {
		b[5] = 2
	}
	order.PutUint16(b[18:], machine)
	if interp == "" {
		return b
	}
	const phoff, at = 128, 256
	copy(b[at:], interp+"\x00")
	order.PutUint32(b[phoff:], 3)
	if bits == 64 {
		order.PutUint64(b[32:], phoff)
		order.PutUint16(b[54:], 56)
		order.PutUint16(b[56:], 1)
		order.PutUint64(b[phoff+8:], at)
		order.PutUint64(b[phoff+32:], uint64(len(interp)+1))
	} else {
		order.PutUint32(b[28:], phoff)
		order.PutUint16(b[42:], 32)
		order.PutUint16(b[44:], 1)
		order.PutUint32(b[phoff+4:], at)
		order.PutUint32(b[phoff+16:], uint32(len(interp)+1))
	}
	return b
}

func peFile(machine uint16) []byte {
	b := make([]byte, 256)
	copy(b, "MZ")
	binary.LittleEndian.PutUint32(b[0x3c:], 0x80)
	copy(b[0x80:], "PE\x00\x00")
	binary.LittleEndian.PutUint16(b[0x84:], machine)
	return b
}

func TestReadHeader(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	const musl = "/lib/ld-musl-x86_64.so.1"
	tests := []struct {
		name string
		file []byte
		want header
	}{
		{"amd64", elfFile(le, 64, 62, musl), header{format: "ELF", goos: "linux", machine: "amd64", interp: musl}},
		{"arm", elfFile(le, 32, 40, "/lib/ld-linux.so.3"), header{format: "ELF", goos: "linux", machine: "arm", interp: "/lib/ld-linux.so.3"}},
		{"s390x", elfFile(be, 64, 22, "/lib/ld64.so.1"), header{format: "ELF", goos: "linux", machine: "s390x", interp: "/lib/ld64.so.1"}},
		{"static", elfFile(le, 64, 183, ""), header{format: "ELF", goos: "linux", machine: "arm64"}},
		{"ppc64le", elfFile(le, 64, 21, ""), header{format: "ELF", goos: "linux", machine: "ppc64le"}},
		{"unknown", elfFile(le, 64, 9999, ""), header{format: "ELF", goos: "linux", machine: "machine 9999"}},
		{"cut ELF", []byte("\x7fELF"), header{format: "ELF", goos: "linux"}},
		{"cut before the interpreter", elfFile(le, 64, 62, musl)[:140], header{format: "ELF", goos: "linux", machine: "amd64"}},
		{"exe", peFile(0x8664), header{format: "PE", goos: "windows", machine: "amd64"}},
		{"DOS", []byte("MZ"), header{format: "PE", goos: "windows", machine: "unknown machine"}},
		{"macOS", []byte("\xcf\xfa\xed\xfe\x0c\x00\x00\x01"), header{format: "Mach-O", goos: "darwin", machine: "arm64"}},
		{"macOS universal", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), header{format: "Mach-O", goos: "darwin", machine: "universal"}},
		{"Java class", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x41"), header{format: "data", first: []byte("\xca\xfe\xba\xbe")}},
		{"script", []byte("#! /bin/sh -e\nexit 1\n"), header{format: "#!", interp: "/bin/sh -e"}},
		{"script of one line", []byte("#!/bin/sh"), header{format: "#!", interp: "/bin/sh"}},
		{"text", []byte("echo ä\n"), header{format: "text"}},
		{"long text", []byte("x" + strings.Repeat("ä", headSize)), header{format: "text"}},
		{"empty", nil, header{format: "empty"}},
		{"zip", []byte("PK\x03\x04\x00\x00"), header{format: "data", first: []byte("PK\x03\x04")}},
		{"Latin-1", []byte{'a', 0xe4, 'b', 'c', 'd'}, header{format: "data", first: []byte{'a', 0xe4, 'b', 'c'}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := readHeader(bytes.NewReader(test.file))
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(header{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The test binary itself is a program for this system.
func TestReadHeaderOfOurselves(t *testing.T) {
	f, err := os.Open(mustExecutable(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := readHeader(f)
	if h.goos != runtime.GOOS || h.machine != runtime.GOARCH {
		t.Errorf("%+v on %s/%s", h, runtime.GOOS, runtime.GOARCH)
	}
}

func mustExecutable(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// A file that somebody prepared must not make us read without end.
func FuzzReadHeader(f *testing.F) {
	f.Add(elfFile(binary.LittleEndian, 64, 62, "/lib/ld-musl-x86_64.so.1"))
	f.Add(elfFile(binary.BigEndian, 32, 8, "/lib/ld.so.1"))
	f.Add(peFile(0x8664))
	f.Add([]byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"))
	f.Add([]byte("#!/bin/sh\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		h := readHeader(bytes.NewReader(file))
		if _, reason := h.whyNotProgram("linux", "amd64"); reason == "" {
			t.Error("no reason")
		}
		if _, reason := h.whyNoInterpreter(); reason == "" {
			t.Error("no reason")
		}
	})
}
