package nugetconfig

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// What one file may hold. Real ones have a few kilobytes; a file that is made to hurt must cost a bounded amount of
// memory and time.
const (
	maxFileSize = 16 << 20
	maxNodes    = 200_000 // elements and attributes
	maxDepth    = 100
)

// element is one XML element. Comments and processing instructions are left out, namespaces do not count.
type element struct {
	name     string
	attrs    []attribute
	children []*element
	text     string
	cdata    bool
	line     int
}

type attribute struct {
	prefix, name, value string
}

// attr is the value of a required attribute: its name is compared exactly.
func (e *element) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.prefix == "" && a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// option is the value of an optional attribute: its name ignores case.
func (e *element) option(name string) string {
	for _, a := range e.attrs {
		if a.prefix == "" && strings.EqualFold(a.name, name) {
			return a.value
		}
	}
	return ""
}

// is compares the element's name as NuGet does for items, ignoring case.
func (e *element) is(name string) bool { return strings.EqualFold(e.name, name) }

// parser builds the tree of one file from raw tokens: encoding/xml checks the characters, this checks the rest of
// what .NET's reader refuses (nesting, prefixes, a declaration that is not first, DTDs, a second root).
type parser struct {
	data     []byte
	decoder  *xml.Decoder
	root     *element
	open     []*frame
	prefixes map[string]int // how many open elements declare it
	nodes    int
}

type frame struct {
	element  *element
	name     xml.Name
	declared []string
	text     strings.Builder
}

// parseXML gives the root element of a text in UTF-8. Its errors never quote the text, which may hold passwords.
func parseXML(data []byte) (*element, error) {
	p := &parser{data: data, decoder: xml.NewDecoder(bytes.NewReader(data)), prefixes: map[string]int{"xml": 1, "xmlns": 1}}
	p.decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // decoded before
	for {
		start := p.decoder.InputOffset()
		line, _ := p.decoder.InputPos()
		token, err := p.decoder.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, p.syntaxError(err)
		}
		if err := p.token(token, start, line); err != nil {
			return nil, err
		}
	}
	line, _ := p.decoder.InputPos()
	if len(p.open) > 0 {
		return nil, faultAt(line, "not valid XML: element %.60q is not closed", p.open[len(p.open)-1].element.name)
	}
	if p.root == nil {
		return nil, faultAt(line, "not valid XML: there is no root element (delete the file if it is empty)")
	}
	return p.root, nil
}

func (p *parser) token(token xml.Token, start int64, line int) error {
	raw := p.data[start:p.decoder.InputOffset()]
	switch t := token.(type) {
	case xml.StartElement:
		return p.start(t, raw, line)
	case xml.EndElement:
		return p.end(t, line)
	case xml.CharData:
		return p.chars(t, raw, line)
	case xml.ProcInst:
		if strings.EqualFold(t.Target, "xml") && (t.Target != "xml" || start != 0) {
			return faultAt(line, "not valid XML: the declaration must be the very first thing in the file")
		}
	case xml.Directive:
		return faultAt(line, "not valid XML: a DTD is not allowed")
	}
	return nil
}

func (p *parser) start(t xml.StartElement, raw []byte, line int) error {
	if p.nodes += 1 + len(t.Attr); p.nodes > maxNodes {
		return faultAt(line, "more than %d elements and attributes", maxNodes)
	}
	if len(p.open) == maxDepth {
		return faultAt(line, "elements are nested more than %d deep", maxDepth)
	}
	e := &element{name: t.Name.Local, line: line}
	f := &frame{element: e, name: t.Name}
	if err := p.attributes(f, t.Attr, raw, line); err != nil {
		return err
	}
	if p.prefixes[t.Name.Space] == 0 && t.Name.Space != "" || strings.Contains(e.name, ":") {
		return faultAt(line, "not valid XML: the element's prefix is not declared")
	}
	switch {
	case len(p.open) > 0:
		parent := p.open[len(p.open)-1].element
		parent.children = append(parent.children, e)
	case p.root != nil:
		return faultAt(line, "not valid XML: there is more than one root element")
	default:
		p.root = e
	}
	p.open = append(p.open, f)
	return nil
}

func (p *parser) attributes(f *frame, attrs []xml.Attr, raw []byte, line int) error {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" {
			f.declared = append(f.declared, a.Name.Local)
			p.prefixes[a.Name.Local]++
		}
	}
	// A line break in a value is a blank unless it is written as a reference. After decoding the two look the same.
	literal := !bytes.Contains(raw, []byte("&#"))
	seen := make(map[string]bool, len(attrs))
	for _, a := range attrs {
		if a.Name.Space != "" && p.prefixes[a.Name.Space] == 0 || strings.Contains(a.Name.Local, ":") {
			return faultAt(line, "not valid XML: an attribute's prefix is not declared")
		}
		// NuGet keeps attributes by name without prefix and case, and fails on the second.
		if key := foldCase(a.Name.Local); seen[key] {
			return faultAt(line, "an attribute stands twice in one element")
		} else {
			seen[key] = true
		}
		value := a.Value
		if literal {
			value = strings.Map(lineBreakToBlank, value)
		}
		f.element.attrs = append(f.element.attrs, attribute{a.Name.Space, a.Name.Local, value})
	}
	return nil
}

func lineBreakToBlank(r rune) rune {
	if r == '\n' || r == '\t' || r == '\r' {
		return ' '
	}
	return r
}

func (p *parser) end(t xml.EndElement, line int) error {
	if len(p.open) == 0 || p.open[len(p.open)-1].name != t.Name {
		return faultAt(line, "not valid XML: an end tag does not match the element that is open")
	}
	f := p.open[len(p.open)-1]
	f.element.text = f.text.String()
	for _, prefix := range f.declared {
		p.prefixes[prefix]--
	}
	p.open = p.open[:len(p.open)-1]
	return nil
}

func (p *parser) chars(t xml.CharData, raw []byte, line int) error {
	if len(p.open) == 0 {
		if len(bytes.TrimSpace(raw)) > 0 {
			return faultAt(line, "not valid XML: there is text outside of the root element")
		}
		return nil
	}
	f := p.open[len(p.open)-1]
	f.text.Write(t)
	f.element.cdata = f.element.cdata || bytes.HasPrefix(raw, []byte("<![CDATA["))
	return nil
}

// sayable are the messages of encoding/xml that quote nothing. Others do: a bare "&" in a password would end up in one.
func sayable() []string {
	return []string{
		"unexpected EOF", "unescaped < inside quoted string", "attribute name without = in element",
		"unquoted or missing attribute value in element", "expected element name after <",
		"expected attribute name in element", "expected element name after </", "unescaped ]]> not in CDATA section",
		`invalid sequence "--" not allowed in comments`, "invalid UTF-8",
	}
}

func (p *parser) syntaxError(err error) error {
	line, _ := p.decoder.InputPos()
	e, ok := errors.AsType[*xml.SyntaxError](err)
	switch {
	case !ok:
		return faultAt(line, "not valid XML: the declaration or a token cannot be read")
	case slices.Contains(sayable(), e.Msg):
		return faultAt(e.Line, "not valid XML: %s", e.Msg)
	case strings.Contains(e.Msg, "entity"):
		return faultAt(e.Line, "not valid XML: a bare & must be written &amp;")
	}
	return faultAt(e.Line, "not valid XML: a character or a tag that is not allowed here")
}
