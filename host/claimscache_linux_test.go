package host

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The folder for temporary files is made private on Linux, where it has a name that others can foresee.
func TestClaimsCachePrivateScratch(t *testing.T) {
	dir := tempDir(t)
	env := Env{"HOME": dir, "TMPDIR": dir}
	cc, err := NewClaimsCache(mustClient(t, "dotnet@10", "linux"), env, &ClaimsCacheOptions{Account: "zoe"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cc.Write(t.Context(), cachePlugin, "", authenticationOnly); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "NuGetScratchzoe"))
	if err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Errorf("%v, %v", info, err)
	}
}
