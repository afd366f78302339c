package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

// clock is a time that the test sets.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

// caches are the ways in which tokens are kept.
func caches(t *testing.T, now func() time.Time) map[string]func() *Cache {
	k, all := newFake(), make(map[string]func() *Cache)
	for name, o := range map[string]*Options{
		"keychain": {Dir: filepath.Join(t.TempDir(), "k"), Keychain: k, Now: now}, "file": {Dir: filepath.Join(t.TempDir(), "f"), Now: now},
	} {
		all[name] = func() *Cache { return New(o) }
	}
	memory := New(&Options{Keychain: k, Now: now})
	all["memory"] = func() *Cache { return memory }
	return all
}

func TestPutGet(t *testing.T) {
	for name, open := range caches(t, newClock().Now) {
		if got, ok := open().Get(t.Context(), key); ok || got != (Token{}) {
			t.Errorf("%s: %v", name, got)
		}
		want := Token{Username: "u", Secret: canary, Expires: newClock().now.Add(time.Hour)}
		err := open().Put(t.Context(), key, want)
		if memory := name == "memory"; memory != (err != nil) || memory && err.Error() != "the session cache is kept in memory: there is no folder for the session cache: set HOME" {
			t.Errorf("%s: %v", name, err)
		}
		upper := key
		upper.Path = "/ORG"
		for _, k := range []Key{key, upper} {
			if got, ok := open().Get(t.Context(), k); !ok || got != want {
				t.Errorf("%s: %v, %t", name, got, ok)
			}
		}
	}
}

// Tokens of other accounts, tenants and feeds are other tokens.
func TestEveryFieldOfTheKeyCounts(t *testing.T) {
	c := New(&Options{Dir: t.TempDir()})
	if err := c.Put(t.Context(), key, Token{Secret: canary}); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(*Key){
		func(k *Key) { k.Origin = "https://feeds.example:8443" }, func(k *Key) { k.Path = "/org2" }, func(k *Key) { k.Tenant = "" },
		func(k *Key) { k.Account = "A" }, func(k *Key) { k.Scope = "s s" }, func(k *Key) { k.Source = "aws" },
		func(k *Key) { k.Origin, k.Path = k.Origin+k.Path, "" }, func(k *Key) { k.Tenant, k.Account = k.Account, k.Tenant },
	} {
		other := key
		change(&other)
		if got, ok := c.Get(t.Context(), other); ok {
			t.Errorf("%+v: %v", other, got)
		}
	}
}

func TestTokensThatEnd(t *testing.T) {
	for name, open := range caches(t, newClock().Now) {
		for left, want := range map[time.Duration]bool{RefreshBefore + 1: true, RefreshBefore: false, time.Second: false, 0: false, -time.Hour: false} {
			k := key
			k.Scope = left.String()
			open().Put(t.Context(), k, Token{Secret: canary, Expires: newClock().now.Add(left)})
			if _, ok := open().Get(t.Context(), k); ok != want {
				t.Errorf("%s: a token with %v left is given out: %t", name, left, ok)
			}
		}
	}
}

func TestMemoryOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nuplug")
	k := newFake()
	c := New(&Options{Dir: dir, Keychain: k})
	want := Token{Secret: canary, MemoryOnly: true}
	calls := 0
	if got, err := c.Do(t.Context(), key, fetcher(&calls, want)); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := c.Do(t.Context(), key, fetcher(&calls, want)); err != nil || got != want || calls != 1 {
		t.Errorf("%v, %v, fetched %d times", got, err, calls)
	}
	if got := files(t, dir); got != nil || k.calls != 0 {
		t.Errorf("files %q, %d calls of the keychain", got, k.calls)
	}
	if got, ok := New(&Options{Dir: dir}).Get(t.Context(), key); ok {
		t.Errorf("another process has %v", got)
	}
}

