package nupkg

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func samplePackage(t testing.TB) Package {
	t.Helper()
	version, err := ParseVersion("1.2.0-Beta+m")
	if err != nil {
		t.Fatal(err)
	}
	return Package{
		Nuspec: Nuspec{
			Identity: Identity{"Contoso.Core", version}, Authors: "Ann & Bob", Description: "<d>",
			Dependencies: []DependencyGroup{{"netstandard2.0", []Dependency{{"Contoso.Base", "[1.0.0, )"}}}, {"net8.0", nil}},
		},
		Files: []Content{
			{"lib/netstandard2.0/Contoso.Core.dll", []byte("MZ")},
			{"LICENSE", []byte("free")},
			{"content/100%2f.txt", nil},
		},
	}
}

func TestWriteReadsBack(t *testing.T) {
	p := samplePackage(t)
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	a, err := read(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Nuspec, a.Nuspec()); diff != "" {
		t.Errorf("nuspec (-want +got):\n%s", diff)
	}
	if got := a.Identity().Version.Full(); got != "1.2.0-Beta+m" {
		t.Errorf("version with metadata is %q", got)
	}
	var names []string
	for _, f := range a.Files() {
		names = append(names, f.Name)
	}
	want := []string{"_rels/.rels", "Contoso.Core.nuspec", "[Content_Types].xml", "lib/netstandard2.0/Contoso.Core.dll", "LICENSE", "content/100%2f.txt"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	rc, err := a.Open("[Content_Types].xml")
	if err != nil {
		t.Fatal(err)
	}
	defer rc.Close()
	types, err := io.ReadAll(rc)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`Extension="dll"`, `PartName="/LICENSE"`, `Extension="txt"`} {
		if !bytes.Contains(types, []byte(part)) {
			t.Errorf("content types lack %s:\n%s", part, types)
		}
	}
}

// TestWriteIsDeterministic pins the bytes: a feed that two processes serve has one hash.
func TestWriteIsDeterministic(t *testing.T) {
	data, err := samplePackage(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sum, size, err := Hash(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	const want = "OKsd0FYbKJEBiL3uKmXbNo3ObMEL09LyGRYavu7Y3h60OanJ1bZr/wmDV5XV++yY3UXoGJg++sJbEe9IkOt5Yw=="
	if sum != want || size != int64(len(data)) {
		t.Errorf("hash %s of %d bytes, want %s of %d", sum, size, want, len(data))
	}
	if err := ValidateHash(sum); err != nil {
		t.Error(err)
	}
	if err := ValidateHash(sum[:60]); err == nil {
		t.Error("half a hash is accepted")
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Package)
		want   string
	}{
		{"id", func(p *Package) { p.ID = "../a" }, "package id"},
		{"dependency", func(p *Package) { p.Dependencies[0].Dependencies[0].ID = "" }, "dependency: package id is empty"},
		{"name", func(p *Package) { p.Files[0].Name = "../a" }, `has the segment ".."`},
		{"twice", func(p *Package) { p.Files[0].Name = p.Files[1].Name }, "two files"},
		{"its own nuspec", func(p *Package) { p.Files[0].Name = "contoso.core.nuspec" }, "differ by case only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := samplePackage(t)
			test.change(&p)
			if _, err := p.Bytes(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestContentFile holds NuGet 7.9's own answers (PackageHelper.IsPackageFile, default save mode).
func TestContentFile(t *testing.T) {
	for _, name := range []string{"lib/a.dll", "packages/foo", "sub/[Content_Types].xml", "a.nuspec", "sub/a.nuspec", "a.nupkg",
		".signature.p7s", "a.psmdcp", "sub/_rels/.rels", "_rels"} {
		if !ContentFile(name) {
			t.Errorf("%q is left in the package, NuGet unpacks it", name)
		}
	}
	for _, name := range []string{"_rels/.rels", "_RELS/.rels", "package/foo.txt", "Package/foo", "[content_types].xml",
		"[Content_Types].xmlx", "lib/", "x.nupkg.sha512", "sub/X.NUPKG.SHA512", ".nupkg.metadata", "x.nupkg.metadata", ""} {
		if ContentFile(name) {
			t.Errorf("%q is unpacked, NuGet leaves it in the package", name)
		}
	}
}
