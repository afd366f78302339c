package netrc

import (
	"fmt"
	"strings"
)

// entry is one machine.
type entry struct {
	machine, login, password string
	line                     int // where it begins, from 1
}

// parse reads the file as curl does: words with spaces or line ends between them; a word in quotation marks may hold spaces,
// and \n, \r, \t and any escaped character; from a word that begins with # on the line is a comment; macdef begins a macro
// that ends at an empty line. Entries are in their order, "default" is left out. What is wrong is told as "line N …",
// without any word of the file that may be a secret.
func parse(text string) (entries []entry, problems []string) {
	text = strings.TrimPrefix(text, "\ufeff")
	p := parser{}
	for i, line := range strings.Split(text, "\n") {
		p.number = i + 1
		p.line(strings.TrimSuffix(line, "\r"))
	}
	p.finish()
	return p.entries, p.problems
}

type parser struct {
	number   int
	macro    bool
	lost     bool   // an unknown keyword was told of; what follows tells nothing new
	expects  string // the keyword whose value comes next
	current  *entry // nil at the beginning and in default
	entries  []entry
	problems []string
}

func (p *parser) line(rest string) {
	if p.macro {
		p.macro = rest != ""
		return
	}
	for {
		word, after, state := next(rest)
		switch state {
		case lineEnd:
			return
		case unclosed:
			p.problem("a quotation mark is not closed")
			p.expects = ""
			return
		}
		rest = after
		if p.word(word); p.macro {
			return
		}
	}
}

func (p *parser) word(word string) {
	switch p.expects {
	case "machine":
		p.current = &entry{machine: word, line: p.number}
	case "login":
		if p.current != nil {
			p.current.login = word
		}
	case "password":
		if p.current != nil {
			p.current.password = word
		}
	}
	if p.expects != "" {
		p.expects = ""
		return
	}
	switch keyword := strings.ToLower(word); keyword {
	case "machine":
		p.finish()
		p.expects = keyword
	case "default":
		p.finish()
	case "macdef":
		p.macro = true
	case "login", "password", "account":
		p.expects = keyword
	default:
		if p.lost {
			return
		}
		p.lost = true
		p.problem("a word stands where machine, login, password, account, default or macdef has to")
	}
}

// finish ends the entry.
func (p *parser) finish() {
	if p.current == nil {
		return
	}
	for _, missing := range []struct{ name, value string }{{"login", p.current.login}, {"password", p.current.password}} {
		if missing.value == "" {
			p.problems = append(p.problems, fmt.Sprintf("line %d: the entry has no %s (one that begins with # needs quotation marks)",
				p.current.line, missing.name))
		}
	}
	p.entries = append(p.entries, *p.current)
	p.current, p.expects = nil, ""
}

func (p *parser) problem(text string) {
	p.problems = append(p.problems, fmt.Sprintf("line %d: %s", p.number, text))
}

type state int

const (
	haveWord state = iota
	lineEnd        // or a comment
	unclosed
)

// next takes one word off a line.
func next(line string) (word, rest string, _ state) {
	line = strings.TrimLeft(line, " \t\r\v\f")
	if line == "" || line[0] == '#' {
		return "", "", lineEnd
	}
	if line[0] != '"' {
		end := strings.IndexAny(line, " \t\r\v\f")
		if end < 0 {
			end = len(line)
		}
		return line[:end], line[end:], haveWord
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), line[i+1:], haveWord
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(unescape(line[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", "", unclosed
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
