// Package stored keeps what "nuplug login" was given, one login a feed or a folder of feeds, and is the source that finds
// it again.
//
// The secrets are in the keychain of the system, and beside it an index of the feeds and user names, because keychains
// cannot be listed. Where there is no keychain, a file that only its user may read holds the secrets; where there is no
// folder to write to, they are kept in memory.
package stored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/atomicfile"
)

// service is what the keychain knows us as. The accounts are the addresses of the feeds' folders.
const service = "nuplug"

// The files in the folder.
const (
	indexName   = "logins.json"
	secretsName = "logins-secret.json"
	lockName    = "logins.lock"
)

// ErrNotStored: there is no login for exactly this feed.
var ErrNotStored = errors.New("no login is stored for this feed")

// ErrMemoryOnly: a login is kept until this process ends and no longer, because the folder cannot be written.
var ErrMemoryOnly = errors.New("the login lasts only as long as this process")

// Keychain is the part of keychain.Keychain that is used.
type Keychain interface {
	Get(ctx context.Context, service, account string) (credential.Secret, error)
	Set(ctx context.Context, service, account string, secret credential.Secret) error
	Delete(ctx context.Context, service, account string) error
}

// Options say where logins are kept.
type Options struct {
	// Dir is the folder for the files, usually that of the configuration. It is made when something is stored. "" is for
	// users without a home: all is kept in memory.
	Dir string
	// Keychain holds the secrets. Without it they are in the file.
	Keychain Keychain
	// Now is the clock: time.Now unless set.
	Now func() time.Time
}

// Store holds logins. It is safe for concurrent use, also by many processes.
type Store struct {
	o    Options
	goos string

	mu      sync.Mutex
	memory  map[credential.Feed]record // what could not be written
	warning string                     // why the index could not be used, when it was last looked at
}

// Place is where a secret is.
type Place string

const (
	InKeychain Place = "keychain"
	InFile     Place = "file"
	InMemory   Place = "memory"
)

// Login is what is stored, less the secret.
type Login struct {
	// Feed is the folder of the feeds that it is for: it is used for what lies at or below it.
	Feed     credential.Feed
	Username string
	Stored   time.Time
	Expires  time.Time // zero when unknown or never
	Place    Place
}

// Where says where Put left a secret.
type Where struct {
	Place  Place
	Path   string // of the file that holds the secret, with InFile
	Reason string // why the secret is not in the keychain, with InFile
}

// New makes a store, which touches nothing. o may be nil, for memory only.
func New(o *Options) *Store { return newFor(runtime.GOOS, o) }

func newFor(goos string, o *Options) *Store {
	s := &Store{goos: goos, memory: make(map[credential.Feed]record)}
	if o != nil {
		s.o = *o
	}
	if s.o.Now == nil {
		s.o.Now = time.Now
	}
	return s
}

// List returns all logins in the order of their feeds. It asks no keychain. The error says why the index cannot be used;
// what is in memory is returned all the same.
func (s *Store) List() ([]Login, error) {
	all, err := s.readIndex()
	s.mu.Lock()
	defer s.mu.Unlock()
	for feed, r := range s.memory {
		all = slices.DeleteFunc(all, func(l Login) bool { return l.Feed.Equal(feed) })
		all = append(all, r.login(feed, InMemory))
	}
	slices.SortFunc(all, func(a, b Login) int { return strings.Compare(a.Feed.String(), b.Feed.String()) })
	return all, err
}

