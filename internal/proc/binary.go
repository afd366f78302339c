package proc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// headSize is how much of a file is looked at, besides the program headers of an ELF file.
const headSize = 4 << 10

// header is what the first bytes of a file say about it.
type header struct {
	format  string // "ELF", "PE", "Mach-O", "#!", "text", "empty" or "data"
	goos    string // the system it is for, if it is a program
	machine string // the machine, as GOARCH where Go has a name for it
	interp  string // what has to start it: the rest of the #! line, or the ELF interpreter
	first   []byte // of data: the first bytes
}

// readHeader never fails: what it cannot read is not a program.
func readHeader(r io.ReaderAt) header {
	head := make([]byte, headSize)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	switch {
	case n == 0:
		return header{format: "empty"}
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		return elfHeader(head, r)
	case bytes.HasPrefix(head, []byte("MZ")):
		return peHeader(head)
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := bytes.Cut(head[2:], []byte("\n"))
		return header{format: "#!", interp: string(bytes.TrimLeft(line, " \t"))}
	}
	if h, ok := machoHeader(head); ok {
		return h
	}
	if isText(head) {
		return header{format: "text"}
	}
	return header{format: "data", first: head[:min(4, n)]}
}

func isText(head []byte) bool {
	if len(head) == headSize { // the end may have split a character
		for range utf8.UTFMax - 1 {
			if utf8.Valid(head) {
				break
			}
			head = head[:len(head)-1]
		}
	}
	return utf8.Valid(head) && !bytes.ContainsRune(head, 0)
}

// field reads a number of 2, 4 or 8 bytes, and 0 where the file is too short.
func field(b []byte, order binary.ByteOrder, offset, size int) uint64 {
	if offset < 0 || offset+size > len(b) {
		return 0
	}
	switch b = b[offset : offset+size]; size {
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	}
	return order.Uint64(b)
}

// elfHeader reads e_machine and, among the program headers, PT_INTERP.
func elfHeader(head []byte, r io.ReaderAt) header {
	h := header{format: "ELF", goos: "linux"}
	if len(head) < 20 {
		return h
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == 2 {
		order = binary.BigEndian
	}
	h.machine = elfMachine(field(head, order, 18, 2), order)

	// Where the fields are, first in a 32-bit file, then in one of 64 bits.
	phoff, phentsize, phnum, offset, filesz, word := 28, 42, 44, 4, 16, 4
	if head[4] == 2 {
		phoff, phentsize, phnum, offset, filesz, word = 32, 54, 56, 8, 32, 8
	}
	start, size := field(head, order, phoff, word), field(head, order, phentsize, 2)
	if size > 64 { // 32 or 56 in every real file
		return h
	}
	for i := range min(field(head, order, phnum, 2), 128) {
		ph := readAt(r, start+i*size, size)
		if field(ph, order, 0, 4) == 3 { // PT_INTERP
			name := readAt(r, field(ph, order, offset, word), min(field(ph, order, filesz, word), headSize))
			h.interp = string(bytes.TrimRight(name, "\x00"))
			return h
		}
	}
	return h
}

func readAt(r io.ReaderAt, offset, size uint64) []byte {
	b := make([]byte, size)
	n, _ := r.ReadAt(b, int64(offset&(1<<62-1)))
	return b[:n]
}

func elfMachine(number uint64, order binary.ByteOrder) string {
	names := map[uint64]string{3: "386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm",
		62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64"}
	name, ok := names[number]
	if !ok {
		return fmt.Sprintf("machine %d", number)
	}
	if number == 21 && order == binary.LittleEndian {
		return "ppc64le"
	}
	return name
}

func peHeader(head []byte) header {
	h := header{format: "PE", goos: "windows", machine: "unknown machine"}
	le := binary.LittleEndian
	pe := field(head, le, 0x3c, 4)
	if pe > headSize || field(head, le, int(pe), 4) != 0x4550 { // "PE\0\0"
		return h
	}
	number := field(head, le, int(pe)+4, 2)
	names := map[uint64]string{0x14c: "386", 0x1c4: "arm", 0x8664: "amd64", 0xaa64: "arm64"}
	if name, ok := names[number]; ok {
		h.machine = name
	}
	return h
}

func machoHeader(head []byte) (header, bool) {
	h := header{format: "Mach-O", goos: "darwin", machine: "unknown machine"}
	switch field(head, binary.LittleEndian, 0, 4) {
	case 0xfeedface, 0xfeedfacf:
	case 0xbebafeca: // several machines in one file; a Java class begins so too, with a larger number next
		n := field(head, binary.BigEndian, 4, 4)
		h.machine = "universal"
		return h, n > 0 && n < 20
	default:
		return header{}, false
	}
	names := map[uint64]string{7: "386", 0x01000007: "amd64", 0x0100000c: "arm64"}
	if name, ok := names[field(head, binary.LittleEndian, 4, 4)]; ok {
		h.machine = name
	}
	return h, true
}

// whyNotProgram explains, on a system goos/goarch, that the system did not take the file
// for a program.
func (h header) whyNotProgram(goos, goarch string) (Kind, string) {
	here := goos + "/" + goarch
	switch h.format {
	case "ELF", "PE", "Mach-O":
		there := h.goos + "/" + h.machine
		if there == here {
			return NotProgram, fmt.Sprintf("it is a damaged or incomplete %s file", h.format)
		}
		if h.format == "PE" && goos != "windows" {
			there += ", or for .NET"
		}
		return WrongPlatform, fmt.Sprintf("it is built for %s; this program is for %s", there, here)
	case "empty":
		return NotProgram, "the file is empty"
	case "#!":
		return NotProgram, fmt.Sprintf("it is a script for %q, which the system does not start", h.interp)
	case "text":
		return NotProgram, "it is a text file without a #! line"
	}
	return NotProgram, fmt.Sprintf("it is not a program; it begins with the bytes % x", h.first)
}

// whyNoInterpreter explains that the system reported a file that exists as missing. The
// kernel means the program that has to start it.
func (h header) whyNoInterpreter() (Kind, string) {
	switch {
	case h.format == "#!" && strings.HasSuffix(h.interp, "\r"):
		return NoInterpreter, fmt.Sprintf("its first line ends in CR LF, as on Windows, so the system looks for %q", h.interp)
	case h.format == "#!":
		name, _, _ := strings.Cut(h.interp, " ")
		return NoInterpreter, fmt.Sprintf("its #! line names %s, which is missing here", name)
	case h.interp == "":
		return NoInterpreter, "the file is there, but something that it needs is missing"
	case strings.Contains(h.interp, "/ld-musl-"):
		return NoInterpreter, fmt.Sprintf("it is built for musl libc (Alpine Linux), and %s is missing here", h.interp)
	case strings.Contains(h.interp, "/ld-linux"), strings.Contains(h.interp, "/ld64.so"):
		return NoInterpreter, fmt.Sprintf("it is built for glibc, and %s is missing here (Alpine Linux has musl libc instead)", h.interp)
	}
	return NoInterpreter, fmt.Sprintf("its loader %s is missing here", h.interp)
}
