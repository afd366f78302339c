// Package keychaintest runs a real keychain for tests: gnome-keyring on a D-Bus of its own. It needs the programs
// dbus-run-session and gnome-keyring-daemon, and works on Linux only.
package keychaintest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/nuplug/nuplug/internal/proc"
)

// Keyring is a running one. It is made once for a whole test binary: go-keyring never leaves the first bus that it found.
type Keyring struct {
	// Address is what DBUS_SESSION_BUS_ADDRESS has to be.
	Address string

	session *proc.Process
	dir     string
}

const (
	password = "keyring password"
	login    = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

	secretsName = "org.freedesktop.secrets"
	secretsPath = "/org/freedesktop/secrets"
	// internal is how gnome-keyring is told a password without a window.
	internal = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
)

// script starts the keyring with an unlocked collection, says where the bus is, and runs until its standard input ends. Then
// it ends its whole process group, which is all that belongs to it, also when the test was killed.
const script = `printf '%s' "$KEYRING_PASSWORD" | gnome-keyring-daemon --foreground --unlock --components=secrets >/dev/null &
echo "$DBUS_SESSION_BUS_ADDRESS" && cat >/dev/null
kill -KILL 0`

// Start starts a keyring that is unlocked. Stop has to be called in the end.
func Start() (k *Keyring, err error) {
	dir, err := os.MkdirTemp("", "nuplug-keyring-")
	if err != nil {
		return nil, err
	}
	k = &Keyring{dir: dir}
	defer func() {
		if err != nil {
			k.Stop()
			err = fmt.Errorf("start gnome-keyring (Debian packages dbus and gnome-keyring): %w", err)
		}
	}()
	runSession, err := proc.Find("dbus-run-session")
	if err != nil {
		return nil, err
	}
	k.session, err = proc.Start(proc.Command{Path: runSession, Args: []string{"--", "/bin/sh", "-c", script}, Env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_DATA_HOME=" + filepath.Join(dir, "data"), "XDG_RUNTIME_DIR=" + dir,
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "KEYRING_PASSWORD=" + password,
	}})
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(k.session.Stdout()).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, k.session.StderrTail())
	}
	k.Address = strings.TrimSpace(line)
	return k, k.wait()
}

// wait waits until the daemon is on the bus.
func (k *Keyring) wait() error {
	return k.use(func(bus *dbus.Conn) error {
		for range 1000 {
			var owned bool
			if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned); err != nil {
				return err
			}
			if owned {
				return nil
			}
			time.Sleep(10 * time.Millisecond)
		}
		return errors.New("it is not on the bus after 10 s")
	})
}

// Stop ends the keyring and everything that came with it.
func (k *Keyring) Stop() error {
	var err error
	if k.session != nil {
		err = k.session.Close(5 * time.Second)
	}
	return errors.Join(err, os.RemoveAll(k.dir))
}

// Lock locks it, as a screen saver may.
func (k *Keyring) Lock() error {
	return k.use(func(bus *dbus.Conn) error {
		return bus.Object(secretsName, secretsPath).Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{login}).Err
	})
}

// Unlock unlocks it, as its user would.
func (k *Keyring) Unlock() error {
	return k.use(func(bus *dbus.Conn) error {
		service := bus.Object(secretsName, secretsPath)
		var output dbus.Variant
		var session dbus.ObjectPath
		if err := service.Call("org.freedesktop.Secret.Service.OpenSession", 0, "plain", dbus.MakeVariant("")).Store(&output, &session); err != nil {
			return err
		}
		master := struct {
			Session     dbus.ObjectPath
			Parameters  []byte
			Value       []byte
			ContentType string
		}{session, nil, []byte(password), "text/plain"}
		return service.Call(internal+".UnlockWithMasterPassword", 0, login, master).Err
	})
}

func (k *Keyring) use(f func(*dbus.Conn) error) error {
	bus, err := dbus.Connect(k.Address)
	if err != nil {
		return err
	}
	defer bus.Close()
	return f(bus)
}
