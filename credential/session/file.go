package session

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/atomicfile"
)

// header begins the file, and is part of what the encryption protects. What follows is the nonce and the encrypted JSON.
const header = "nuplug session cache 1\n"

// Bounds on what is in the file.
const (
	maxEntries = 1000
	maxToken   = 64 << 10 // bytes of one secret and its user name
	maxTokens  = 4 << 20  // bytes of all
)

// entry is a token in the file. It is never printed.
type entry struct {
	Key      Key       `json:"key"`
	Username string    `json:"username,omitempty"`
	Secret   string    `json:"secret"`
	Expires  time.Time `json:"expires,omitzero"`
	Stored   time.Time `json:"stored"`
}

// read returns what is in the file. There is nothing in a file that is missing, damaged, somebody else's or for another key,
// and then the keychain may not even be asked.
func (c *Cache) read(ctx context.Context) map[string]held {
	if c.o.Dir == "" || !c.anyFile() {
		return nil
	}
	v, err := c.open(ctx, false)
	if v == nil || err != nil {
		return nil
	}
	return c.readFrom(v)
}

func (c *Cache) anyFile() bool {
	for _, name := range []string{keychainCacheName, fileCacheName} {
		if _, err := os.Stat(c.path(name)); err == nil {
			return true
		}
	}
	return false
}

func (c *Cache) readFrom(v *vault) map[string]held {
	sealed, err := readPrivate(c.goos, v.path)
	if err != nil {
		return nil
	}
	all, err := unseal(v, sealed)
	if err != nil {
		return nil
	}
	return all
}

// change reads, changes and writes the file while no other process does. Nothing is written when f returns false.
func (c *Cache) change(ctx context.Context, f func(map[string]held) bool) error {
	release, err := c.lockFile(ctx)
	if err != nil {
		return fmt.Errorf("the session cache is kept in memory: %w", err)
	}
	defer release()
	v, err := c.open(ctx, true)
	if err != nil {
		return fmt.Errorf("the session cache is kept in memory: %w", err)
	}
	if v == nil {
		return errors.New("the session cache is kept in memory: it has no key")
	}
	all := c.readFrom(v)
	if all == nil {
		all = make(map[string]held)
	}
	if !f(all) {
		return nil
	}
	prune(all, c.o.Now())
	sealed, err := seal(v, all)
	if err == nil {
		err = atomicfile.Write(v.path, sealed, 0o600)
	}
	if err != nil {
		return fmt.Errorf("the session cache is kept in memory: %w", err)
	}
	return nil
}

// prune drops what has expired, and then what was stored first, until the rest is within the bounds.
func prune(all map[string]held, now time.Time) {
	maps.DeleteFunc(all, func(_ string, h held) bool { return !h.token.lasts(now, 0) })
	size := 0
	for _, h := range all {
		size += h.size()
	}
	oldest := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(all[a].stored.Compare(all[b].stored), cmp.Compare(a, b))
	})
	for _, id := range oldest {
		if len(all) <= maxEntries && size <= maxTokens {
			return
		}
		size -= all[id].size()
		delete(all, id)
	}
}

func (h held) size() int { return len(h.token.Secret) + len(h.token.Username) }

func seal(v *vault, all map[string]held) ([]byte, error) {
	entries := make([]entry, 0, len(all))
	for _, h := range all {
		entries = append(entries, entry{h.key, h.token.Username, h.token.Secret.Reveal(), h.token.Expires, h.stored})
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return nil, errors.New("a token cannot be written down")
	}
	return v.aead.Seal([]byte(header), nil, text, []byte(header)), nil
}

func unseal(v *vault, sealed []byte) (map[string]held, error) {
	body, ok := bytes.CutPrefix(sealed, []byte(header))
	if !ok {
		return nil, errors.New("it is not a session cache")
	}
	text, err := v.aead.Open(nil, nil, body, []byte(header))
	if err != nil {
		return nil, err
	}
	var entries []entry
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, errors.New("it holds something else") // without the text
	}
	all := make(map[string]held, len(entries))
	for _, e := range entries {
		all[e.Key.id()] = held{e.Key, Token{Username: e.Username, Secret: credential.Secret(e.Secret), Expires: e.Expires}, e.Stored}
	}
	return all, nil
}
