//go:build linux || netbsd || openbsd

package keychain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API.
const (
	secretsName      = "org.freedesktop.secrets"
	secretsPath      = "/org/freedesktop/secrets"
	serviceInterface = "org.freedesktop.Secret.Service"
	collection       = "org.freedesktop.Secret.Collection"
	item             = "org.freedesktop.Secret.Item"
	loginCollection  = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
)

// check looks whether the library can do its work without a question to the user. By itself it would start a bus where
// there is none, and ask the user to unlock what is locked.
//
// It looks at the same collection as the library: the one named login or else the default one.
func check(ctx context.Context, service, account string) error {
	bus, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: D-Bus has no session here", ErrNoKeychain)
	}
	defer bus.Close()
	if err := bus.Auth(nil); err != nil {
		return busError(ctx, err)
	}
	if err := bus.Hello(); err != nil {
		return busError(ctx, err)
	}
	path, err := usedCollection(ctx, bus)
	if err != nil {
		return err
	}
	if err := checkUnlocked(ctx, bus, path, collection); err != nil {
		return err
	}
	// KeePassXC locks entries one by one.
	var items []dbus.ObjectPath
	attributes := map[string]string{"service": service, "username": account}
	err = bus.Object(secretsName, path).CallWithContext(ctx, collection+".SearchItems", 0, attributes).Store(&items)
	if err != nil {
		return busError(ctx, err)
	}
	for _, path := range items {
		if err := checkUnlocked(ctx, bus, path, item); err != nil {
			return err
		}
	}
	return nil
}

func usedCollection(ctx context.Context, bus *dbus.Conn) (dbus.ObjectPath, error) {
	var all []dbus.ObjectPath
	if err := property(ctx, bus, secretsPath, serviceInterface, "Collections", &all); err != nil {
		return "", err
	}
	if slices.Contains(all, loginCollection) {
		return loginCollection, nil
	}
	var path dbus.ObjectPath
	err := bus.Object(secretsName, secretsPath).CallWithContext(ctx, serviceInterface+".ReadAlias", 0, "default").Store(&path)
	if err != nil {
		return "", busError(ctx, err)
	}
	if path == "/" {
		return "", fmt.Errorf("%w: the Secret Service has no default keyring", ErrNoKeychain)
	}
	return path, nil
}

func checkUnlocked(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath, of string) error {
	var locked bool
	if err := property(ctx, bus, path, of, "Locked", &locked); err != nil {
		return err
	}
	if locked {
		return fmt.Errorf("%w: log in to the desktop, or unlock it there", ErrLocked)
	}
	return nil
}

func property(ctx context.Context, bus *dbus.Conn, path dbus.ObjectPath, of, name string, value any) error {
	const get = "org.freedesktop.DBus.Properties.Get"
	if err := bus.Object(secretsName, path).CallWithContext(ctx, get, 0, of, name).Store(value); err != nil {
		return busError(ctx, err)
	}
	return nil
}

// busError tells a bus that nobody keeps secrets on from one that fails.
func busError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if e, ok := errors.AsType[dbus.Error](err); ok {
		if reason := absent(e.Name); reason != "" {
			return fmt.Errorf("%w: %s", ErrNoKeychain, reason)
		}
		return fmt.Errorf("the Secret Service: %w", err)
	}
	// The bus went away or is none of ours: then there is no other way to a keychain.
	return fmt.Errorf("%w: D-Bus: %w", ErrNoKeychain, err)
}

// absent says why there is no Secret Service, by the name of the error that the bus answered with; "" if there is one.
func absent(name string) string {
	const prefix = "org.freedesktop.DBus.Error."
	switch short, _ := strings.CutPrefix(name, prefix); {
	case short == "ServiceUnknown", short == "NameHasNoOwner":
		return "no Secret Service runs on D-Bus"
	case strings.HasPrefix(short, "Spawn."), short == "TimedOut", short == "NoReply", short == "Disconnected":
		return "the Secret Service could not be started"
	case short == "AccessDenied":
		return "D-Bus lets nobody use the Secret Service here"
	}
	return ""
}
