package host

import (
	"sync"
	"time"

	"github.com/nuplug/nuplug/credential"
)

const (
	// maxAsks is how often NuGet asks for credentials in one operation before it gives up.
	maxAsks = 4
	// operation is how long after a search the next one still belongs to the same operation. NuGet's operation is a
	// restore; a transport does not see one end.
	operation = time.Minute
)

// source is what a Transport knows about one package source. Two on one server may want two accounts.
type source struct {
	address string          // as configured
	folder  credential.Feed // what lies below it is the source's
	asking  lock            // held while plugins are asked

	mu         sync.Mutex
	known      *Credentials // the last ones given; nil before, and when they are of no use
	generation int          // counts searches: a 401 to what was known before the last one needs no other
	worked     bool         // known were accepted
	failures   int          // requests in a row that ended with a 401
	asked      int          // searches in this operation
	last       time.Time    // when the last one ended
}

func newSource(address string) (*source, error) {
	feed, err := credential.ParseFeed(address)
	if err != nil {
		return nil, err
	}
	return &source{address: address, folder: feed.Folder(), asking: newLock()}, nil
}

func (s *source) current() (*Credentials, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known, s.generation
}

// wants says whether a 401 to a request of a generation needs a search: not if there was one since, and not if there is
// nothing more to be had in this operation. It is called with the lock asking held.
func (s *source) wants(sent int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.last) > operation {
		s.asked = 0
	}
	return s.generation == sent && s.asked < maxAsks
}

// since gives what was found since a request was sent, nil for nothing.
func (s *source) since(sent int) (*Credentials, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == sent {
		return nil, sent
	}
	return s.known, s.generation
}

// learn takes the result of a search, nil for nothing, and returns its generation.
func (s *source) learn(c *Credentials) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worked = s.worked && sameCredentials(c, s.known)
	s.known, s.last = c, time.Now()
	s.generation++
	s.asked++
	if c == nil {
		s.asked = maxAsks
	}
	return s.generation
}

// accepted hears that a request of a generation got through.
func (s *source) accepted(generation int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation == generation {
		s.worked, s.failures = true, 0
	}
}

// refused hears that a 401 was the last word on a request. Credentials that open nothing are not sent again. Those that do
// open something may be refused for a part of the feed only, so they are kept, unless it becomes a habit: they may also
// have expired.
func (s *source) refused(generation int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return
	}
	s.failures++
	if !s.worked || s.failures > maxAsks {
		s.known, s.worked = nil, false
	}
}

func sameCredentials(a, b *Credentials) bool {
	return a != nil && b != nil && a.Username == b.Username && a.Password == b.Password
}
