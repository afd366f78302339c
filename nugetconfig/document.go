package nugetconfig

import (
	"strings"
	"unicode"
)

// document is one file after parsing: its sections in the order of the file.
type document struct {
	file     *File
	sections []section
}

// section is one child of the root. Its name is case-sensitive in effect: NuGet keeps "PackageSources" as a section
// that nobody asks for.
type section struct {
	name  string
	items []*item
}

type itemKind int

const (
	kindClear itemKind = iota
	kindAdd
	kindCredentials
	kindMapping
	kindAuthor
	kindRepository
)

// item is one child of a section that has an effect. Two items of one kind and key are the same item in two files.
type item struct {
	kind    itemKind
	key     string
	element *element
	file    *File
}

func (i *item) origin() Origin { return Origin{File: i.file, Line: i.element.line} }

// parseDocument reads the text of one file, in UTF-8.
func parseDocument(file *File, data []byte) (*document, error) {
	root, err := parseXML(data)
	if err == nil {
		err = checkRoot(root)
	}
	if err != nil {
		return nil, inFile(file, err)
	}
	d := &document{file: file}
	names := map[string]bool{}
	for _, child := range distinct(root.children, func(e *element) string { return e.name }) {
		if names[child.name] {
			return nil, inFile(file, faultAt(child.line, "section %.60q stands here a second time, with other attributes", child.name))
		}
		names[child.name] = true
		d.sections = append(d.sections, section{child.name, sectionItems(file, child)})
	}
	return d, nil
}

// sectionItems are the items after the last clear of the section, behind that clear as a marker. Of two clears that are
// alike NuGet drops the second as a duplicate before it looks at either.
func sectionItems(file *File, parent *element) []*item {
	credentials := strings.EqualFold(parent.name, "packageSourceCredentials")
	var items []*item
	for _, child := range distinct(parent.children, itemName(credentials)) {
		i := newItem(parent, child)
		if i == nil {
			continue
		}
		i.element, i.file = child, file
		if i.kind == kindClear {
			items = nil
		}
		items = append(items, i)
	}
	return items
}

func itemName(credentials bool) func(*element) string {
	if credentials {
		return func(e *element) string { return decodeName(e.name) }
	}
	return func(e *element) string { return e.name }
}

// newItem is nil for elements without effect; "remove" is one of these.
func newItem(parent, child *element) *item {
	key := func(name string) string { value, _ := child.attr(name); return value }
	switch {
	case parent.is("packageSourceCredentials"):
		return &item{kind: kindCredentials, key: decodeName(child.name)}
	case parent.is("packageSourceMapping") && child.is("packageSource"):
		return &item{kind: kindMapping, key: foldCase(key("key"))}
	case child.is("add"):
		return &item{kind: kindAdd, key: key("key")}
	case child.is("clear"):
		return &item{kind: kindClear}
	case child.is("author"):
		return &item{kind: kindAuthor, key: key("name")}
	case child.is("repository"):
		return &item{kind: kindRepository, key: key("serviceIndex")}
	}
	return nil
}

// distinct drops every element whose name and strung-together attribute values were seen before, ignoring case: NuGet
// does so silently in each parent.
func distinct(elements []*element, name func(*element) string) []*element {
	seen := make(map[string]bool, len(elements))
	var kept []*element
	for _, e := range elements {
		if key := likeness(name(e), e); !seen[key] {
			seen[key] = true
			kept = append(kept, e)
		}
	}
	return kept
}

func likeness(name string, e *element) string {
	var key strings.Builder
	key.WriteString(name)
	for _, a := range e.attrs {
		key.WriteString(a.value)
	}
	return foldCase(key.String())
}

// foldCase makes texts equal that .NET's OrdinalIgnoreCase takes for equal.
func foldCase(text string) string { return strings.Map(unicode.ToUpper, text) }
