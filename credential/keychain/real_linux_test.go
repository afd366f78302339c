package keychain

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain/keychaintest"
)

// keyringd is one for the whole process. TestMain makes it.
var keyringd *keychaintest.Keyring

func TestMain(m *testing.M) { os.Exit(withKeyring(m)) }

func withKeyring(m *testing.M) int {
	k, err := keychaintest.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer k.Stop()
	keyringd = k
	os.Setenv("DBUS_SESSION_BUS_ADDRESS", k.Address)
	return m.Run()
}

func TestRealKeyring(t *testing.T) {
	k := New(nil)
	const account = "https://feeds.example/org"
	if _, err := k.Get(t.Context(), "nuplug", account); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	for _, secret := range []credential.Secret{"first", "second, ünï\ncode", credential.Secret(strings.Repeat("long", 10_000))} {
		if err := New(nil).Set(t.Context(), "nuplug", account, secret); err != nil {
			t.Fatal(err)
		}
		if got, err := k.Get(t.Context(), "nuplug", account); err != nil || got != secret {
			t.Errorf("%d bytes: %d, %v", len(secret), len(got), err)
		}
	}
	if _, err := k.Get(t.Context(), "nuplug", account+"2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another account: %v", err)
	}
	if _, err := k.Get(t.Context(), "nuplug2", account); !errors.Is(err, ErrNotFound) {
		t.Errorf("another service: %v", err)
	}
	if err := k.Delete(t.Context(), "nuplug", account); err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(t.Context(), "nuplug", account); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
}

// A locked keyring is not asked to unlock itself: nobody calls Unlock or Prompt on the bus.
func TestRealLockedKeyring(t *testing.T) {
	if err := New(nil).Set(t.Context(), "nuplug", "locked", canary); err != nil {
		t.Fatal(err)
	}
	lock(t)
	calls := watch(t, func() {
		k := New(nil)
		if secret, err := k.Get(t.Context(), "nuplug", "locked"); !errors.Is(err, ErrLocked) || secret != "" {
			t.Errorf("Get: %v", err)
		}
		if err := k.Set(t.Context(), "nuplug", "locked", canary); !errors.Is(err, ErrLocked) {
			t.Errorf("Set: %v", err)
		}
		if err := k.Delete(t.Context(), "nuplug", "locked"); !errors.Is(err, ErrLocked) {
			t.Errorf("Delete: %v", err)
		}
	})
	if slices.Contains(calls, "Unlock") || slices.Contains(calls, "Prompt") || !slices.Contains(calls, "ReadAlias") && !slices.Contains(calls, "Get") {
		t.Errorf("the bus saw %q", calls)
	}
	// With a user it is asked. There is no screen here, so that gnome-keyring gives up.
	calls = watch(t, func() {
		_, err := New(&Options{Prompt: time.Minute}).Get(t.Context(), "nuplug", "locked")
		if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "was not unlocked") {
			t.Error(err)
		}
	})
	if !slices.Contains(calls, "Unlock") {
		t.Errorf("with a user, the bus saw %q", calls)
	}
}

func lock(t *testing.T) {
	t.Helper()
	if err := keyringd.Lock(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := keyringd.Unlock(); err != nil {
			t.Error(err)
		}
	})
}

// watch returns the methods that were called on the bus while f ran.
func watch(t *testing.T, f func()) []string {
	t.Helper()
	monitor, other := connect(t), connect(t)
	if err := monitor.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{}, uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	messages := make(chan *dbus.Message, 10_000)
	monitor.Eavesdrop(messages)
	f()
	// The bus keeps the order, so that all was seen once this was.
	const last = "org.example.Last"
	other.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, last)
	var calls []string
	for message := range messages {
		if message.Type != dbus.TypeMethodCall {
			continue
		}
		if slices.Contains(message.Body, any(last)) {
			return calls
		}
		calls = append(calls, message.Headers[dbus.FieldMember].Value().(string))
	}
	t.Fatal("the bus went away")
	return nil
}

func connect(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.Connect(keyringd.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

// Without a bus none is started, which the library would do with whatever is called dbus-launch on PATH.
func TestNoBus(t *testing.T) {
	dir := t.TempDir()
	launched := filepath.Join(dir, "launched")
	script := "#!/bin/sh\ntouch " + launched + "\n"
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, address := range []string{"autolaunch:", "unix:path=" + filepath.Join(dir, "missing"), "nonsense"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if _, err := New(nil).Get(t.Context(), "nuplug", "u"); !errors.Is(err, ErrNoKeychain) {
			t.Errorf("%s: %v", address, err)
		}
		if err := New(nil).Set(t.Context(), "nuplug", "u", canary); !errors.Is(err, ErrNoKeychain) || strings.Contains(err.Error(), canary.Reveal()) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("dbus-launch was started")
	}
}

// A bus that takes the connection and says nothing.
func TestDumbBus(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	if _, err := New(&Options{Timeout: 50 * time.Millisecond}).Get(t.Context(), "nuplug", "u"); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func TestAbsent(t *testing.T) {
	for name, want := range map[string]string{
		"org.freedesktop.DBus.Error.ServiceUnknown":     "no Secret Service runs on D-Bus",
		"org.freedesktop.DBus.Error.Spawn.ChildExited":  "the Secret Service could not be started",
		"org.freedesktop.DBus.Error.NoReply":            "the Secret Service could not be started",
		"org.freedesktop.DBus.Error.AccessDenied":       "D-Bus lets nobody use the Secret Service here",
		"org.freedesktop.DBus.Error.UnknownMethod":      "",
		"org.freedesktop.Secret.Error.NoSuchObject":     "",
		"org.freedesktop.DBus.Error.Spawn2.ChildExited": "",
	} {
		if got := absent(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
