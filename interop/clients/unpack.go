package clients

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// unpackDotnet10 makes dir out of the archive, so that "go test ./..." beside the shared folder
// needs no other step. Test binaries run at once and .ci/install may run too: all of them take
// the lock dir.lock. The folder appears whole, by a rename, or not at all.
func unpackDotnet10(ctx context.Context, archive, dir string) error {
	cache := filepath.Dir(dir)
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	// One unpacking takes 6 s on an idle machine; waiting for another's must end some time.
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	lock := flock.New(dir + ".lock")
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return fmt.Errorf("wait for %s: %w", lock.Path(), err)
	}
	defer lock.Close()
	if isDotnet10(dir) {
		return nil // somebody else did it while we waited
	}

	// What a run that was killed has left; the names are .ci/install's too.
	killed, _ := filepath.Glob(filepath.Join(cache, ".dotnet10.*")) // the pattern is well formed
	for _, old := range killed {
		if err := os.RemoveAll(old); err != nil {
			return fmt.Errorf("remove what an earlier run has left: %w", err)
		}
	}
	aside, err := os.MkdirTemp(cache, ".dotnet10.")
	if err != nil {
		return fmt.Errorf("make a folder to unpack in: %w", err)
	}
	defer os.RemoveAll(aside)
	if out, err := exec.CommandContext(ctx, "tar", "-xJf", archive, "-C", aside).CombinedOutput(); err != nil {
		return fmt.Errorf("unpack %s: %w: %s", archive, err, strings.TrimSpace(string(out)))
	}
	unpacked := filepath.Join(aside, "dotnet")
	if !isDotnet10(unpacked) {
		return fmt.Errorf("unpack %s: there is no dotnet %s in it", archive, dotnet10Version)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove the old %s: %w", dir, err)
	}
	if err := os.Rename(unpacked, dir); err != nil {
		return fmt.Errorf("put dotnet 10 in place: %w", err)
	}
	return nil
}
