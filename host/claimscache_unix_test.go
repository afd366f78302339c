//go:build !windows

package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// For .NET a link to nowhere is a file that exists; 7.9 then turns the plugin off.
func TestClaimsCacheFileIsDanglingLink(t *testing.T) {
	cc := newTestCache(t, "dotnet@10", nil)
	file := cc.File(cachePlugin, "")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", file); err != nil {
		t.Fatal(err)
	}
	if entry := cc.Peek(cachePlugin, ""); entry.Known || entry.Problem == nil || !strings.Contains(entry.Problem.Error(), "leads nowhere") {
		t.Errorf("%+v", entry)
	}
}
