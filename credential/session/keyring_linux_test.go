package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/credential/keychain"
	"github.com/nuplug/nuplug/credential/keychain/keychaintest"
)

// keyring is one for the whole process. TestMain makes it.
var keyring *keychaintest.Keyring

func withKeyring(m *testing.M) int {
	k, err := keychaintest.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer k.Stop()
	keyring = k
	os.Setenv("DBUS_SESSION_BUS_ADDRESS", k.Address)
	return m.Run()
}

// A desktop session and one without D-Bus have a cache each and leave the other's alone.
func TestRealKeyring(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nuplug")
	open := func() *Cache { return New(&Options{Dir: dir, Keychain: keychain.New(nil)}) }
	desktop := open()
	if err := desktop.Put(t.Context(), key, Token{Secret: canary + "1"}); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); !slices.Contains(got, keychainCacheName) || slices.Contains(got, keyFileName) {
		t.Errorf("%q", got)
	}
	if got := desktop.Status(); got != (Status{Path: filepath.Join(dir, keychainCacheName)}) {
		t.Errorf("%+v", got)
	}
	if err := keyring.Lock(); err != nil {
		t.Fatal(err)
	}
	locked := open()
	if got, ok := locked.Get(t.Context(), key); ok {
		t.Errorf("locked: %v", got)
	}
	if got := locked.Status(); !got.KeyInFile || !strings.Contains(got.Reason, "locked") {
		t.Errorf("%+v", got)
	}
	if err := keyring.Unlock(); err != nil {
		t.Fatal(err)
	}
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	remote := open()
	if err := remote.Put(t.Context(), key, Token{Secret: canary + "2"}); err != nil {
		t.Fatal(err)
	}
	if got, ok := open().Get(t.Context(), key); !ok || got.Secret != canary+"2" {
		t.Errorf("without a bus: %q, %t", got.Secret.Reveal(), ok)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	if got, ok := open().Get(t.Context(), key); !ok || got.Secret != canary+"1" {
		t.Errorf("with the keyring: %q, %t", got.Secret.Reveal(), ok)
	}
	files(t, dir)
}
