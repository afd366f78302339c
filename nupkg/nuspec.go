package nupkg

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// Nuspec is what a package says about itself, as far as we need it.
type Nuspec struct {
	Identity
	Authors      string
	Description  string
	Dependencies []DependencyGroup
}

// DependencyGroup lists what the package needs on one target framework; TargetFramework is "" for every
// framework that no other group names.
type DependencyGroup struct {
	TargetFramework string // as written: "net8.0", ".NETStandard2.0"
	Dependencies    []Dependency
}

// Dependency is one package that another one needs.
type Dependency struct {
	ID    string
	Range string // NuGet's version range as written, "" for any: "1.0.0" (or later), "[1.0.0]", "[1.0,2.0)"
}

func (n Nuspec) clone() Nuspec {
	groups := make([]DependencyGroup, len(n.Dependencies))
	for i, g := range n.Dependencies {
		groups[i] = DependencyGroup{g.TargetFramework, append([]Dependency(nil), g.Dependencies...)}
	}
	n.Dependencies = groups
	return n
}

// xmlNuspec reads the elements of any of the nuspec's namespaces, of which there are seven.
type xmlNuspec struct {
	XMLName  xml.Name `xml:"package"`
	Metadata struct {
		ID           string `xml:"id"`
		Version      string `xml:"version"`
		Authors      string `xml:"authors"`
		Description  string `xml:"description"`
		Dependencies struct {
			Groups []xmlGroup      `xml:"group"`
			Flat   []xmlDependency `xml:"dependency"`
		} `xml:"dependencies"`
	} `xml:"metadata"`
}

type xmlGroup struct {
	TargetFramework string          `xml:"targetFramework,attr,omitempty"`
	Dependencies    []xmlDependency `xml:"dependency"`
}

type xmlDependency struct {
	ID      string `xml:"id,attr"`
	Version string `xml:"version,attr,omitempty"`
}

// ParseNuspec reads the text of a .nuspec, in UTF-8 or UTF-16. It checks the ids and the version; ranges
// stay as they are written.
func ParseNuspec(data []byte) (Nuspec, error) {
	var doc xmlNuspec
	text, err := decodeText(data)
	if err != nil {
		return Nuspec{}, err
	}
	d := xml.NewDecoder(bytes.NewReader(text))
	// The text is UTF-8 by now, whatever its first line still says.
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		switch strings.ToLower(charset) {
		case "utf-16", "us-ascii":
			return r, nil
		}
		return nil, fmt.Errorf("encoding %q is neither UTF-8 nor UTF-16", charset)
	}
	if err := d.Decode(&doc); err != nil {
		return Nuspec{}, fmt.Errorf("not a readable nuspec: %w", err)
	}
	return doc.nuspec()
}

func (doc *xmlNuspec) nuspec() (Nuspec, error) {
	m := &doc.Metadata
	n := Nuspec{Authors: strings.TrimSpace(m.Authors), Description: strings.TrimSpace(m.Description)}
	n.ID = strings.TrimSpace(m.ID)
	if err := ValidateID(n.ID); err != nil {
		return Nuspec{}, err
	}
	version, err := ParseVersion(m.Version)
	if err != nil {
		return Nuspec{}, err
	}
	n.Version = version
	groups := m.Dependencies.Groups
	// Where groups exist NuGet overlooks the dependencies beside them.
	if len(groups) == 0 && len(m.Dependencies.Flat) > 0 {
		groups = []xmlGroup{{Dependencies: m.Dependencies.Flat}}
	}
	for _, g := range groups {
		group := DependencyGroup{TargetFramework: strings.TrimSpace(g.TargetFramework)}
		for _, d := range g.Dependencies {
			id := strings.TrimSpace(d.ID)
			if err := ValidateID(id); err != nil {
				return Nuspec{}, fmt.Errorf("dependency: %w", err)
			}
			group.Dependencies = append(group.Dependencies, Dependency{ID: id, Range: strings.TrimSpace(d.Version)})
		}
		n.Dependencies = append(n.Dependencies, group)
	}
	return n, nil
}

// decodeText turns UTF-16 with a byte order mark into UTF-8 and drops the mark of UTF-8.
func decodeText(data []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		order = binary.BigEndian
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		order = binary.LittleEndian
	default:
		return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")), nil
	}
	data = data[2:]
	if len(data)%2 != 0 {
		return nil, errors.New("not a readable nuspec: half a UTF-16 character at its end")
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}
