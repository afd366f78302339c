package config

import (
	"maps"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// The library says where a syntax error is, but not where a key or a value stands. So its document, which it has found to
// be valid, is scanned once more for the places of these. What the keys and values are remains the library's matter.

// places are offsets, in bytes, by path: "feed"[1]"sources"[0] is the first source of the second feed.
type places struct {
	keys   map[string]int // where a key begins; the bracket of a table's header
	values map[string]int
}

func below(path, key string) string         { return path + strconv.Quote(key) }
func element(path string, index int) string { return path + "[" + strconv.Itoa(index) + "]" }

// value is where the value of a path begins, or what it stands for.
func (p *places) value(path string) int {
	if at, ok := p.values[path]; ok {
		return at
	}
	return p.keys[path]
}

// locate finds the places in a valid document.
func locate(text string) places {
	s := scanner{text: text, places: places{map[string]int{}, map[string]int{}}, tables: map[string]int{}}
	s.document()
	return s.places
}

type scanner struct {
	text   string
	at     int
	places places
	tables map[string]int // how many tables an array of tables has so far, by path
}

// next is the character at the place reached, 0 at the end.
func (s *scanner) next() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) document() {
	table := ""
	for s.blank(); s.at < len(s.text); s.blank() {
		if s.next() == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
	}
}

// blank passes over what separates items: white space, ends of lines, comments, commas.
func (s *scanner) blank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', ',':
			s.at++
		case '#':
			s.to("\n")
		default:
			return
		}
	}
}

// to goes to the next of some characters, or to the end.
func (s *scanner) to(any string) {
	if i := strings.IndexAny(s.text[s.at:], any); i >= 0 {
		s.at += i
		return
	}
	s.at = len(s.text)
}

// header reads [a.b] or [[a.b]] and returns the path of its table.
func (s *scanner) header() string {
	start := s.at
	s.at++
	isArray := s.next() == '['
	if isArray {
		s.at++
	}
	path := s.key("", start, isArray)
	s.to("]")
	s.at++
	if isArray {
		s.at++
	}
	s.places.values[path] = start
	return path
}

// pair reads key = value in a table.
func (s *scanner) pair(table string) {
	path := s.key(table, s.at, false)
	s.to("=")
	s.at++
	s.spaces()
	s.value(path)
}

func (s *scanner) spaces() {
	for s.next() == ' ' || s.next() == '\t' {
		s.at++
	}
}

// key reads a key of one or more parts and returns the path that it leads to from a table. Below an array of tables that is
// its last one, or a new one if the key ends there in a header with two brackets.
func (s *scanner) key(path string, start int, adds bool) string {
	for {
		s.spaces()
		path = below(path, s.part())
		if _, ok := s.places.keys[path]; !ok {
			s.places.keys[path] = start
		}
		s.spaces()
		last := s.next() != '.'
		if last && adds {
			s.tables[path]++
		}
		if n := s.tables[path]; n > 0 {
			path = element(path, n-1)
		}
		if last {
			return path
		}
		s.at++
		start = s.at
	}
}

// part reads one part of a key.
func (s *scanner) part() string {
	start := s.at
	if c := s.next(); c == '"' || c == '\'' {
		s.quoted()
		return unquote(s.text[start:s.at])
	}
	s.to(" \t.=]\r\n")
	return s.text[start:s.at]
}

// unquote leaves reading a key to the library.
func unquote(key string) string {
	var document map[string]any
	if _, err := toml.Decode(key+" = 0", &document); err != nil {
		return key
	}
	for name := range maps.Keys(document) {
		return name
	}
	return key
}

// value reads a value and leaves the scanner behind it.
func (s *scanner) value(path string) {
	s.places.values[path] = s.at
	switch s.next() {
	case '"', '\'':
		s.quoted()
	case '[':
		s.at++
		i := 0
		for s.blank(); s.at < len(s.text) && s.next() != ']'; s.blank() {
			s.value(element(path, i))
			i++
		}
		s.at++
	case '{':
		s.at++
		for s.blank(); s.at < len(s.text) && s.next() != '}'; s.blank() {
			s.pair(path)
		}
		s.at++
	default:
		s.to(",]}#\r\n")
	}
}

// quoted reads a text in quotes of any of the four kinds.
func (s *scanner) quoted() {
	quote := s.text[s.at : s.at+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(s.text[s.at:], long) {
		quote = long
	}
	s.at += len(quote)
	for s.at < len(s.text) && !strings.HasPrefix(s.text[s.at:], quote) {
		if s.text[s.at] == '\\' && quote[0] == '"' {
			s.at++
		}
		s.at++
	}
	s.at += len(quote)
	for len(quote) == 3 && s.next() == quote[0] { // one or two more belong to the text
		s.at++
	}
	s.at = min(s.at, len(s.text))
}
