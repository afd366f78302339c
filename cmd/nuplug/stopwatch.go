package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nuplug/nuplug/trace"
)

// stopwatch measures the stages of a command.
type stopwatch struct {
	mu    sync.Mutex
	start time.Time
	last  time.Time
	laps  []string
}

func newStopwatch() *stopwatch {
	now := time.Now()
	return &stopwatch{start: now, last: now}
}

// lap ends a stage.
func (w *stopwatch) lap(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.laps = append(w.laps, fmt.Sprintf("%s %s", name, trace.Milliseconds(now.Sub(w.last))))
	w.last = now
}

// String lists the stages and the whole.
func (w *stopwatch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%s, in all %s", strings.Join(w.laps, ", "), trace.Milliseconds(w.last.Sub(w.start)))
}
