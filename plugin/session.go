package plugin

import (
	"context"
	"sync"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/internal/procwatch"
	"github.com/nuplug/nuplug/protocol"
)

// Until NuGet says how long it waits, the plugin reports progress often enough for the 5 s of clients before NuGet 6.4.
const (
	earlyProgress = 5 * time.Second / 3
	maxProgress   = 5 * time.Second
)

// maxPending is how many log lines may wait to be written before further ones are dropped. Those that a user sees, from
// Minimal on, have as much room again, so that chatter costs nobody the code of a login.
const maxPending = 1000

// session is what one conversation knows.
type session struct {
	plugin *Plugin
	conn   *conn.Conn
	ready  chan struct{} // closed when conn is set
	advise sync.Once     // about secrets that look like dates

	mu   sync.Mutex
	told Client
	sent map[string]protocol.SetCredentialsRequest // by source
	// pending waits to be written, in order: until SetLogLevel came (open), and then for the one goroutine that writes
	// (writing). writing is true whenever something waits and may go out.
	pending       []entry
	open, writing bool
}

// entry is a line of the log, or a mark: reached is closed when all lines before it are written.
type entry struct {
	line    protocol.LogRequest
	reached chan struct{}
}

func newSession(p *Plugin) *session {
	return &session{plugin: p, ready: make(chan struct{}), sent: map[string]protocol.SetCredentialsRequest{}}
}

func (s *session) client() Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

func (s *session) sentCredentials(source string) (protocol.SetCredentialsRequest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.sent[source]
	return r, ok
}

func (s *session) remember(r *protocol.SetCredentialsRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent[r.PackageSourceRepository] = *r
}

func (s *session) log(level protocol.LogLevel, text string) {
	room := maxPending
	if level >= protocol.LevelMinimal {
		room *= 2
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == "" || level < s.told.LogLevel || len(s.pending) >= room {
		return
	}
	s.pending = append(s.pending, entry{line: protocol.LogRequest{LogLevel: level, Message: text}})
	s.startWriting()
}

// openLog lets the lines out once NuGet takes them: before SetLogLevel it answers a Log with a Fault.
func (s *session) openLog(level protocol.LogLevel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told.LogLevel, s.open = level, true
	s.startWriting()
}

// startWriting is called with the lock held.
func (s *session) startWriting() {
	if s.open && !s.writing && len(s.pending) > 0 {
		s.writing = true
		go s.write()
	}
}

// write sends what waits until nothing is left, and ends.
func (s *session) write() {
	for {
		next, ok := s.next()
		switch {
		case !ok:
			return
		case next.reached != nil:
			close(next.reached)
		default:
			s.send(&next.line)
		}
	}
}

// shownTimeout bounds the wait for the acknowledgement of a line that users are to see.
const shownTimeout = time.Second

// send writes one line. One that users are to see is waited for until NuGet has it: NuGet.exe ends within milliseconds of an
// answer that declines, and was seen to drop lines that it had not come to by then. Sending fails when the conversation is
// over, and then nobody reads the log.
func (s *session) send(line *protocol.LogRequest) {
	if line.LogLevel < protocol.LevelMinimal {
		_ = s.conn.Post(context.Background(), line)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), shownTimeout)
	defer cancel()
	_, _ = s.conn.Call(ctx, line)
}

// next takes what is to be written next, without the lines that waited for SetLogLevel only to be below the level.
func (s *session) next() (entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 {
		first := s.pending[0]
		s.pending = s.pending[1:]
		if first.reached != nil || first.line.LogLevel >= s.told.LogLevel {
			return first, true
		}
	}
	s.writing = false
	return entry{}, false
}

// flush waits until the lines so far are written, so that they arrive before the answer that they explain. It does not
// wait for lines that others log meanwhile.
func (s *session) flush(ctx context.Context) {
	s.mu.Lock()
	if !s.writing {
		s.mu.Unlock()
		return
	}
	reached := make(chan struct{})
	s.pending = append(s.pending, entry{reached: reached})
	s.mu.Unlock()
	select {
	case <-reached:
	case <-ctx.Done():
	}
}

// watch ends the conversation when NuGet's process does.
func (s *session) watch(pid int) error {
	s.mu.Lock()
	s.told.ProcessID = pid
	s.mu.Unlock()
	w, err := procwatch.Watch(pid)
	if err != nil {
		return err
	}
	go func() {
		defer w.Close()
		select {
		case <-w.Done():
			s.conn.Close()
		case <-s.conn.Done():
		}
	}()
	return nil
}