func TestForget(t *testing.T) {
	for name, open := range caches(t, newClock().Now) {
		c := open()
		c.Put(t.Context(), key, Token{Secret: "old"})
		open().Put(t.Context(), key, Token{Secret: "new"}) // by another process
		if err := c.Forget(t.Context(), key, "old"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, ok := c.Get(t.Context(), key); !ok || got.Secret != "new" {
			t.Errorf("%s: %q", name, got.Secret.Reveal())
		}
		if err := c.Forget(t.Context(), key, "new"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, ok := open().Get(t.Context(), key); ok {
			t.Errorf("%s: %q", name, got.Secret.Reveal())
		}
	}
}

// What the file does not let go is at least not given out again.
func TestForgetWithoutKeychain(t *testing.T) {
	dir := t.TempDir()
	c := New(&Options{Dir: dir})
	if err := c.Put(t.Context(), key, Token{Secret: canary}); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(filepath.Join(dir, fileCacheName))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Forget(t.Context(), key, canary); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fileCacheName), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Get(t.Context(), key); ok {
		t.Errorf("%v", got)
	}
	if _, ok := New(&Options{Dir: dir}).Get(t.Context(), key); !ok {
		t.Error("the test has not put it back")
	}
}

func TestListDrop(t *testing.T) {
	now := newClock()
	for name, open := range caches(t, now.Now) {
		var want []Entry
		for i := range 4 {
			k := Key{Origin: fmt.Sprintf("https://%d.example", i%2), Source: fmt.Sprint(i)}
			expires := now.now.Add(time.Duration(i) * time.Minute)
			open().Put(t.Context(), k, Token{Username: "u", Secret: canary, Expires: expires})
			if i > 0 { // which has expired
				want = append(want, Entry{k, "u", expires, now.now})
			}
		}
		byKey := func(a, b Entry) int { return strings.Compare(a.Key.id(), b.Key.id()) }
		slices.SortFunc(want, byKey)
		if diff := cmp.Diff(want, open().List(t.Context())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if err := open().Drop(t.Context(), func(k Key) bool { return k.Origin == "https://1.example" }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := open().List(t.Context()); len(got) != 1 || got[0].Key.Source != "2" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A read of a cache that was never written asks no keychain, and one process asks it once for the key.
func TestKeychainIsLeftAlone(t *testing.T) {
	k := newFake()
	o := &Options{Dir: filepath.Join(t.TempDir(), "nuplug"), Keychain: k}
	New(o).Get(t.Context(), key)
	New(o).Forget(t.Context(), key, canary)
	if got := files(t, o.Dir); k.calls != 0 || got != nil {
		t.Errorf("%d calls, files %q", k.calls, got)
	}
	if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
		t.Fatal(err)
	}
	k.calls = 0
	c := New(o)
	for range 3 {
		c.Get(t.Context(), key)
	}
	if k.calls != 1 {
		t.Errorf("%d calls", k.calls)
	}
}

func TestKeychainThatFails(t *testing.T) {
	for _, reason := range []error{keychain.ErrNoKeychain, keychain.ErrLocked, keychain.ErrTimeout, errors.New("broken")} {
		k := newFake()
		k.err = reason
		o := &Options{Dir: t.TempDir(), Keychain: k}
		c := New(o)
		for range 3 {
			if err := c.Put(t.Context(), key, Token{Secret: canary}); err != nil {
				t.Error(err)
			}
		}
		if want := (Status{filepath.Join(o.Dir, fileCacheName), true, reason.Error()}); c.Status() != want || k.calls != 1 {
			t.Errorf("%+v after %d calls", c.Status(), k.calls)
		}
		if got, ok := New(o).Get(t.Context(), key); !ok || got.Secret != canary {
			t.Errorf("%v, %t", got, ok)
		}
	}
}

// What stands in the keychain under our name and is no key is replaced.
func TestKeychainWithSomethingElse(t *testing.T) {
	k := newFake()
	for _, text := range []credential.Secret{"", "c4n4ry", "AAAA"} {
		k.entries[keyService+" "+keyAccount] = text
		o := &Options{Dir: t.TempDir(), Keychain: k}
		if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
			t.Error(err)
		}
		if _, ok := New(o).Get(t.Context(), key); !ok {
			t.Errorf("%q: lost", text.Reveal())
		}
	}
}

func TestBounds(t *testing.T) {
	now := newClock()
	all := make(map[string]held)
	add := func(i int, secret credential.Secret, expires time.Time) {
		h := held{Key{Source: fmt.Sprint(i)}, Token{Secret: secret, Expires: expires}, now.now.Add(time.Duration(i) * time.Second)}
		all[h.key.id()] = h
	}
	for i := range maxEntries + 20 {
		expires := time.Time{}
		if i < 10 {
			expires = now.now
		}
		add(i, canary, expires)
	}
	prune(all, now.now)
	if _, tenth := all[Key{Source: "19"}.id()]; len(all) != maxEntries || tenth {
		t.Errorf("%d are left, the oldest among them: %t", len(all), tenth)
	}
	for i := range 100 {
		add(maxEntries+20+i, credential.Secret(strings.Repeat("x", maxToken)), time.Time{})
	}
	prune(all, now.now)
	if len(all) != maxTokens/maxToken {
		t.Errorf("%d large ones are left", len(all))
	}
	c := New(&Options{Dir: t.TempDir()})
	for _, secret := range []credential.Secret{credential.Secret(strings.Repeat("x", maxToken+1)), "\xff"} {
		if err := c.Put(t.Context(), key, Token{Secret: secret}); err == nil {
			t.Error("it was written")
		}
		if got, ok := c.Get(t.Context(), key); !ok || got.Secret != secret {
			t.Error("it was lost")
		}
	}
}

func TestErrorsAndStatusHoldNoSecret(t *testing.T) {
	c := New(&Options{Dir: os.Args[0]}) // no folder
	err := c.Put(t.Context(), key, Token{Username: "u", Secret: canary})
	all := fmt.Sprintf("%v %+v %#v %+v %v", err, c.Status(), c.Status(), c.List(t.Context()), Token{Secret: canary})
	if err == nil || strings.Contains(all, canary.Reveal()) {
		t.Error(all)
	}
}
