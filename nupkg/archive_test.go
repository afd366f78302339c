package nupkg

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const smallNuspec = `<?xml version="1.0"?><package><metadata><id>Contoso.Core</id><version>1.0.0</version></metadata></package>`

// rawZip writes entries as they are given, whatever they are.
func rawZip(t testing.TB, headers ...*zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, h := range headers {
		content := h.Comment // borrowed to carry the content
		h.Comment = ""
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil && content != "" {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func entry(name, content string) *zip.FileHeader {
	return &zip.FileHeader{Name: name, Method: zip.Deflate, Comment: content}
}

func read(data []byte, limits *Limits) (*Archive, error) {
	return Read(bytes.NewReader(data), int64(len(data)), limits)
}

func TestReadRefusesNames(t *testing.T) {
	link := entry("lib/link", "/etc/passwd")
	link.SetMode(fs.ModeSymlink | 0o777)
	tests := []struct {
		name  string
		files []*zip.FileHeader
		want  string
	}{
		{"zip slip", []*zip.FileHeader{entry("../evil", "x")}, `has the segment ".."`},
		{"zip slip inside", []*zip.FileHeader{entry("lib/../../evil", "x")}, `has the segment ".."`},
		{"zip slip escaped", []*zip.FileHeader{entry("lib/%2e%2E%2f..%2fevil", "x")}, `has the segment ".."`},
		{"dot", []*zip.FileHeader{entry("./lib/a", "x")}, `has the segment "."`},
		{"absolute", []*zip.FileHeader{entry("/etc/evil", "x")}, "is an absolute path"},
		{"absolute escaped", []*zip.FileHeader{entry("%2fetc/evil", "x")}, "is an absolute path"},
		{"drive", []*zip.FileHeader{entry("C:/evil", "x")}, "holds a colon"},
		{"drive relative", []*zip.FileHeader{entry("C:evil", "x")}, "holds a colon"},
		{"stream", []*zip.FileHeader{entry("lib/a.dll:evil", "x")}, "holds a colon"},
		{"backslash", []*zip.FileHeader{entry(`..\evil`, "x")}, "holds a backslash"},
		{"backslash escaped", []*zip.FileHeader{entry(`lib%5Cevil`, "x")}, "holds a backslash"},
		{"unc", []*zip.FileHeader{entry("//server/share", "x")}, "is an absolute path"},
		{"zero byte", []*zip.FileHeader{entry("lib/a\x00.dll", "x")}, "holds a control character"},
		{"new line escaped", []*zip.FileHeader{entry("lib/a%0a.dll", "x")}, "holds a control character"},
		{"not UTF-8", []*zip.FileHeader{entry("lib/a\xff", "x")}, "is not valid UTF-8"},
		{"empty segment", []*zip.FileHeader{entry("lib//a", "x")}, "has an empty segment"},
		{"empty", []*zip.FileHeader{entry("", "x")}, "is empty"},
		{"trailing dot", []*zip.FileHeader{entry("lib/a.", "x")}, "ends in a dot or a space"},
		{"dots for a parent on Windows", []*zip.FileHeader{entry("lib/.. /evil", "x")}, "ends in a dot or a space"},
		{"endless", []*zip.FileHeader{entry(strings.Repeat("a/", 600)+"a", "x")}, "is longer than 1024 bytes"},
		{"folder", []*zip.FileHeader{entry("../evil/", "")}, `has the segment ".."`},
		{"twice", []*zip.FileHeader{entry("lib/a", "x"), entry("lib/a", "y")}, "two files are named"},
		{"twice, once escaped", []*zip.FileHeader{entry("lib/a", "x"), entry("lib/%61", "y")}, "two files are named"},
		{"case", []*zip.FileHeader{entry("lib/a.dll", "x"), entry("Lib/A.dll", "y")}, "differ by case only"},
		{"case beyond ASCII", []*zip.FileHeader{entry("lib/ſ", "x"), entry("lib/S", "y")}, "differ by case only"},
		{"file and folder", []*zip.FileHeader{entry("lib/a", "x"), entry("lib/a b", "x"), entry("LIB/A/b", "y")}, "is a file and"},
		{"file and empty folder", []*zip.FileHeader{entry("lib/a/", ""), entry("lib/a", "x")}, "is a file and"},
		{"symbolic link", []*zip.FileHeader{link}, "is no regular file"},
		{"two nuspecs", []*zip.FileHeader{entry("b.NUSPEC", smallNuspec)}, "two nuspec files"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := rawZip(t, append([]*zip.FileHeader{entry("a.nuspec", smallNuspec)}, test.files...)...)
			_, err := read(data, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestReadAcceptsOddNames(t *testing.T) {
	data := rawZip(t, entry("Contoso.Core.nuspec", smallNuspec), entry("lib/", ""), entry("lib/", ""), entry("lib/net8.0/a.dll", "x"),
		entry("Lib/net8.0/b.dll", "x"), entry("content/100%.txt", "x"), entry("content/a%20b%C3%A9.txt", "x"),
		entry("content/..a/...b", "x"), entry("sub/other.nuspec", "x"))
	a, err := read(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range a.Files() {
		names = append(names, f.Name)
	}
	want := []string{"Contoso.Core.nuspec", "lib/net8.0/a.dll", "Lib/net8.0/b.dll", "content/100%.txt", "content/a bé.txt",
		"content/..a/...b", "sub/other.nuspec"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestReadLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	files := []*zip.FileHeader{entry("a.nuspec", smallNuspec), entry("lib/a", zeros), entry("lib/b", zeros)}
	for _, test := range []struct {
		name   string
		limits Limits
		want   string
	}{
		{"files", Limits{Files: 2}, "holds 3 files, more than the 2 allowed"},
		{"file size", Limits{FileSize: 1<<20 - 1}, "more than the 1048575 allowed"},
		{"total", Limits{TotalSize: 2 << 20}, "unpacks to more than the 2097152 bytes allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(rawZip(t, clone(files)...), &test.limits)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := read(rawZip(t, clone(files)...), nil); err != nil {
		t.Errorf("with the default limits: %v", err)
	}
}

func clone(headers []*zip.FileHeader) []*zip.FileHeader {
	var out []*zip.FileHeader
	for _, h := range headers {
		c := *h
		out = append(out, &c)
	}
	return out
}

func TestReadRefusesBomb(t *testing.T) {
	data := rawZip(t, entry("a.nuspec", smallNuspec), entry("lib/bomb", "boom"))
	size := data[bytes.LastIndex(data, []byte("PK\x01\x02"))+24:]
	binary.LittleEndian.PutUint32(size, 65<<20) // as declared: what would be unpacked decides, not what is there
	_, err := read(data, nil)
	if err == nil || !strings.Contains(err.Error(), "more than 100 times its size") {
		t.Errorf("got error %v", err)
	}
}

// TestReadRefusesEndlessDirectory gives a directory that would cost far more memory than the file has bytes.
func TestReadRefusesEndlessDirectory(t *testing.T) {
	const size = 1 << 30
	tail := rawZip(t, entry("a", ""))
	tail = tail[len(tail)-22:] // the end record alone, pointing at a directory of almost 1 GiB of nothing
	copy(tail[8:], "\xff\xfe\xff\xfe")
	copy(tail[12:], "\x00\x00\xff\x3f")
	copy(tail[16:], "\x00\x00\x00\x00")
	_, err := Read(&directoryOnly{size: size, tail: tail}, size, nil)
	if err == nil || !strings.Contains(err.Error(), "its list of files is larger than") {
		t.Errorf("got error %v", err)
	}
}

// directoryOnly is a file of endless directory entries with 60 kB comments, which nobody has to store.
type directoryOnly struct {
	size int64
	tail []byte
}

func (d *directoryOnly) ReadAt(p []byte, off int64) (int, error) {
	header := []byte("PK\x01\x02" + strings.Repeat("\x00", 24) + "\x01\x00" + "\x00\x00" + "\x60\xea" + strings.Repeat("\x00", 12) + "a")
	period := int64(len(header) + 60000)
	for i := range p {
		at := off + int64(i)
		switch in := at % period; {
		case at >= d.size-int64(len(d.tail)):
			p[i] = d.tail[at-(d.size-int64(len(d.tail)))]
		case in < int64(len(header)):
			p[i] = header[in]
		default:
			p[i] = 0
		}
	}
	return len(p), nil
}

func TestReadRefusesNuspec(t *testing.T) {
	metadata := func(s string) string { return "<package><metadata>" + s + "</metadata></package>" }
	for _, test := range []struct{ name, nuspec, want string }{
		{"no XML", "hello", "not a readable nuspec"},
		{"another root", "<other/>", "not a readable nuspec"},
		{"no id", metadata("<version>1.0</version>"), "package id is empty"},
		{"path as id", metadata("<id>../a</id><version>1.0</version>"), `package id "../a"`},
		{"no version", metadata("<id>a</id>"), "is not a NuGet version"},
		{"path as version", metadata("<id>a</id><version>1.0/../..</version>"), "is not a NuGet version"},
		{"bad dependency", metadata(`<id>a</id><version>1.0</version><dependencies><dependency id="a/b"/></dependencies>`), `dependency: package id "a/b"`},
		{"too large", metadata("<id>a</id><!--" + strings.Repeat("x", maxNuspec) + "-->"), "is larger than"},
		{"encoding", `<?xml version="1.0" encoding="koi8-r"?>` + metadata("<id>a</id>"), `encoding "koi8-r"`},
		{"half UTF-16", "\xff\xfea", "half a UTF-16 character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(rawZip(t, entry("a.nuspec", test.nuspec)), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	_, err := read(rawZip(t, entry("lib/a.nuspec", smallNuspec)), nil)
	if err == nil || !strings.Contains(err.Error(), "no .nuspec in its root") {
		t.Errorf("nuspec in a folder: got error %v", err)
	}
}

func TestParseNuspec(t *testing.T) {
	const body = `<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata minClientVersion="2.12">
		<id> Contoso.Core </id><version>1.2.0-Beta</version><authors>Ann</authors><description>d</description><dependencies>`
	const rest = `</dependencies></metadata></package>`
	want := Nuspec{Identity: Identity{"Contoso.Core", mustVersion(t, "1.2.0-Beta")}, Authors: "Ann", Description: "d"}
	grouped := want
	grouped.Dependencies = []DependencyGroup{
		{"net8.0", []Dependency{{"A", "[1.0,2.0)"}, {"B", ""}}},
		{"", nil},
	}
	flat := want
	flat.Dependencies = []DependencyGroup{{"", []Dependency{{"A", "1.0"}}}}
	const groups = `<dependency id="Overlooked" version="1.0"/><group targetFramework="net8.0"><dependency id="A" version="[1.0,2.0)" exclude="Build"/><dependency id="B"/></group><group/>`
	for _, test := range []struct {
		name, text string
		want       Nuspec
	}{
		{"groups", body + groups + rest, grouped},
		{"flat", body + `<dependency id="A" version="1.0"/>` + rest, flat},
		{"none", body + rest, want},
		{"byte order mark", "\ufeff" + `<?xml version="1.0" encoding="utf-8"?>` + body + rest, want},
		{"UTF-16", utf16LE("\ufeff" + `<?xml version="1.0" encoding="utf-16"?>` + body + rest), want},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseNuspec([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, r := range s { // nothing beyond the first plane here
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

// TestOpenHoldsToDeclaredSize forges the size in the directory, both ways, and the content.
func TestOpenHoldsToDeclaredSize(t *testing.T) {
	const content = "0123456789"
	good := rawZip(t, entry("a.nuspec", smallNuspec), &zip.FileHeader{Name: "lib/a", Comment: content})
	for _, test := range []struct {
		name  string
		forge func(data []byte, directory int)
		want  string
	}{
		{"longer", func(d []byte, at int) { d[at+24] = 4 }, "not a valid zip file"},
		{"shorter", func(d []byte, at int) { d[at+24] = 11 }, "unexpected EOF"},
		{"content", func(d []byte, _ int) { d[bytes.Index(d, []byte(content))] ^= 1 }, "checksum error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			data := bytes.Clone(good)
			test.forge(data, bytes.LastIndex(data, []byte("PK\x01\x02")))
			a, err := read(data, nil)
			if err != nil {
				t.Fatal(err)
			}
			rc, err := a.Open("lib/a")
			if err != nil {
				t.Fatal(err)
			}
			defer rc.Close()
			got, err := io.ReadAll(iotest.OneByteReader(rc))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q and error %v, want one with %q", got, err, test.want)
			}
			if len(got) > len(content) {
				t.Errorf("got %d bytes", len(got))
			}
		})
	}
}

func TestCheck(t *testing.T) {
	a, err := read(rawZip(t, entry("a.nuspec", smallNuspec)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Check(Identity{"contoso.CORE", mustVersion(t, "1.0")}); err != nil {
		t.Error(err)
	}
	for _, other := range []Identity{{"Contoso.Other", mustVersion(t, "1.0")}, {"Contoso.Core", mustVersion(t, "1.0.1")}} {
		if err := a.Check(other); err == nil {
			t.Errorf("Contoso.Core 1.0.0 passes for %s", other)
		}
	}
}
