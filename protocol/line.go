package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// DefaultMaxLine is the longest line that a [Reader] takes unless told otherwise, 64 MiB. The C# side knows no limit; a
// service index or a list of files may take some megabytes.
const DefaultMaxLine = 64 << 20

// LineTooLongError says that a line was longer than the limit. Nothing after it can be read.
type LineTooLongError struct{ Limit int }

func (e *LineTooLongError) Error() string {
	return fmt.Sprintf("line longer than %d bytes", e.Limit)
}

// Reader takes a stream apart into lines: messages. It is for one goroutine.
type Reader struct {
	r          io.Reader
	limit      int
	strict     bool
	space      []byte // the buffer, at its full capacity
	buf        []byte // the part of it that was read and not yet delivered
	scanned    int    // how much of buf holds no line end
	afterCR    bool   // a line feed that comes next belongs to the last line end
	afterBOM   bool   // the start of the stream was looked at
	err        error  // what the stream ended with
	terminated bool   // the last line had its line end
}

// ReaderOptions may be nil.
type ReaderOptions struct {
	MaxLine int  // in bytes without the line end; 0 for [DefaultMaxLine]
	Strict  bool // messages and payloads in their exact form only; see [DecodeStrict]
}

// NewReader reads messages from r.
func NewReader(r io.Reader, o *ReaderOptions) *Reader {
	reader := &Reader{r: r, limit: DefaultMaxLine}
	if o != nil {
		reader.strict = o.Strict
		if o.MaxLine > 0 {
			reader.limit = o.MaxLine
		}
	}
	return reader
}

// Read returns the next message. Empty lines, lines of white space and lines that say null are passed over, as C#
// clients do (a strict reader passes over empty ones only). The error is io.EOF at the end of the stream,
// io.ErrUnexpectedEOF when the stream ended inside a message, a [LineError] for a line that is no message, a
// [LineTooLongError], or what the stream failed with. After a LineError reading can go on.
func (r *Reader) Read() (Message, error) {
	for {
		line, err := r.Line()
		if err != nil {
			return Message{}, err
		}
		if trimmed := bytes.TrimSpace(line); !r.strict && (len(trimmed) == 0 || string(trimmed) == "null") || len(line) == 0 {
			continue
		}
		m, err := decode(line, r.strict)
		switch {
		case err == nil:
			return m, nil
		case !r.terminated && line[0] == '{' && !json.Valid(line):
			return Message{}, io.ErrUnexpectedEOF
		}
		return Message{}, &LineError{line, err}
	}
}

// LineError says that a line is no message of the protocol.
type LineError struct {
	Line []byte // all of it; the caller's
	Err  error  // matches [ErrNotMessage]
}

// Error quotes the beginning of a line that is plain text, so that whoever printed it can be found. It quotes nothing
// from the first quote or brace on: that may be a piece of a message with a secret in it.
func (e *LineError) Error() string {
	text := e.Line[:min(len(e.Line), 320)] // 80 characters in UTF-8
	if i := bytes.IndexAny(text, "{\""); i >= 0 {
		text = text[:i]
	}
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return fmt.Sprintf("%v (a line of %d bytes)", e.Err, len(e.Line))
	}
	return fmt.Sprintf("%v: %.80q (a line of %d bytes)", ErrNotMessage, text, len(e.Line))
}

func (e *LineError) Unwrap() error { return e.Err }

// Line returns the next line without its end: a line feed, a carriage return or both. A last line without one is
// returned as well. The caller owns the bytes. Memory grows only with what arrived, up to twice the limit.
func (r *Reader) Line() ([]byte, error) {
	for {
		if r.afterCR && len(r.buf) > 0 {
			r.afterCR = false
			if r.buf[0] == '\n' {
				r.buf = r.buf[1:]
			}
		}
		if i := bytes.IndexAny(r.buf[r.scanned:], "\r\n"); i >= 0 {
			return r.cut(r.scanned + i)
		}
		if r.scanned = len(r.buf); r.scanned > r.limit {
			return r.tooLong()
		}
		if r.err != nil {
			return r.last()
		}
		r.fill()
	}
}

func (r *Reader) cut(end int) ([]byte, error) {
	if end > r.limit {
		return r.tooLong()
	}
	line := bytes.Clone(r.buf[:end])
	r.afterCR = r.buf[end] == '\r'
	r.buf, r.scanned, r.terminated = r.buf[end+1:], 0, true
	return r.withoutBOM(line), nil
}

func (r *Reader) tooLong() ([]byte, error) {
	r.err = &LineTooLongError{r.limit}
	r.space, r.buf, r.scanned = nil, nil, 0
	return nil, r.err
}

func (r *Reader) last() ([]byte, error) {
	if len(r.buf) == 0 || !errors.Is(r.err, io.EOF) {
		return nil, r.err
	}
	line := bytes.Clone(r.buf)
	r.buf, r.scanned, r.terminated = nil, 0, false
	return r.withoutBOM(line), nil
}

// withoutBOM drops a byte order mark at the start of the stream, which C# plugins tolerate. Clients do not.
func (r *Reader) withoutBOM(line []byte) []byte {
	if !r.afterBOM && !r.strict {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	r.afterBOM = true
	return line
}

const (
	readSize = 4096
	keepSize = 1 << 20 // a buffer that a long line made larger than this is not kept
)

// fill reads once. What is left of the last read moves to the front of the buffer, and only a line that needs more than
// the buffer doubles it, up to the limit.
func (r *Reader) fill() {
	if len(r.buf) == 0 && cap(r.space) > keepSize {
		r.space = nil
	}
	if len(r.buf)+readSize > cap(r.space) {
		r.space = make([]byte, 0, min(2*len(r.buf), r.limit)+readSize)
	}
	n := copy(r.space[:cap(r.space)], r.buf)
	read, err := r.r.Read(r.space[n:cap(r.space)])
	r.buf, r.err = r.space[:n+read], err
}
