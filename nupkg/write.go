package nupkg

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Package is a small package to be written, for tests and demonstrations. Nuspec fields that are empty are
// filled with what NuGet demands to be there.
type Package struct {
	Nuspec
	Files []Content // if empty, an empty "lib/netstandard2.0/_._", which every project can use
}

// Content is one file of a [Package].
type Content struct {
	Name string // a relative path with '/'
	Data []byte
}

// placeholder is NuGet's own name for a file that only says "this framework is supported".
const placeholder = "lib/netstandard2.0/_._"

// Write writes p as a .nupkg: nuspec, content types, relationships and files, in that order. The same
// Package gives the same bytes on every machine and with every release of Go: one fixed time stamp, and
// nothing is compressed. Names, ids and version are checked as [Read] checks them.
func Write(w io.Writer, p Package) error {
	nuspec, err := marshalNuspec(&p.Nuspec)
	if err != nil {
		return fmt.Errorf("write package: %w", err)
	}
	files := p.Files
	if len(files) == 0 {
		files = []Content{{Name: placeholder}}
	}
	nuspecName := p.ID + ".nuspec"
	entries := append([]Content{
		{"_rels/.rels", relationships(nuspecName)},
		{nuspecName, nuspec},
		{"[Content_Types].xml", contentTypes(files)},
	}, files...)
	if err := writeZip(w, entries); err != nil {
		return fmt.Errorf("write package %s: %w", p.Identity, err)
	}
	return nil
}

// Bytes returns what Write writes.
func (p Package) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeZip(w io.Writer, entries []Content) error {
	names := make([]string, len(entries))
	for i, e := range entries {
		if err := checkName(e.Name); err != nil {
			return fmt.Errorf("file name %q %w", e.Name, err)
		}
		names[i] = e.Name
	}
	if err := checkDistinct(names); err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, e := range entries {
		f, err := z.CreateHeader(&zip.FileHeader{
			Name:     strings.ReplaceAll(e.Name, "%", "%25"), // NuGet resolves %XX in names
			Method:   zip.Store,
			Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return err
		}
		if _, err := f.Write(e.Data); err != nil {
			return err
		}
	}
	return z.Close()
}

// writtenNuspec is the element order and the attributes of xmlNuspec as NuGet writes them.
type writtenNuspec struct {
	XMLName  xml.Name `xml:"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd package"`
	Metadata struct {
		ID           string `xml:"id"`
		Version      string `xml:"version"`
		Authors      string `xml:"authors"`
		Description  string `xml:"description"`
		Dependencies *struct {
			Groups []xmlGroup `xml:"group"`
		} `xml:"dependencies"`
	} `xml:"metadata"`
}

func marshalNuspec(n *Nuspec) ([]byte, error) {
	if err := ValidateID(n.ID); err != nil {
		return nil, err
	}
	var doc writtenNuspec
	m := &doc.Metadata
	m.ID, m.Version = n.ID, n.Version.Full()
	m.Authors = cmp.Or(n.Authors, "nuplug")
	m.Description = cmp.Or(n.Description, n.ID)
	if len(n.Dependencies) > 0 {
		m.Dependencies = &struct {
			Groups []xmlGroup `xml:"group"`
		}{}
	}
	for _, g := range n.Dependencies {
		group := xmlGroup{TargetFramework: g.TargetFramework}
		for _, d := range g.Dependencies {
			if err := ValidateID(d.ID); err != nil {
				return nil, fmt.Errorf("dependency: %w", err)
			}
			group.Dependencies = append(group.Dependencies, xmlDependency{ID: d.ID, Version: d.Range})
		}
		m.Dependencies.Groups = append(m.Dependencies.Groups, group)
	}
	text, err := xml.MarshalIndent(&doc, "", "  ")
	return append([]byte(xml.Header), text...), err
}

func relationships(nuspec string) []byte {
	return []byte(xml.Header +
		`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/` + nuspec + `" Id="R0"/>` +
		`</Relationships>`)
}

// contentTypes names the type of each extension once. A file without one needs an entry of its own.
func contentTypes(files []Content) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="nuspec" ContentType="application/octet"/>`)
	seen := map[string]bool{"rels": true, "nuspec": true}
	for _, f := range files {
		extension := strings.TrimPrefix(path.Ext(f.Name), ".")
		switch key := strings.ToLower(extension); {
		case extension == "":
			b.WriteString(`<Override PartName="/` + escapeXML(f.Name) + `" ContentType="application/octet"/>`)
		case !seen[key]:
			seen[key] = true
			b.WriteString(`<Default Extension="` + escapeXML(extension) + `" ContentType="application/octet"/>`)
		}
	}
	b.WriteString(`</Types>`)
	return b.Bytes()
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
