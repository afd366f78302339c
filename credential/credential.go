// Package credential finds the credentials of a feed: a [Chain] asks one [Source] after the other and returns the first
// answer with the [Trail] that led to it.
//
// Secrets are of type [Secret], which prints as ***, so that a credential can be logged, printed and marshalled without
// harm; the places that need the text call [Secret.Reveal].
package credential

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Secret is a password or token.
type Secret string

const hidden = "***"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Format covers the verbs that look past String, such as %x.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// Credential is what a feed takes as HTTP Basic authentication.
type Credential struct {
	Username string
	Password Secret
	From     string // where it was found, for people: a variable with the entry, a file with the line
	// StandIn says that the secret came without a user name and Username only fills its place.
	StandIn bool
	Expires time.Time // zero when unknown or never
}

func (c Credential) String() string { return fmt.Sprintf("%s:%s (%s)", c.Username, hidden, c.From) }

// Request asks for the credential of one feed.
type Request struct {
	Feed Feed
	// Refused are the places (Credential.From) whose credential the feed has refused in this process. Sources pass over
	// them.
	Refused map[string]bool
}

// A Source is a place where credentials may be found. Find returns a [*NothingError] when it has nothing for this feed,
// and any other error when it should have had something and failed. It may be called by many goroutines.
type Source interface {
	Name() string
	Find(context.Context, Request) (Credential, error)
}

// NothingError says that a source has nothing for a feed, which is not a failure.
type NothingError struct {
	Reason string
	// Ours says that the source knows the feed and would have a credential if somebody had given it one, so that the feed
	// is not to be left to other plugins without a word.
	Ours bool
}

func (e *NothingError) Error() string { return e.Reason }

// Nothing makes a NothingError for a feed that the source does not know.
func Nothing(format string, args ...any) error {
	return &NothingError{Reason: fmt.Sprintf(format, args...)}
}

// A Warner is a source that found something wrong in what it was given, beside what it can use: an unreadable entry, a
// file that others can read. Each line names the place and says what to do.
type Warner interface {
	Warnings() []string
}

func isNothing(err error) (*NothingError, bool) { return errors.AsType[*NothingError](err) }
