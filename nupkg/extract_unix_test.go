//go:build unix

package nupkg

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExtractStaysInRoot has a link in the folder that leads out of it, where a good package wants to go.
func TestExtractStaysInRoot(t *testing.T) {
	data, err := samplePackage(t).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	outside, folder := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(folder, "lib")); err != nil {
		t.Fatal(err)
	}
	if _, err := Extract(openRoot(t, folder), bytes.NewReader(data), int64(len(data)), nil); err == nil {
		t.Error("got no error")
	}
	if diff := cmp.Diff(map[string]string{}, tree(t, outside)); diff != "" {
		t.Errorf("written outside (-want +got):\n%s", diff)
	}
}
