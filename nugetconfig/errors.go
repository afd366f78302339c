package nugetconfig

import (
	"errors"
	"fmt"
)

// FileError says which file of the chain is wrong, and where. Its text never holds a value from the file.
type FileError struct {
	Path string
	Line int // from 1; 0 where the fault has no line
	Err  error
}

// Error is "path:line: cause".
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err)
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }

// lineError is a fault in a text whose file is not known yet.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return e.text }

func faultAt(line int, format string, args ...any) error {
	return &lineError{line: line, text: fmt.Sprintf(format, args...)}
}

// inFile adds the file to a fault.
func inFile(file *File, err error) error {
	if err == nil {
		return nil
	}
	fault := &FileError{Path: file.Path, Err: err}
	if e, ok := errors.AsType[*lineError](err); ok {
		fault.Line = e.line
	}
	return fault
}
