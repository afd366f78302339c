package config

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxDepth is how many brackets may be open at once. The library reads them by recursion, so that a file of nothing but
// brackets would use up the stack.
const maxDepth = 1000

// decode reads the syntax. At most one error comes of it: what follows the first cannot be understood.
func decode(file, text string) (map[string]any, *Error) {
	if at, ok := tooDeep(text); ok {
		return nil, errorAt(file, text, at, "more brackets in each other than any configuration needs")
	}
	if at := invalidUTF8(text); at >= 0 {
		return nil, errorAt(file, text, at, "not UTF-8: save the file in that encoding")
	}
	values := map[string]any{}
	_, err := toml.Decode(text, &values)
	if err == nil {
		return values, nil
	}
	e, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return nil, &Error{File: file, Problem: "not TOML"}
	}
	return nil, errorAt(file, text, errorOffset(text, e), syntaxProblem(e.Message))
}

// invalidUTF8 is where the first character is that is none, or -1.
func invalidUTF8(text string) int {
	for i, c := range text {
		if c == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return -1
}

// tooDeep counts brackets, those in quotes and comments too: no configuration leaves so many of them open.
func tooDeep(text string) (at int, deep bool) {
	depth := 0
	for i, c := range []byte(text) {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > maxDepth {
			return i, true
		}
	}
	return 0, false
}

// errorOffset is where the error is. The library names the beginning of the text in quotes for what is wrong with a backslash
// in it, the character before a control character, and for some others the space before it.
func errorOffset(text string, e toml.ParseError) int {
	at := min(max(e.Position.Start, 0), len(text))
	switch syntaxProblem(e.Message) {
	case backslash:
		return at + badEscape(text[at:])
	case control:
		return at + max(strings.IndexFunc(text[at:], isForbidden), 0)
	}
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	return at
}

func isForbidden(c rune) bool { return unicode.IsControl(c) && c != '\t' && c != '\n' }

// badEscape finds the first backslash that begins none of TOML's escapes.
func badEscape(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		digits := 0
		switch c := text[i+1]; {
		case strings.IndexByte("btnfre\"\\ \t\r\n", c) >= 0:
		case c == 'x':
			digits = 2
		case c == 'u':
			digits = 4
		case c == 'U':
			digits = 8
		default:
			return i
		}
		for k := range digits {
			if at := i + 2 + k; at >= len(text) || strings.IndexByte("0123456789abcdefABCDEF", text[at]) < 0 {
				return i
			}
		}
		i++
	}
	return 0
}

// syntaxProblem says in our words what the library found, because its own quote the file: of a secret without quotes, all of
// it.
func syntaxProblem(message string) string {
	for _, known := range []struct{ begin, problem string }{
		{"strings cannot contain newlines", "the text in quotes does not end on this line"},
		{"unexpected EOF; expected '", "the text in quotes does not end"},
		{`unexpected EOF; expected "`, "the text in quotes does not end"},
		{"Key '", "this stands in the file a second time"},
		{"invalid escape", backslash},
		{"expected two hexadecimal", backslash},
		{"expected four hexadecimal", backslash},
		{"expected eight hexadecimal", backslash},
		{"expected value but", noValue},
		{"unexpected EOF; expected value", noValue},
		{"expected '.' or '='", "= is missing behind the key"},
		{"unexpected EOF; expected key", "= is missing behind the key"},
		{"expected a top-level item", "nothing but a comment can follow on this line"},
		{"expected '.' or ']'", "the name of the table does not end: write [[name]]"},
		{"expected end of table", "the name of the table does not end: write [[name]]"},
		{"unexpected end of table", "the table has no name: write [[name]]"},
		{"unexpected table separator", "the table has no name: write [[name]]"},
		{"expected a comma", "a comma or the end of the list is missing"},
		{"files cannot contain NULL", "not UTF-8: save the file in that encoding"},
		{"TOML files cannot contain control", control},
	} {
		if strings.HasPrefix(message, known.begin) {
			return known.problem
		}
	}
	return "not TOML"
}

const (
	control   = "a control character"
	backslash = `a backslash has a meaning in "…": write '…' with single quotes, or two backslashes`
	noValue   = `no value: write "text" in quotes, true, false or ["a", "list"]`
)
