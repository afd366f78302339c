package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

// installed is the plugin as NuGet's search comes to it.
type installed struct {
	host.Candidate
	before  []string // the plugins that NuGet asks first
	after   int      // how many it asks later
	failure string   // of the whole search
}

// findInstalled finds a file in NuGet's list, or where NuGet passes over it. PATH may name the folder by another name.
func findInstalled(d host.Discovery, target string) (found installed, ok bool) {
	found.failure = d.Failure
	var listed []string
	at := -1
	for _, c := range d.Candidates {
		same := sameFile(filepath.Dir(c.Path), filepath.Dir(target)) && filepath.Base(c.Path) == filepath.Base(target)
		if c.Listed() {
			if same && at < 0 {
				at, found.Candidate, ok = len(listed), c, true
			}
			listed = append(listed, c.Path)
		} else if same && !ok {
			found.Candidate, ok = c, true
		}
	}
	if at >= 0 {
		found.before, found.after = listed[:at], len(listed)-at-1
	}
	return found, ok
}

// order says when NuGet asks the plugin.
func (i installed) order(client host.Client) string {
	text := fmt.Sprintf("%s finds it in %s", client, i.Origin)
	switch {
	case len(i.before) == 0 && i.after == 0:
		return text + ", and no other plugin"
	case len(i.before) == 0:
		return fmt.Sprintf("%s and asks it first of %d plugins", text, 1+i.after)
	}
	names := slices.Clone(i.before)
	for n, name := range names {
		if isOurs(name) {
			names[n] += " (another copy of nuplug: nuplug uninstall --dir " + filepath.Dir(name) + ")"
		}
	}
	return fmt.Sprintf("%s and asks it as number %d of %d plugins, after %s", text, len(names)+1, len(names)+1+i.after, strings.Join(names, ", "))
}

// forgetStaleClaims removes what NuGet remembers of another program that lay under this path. It would not start the plugin
// for up to 30 days if that one signed nobody in.
func (s *streams) forgetStaleClaims(ctx context.Context, client host.Client, path string) error {
	cache, err := host.NewClaimsCache(client, host.ParseEnv(s.Env), nil)
	if err != nil {
		return nil // a cache that cannot be found is for doctor to report
	}
	entry := cache.Peek(path, "")
	if !entry.Known || slices.Contains(entry.Claims, protocol.ClaimAuthentication) {
		return nil
	}
	if err := cache.Remove(ctx, path, ""); err != nil {
		return fmt.Errorf("it is installed, but NuGet remembers that it has no claims, and does not start it: %w", err)
	}
	fmt.Fprintf(s.Out, "removed %s, by which NuGet would not have started it\n", entry.File)
	return nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

func pathSeparator(goos string) string {
	if goos == "windows" {
		return ";"
	}
	return ":"
}

// canBeInPATH says why a folder cannot stand in PATH.
func canBeInPATH(goos, dir string) error {
	if strings.Contains(dir, pathSeparator(goos)) {
		return fmt.Errorf("%s: a folder with a %q in its name cannot be in PATH, and NuGet would not find the plugin there: name another", dir, pathSeparator(goos))
	}
	return nil
}

// withInPATH is the environment as it is when the folder was added behind PATH.
func withInPATH(env host.Env, goos, dir string) host.Env {
	more := maps.Clone(env)
	name := "PATH"
	for have := range env {
		if goos == "windows" && strings.EqualFold(have, name) {
			name = have
		}
	}
	if more[name] != "" {
		dir = more[name] + pathSeparator(goos) + dir
	}
	more[name] = dir
	return more
}

func whereToAdd(goos string) string {
	if goos == "windows" {
		return "run this in PowerShell and open a new shell"
	}
	return "add this line to ~/.profile, or to what your shell reads, and open a new shell"
}

// pathLine is the command that adds a folder to PATH.
func pathLine(goos, dir string) string {
	if goos == "windows" {
		return "[Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + " + powerShellQuote(";"+dir) + ", 'User')"
	}
	return `export PATH="$PATH":` + shell{goos}.quote(dir)
}
