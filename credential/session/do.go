package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nuplug/nuplug/internal/atomicfile"
)

// flight is a Do that is under way in this process. Its results are there when done is closed.
type flight struct {
	done      chan struct{}
	token     Token
	err       error
	abandoned bool // whoever led it gave up, which is no answer for others
}

// Do returns the token of key if it lasts for more than RefreshBefore, and otherwise what fetch obtains, which it stores.
//
// One process at a time fetches for a key; the others wait, and then find what it has stored. Within a process those that
// wait get the answer of the one that fetched, also when it is an error, so that a wrong password is sent once. While an old
// token is not expired, it is returned when fetch fails. The error is that of fetch or the cause of ctx; that the token
// could not be stored is none, and is in Status.
func (c *Cache) Do(ctx context.Context, key Key, fetch func(context.Context) (Token, error)) (Token, error) {
	id := key.id()
	for {
		if t, ok := c.Get(ctx, key); ok {
			return t, nil
		}
		f, leads := c.join(id)
		if leads {
			c.lead(ctx, key, f, fetch)
			return f.token, f.err
		}
		select {
		case <-f.done:
			if !f.abandoned {
				return f.token, f.err
			}
		case <-ctx.Done():
			return Token{}, fmt.Errorf("wait for the token that is being obtained: %w", context.Cause(ctx))
		}
	}
}

func (c *Cache) join(id string) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[id]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{}), abandoned: true} // which it stays if fetch panics
	c.flights[id] = f
	return f, true
}

func (c *Cache) lead(ctx context.Context, key Key, f *flight, fetch func(context.Context) (Token, error)) {
	defer func() {
		c.mu.Lock()
		delete(c.flights, key.id())
		c.mu.Unlock()
		close(f.done)
	}()
	f.token, f.err = c.fetchLocked(ctx, key, fetch)
	f.abandoned = f.err != nil && ctx.Err() != nil
}

// fetchLocked fetches while no other process does.
func (c *Cache) fetchLocked(ctx context.Context, key Key, fetch func(context.Context) (Token, error)) (Token, error) {
	asked := c.o.Now()
	release, err := c.lockKey(ctx, key)
	if err != nil {
		return Token{}, err
	}
	defer release()
	h := c.look(ctx, key)
	// What was stored while we waited is new, even if it is one of those that never last long.
	old, now := h.token, c.o.Now()
	if old.lasts(now, RefreshBefore) || h.stored.After(asked) && old.lasts(now, 0) {
		return old, nil
	}
	t, err := fetch(ctx)
	switch {
	case err == nil:
		c.Put(context.WithoutCancel(ctx), key, t) // it may have cost a login; Status has the error
		return t, nil
	case ctx.Err() == nil && old.lasts(c.o.Now(), 0):
		return old, nil
	}
	return Token{}, err
}

// lockKey keeps other processes from fetching for the same key. Where no lock can be had, they do: it is better to fetch
// twice than not at all.
func (c *Cache) lockKey(ctx context.Context, key Key) (release func(), err error) {
	return c.lock(ctx, "session-"+key.id()+".lock")
}

// lock takes the lock file of a name in the folder. The error is one only when ctx ended.
func (c *Cache) lock(ctx context.Context, name string) (release func(), err error) {
	unlocked := func() {}
	if c.o.Dir == "" || os.MkdirAll(c.o.Dir, 0o700) != nil {
		return unlocked, nil
	}
	path := filepath.Join(c.o.Dir, name)
	unlock, err := atomicfile.Lock(ctx, path)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("wait for the token that another process is obtaining: %w", context.Cause(ctx))
	}
	if err != nil {
		return unlocked, nil
	}
	return func() {
		// Keys come and go; their lock files shall not stay. Who waits for a deleted one notices, and makes a new one.
		os.Remove(path)
		unlock()
	}, nil
}

var errNoFolder = errors.New("there is no folder for the session cache: set HOME")

// lockFile is for a change of the file, which is short.
func (c *Cache) lockFile(ctx context.Context) (release func() error, err error) {
	if c.o.Dir == "" {
		return nil, errNoFolder
	}
	if err := os.MkdirAll(c.o.Dir, 0o700); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, changeLimit)
	defer cancel()
	return atomicfile.Lock(ctx, filepath.Join(c.o.Dir, "session.lock"))
}

// changeLimit is more than all who want to change the file take together, and less than anybody waits for a restore.
const changeLimit = 10 * time.Second
