package keychain

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/zalando/go-keyring"
)

// exitError is what /usr/bin/security leaves.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
func (e exitError) ExitCode() int { return int(e) }

func TestClassify(t *testing.T) {
	other := errors.New("other")
	for _, test := range []struct {
		goos string
		err  error
		want error
	}{
		{"linux", nil, nil},
		{"linux", other, other},
		{"linux", fmt.Errorf("wrapped: %w", keyring.ErrNotFound), ErrNotFound},
		{"windows", keyring.ErrSetDataTooBig, ErrTooBig},
		{"plan9", keyring.ErrUnsupportedPlatform, ErrNoKeychain},
		{"darwin", exitError(36), ErrLocked},
		{"darwin", exitError(51), ErrLocked},
		{"darwin", exitError(128), ErrLocked},
		{"darwin", exitError(37), ErrNoKeychain},
		{"darwin", exitError(50), ErrNoKeychain},
		{"darwin", exitError(1), exitError(1)},
		{"darwin", &fs.PathError{Op: "fork/exec", Path: "/usr/bin/security", Err: syscall.ENOENT}, ErrNoKeychain},
		{"linux", exitError(36), exitError(36)},
		{"windows", syscall.Errno(1312), ErrNoKeychain},
		{"windows", syscall.Errno(5), syscall.Errno(5)},
		{"linux", syscall.Errno(1312), syscall.Errno(1312)},
	} {
		if got := classifyFor(test.goos, test.err); !errors.Is(got, test.want) {
			t.Errorf("%s: %v is %v, want %v", test.goos, test.err, got, test.want)
		}
	}
}
