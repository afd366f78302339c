// Package session is the cache for tokens that sources have obtained, shared by every process of the user, so that one
// build does not ask for what another has.
//
// Tokens are in one file, encrypted with a key that the keychain of the system holds; where there is no keychain, the key
// is in a file beside it, and both may be read by their user alone. Tokens of a CI or environment identity never leave the
// process. Nothing that is wrong with the files is fatal: the cache begins anew, or does with memory.
package session

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nuplug/nuplug/credential"
)

// Keychain is the part of keychain.Keychain that is used.
type Keychain interface {
	Get(ctx context.Context, service, account string) (credential.Secret, error)
	Set(ctx context.Context, service, account string, secret credential.Secret) error
}

// Options say where tokens are kept.
type Options struct {
	// Dir is the folder for the files, which nobody else should be able to write to. It is made when there is something to
	// write. "" is for users without a home: tokens are kept in memory.
	Dir string
	// Keychain holds the key. Without it the key is in a file.
	Keychain Keychain
	// Now is the clock: time.Now unless set.
	Now func() time.Time
}

// Cache holds tokens. It is safe for concurrent use, also by many processes.
type Cache struct {
	o    Options
	goos string

	opening chan struct{} // holds one element while the key is looked for

	mu      sync.Mutex
	memory  map[string]held              // by Key.id: what may not or could not be written
	refused map[string]credential.Secret // by Key.id: what is not given out again, wherever it is
	flights map[string]*flight           // by Key.id: what Do is about to obtain
	vault   *vault                       // the one whose key the keychain holds; nil until it was needed
	noKey   string                       // why the keychain does not hold the key; "" until that was seen
	problem error                        // why the last token was not written
}

// New makes a cache, which touches nothing. o may be nil, for memory only.
func New(o *Options) *Cache { return newFor(runtime.GOOS, o) }

func newFor(goos string, o *Options) *Cache {
	c := &Cache{
		goos: goos, opening: make(chan struct{}, 1),
		memory: make(map[string]held), refused: make(map[string]credential.Secret), flights: make(map[string]*flight),
	}
	if o != nil {
		c.o = *o
	}
	if c.o.Now == nil {
		c.o.Now = time.Now
	}
	return c
}

// Get returns the token of key if it lasts for more than RefreshBefore.
func (c *Cache) Get(ctx context.Context, key Key) (Token, bool) {
	t := c.look(ctx, key).token
	if !t.lasts(c.o.Now(), RefreshBefore) {
		return Token{}, false
	}
	return t, true
}

// Put stores a token in the place of an older one; one without a secret, and one that has expired, are not stored. The error
// says why the token is in memory only, where nobody wanted that; it is still of use to this process.
func (c *Cache) Put(ctx context.Context, key Key, t Token) error {
	if !t.lasts(c.o.Now(), 0) {
		return nil
	}
	h := held{key, t, c.o.Now()}
	if t.MemoryOnly {
		c.remember(h)
		return nil
	}
	err := c.write(ctx, h)
	if err != nil {
		c.remember(h)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problem = err
	if err == nil {
		delete(c.memory, key.id())
	}
	return err
}

func (c *Cache) write(ctx context.Context, h held) error {
	if size := len(h.token.Secret) + len(h.token.Username); size > maxToken || !utf8.ValidString(h.token.Username+h.token.Secret.Reveal()) {
		return errors.New("the token is kept in memory: it is too long for a file, or not UTF-8")
	}
	return c.change(ctx, func(all map[string]held) bool {
		all[h.key.id()] = h
		return true
	})
}

// Forget drops the token of key if it still is the one that a feed refused, and not a newer one that another process has
// put. Even if it cannot be dropped, which the error says, this process does not get it again.
func (c *Cache) Forget(ctx context.Context, key Key, refused credential.Secret) error {
	id := key.id()
	is := func(h held, ok bool) bool { return ok && h.token.Secret == refused }
	c.mu.Lock()
	c.refused[id] = refused
	if h, ok := c.memory[id]; is(h, ok) {
		delete(c.memory, id)
	}
	c.mu.Unlock()
	if h, ok := c.read(ctx)[id]; !is(h, ok) {
		return nil
	}
	return c.change(ctx, func(all map[string]held) bool {
		h, ok := all[id]
		if !is(h, ok) {
			return false
		}
		delete(all, id)
		return true
	})
}

// Drop drops all tokens whose keys match, as for a logout.
func (c *Cache) Drop(ctx context.Context, match func(Key) bool) error {
	matches := func(_ string, h held) bool { return match(h.key) }
	c.mu.Lock()
	maps.DeleteFunc(c.memory, matches)
	c.mu.Unlock()
	if !slices.ContainsFunc(slices.Collect(maps.Values(c.read(ctx))), func(h held) bool { return match(h.key) }) {
		return nil
	}
	return c.change(ctx, func(all map[string]held) bool {
		maps.DeleteFunc(all, matches)
		return true
	})
}

// Entry is a token that is in the cache, less its secret.
type Entry struct {
	Key      Key
	Username string
	Expires  time.Time
	Stored   time.Time
}

// List returns what is in the cache and has not expired, in the order in which it was stored.
func (c *Cache) List(ctx context.Context) []Entry {
	all := c.read(ctx)
	if all == nil {
		all = make(map[string]held)
	}
	c.mu.Lock()
	maps.Copy(all, c.memory)
	c.mu.Unlock()
	var entries []Entry
	for _, h := range all {
		if h.token.lasts(c.o.Now(), 0) {
			entries = append(entries, Entry{h.key, h.token.Username, h.token.Expires, h.stored})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.Stored.Compare(b.Stored), strings.Compare(a.Key.id(), b.Key.id()))
	})
	return entries
}

// held is a token in the cache.
type held struct {
	key    Key
	token  Token
	stored time.Time
}

// look returns what is there for key and was not refused, whether it lasts or not: of what is in memory and in the file,
// that which lasts longer.
func (c *Cache) look(ctx context.Context, key Key) held {
	id := key.id()
	c.mu.Lock()
	best, refused := c.memory[id], c.refused[id]
	c.mu.Unlock()
	if best.token.lasts(c.o.Now(), RefreshBefore) {
		return best
	}
	h := c.read(ctx)[id]
	if h.token.Secret != "" && h.token.Secret != refused && (best.token.Secret == "" || h.token.lastsLonger(best.token)) {
		best = h
	}
	return best
}

// remember keeps a token in memory, and drops there what has expired.
func (c *Cache) remember(h held) {
	now := c.o.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.memory, func(_ string, h held) bool { return !h.token.lasts(now, 0) })
	c.memory[h.key.id()] = h
}

// Status says how the cache keeps tokens, for people.
type Status struct {
	// Path is the file; "" while it was not needed, and where there is only memory.
	Path string
	// KeyInFile is true where no keychain holds the key.
	KeyInFile bool
	// Reason says why the keychain does not hold the key, or why there is only memory.
	Reason string
}

// Status returns what is known so far. It touches nothing.
func (c *Cache) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.problem != nil:
		return Status{Reason: c.problem.Error()}
	case c.vault != nil:
		return Status{Path: c.vault.path}
	case c.noKey != "":
		return Status{Path: c.path(fileCacheName), KeyInFile: true, Reason: c.noKey}
	}
	return Status{}
}
