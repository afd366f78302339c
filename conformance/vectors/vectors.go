// Package vectors is the codec of NuGet's plugin protocol as data: what a reader makes of a line and how a writer
// writes it, one JSON file a case. README.md describes the files for implementers in other languages.
package vectors

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"path"
)

// Codec holds the cases: codec/NAME.json.
//
//go:embed codec
var Codec embed.FS

// Case is one line and what becomes of it.
type Case struct {
	Name string `json:"name"` // of the file, without .json
	Why  string `json:"why"`  // the rule, and who was seen to follow it
	From string `json:"from"` // who writes such a line: client or plugin

	Line   string `json:"line"`   // the first line of a stream, without its end
	Base64 []byte `json:"base64"` // the same, for a line that is no UTF-8

	Read   Read    `json:"read"`   // what a lenient reader makes of it, which is the one to use with real peers
	Strict Outcome `json:"strict"` // what a reader of the exact form makes of it
	Encode *string `json:"encode"` // the only line for the value that was read, without its end
}

// Outcome is ok, error or ignored.
type Outcome string

// The outcomes of reading a line.
const (
	OK      Outcome = "ok"
	Error   Outcome = "error"
	Ignored Outcome = "ignored" // passed over, as if it were not there
)

// Read is what a lenient reader makes of a line. Exactly one field is set.
type Read struct {
	// OK is the message: the envelope and the known properties of its payload that have a value, in their exact form.
	OK      json.RawMessage `json:"ok"`
	Error   *Problem        `json:"error"`
	Ignored bool            `json:"ignored"`
}

// Problem says what is wrong with a line.
type Problem struct {
	Field   string `json:"field"`   // the property, of the envelope or the payload; empty when the line is no JSON object
	Problem string `json:"problem"` // words of this project's error
}

// Bytes is the line.
func (c Case) Bytes() []byte {
	if c.Base64 != nil {
		return c.Base64
	}
	return []byte(c.Line)
}

// Outcome is that of the lenient reader.
func (r Read) Outcome() Outcome {
	switch {
	case r.Error != nil:
		return Error
	case r.Ignored:
		return Ignored
	}
	return OK
}

// All yields the cases by name. An error, which only a broken file gives, ends them.
func All() iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		files, err := fs.Glob(Codec, "codec/*.json")
		if err != nil {
			yield(Case{}, err)
			return
		}
		for _, file := range files {
			c, err := load(file)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func load(file string) (Case, error) {
	data, err := Codec.ReadFile(file)
	if err != nil {
		return Case{}, err
	}
	var c Case
	if err := json.Unmarshal(data, &c); err != nil {
		return Case{}, fmt.Errorf("%s: %w", file, err)
	}
	if c.Name+".json" != path.Base(file) {
		return Case{}, fmt.Errorf("%s: calls itself %q", file, c.Name)
	}
	return c, nil
}
