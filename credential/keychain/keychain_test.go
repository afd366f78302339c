package keychain

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nuplug/nuplug/credential"
)

const canary = credential.Secret("c4n4ry")

// fake is a keychain that does as it is told: hanging, locked and failing ones cannot be had on demand.
func fake() ring {
	return ring{
		check:    func(context.Context, string, string) error { return nil },
		get:      func(string, string) (string, error) { return canary.Reveal(), nil },
		set:      func(string, string, string) error { return nil },
		delete:   func(string, string) error { return nil },
		classify: func(err error) error { return err },
	}
}

func TestCallThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, woken := fake(), make(chan struct{})
		r.get = func(string, string) (string, error) {
			<-woken
			return canary.Reveal(), nil
		}
		k := newFor(nil, r)
		begin := time.Now()
		for range 10 {
			secret, err := k.Get(t.Context(), "nuplug", "u")
			if !errors.Is(err, ErrTimeout) || secret != "" || !strings.HasPrefix(err.Error(), "read from the keychain: ") {
				t.Errorf("%q, %v", secret.Reveal(), err)
			}
		}
		if took := time.Since(begin); took != DefaultTimeout {
			t.Errorf("ten calls took %v", took)
		}
		time.Sleep(pause) // it is asked again, and still hangs
		if err := k.Set(t.Context(), "nuplug", "u", canary); !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		close(woken)
		time.Sleep(pause)
		if err := k.Set(t.Context(), "nuplug", "u", canary); err != nil {
			t.Errorf("after it woke: %v", err)
		}
	})
}

func TestCheckThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := fake()
		r.check = func(ctx context.Context, _, _ string) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}
		r.get = func(string, string) (string, error) {
			t.Error("it was used")
			return "", nil
		}
		k := newFor(&Options{Timeout: time.Second, Prompt: time.Hour}, r)
		begin := time.Now()
		if _, err := k.Get(t.Context(), "nuplug", "u"); !errors.Is(err, ErrTimeout) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		synctest.Wait() // the turn is given back by a goroutine
	})
}

func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, woken := fake(), make(chan struct{})
		defer close(woken)
		r.delete = func(string, string) error {
			<-woken
			return nil
		}
		k := newFor(nil, r)
		cause := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		begin := time.Now()
		if err := k.Delete(ctx, "nuplug", "u"); !errors.Is(err, cause) || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		// That says nothing of the keychain: the next one waits for the turn as long as it may.
		if err := k.Delete(t.Context(), "nuplug", "u"); !errors.Is(err, ErrTimeout) || time.Since(begin) != time.Second+DefaultTimeout {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// Whether there is a user to ask decides what a locked keychain means.
func TestLockedKeychain(t *testing.T) {
	for _, prompt := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			r, used := fake(), false
			r.check = func(context.Context, string, string) error { return ErrLocked }
			r.get = func(string, string) (string, error) {
				used = true
				time.Sleep(prompt - time.Second) // the user types
				return canary.Reveal(), nil
			}
			secret, err := newFor(&Options{Prompt: prompt}, r).Get(t.Context(), "nuplug", "u")
			if prompt == 0 && (used || !errors.Is(err, ErrLocked)) || prompt > 0 && (err != nil || secret != canary) {
				t.Errorf("%v: %q, used %t, %v", prompt, secret.Reveal(), used, err)
			}
		})
	}
}

func TestOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, inside := fake(), 0
		r.set = func(string, string, string) error {
			if inside++; inside > 1 {
				t.Error("two calls at once")
			}
			time.Sleep(time.Second)
			inside--
			return nil
		}
		k := newFor(nil, r)
		for range 2 {
			go func() {
				if err := k.Set(t.Context(), "nuplug", "u", canary); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		time.Sleep(3 * time.Second)
	})
}
