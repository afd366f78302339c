package main

import (
	"context"
	"fmt"
)

// status is what a check made of something.
type status int

const (
	statusOK status = iota + 1
	statusNote
	statusWrong
)

func (s status) String() string {
	switch s {
	case statusOK:
		return "ok"
	case statusNote:
		return "note"
	case statusWrong:
		return "wrong"
	}
	return fmt.Sprintf("status(%d)", int(s))
}

// shown makes what is wrong stand out without colours.
func (s status) shown() string {
	if s == statusWrong {
		return "WRONG"
	}
	return s.String()
}

// MarshalText is String, for JSON.
func (s status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// finding is one line of the result.
type finding struct {
	ID     string `json:"id"` // of the check; a check may have many findings
	Status status `json:"status"`
	Text   string `json:"text"`
	Fix    string `json:"fix,omitempty"` // a command for the user's shell, where one mends it

	// blame makes a note wrong where a source ended in one of these ways: most of what is odd about a machine matters only
	// if it may be why a feed cannot be used.
	blame outcome
	// mend is what --fix does; nil where nothing is safe.
	mend func(context.Context) (what string, err error)
}

// outcome is how the way to a source ended; a set of them is an outcome too.
type outcome uint

const (
	// unknown: no feed was asked, so that nothing speaks for or against a plugin.
	unknown outcome = 1 << iota
	fine
	// unanswered: the feed wants credentials, and no plugin had any.
	unanswered
	// blocked: the feed wants credentials, and a plugin could not be started or failed, which ends NuGet's search.
	blocked
	// late: blocked, because a time-out ran out.
	late
	// refused: the feed does not take the credentials that there are.
	refused
	// unreachable: the feed could not be talked to.
	unreachable
	// otherwise: the feed answered, but not as a feed.
	otherwise
)

func ok(text string, args ...any) finding {
	return finding{Status: statusOK, Text: fmt.Sprintf(text, args...)}
}

func note(text string, args ...any) finding {
	return finding{Status: statusNote, Text: fmt.Sprintf(text, args...)}
}

func wrong(text string, args ...any) finding {
	return finding{Status: statusWrong, Text: fmt.Sprintf(text, args...)}
}

// suspect is a note that becomes wrong where a source ended in one of the given ways.
func suspect(o outcome, text string, args ...any) finding {
	return finding{Status: statusNote, blame: o, Text: fmt.Sprintf(text, args...)}
}

// by adds the command that mends it.
func (f finding) by(command string) finding {
	f.Fix = command
	return f
}