// Put stores the login of a feed, less a last index.json of its address, in the place of an older one. From is not stored.
//
// The secret goes to the keychain, or to the file when the keychain does not take it; Where tells, so that the user can be
// told. If neither can be written, the login is in memory and the error wraps ErrMemoryOnly. Any other error means that it
// is not stored; for a file that others can read or write it says how to mend that.
func (s *Store) Put(ctx context.Context, feed credential.Feed, c credential.Credential) (Where, error) {
	feed = feed.Folder()
	switch {
	case feed == (credential.Feed{}), c.Password == "":
		return Where{}, errors.New("store the login: it has no feed or no secret")
	case !utf8.ValidString(c.Username + c.Password.Reveal()):
		return Where{}, errors.New("store the login: the user name or the secret is not UTF-8")
	}
	r := record{c.Username, c.Password.Reveal(), s.o.Now().UTC().Truncate(time.Second), c.Expires.UTC()}
	release, err := s.lock(ctx)
	if ctx.Err() != nil {
		return Where{}, fmt.Errorf("store the login: %w", context.Cause(ctx))
	}
	if err != nil {
		s.remember(feed, r)
		return Where{Place: InMemory}, fmt.Errorf("store the login: %w: %w", ErrMemoryOnly, err)
	}
	defer release()
	index, err := s.readIndex()
	if err != nil {
		return Where{}, fmt.Errorf("store the login: %w", err)
	}
	if i := slices.IndexFunc(index, func(l Login) bool { return l.Feed.Equal(feed) }); i >= 0 {
		feed = index[i].Feed // spelled as the keychain knows it
		index = slices.Delete(index, i, i+1)
	}
	where, err := s.putSecret(ctx, feed, r)
	if err != nil {
		return Where{}, fmt.Errorf("store the login: %w", err)
	}
	if err := s.writeIndex(append(index, r.login(feed, where.Place))); err != nil {
		s.deleteSecret(ctx, r.login(feed, where.Place)) // which no list would name
		return Where{}, fmt.Errorf("store the login: %w", err)
	}
	s.forget(feed)
	return where, nil
}

// putSecret writes the secret to one place and sees that the other has none.
func (s *Store) putSecret(ctx context.Context, feed credential.Feed, r record) (Where, error) {
	err := s.keychainPut(ctx, feed, r)
	if err == nil {
		return Where{Place: InKeychain}, s.fileDelete(feed)
	}
	if ctx.Err() != nil {
		return Where{}, context.Cause(ctx)
	}
	if err := s.filePut(feed, r); err != nil {
		return Where{}, err
	}
	// An older one in the keychain is passed by from now on. It goes, if the keychain can be reached at all.
	s.keychainDelete(ctx, feed)
	return Where{Place: InFile, Path: s.path(secretsName), Reason: err.Error()}, nil
}

// Delete deletes the login of a feed: of exactly this one, less a last index.json of its address, and not of what lies above
// or below. It is ErrNotStored that there is none. When the keychain does not let the secret go, the login stays in the list.
func (s *Store) Delete(ctx context.Context, feed credential.Feed) error {
	feed = feed.Folder()
	remembered := s.forget(feed)
	if index, err := s.readIndex(); err == nil && !slices.ContainsFunc(index, func(l Login) bool { return l.Feed.Equal(feed) }) {
		if remembered {
			return nil
		}
		return fmt.Errorf("delete the login: %w: %v", ErrNotStored, feed)
	}
	release, err := s.lock(ctx)
	if err != nil {
		return fmt.Errorf("delete the login: %w", err)
	}
	defer release()
	index, err := s.readIndex()
	if err != nil {
		return fmt.Errorf("delete the login: %w", err)
	}
	i := slices.IndexFunc(index, func(l Login) bool { return l.Feed.Equal(feed) })
	if i < 0 { // another process was faster
		return nil
	}
	if err := s.deleteSecret(ctx, index[i]); err != nil {
		return fmt.Errorf("delete the login: %w", err)
	}
	if err := s.writeIndex(slices.Delete(index, i, i+1)); err != nil {
		return fmt.Errorf("delete the login: %w", err)
	}
	return nil
}

func (s *Store) deleteSecret(ctx context.Context, l Login) error {
	err := s.keychainDelete(ctx, l.Feed)
	if l.Place != InKeychain {
		err = nil // it has none, or one from before the file that could not be deleted then
	}
	return errors.Join(err, s.fileDelete(l.Feed))
}

// lock keeps other processes from changing the files, and makes their folder.
func (s *Store) lock(ctx context.Context) (release func() error, err error) {
	if s.o.Dir == "" {
		return nil, errors.New("there is no folder for it: set HOME")
	}
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return nil, err
	}
	return atomicfile.Lock(ctx, s.path(lockName))
}

func (s *Store) path(name string) string { return filepath.Join(s.o.Dir, name) }

func (s *Store) remember(feed credential.Feed, r record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(feed)
	s.memory[feed] = r
}

func (s *Store) forget(feed credential.Feed) (found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forgetLocked(feed)
}

func (s *Store) forgetLocked(feed credential.Feed) (found bool) {
	for other := range s.memory {
		if other.Equal(feed) {
			delete(s.memory, other)
			found = true
		}
	}
	return found
}
