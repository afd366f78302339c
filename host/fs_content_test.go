package host

import "testing"

func TestContentOfPrefix(t *testing.T) {
	for _, test := range []struct {
		name   string
		prefix []byte
		want   content
	}{
		{"script", fakeContent("script"), script},
		{"only the mark of a script", []byte("#!"), script},
		{"half the mark", []byte("#"), otherContent},
		{"a script behind a byte order mark", []byte("\xef\xbb\xbf#!/bin/sh"), otherContent},
		{"ELF", fakeContent("elf"), native},
		{"Mach-O", fakeContent("macho"), native},
		{"Mach-O of two processors", []byte("\xca\xfe\xba\xbe\x00\x00\x00\x02"), native},
		{"managed, 32-bit form", windowsProgram(0x10b, 0x2008), managed},
		{"managed, 64-bit form", windowsProgram(0x20b, 0x2008), managed},
		{"native, 32-bit form", windowsProgram(0x10b, 0), native},
		{"native, 64-bit form", windowsProgram(0x20b, 0), native},
		{"cut in the first header", windowsProgram(0x10b, 0x2008)[:0x3e], native},
		{"cut in the optional header", windowsProgram(0x10b, 0x2008)[:0xa0], native},
		{"header beyond the end", []byte("MZ" + string(make([]byte, 0x3a)) + "\xff\xff\xff\xff"), native},
		{"text", []byte("hello"), otherContent},
		{"empty", nil, otherContent},
	} {
		if got := contentOfPrefix(test.prefix); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

// What is a pipe, or cannot be read, is no reason to say that it fails.
func TestContentThatCannotBeRead(t *testing.T) {
	fsys := newFakeFS(t, "linux", "/p/secret.dll 600 unreadable")
	if got := contentOf(fsys, "/p/secret.dll"); got != unknownContent {
		t.Errorf("got %d, want unknown", got)
	}
}
