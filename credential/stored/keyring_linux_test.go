package stored

import (
	"fmt"
	"os"
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

func TestRealKeyring(t *testing.T) {
	dir := t.TempDir()
	open := func() *Store { return New(&Options{Dir: dir, Keychain: keychain.New(nil)}) }
	if where := put(t, open(), "https://feeds.example/org/v3/index.json", "u"); where != (Where{Place: InKeychain}) {
		t.Error(where)
	}
	if got := find(t, open(), "https://feeds.example/org/v3/query"); !strings.HasPrefix(got, "u:c4n4ryu from ") {
		t.Error(got)
	}
	if got := leaks(t, dir); got != nil {
		t.Errorf("%q hold the secret", got)
	}
	if err := keyring.Lock(); err != nil {
		t.Fatal(err)
	}
	got := find(t, open(), "https://feeds.example/org/v3")
	if err := keyring.Unlock(); err != nil {
		t.Fatal(err)
	}
	const want = "ours: the login for https://feeds.example/org/v3 is out of reach: read from the keychain: the keychain is locked: "
	if !strings.HasPrefix(got, want) {
		t.Error(got)
	}
	feed := mustFeed(t, "https://feeds.example/org/v3")
	if err := open().Delete(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	if _, err := keychain.New(nil).Get(t.Context(), service, feed.String()); err == nil {
		t.Error("the secret is still in the keychain")
	}
}

// In a session without D-Bus the login stays known, and new ones go to the file.
func TestNoBus(t *testing.T) {
	s := New(&Options{Dir: t.TempDir(), Keychain: keychain.New(nil)})
	put(t, s, "https://feeds.example/a", "a")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	const reason = "the keychain: there is no keychain: D-Bus has no session here"
	if got := find(t, s, "https://feeds.example/a"); got != "ours: the login for https://feeds.example/a is out of reach: read from "+reason {
		t.Error(got)
	}
	if where := put(t, s, "https://feeds.example/b", "b"); where != (Where{InFile, s.path(secretsName), "write to " + reason}) {
		t.Error(where)
	}
	if got := find(t, s, "https://feeds.example/b"); !strings.HasPrefix(got, "b:c4n4ryb from ") {
		t.Error(got)
	}
}
