package feedtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
)

// Request is what the log keeps of one request. There is no password in it and no query.
type Request struct {
	Method        string
	Path          string
	Authorization bool   // an Authorization header was there, of whatever kind
	Username      string // from Basic authentication, "" otherwise
	Outcome       Outcome
	Status        int // of the answer; 0 when an Intercept wrote none
}

// Outcome says how the feed judged the credentials of a request.
type Outcome string

const (
	Accepted    Outcome = "accepted"    // right credentials, or an open feed
	Anonymous   Outcome = "anonymous"   // no Authorization header
	EmptyBasic  Outcome = "empty basic" // "Basic Og==", what NuGet sends when it has no credentials at all
	Wrong       Outcome = "wrong"       // anything else
	Intercepted Outcome = "intercepted" // Options.Intercept answered
)

// Counts sums up the log.
type Counts struct {
	Requests     int
	Accepted     int
	Anonymous    int // requests to a private feed without credentials
	EmptyBasic   int
	Wrong        int // how often wrong credentials were seen
	Unauthorized int // answers with 401
}

// Requests returns the log so far, in the order in which the answers were begun.
func (f *Feed) Requests() []Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// Counts sums up the log so far.
func (f *Feed) Counts() Counts {
	var c Counts
	for _, r := range f.Requests() {
		c.Requests++
		switch r.Outcome {
		case Accepted:
			c.Accepted++
		case Anonymous:
			c.Anonymous++
		case EmptyBasic:
			c.EmptyBasic++
		case Wrong:
			c.Wrong++
		}
		if r.Status == http.StatusUnauthorized {
			c.Unauthorized++
		}
	}
	return c
}

// ResetLog forgets all requests so far.
func (f *Feed) ResetLog() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = nil
}

// judge looks at the credentials of r.
func (f *Feed) judge(r *http.Request) Request {
	entry := Request{Method: r.Method, Path: r.URL.Path}
	entry.Authorization = len(r.Header.Values("Authorization")) > 0
	username, password, basic := r.BasicAuth()
	entry.Username = username
	switch {
	case f.open, basic && f.matches(username, password):
		entry.Outcome = Accepted
	case !entry.Authorization:
		entry.Outcome = Anonymous
	case basic && username == "" && password == "":
		entry.Outcome = EmptyBasic
	default:
		entry.Outcome = Wrong
	}
	return entry
}

// matches takes the same time wherever the difference is.
func (f *Feed) matches(username, password string) bool {
	want := sha256.Sum256([]byte(f.username + ":" + f.password))
	got := sha256.Sum256([]byte(username + ":" + password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// recorder writes the log entry when the answer begins, so that whoever has read an answer finds it in the log.
type recorder struct {
	http.ResponseWriter
	feed  *Feed
	entry Request
	begun bool
}

// record writes the entry the first time that it is called.
func (w *recorder) record(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.entry.Status = status
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.feed.log = append(w.feed.log, w.entry)
}

func (w *recorder) WriteHeader(status int) {
	w.record(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.record(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

// FlushError is what http.ResponseController calls; flushing begins the answer.
func (w *recorder) FlushError() error {
	w.record(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection, for an Intercept that cuts it.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
