package host

import (
	"bytes"
	"encoding/binary"
)

// content is what a file seems to be, by its first bytes.
type content int

const (
	unknownContent content = iota // the file cannot be read: no statement
	script                        // begins with #!
	managed                       // a program or library for .NET
	native                        // a program for the processor: ELF, Mach-O, Windows
	otherContent                  // none of these
)

// prefixLength is enough for the headers of every .NET assembly seen: they end before 0x200.
const prefixLength = 1024

// contentOf reads the beginning of a file.
func contentOf(fsys FS, path string) content {
	b, err := fsys.ReadPrefix(path, prefixLength)
	if err != nil {
		return unknownContent
	}
	return contentOfPrefix(b)
}

func contentOfPrefix(b []byte) content {
	switch {
	case bytes.HasPrefix(b, []byte("#!")):
		return script
	case bytes.HasPrefix(b, []byte("MZ")):
		if isManaged(b) {
			return managed
		}
		return native
	case bytes.HasPrefix(b, []byte("\x7fELF")), isMachO(b):
		return native
	}
	return otherContent
}

func isMachO(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(b) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf:
		return true
	}
	return false
}

// isManaged tells whether a Windows executable has the header of the common language runtime: entry 14 of the data
// directories, which stand at the end of the optional header (offset 96 in the 32-bit form, 112 in the 64-bit form).
func isManaged(b []byte) bool {
	const lfanew, signature, fileHeader = 0x3c, 4, 20
	if len(b) < lfanew+4 {
		return false
	}
	at := int64(binary.LittleEndian.Uint32(b[lfanew:])) + signature + fileHeader
	if at+2 > int64(len(b)) {
		return false
	}
	directories := at + 96
	if binary.LittleEndian.Uint16(b[at:]) == 0x20b {
		directories = at + 112
	}
	clr := directories + 14*8
	return clr+4 <= int64(len(b)) && binary.LittleEndian.Uint32(b[clr:]) != 0
}
