package protocol

import (
	"iter"
)

// The functions here take JSON that json.Valid has passed, so that finding the ends of values needs no error handling
// and no second parser.

// members yields the names (in their quotes) and values of an object.
func members(valid []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		i := skipSpace(valid, 1)
		for valid[i] != '}' {
			nameEnd := stringEnd(valid, i)
			start := skipSpace(valid, skipSpace(valid, nameEnd)+1) // behind the colon
			end := valueEnd(valid, start)
			if !yield(valid[i:nameEnd], valid[start:end]) {
				return
			}
			i = nextItem(valid, end)
		}
	}
}

// elements yields the values of an array.
func elements(valid []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		i := skipSpace(valid, 1)
		for valid[i] != ']' {
			end := valueEnd(valid, i)
			if !yield(valid[i:end]) {
				return
			}
			i = nextItem(valid, end)
		}
	}
}

// nextItem gives the place of the next name or value, or of the closing bracket.
func nextItem(valid []byte, i int) int {
	i = skipSpace(valid, i)
	if valid[i] == ',' {
		i = skipSpace(valid, i+1)
	}
	return i
}

func skipSpace(valid []byte, i int) int {
	for valid[i] == ' ' || valid[i] == '\t' || valid[i] == '\n' || valid[i] == '\r' {
		i++
	}
	return i
}

// stringEnd gives the place behind the string that begins at i.
func stringEnd(valid []byte, i int) int {
	for i++; valid[i] != '"'; i++ {
		if valid[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// valueEnd gives the place behind the value that begins at i.
func valueEnd(valid []byte, i int) int {
	open := 0
	for ; i < len(valid); i++ {
		switch valid[i] {
		case '"':
			i = stringEnd(valid, i) - 1
			if open == 0 {
				return i + 1
			}
		case '{', '[':
			open++
		case '}', ']':
			if open == 0 { // behind a bare number, true, false or null
				return i
			}
			if open--; open == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if open == 0 {
				return i
			}
		}
	}
	return i
}
