package keychain

import (
	"errors"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/credential"
)

// The Credential Manager, or what Wine has in its place.
func TestRealKeychain(t *testing.T) {
	k := New(nil)
	const account = "https://feeds.example/org"
	if _, err := k.Get(t.Context(), "nuplug-test", account); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	for _, secret := range []credential.Secret{"first", "second, ünï\ncode"} {
		if err := k.Set(t.Context(), "nuplug-test", account, secret); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Get(t.Context(), "nuplug-test", account); err != nil || got != secret {
			t.Errorf("%d bytes: %d, %v", len(secret), len(got), err)
		}
	}
	if err := k.Set(t.Context(), "nuplug-test", account, credential.Secret(strings.Repeat("x", 2561))); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
	if err := k.Delete(t.Context(), "nuplug-test", account); err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(t.Context(), "nuplug-test", account); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}
