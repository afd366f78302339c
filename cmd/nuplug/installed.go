package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/nupkg"
)

// clientFor reads the name of a client, as in dotnet@10. Without one it is the dotnet on PATH, whose version is read from
// the folders of its SDKs and not by starting it, and without a dotnet the newest that is known.
func clientFor(s *streams, name string) (host.Client, error) {
	if name == "" {
		name = "dotnet"
		if version := newestSDK(); version != "" {
			name += "@" + version
		}
	}
	return host.ParseClient(name, s.GOOS)
}

// newestSDK is the version that dotnet uses where no global.json says otherwise; empty if there is none to be seen. A
// preview has the rules of its release.
func newestSDK() string {
	dotnet, err := proc.Find("dotnet")
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(dotnet); err == nil {
		dotnet = real
	}
	entries, err := os.ReadDir(filepath.Join(filepath.Dir(dotnet), "sdk"))
	if err != nil {
		return ""
	}
	var versions []nupkg.Version
	for _, entry := range entries {
		if v, err := nupkg.ParseVersion(entry.Name()); err == nil {
			versions = append(versions, v)
		}
	}
	if len(versions) == 0 {
		return ""
	}
	release, _, _ := strings.Cut(slices.MaxFunc(versions, nupkg.Version.Compare).Normalized(), "-")
	return release
}
