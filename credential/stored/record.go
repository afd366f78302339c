package stored

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

// record is a login with its secret, as the keychain and the file hold it. It is never printed.
type record struct {
	Username string    `json:"username"`
	Secret   string    `json:"secret"`
	Stored   time.Time `json:"storedAt"`
	Expires  time.Time `json:"expires,omitzero"`
}

func (r record) login(feed credential.Feed, place Place) Login {
	return Login{feed, r.Username, r.Stored, r.Expires, place}
}

func (s *Store) keychainGet(ctx context.Context, feed credential.Feed) (record, error) {
	if s.o.Keychain == nil {
		return record{}, keychain.ErrNoKeychain
	}
	text, err := s.o.Keychain.Get(ctx, service, feed.String())
	if err != nil {
		return record{}, err
	}
	var r record
	if err := json.Unmarshal([]byte(text.Reveal()), &r); err != nil || r.Secret == "" { // whose text may quote the secret
		return record{}, ErrNotStored // somebody else's
	}
	return r, nil
}

func (s *Store) keychainPut(ctx context.Context, feed credential.Feed, r record) error {
	if s.o.Keychain == nil {
		return keychain.ErrNoKeychain
	}
	text, err := json.Marshal(r)
	if err != nil {
		return errors.New("the login cannot be written down")
	}
	return s.o.Keychain.Set(ctx, service, feed.String(), credential.Secret(text))
}

// keychainDelete is content when there is nothing to delete.
func (s *Store) keychainDelete(ctx context.Context, feed credential.Feed) error {
	if s.o.Keychain == nil {
		return keychain.ErrNoKeychain
	}
	err := s.o.Keychain.Delete(ctx, service, feed.String())
	if errors.Is(err, keychain.ErrNotFound) {
		return nil
	}
	return err
}
