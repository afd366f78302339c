package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Error is one problem with the configuration. It never quotes a value, because people put secrets into files like this
// one, and errors end up in logs.
type Error struct {
	File string // the file, or the variable of the environment that has the problem
	// Line and Column count from 1, Column in characters. Both are 0 when the problem is that of the file as a whole.
	Line, Column int
	Problem      string // what is wrong and what to do
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Problem
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Errors are all problems that were found, in the order of the file. There is at least one.
type Errors []*Error

// Error is the first problem and the number of the others.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more: run nuplug config check)", e[0], len(e)-1)
}

// Unwrap gives each problem as an error.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// errorAt makes the error for an offset in the text of a file.
func errorAt(file, text string, offset int, problem string) *Error {
	line, column := position(text, offset)
	return &Error{file, line, column, problem}
}

// position turns an offset, in bytes, into line and column.
func position(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// sorted puts problems into the order of the file.
func sorted(problems Errors) Errors {
	slices.SortStableFunc(problems, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return problems
}
