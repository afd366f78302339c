package stored

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

// Name is what the trail calls the source.
func (s *Store) Name() string { return "login" }

// Warnings says why the index of the logins cannot be used. It reads no file: it is empty until a Find did.
func (s *Store) Warnings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.warning == "" {
		return nil
	}
	return []string{s.warning}
}

// Find returns the login with the longest path at or above the feed. One that the feed has refused, or that has expired, is
// passed over while there is a shorter one. A feed that has a login is ours, also when its secret is out of reach: in a
// locked keychain, or in one that this session does not have. The error is another than a NothingError for a file with
// secrets that must not be used and for a keychain that fails. When the index cannot be used, no feed is ours, and a warning
// says why.
func (s *Store) Find(ctx context.Context, r credential.Request) (credential.Credential, error) {
	all, err := s.List()
	s.warn(err)
	all = slices.DeleteFunc(all, func(l Login) bool { return !l.Feed.Contains(r.Feed) })
	if len(all) == 0 {
		if err != nil {
			return credential.Credential{}, credential.Nothing("%v", err)
		}
		return credential.Credential{}, credential.Nothing("no login is stored for this feed")
	}
	slices.SortStableFunc(all, func(a, b Login) int { return len(b.Feed.Path()) - len(a.Feed.Path()) })
	best := all[0]
	for _, l := range all {
		if !r.Refused[l.from()] && !l.expired(s.o.Now()) {
			best = l
			break
		}
	}
	switch {
	case best.expired(s.o.Now()):
		return credential.Credential{}, ours("the login for %v expired on %s: run nuplug login %v", best.Feed, best.Expires.Format(time.DateTime), best.Feed)
	case r.Refused[best.from()]:
		return credential.Credential{From: best.from()}, nil // for the trail; there is no need to open the keychain again
	}
	return s.credential(ctx, best)
}

func (s *Store) warn(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warning = ""
	if err != nil {
		s.warning = err.Error()
	}
}

// credential gets the secret of a login.
func (s *Store) credential(ctx context.Context, l Login) (credential.Credential, error) {
	r, err := s.secret(ctx, l)
	switch {
	case ctx.Err() != nil:
		return credential.Credential{}, context.Cause(ctx)
	case errors.Is(err, ErrNotStored), errors.Is(err, keychain.ErrNotFound):
		return credential.Credential{}, ours("the secret of the login for %v is gone: run nuplug login %v", l.Feed, l.Feed)
	case errors.Is(err, keychain.ErrNoKeychain), errors.Is(err, keychain.ErrLocked):
		return credential.Credential{}, ours("the login for %v is out of reach: %v", l.Feed, err)
	case err != nil:
		return credential.Credential{}, fmt.Errorf("the login for %v: %w", l.Feed, err)
	}
	return credential.Credential{Username: r.Username, Password: credential.Secret(r.Secret), From: l.from(), Expires: r.Expires}, nil
}

func (s *Store) secret(ctx context.Context, l Login) (record, error) {
	switch l.Place {
	case InMemory:
		s.mu.Lock()
		defer s.mu.Unlock()
		if r, ok := s.memory[l.Feed]; ok {
			return r, nil
		}
		return record{}, ErrNotStored
	case InFile:
		return s.fileGet(l.Feed)
	}
	return s.keychainGet(ctx, l.Feed)
}

func ours(format string, args ...any) error {
	return &credential.NothingError{Ours: true, Reason: fmt.Sprintf(format, args...)}
}

func (l Login) expired(now time.Time) bool { return !l.Expires.IsZero() && !now.Before(l.Expires) }

// from names the login for people. It changes when there is a new one, so that the refusal of the old one does not count.
func (l Login) from() string {
	return fmt.Sprintf("login for %v as %q of %s in the %s", l.Feed, l.Username, l.Stored.UTC().Format(time.DateTime), l.Place)
}
