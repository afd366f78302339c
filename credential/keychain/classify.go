package keychain

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"

	"github.com/zalando/go-keyring"
)

func classify(err error) error { return classifyFor(runtime.GOOS, err) }

// classifyFor makes one of our errors of one of the library's where a caller would act on it. None of them quotes a secret:
// the library drops what /usr/bin/security wrote.
func classifyFor(goos string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooBig
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return fmt.Errorf("%w: none is known for %s", ErrNoKeychain, goos)
	}
	switch goos {
	case "darwin":
		return classifyDarwin(err)
	case "windows":
		return classifyWindows(err)
	}
	return err
}

// classifyDarwin reads the exit code of /usr/bin/security, which is the last byte of the number that macOS gives errors.
func classifyDarwin(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: /usr/bin/security is missing", ErrNoKeychain)
	}
	type exit interface {
		error
		ExitCode() int
	}
	if e, ok := errors.AsType[exit](err); ok {
		switch e.ExitCode() {
		case 36: // errSecInteractionNotAllowed, -25308
			return fmt.Errorf("%w and may not ask here: run security unlock-keychain", ErrLocked)
		case 51, 128: // errSecAuthFailed, -25293; errSecUserCanceled, -128
			return fmt.Errorf("%w: it was not unlocked", ErrLocked)
		case 37, 50: // errSecNoDefaultKeychain, -25307; errSecNoSuchKeychain, -25294
			return fmt.Errorf("%w: the user has none on this Mac", ErrNoKeychain)
		}
	}
	return err
}

// classifyWindows knows the session without a logon, such as one of SSH with a public key, which has no Credential Manager.
func classifyWindows(err error) error {
	const noSuchLogonSession = syscall.Errno(1312)
	if errors.Is(err, noSuchLogonSession) {
		return fmt.Errorf("%w in this kind of logon session", ErrNoKeychain)
	}
	return err
}
