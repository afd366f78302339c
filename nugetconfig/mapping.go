package nugetconfig

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// maxIDLength is the length of the longest package id, and of the longest pattern, in characters.
const maxIDLength = 100

// Mapping says which sources may serve which packages.
type Mapping struct {
	Sources []MappedSource
}

// MappedSource is one source of the mapping with its patterns as they were written.
type MappedSource struct {
	Name     string
	Patterns []string
	Origin   Origin
}

// Mapping gives the source mapping. It is an error if a pattern is blank or too long, as it is for NuGet when it restores.
func (c *Config) Mapping() (*Mapping, error) {
	m := &Mapping{}
	for _, i := range c.merged["packageSourceMapping"] {
		if i.kind != kindMapping {
			continue
		}
		name, _ := i.element.attr("key")
		s := MappedSource{Name: name, Origin: i.origin()}
		for _, e := range patternElements(i.element) {
			pattern, _ := e.attr("pattern")
			if err := checkPattern(pattern); err != nil {
				return nil, inFile(i.file, faultAt(e.line, "%v", err))
			}
			s.Patterns = append(s.Patterns, pattern)
		}
		m.Sources = append(m.Sources, s)
	}
	return m, nil
}

// patternElements are the patterns of a mapped source. A clear among them has no effect.
func patternElements(source *element) []*element {
	var patterns []*element
	for _, e := range distinct(source.children, func(e *element) string { return e.name }) {
		if e.is("package") {
			patterns = append(patterns, e)
		}
	}
	return patterns
}

func checkPattern(pattern string) error {
	trimmed := strings.TrimSpace(pattern)
	switch {
	case trimmed == "":
		return errors.New("package pattern is blank")
	case utf8.RuneCountInString(trimmed) > maxIDLength:
		return errors.New("package pattern is longer than 100 characters")
	}
	return nil
}

// Enabled says whether there is a mapping. Without one every source may serve every package.
func (m *Mapping) Enabled() bool { return len(m.Sources) > 0 }

// SourcesFor gives the names of the sources that may serve the package, and the pattern that decided. It gives nothing
// where no pattern matches; NuGet then finds the package nowhere. The names are those of the mapping: compare them with
// those of sources ignoring case. An exact pattern goes before every prefix, and the longest prefix before the others.
// The answer means nothing unless the mapping is Enabled.
func (m *Mapping) SourcesFor(id string) (names []string, pattern string) {
	id = foldCase(strings.TrimSpace(id))
	if utf8.RuneCountInString(id) > maxIDLength {
		return nil, ""
	}
	best := -1
	var taken map[string]bool
	for _, s := range m.Sources {
		for _, p := range s.Patterns {
			rank := matchRank(p, id)
			if rank < 0 || rank < best {
				continue
			}
			if rank > best {
				best, names, pattern = rank, nil, strings.TrimSpace(p)
				taken = map[string]bool{}
			}
			if !taken[s.Name] {
				taken[s.Name] = true
				names = append(names, s.Name)
			}
		}
	}
	return names, pattern
}

// matchRank is how well a pattern matches an id in upper case: not at all (below 0), with a prefix of this length, or
// exactly. What follows the first "*" of a pattern does not count.
func matchRank(pattern, id string) int {
	prefix, _, isPrefix := strings.Cut(foldCase(strings.TrimSpace(pattern)), "*")
	switch {
	case isPrefix && strings.HasPrefix(id, prefix):
		return len(prefix)
	case !isPrefix && prefix == id:
		return len(id) + 1
	}
	return -1
}
