package host

import (
	"encoding/binary"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// fakeFS is a file system of any system, made of lines in the order in which folders are to list them:
//
//	/p/nuget-plugin-a 755 elf      a file: mode, content (elf, macho, managed, winexe, script, text, unreadable)
//	/p/locked/ 0                   a folder; one without any permission cannot be listed
//	/p/link -> /p/target           a link
//
// Folders on the way are made by themselves. On Windows names ignore case, and either slash separates.
type fakeFS struct {
	goos  string
	nodes map[string]*fakeNode
}

type fakeNode struct {
	mode    fs.FileMode
	content string
	target  string
	names   []string // of a folder, in its order
}

func newFakeFS(t *testing.T, goos string, lines ...string) *fakeFS {
	t.Helper()
	f := &fakeFS{goos: goos, nodes: map[string]*fakeNode{}}
	for _, line := range lines {
		if from, to, link := strings.Cut(line, " -> "); link {
			f.add(from, &fakeNode{mode: fs.ModeSymlink | 0o777, target: to})
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) == 1 {
			fields = strings.Fields(line)
		}
		n := &fakeNode{mode: 0o644, content: "text"}
		if len(fields) > 1 {
			mode, err := strconv.ParseUint(fields[1], 8, 32)
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			n.mode = fs.FileMode(mode)
		}
		if len(fields) > 2 {
			n.content = fields[2]
		}
		if strings.HasSuffix(fields[0], "/") || strings.HasSuffix(fields[0], `\`) {
			n.mode |= fs.ModeDir
		}
		f.add(fields[0], n)
	}
	return f
}

// slashed is a path as the map has it, but for the case of letters.
func (f *fakeFS) slashed(p string) string {
	if f.goos == windows {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	return path.Clean(p)
}

func (f *fakeFS) key(p string) string {
	if f.goos == windows {
		return strings.ToLower(f.slashed(p))
	}
	return f.slashed(p)
}

func (f *fakeFS) add(p string, n *fakeNode) {
	if f.nodes[f.key(p)] == nil {
		f.nodes[f.key(p)] = n
	}
	p = f.slashed(p)
	dir := path.Dir(p)
	if dir == p {
		return
	}
	parent := f.nodes[f.key(dir)]
	if parent == nil {
		f.add(dir, &fakeNode{mode: fs.ModeDir | 0o755})
		parent = f.nodes[f.key(dir)]
	}
	for _, have := range parent.names {
		if have == path.Base(p) {
			return
		}
	}
	parent.names = append(parent.names, path.Base(p))
}

func (f *fakeFS) node(op, p string) (*fakeNode, error) {
	n := f.nodes[f.key(p)]
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: p, Err: fs.ErrNotExist}
	}
	if n.target != "" {
		if to := f.nodes[f.key(n.target)]; to != nil {
			return to, nil
		}
	}
	return n, nil
}

func (f *fakeFS) Stat(p string) (fs.FileMode, error) {
	n, err := f.node("stat", p)
	if err != nil {
		return 0, err
	}
	return n.mode, nil
}

func (f *fakeFS) ReadDir(p string) ([]string, error) {
	n, err := f.node("open", p)
	if err != nil {
		return nil, err
	}
	if n.mode.Perm() == 0 {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrPermission}
	}
	return n.names, nil
}

func (f *fakeFS) ReadPrefix(p string, n int) ([]byte, error) {
	node, err := f.node("open", p)
	if err != nil {
		return nil, err
	}
	if node.content == "unreadable" {
		return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrPermission}
	}
	b := fakeContent(node.content)
	return b[:min(n, len(b))], nil
}

func fakeContent(name string) []byte {
	switch name {
	case "elf":
		return []byte("\x7fELF\x02\x01\x01")
	case "macho":
		return []byte("\xcf\xfa\xed\xfe\x07\x00\x00\x01")
	case "script":
		return []byte("#!/bin/sh\necho hello\n")
	case "managed":
		return windowsProgram(0x10b, 0x2008)
	case "winexe":
		return windowsProgram(0x20b, 0)
	}
	return []byte("hello\n")
}

// windowsProgram is the beginning of an executable in the 32-bit (0x10b) or 64-bit (0x20b) form, with the address of
// the header for the common language runtime.
func windowsProgram(form uint16, clr uint32) []byte {
	b := make([]byte, 0x200)
	copy(b, "MZ")
	const header = 0x80
	binary.LittleEndian.PutUint32(b[0x3c:], header)
	copy(b[header:], "PE\x00\x00")
	optional := header + 24
	binary.LittleEndian.PutUint16(b[optional:], form)
	directories := optional + 96
	if form == 0x20b {
		directories = optional + 112
	}
	binary.LittleEndian.PutUint32(b[directories+14*8:], clr)
	return b
}
