// Package trace records conversations between NuGet and a plugin and draws them as text. What it records and draws holds
// no passwords.
package trace

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// Record is one message as a recording holds it: a JSON object on a line.
type Record struct {
	Time    time.Time       `json:"time"`
	Side    string          `json:"side"`    // who recorded it: plugin or client
	Sent    bool            `json:"sent"`    // by that side
	Message json.RawMessage `json:"message"` // as on the wire, passwords replaced
	Dropped string          `json:"dropped,omitempty"`
}

// Recorder writes records. It may be used by many goroutines and, on one file opened for appending, by many processes:
// each record is one Write.
type Recorder struct {
	side protocol.Side
	mu   sync.Mutex
	w    io.Writer
}

// NewRecorder records what the side sees.
func NewRecorder(w io.Writer, side protocol.Side) *Recorder { return &Recorder{side: side, w: w} }

// OpenFile opens a recording for appending, readable by its owner only.
func OpenFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// Record writes one message. Passwords are replaced here, whatever the caller did before.
func (r *Recorder) Record(at time.Time, sent bool, m protocol.Message, dropped string) error {
	line, err := protocol.Redact(m).Encode()
	if err != nil {
		return err
	}
	b, err := json.Marshal(Record{at, r.side.String(), sent, line, dropped})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, err = r.w.Write(append(b, '\n'))
	return err
}

// Read reads a recording.
func Read(r io.Reader) ([]Record, error) {
	var all []Record
	lines := bufio.NewReader(r)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var record Record
			if err := json.Unmarshal(line, &record); err != nil {
				return all, fmt.Errorf("line %d of the recording: %w", number, err)
			}
			all = append(all, record)
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}
