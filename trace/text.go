package trace

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// Text draws a conversation line by line as it happens: when, who to whom, what, and for an answer how long it took.
type Text struct {
	w       io.Writer
	mu      sync.Mutex
	start   time.Time
	pending map[string]time.Time // requests by id, until they are answered
}

// NewText draws on w.
func NewText(w io.Writer) *Text { return &Text{w: w, pending: map[string]time.Time{}} }

// Message draws one message that the side sent.
func (t *Text) Message(at time.Time, from protocol.Side, m protocol.Message) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.since(at)
	took := ""
	if asked, ok := t.pending[m.RequestID]; ok && m.Type != protocol.TypeRequest {
		took = "  (" + Milliseconds(at.Sub(asked)) + ")"
	}
	switch m.Type {
	case protocol.TypeRequest:
		t.pending[m.RequestID] = at
	case protocol.TypeResponse, protocol.TypeFault:
		delete(t.pending, m.RequestID)
	}
	arrow := "client → plugin"
	if from == protocol.Plugin {
		arrow = "client ← plugin"
	}
	payload := string(protocol.Redact(m).Payload)
	if len(payload) > 300 {
		payload = fmt.Sprintf("%s… (%d bytes)", payload[:300], len(payload))
	}
	fmt.Fprintf(t.w, "%9s  %s  %-8s %s%s%s\n", Milliseconds(now), arrow, m.Type, m.Method, space(payload), took)
}

// Note draws a line of the caller's, in its place in time.
func (t *Text) Note(at time.Time, line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.w, "%9s  %s\n", Milliseconds(t.since(at)), line)
}

// since is called with the lock held. The first line is the beginning.
func (t *Text) since(at time.Time) time.Duration {
	if t.start.IsZero() {
		t.start = at
	}
	return at.Sub(t.start)
}

func space(s string) string {
	if s != "" {
		s = " " + s
	}
	return s
}

// Records draws a recording.
func (t *Text) Records(all []Record) error {
	for _, r := range all {
		m, err := protocol.Decode(r.Message)
		if err != nil {
			return err
		}
		from := protocol.Client
		if (r.Side == protocol.Plugin.String()) == r.Sent {
			from = protocol.Plugin
		}
		t.Message(r.Time, from, m)
	}
	return nil
}

// Milliseconds writes a duration for people, in milliseconds.
func Milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
