package session

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestDo(t *testing.T) {
	now := newClock()
	for name, open := range caches(t, now.Now) {
		calls := 0
		begin := now.now
		for i, test := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {30 * time.Minute, 1}, {50*time.Minute - 1, 1}, {50 * time.Minute, 2}, {time.Hour, 2}} {
			now.now = begin.Add(test.after)
			got, err := open().Do(t.Context(), key, fetcher(&calls, Token{Secret: canary, Expires: now.now.Add(time.Hour)}))
			if err != nil || got.Secret != canary || calls != test.want {
				t.Errorf("%s, step %d: %v, %v, fetched %d times", name, i, got, err, calls)
			}
		}
		now.now = begin
	}
}

func TestDoFails(t *testing.T) {
	now, refused := newClock(), errors.New("no")
	fails := func(context.Context) (Token, error) { return Token{}, refused }
	for name, open := range caches(t, now.Now) {
		begin := now.now
		open().Put(t.Context(), key, Token{Secret: canary, Expires: now.now.Add(time.Hour)})
		now.now = begin.Add(time.Hour - 1) // the old one is still good
		if got, err := open().Do(t.Context(), key, fails); err != nil || got.Secret != canary {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		now.now = begin.Add(time.Hour)
		if got, err := open().Do(t.Context(), key, fails); !errors.Is(err, refused) || got != (Token{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		now.now = begin
		// A token that the feed has refused is not good, whatever its expiry.
		c := open()
		c.Put(t.Context(), key, Token{Secret: canary, Expires: now.now.Add(time.Minute)})
		c.Forget(t.Context(), key, canary)
		if got, err := c.Do(t.Context(), key, fails); !errors.Is(err, refused) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Whoever waits gets the answer of the one that fetches, be it an error.
func TestDoAtOnce(t *testing.T) {
	for _, fail := range []error{nil, errors.New("wrong password")} {
		synctest.Test(t, func(t *testing.T) {
			c, calls := New(nil), atomic.Int64{}
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					got, err := c.Do(t.Context(), key, func(context.Context) (Token, error) {
						calls.Add(1)
						time.Sleep(time.Minute)
						return Token{Secret: canary}, fail
					})
					if err != fail || err == nil && got.Secret != canary {
						t.Errorf("%v, %v", got, err)
					}
				})
			}
			wg.Wait()
			if calls.Load() != 1 {
				t.Errorf("fetched %d times", calls.Load())
			}
		})
	}
}

// One that gives up, or panics, is no answer for the others.
func TestDoAbandoned(t *testing.T) {
	for _, panics := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, calls := New(nil), 0
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var wg sync.WaitGroup
			wg.Go(func() {
				defer func() { recover() }()
				c.Do(ctx, key, func(ctx context.Context) (Token, error) {
					<-ctx.Done()
					if panics {
						panic("a source is broken")
					}
					return Token{}, ctx.Err()
				})
			})
			synctest.Wait()
			impatient, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("enough"))
			defer cancel()
			begin := time.Now()
			if _, err := c.Do(impatient, key, fetcher(&calls, Token{Secret: canary})); !errors.Is(err, context.Cause(impatient)) || time.Since(begin) != time.Second {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
			if got, err := c.Do(t.Context(), key, fetcher(&calls, Token{Secret: canary})); err != nil || got.Secret != canary || calls != 1 {
				t.Errorf("%v, %v, fetched %d times", got, err, calls)
			}
			wg.Wait()
		})
	}
}

// Tokens that never last for ten minutes are not obtained again by those that waited for them in another process.
func TestDoShortLived(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	var calls atomic.Int64
	begun, woken := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		New(&Options{Dir: dir}).Do(t.Context(), key, func(context.Context) (Token, error) {
			close(begun)
			<-woken
			calls.Add(1)
			return Token{Secret: canary, Expires: time.Now().Add(5 * time.Minute)}, nil
		})
	})
	<-begun
	// This cache shares only the files with the other. The third look at its clock is when it begins to
	// wait.
	looks := 0
	waits := New(&Options{Dir: dir, Now: func() time.Time {
		now := time.Now()
		if looks++; looks == 3 {
			close(woken)
		}
		return now
	}})
	got, err := waits.Do(t.Context(), key, func(context.Context) (Token, error) {
		calls.Add(1)
		return Token{Secret: "another"}, nil
	})
	if wg.Wait(); err != nil || got.Secret != canary || calls.Load() != 1 {
		t.Errorf("%q, %v, fetched %d times", got.Secret.Reveal(), err, calls.Load())
	}
}

func TestManyProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nuplug")
	const children = 3
	lines := make(chan string, 100)
	var stdins []io.Closer
	var wg sync.WaitGroup
	for i := range children {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "SESSION_TEST_DIR="+dir, "SESSION_TEST_NAME="+string(rune('a'+i)))
		stdin, err := child.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		stdins = append(stdins, stdin)
		wg.Go(func() {
			for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
				lines <- scanner.Text()
			}
			if err := child.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	var all []string
	for count := func(s string) int {
		return len(slices.DeleteFunc(slices.Clone(all), func(l string) bool { return l != s }))
	}; count("started") < children || count("fetching") < 1; {
		all = append(all, <-lines)
	}
	for _, stdin := range stdins {
		stdin.Close()
	}
	wg.Wait()
	close(lines)
	for line := range lines {
		all = append(all, line)
	}
	slices.Sort(all)
	got := slices.Compact(slices.Clone(all))
	if len(all) != 2*children+1 || len(got) != 3 || got[0] != "fetching" || !strings.HasPrefix(got[1], "got c4n4ry") {
		t.Errorf("the children said %q", all)
	}
	if got := files(t, dir); !slices.Equal(slices.DeleteFunc(got, func(s string) bool { return s == "session.lock" }), []string{fileCacheName, keyFileName}) {
		t.Errorf("files %q", got)
	}
}
