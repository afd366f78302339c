package main

import (
	"sync"
	"time"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

// stepTimer measures a conversation: from the start to the end of the handshake, and each request to its answer.
type stepTimer struct {
	mu      sync.Mutex
	start   time.Time
	pending map[string]time.Time
	steps   []probeStep
}

func (t *stepTimer) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.start, t.pending = time.Now(), map[string]time.Time{}
}

func (t *stepTimer) observe(e host.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := e.Message.RequestID
	switch {
	case e.Sent && e.Message.Type == protocol.TypeRequest:
		t.pending[id] = e.Time
		if e.Message.Method == protocol.MethodHandshake {
			t.pending[id] = t.start // which the system's work is a part of
		}
	case !e.Sent && e.Message.Type != protocol.TypeProgress && !t.pending[id].IsZero():
		t.steps = append(t.steps, probeStep{e.Message.Method.String(), float64(e.Time.Sub(t.pending[id]).Microseconds()) / 1000})
		delete(t.pending, id)
	}
}

func (t *stepTimer) all() []probeStep {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]probeStep{}, t.steps...)
}
