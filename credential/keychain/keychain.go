// Package keychain keeps secrets in the keychain of the system: the Secret Service on Linux and the BSDs, the Keychain on
// macOS, the Credential Manager on Windows.
//
// A keychain may hang or open a window, so every call is bounded, and without [Options.Prompt] a locked keychain is an
// error and not a question to the user. Nothing of it is touched before the first call.
package keychain

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/nuplug/nuplug/credential"
)

// What callers tell apart with errors.Is.
var (
	// ErrNoKeychain: this machine, or this kind of session, has none.
	ErrNoKeychain = errors.New("there is no keychain")
	// ErrLocked: its user has to unlock it first.
	ErrLocked = errors.New("the keychain is locked")
	// ErrNotFound: it has nothing under this name.
	ErrNotFound = errors.New("the keychain has no such entry")
	// ErrTooBig: the secret is longer than this system takes; Windows takes 2560 bytes, macOS about 3000.
	ErrTooBig = errors.New("the secret is too long for the keychain")
	// ErrTimeout: it did not answer in time.
	ErrTimeout = errors.New("the keychain did not answer in time")
)

// DefaultTimeout is how long a call may take unless Options say otherwise. gh allows as much.
const DefaultTimeout = 3 * time.Second

// Options may be nil.
type Options struct {
	// Timeout is how long a call may take: DefaultTimeout unless set.
	Timeout time.Duration
	// Prompt is how long the user may take to answer what the keychain asks, usually for the password that unlocks it. 0
	// means that there is no user: a locked keychain is ErrLocked. On Linux that is known before the keychain is used. On
	// macOS only the system knows whether it will ask, which it does not in a session without a screen.
	Prompt time.Duration
}

// Keychain is the keychain of the user. It is safe for concurrent use; calls go one at a time.
type Keychain struct {
	timeout time.Duration
	prompt  time.Duration
	ring    ring

	turn chan struct{} // holds one element while a call is under way

	mu    sync.Mutex
	later time.Time // before this it is not asked, because it did not answer
}

// pause is how long a keychain is left alone that did not answer, so that ten feeds do not wait ten times.
const pause = time.Minute

// ring is what is behind it.
type ring struct {
	// check says whether account of service can be used without a prompt; locked is its error when a prompt would do. It
	// gives up when ctx ends.
	check  func(ctx context.Context, service, account string) error
	get    func(service, account string) (string, error)
	set    func(service, account, secret string) error
	delete func(service, account string) error
	// classify makes one of our errors of one of the library's.
	classify func(error) error
}

// New makes a Keychain, which touches nothing.
func New(o *Options) *Keychain {
	return newFor(o, ring{check, keyring.Get, keyring.Set, keyring.Delete, classify})
}

func newFor(o *Options, r ring) *Keychain {
	k := &Keychain{ring: r, turn: make(chan struct{}, 1)}
	if o != nil {
		k.timeout, k.prompt = o.Timeout, o.Prompt
	}
	if k.timeout <= 0 {
		k.timeout = DefaultTimeout
	}
	return k
}

// Get returns the secret of account at service. The error wraps ErrNotFound, ErrNoKeychain, ErrLocked, ErrTimeout or the
// cause of ctx, or is the system's.
func (k *Keychain) Get(ctx context.Context, service, account string) (credential.Secret, error) {
	var text string
	err := k.use(ctx, "read from", service, account, func() error {
		got, err := k.ring.get(service, account)
		if err == nil {
			text = got
		}
		return err
	})
	if err != nil {
		return "", err // and text is left alone: a late call may still write it
	}
	return credential.Secret(text), nil
}

// Set stores the secret of account at service, in the place of an older one. The error is like that of Get, or wraps
// ErrTooBig.
func (k *Keychain) Set(ctx context.Context, service, account string, secret credential.Secret) error {
	return k.use(ctx, "write to", service, account, func() error { return k.ring.set(service, account, secret.Reveal()) })
}

// Delete deletes the secret of account at service. The error is like that of Get.
func (k *Keychain) Delete(ctx context.Context, service, account string) error {
	return k.use(ctx, "delete from", service, account, func() error { return k.ring.delete(service, account) })
}

// use calls the library once the keychain was found ready.
func (k *Keychain) use(ctx context.Context, what, service, account string, call func() error) error {
	err := k.take(ctx)
	if err == nil {
		err = k.useTaken(ctx, service, account, call)
	}
	if errors.Is(err, ErrTimeout) {
		k.mu.Lock()
		k.later = time.Now().Add(pause)
		k.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("%s the keychain: %w", what, err)
	}
	return nil
}

// take waits for the turn.
func (k *Keychain) take(ctx context.Context) error {
	k.mu.Lock()
	later := k.later
	k.mu.Unlock()
	if time.Now().Before(later) {
		return fmt.Errorf("%w, a moment ago", ErrTimeout)
	}
	timer := time.NewTimer(k.timeout + k.prompt)
	defer timer.Stop()
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return ErrTimeout
	}
}

// useTaken has the turn and gives it back, or leaves that to the call that hangs.
func (k *Keychain) useTaken(ctx context.Context, service, account string, call func() error) error {
	returned, err := k.bounded(ctx, k.timeout, func(ctx context.Context) error { return k.ring.check(ctx, service, account) })
	if !returned {
		return err
	}
	limit := k.timeout
	if k.prompt > 0 {
		limit = k.prompt
	}
	locked := errors.Is(err, ErrLocked)
	if err == nil || k.prompt > 0 && locked {
		returned, err = k.bounded(ctx, limit, func(context.Context) error { return k.ring.classify(call()) })
		if returned && locked && err != nil && !errors.Is(err, ErrNotFound) {
			err = fmt.Errorf("%w and was not unlocked: %w", ErrLocked, err)
		}
	}
	if returned {
		<-k.turn
	}
	return err
}

// bounded calls f and waits until it returns, the time is over or ctx ends. In the last two cases the turn is given back
// when f returns, which may be never: the library takes no context.
func (k *Keychain) bounded(ctx context.Context, limit time.Duration, f func(context.Context) error) (returned bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
		go func() {
			<-done
			<-k.turn
		}()
		return false, context.Cause(ctx)
	}
}
