// Package deptest holds the import table of this module as a test, so that the arrows keep pointing one way. Who changes
// the table has a better house to show in the same commit.
package deptest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nuplug/nuplug"

// table says which packages of ours a package may import in its non-test files. A name ending in /... stands for all
// packages below it; "anything" for all that do not lie under cmd.
func table() map[string][]string {
	return map[string][]string{
		"protocol":                nil,
		"nupkg":                   nil,
		"nugetconfig":             nil,
		"credential":              nil,
		"internal/proc":           nil,
		"internal/procwatch":      nil, // split off proc, so that the SDK does not link os/exec
		"internal/atomicfile":     nil,
		"conn":                    {"protocol"},
		"plugin":                  {"conn", "protocol", "internal/procwatch"},
		"plugin/plugintest":       {"plugin", "conn", "protocol", "nupkg"}, // package ids and versions as NuGet sends them
		"feed":                    {"nupkg", "credential"},
		"internal/feedtest":       {"nupkg"},
		"credential/...":          {"credential", "internal/proc", "internal/atomicfile"},
		"host":                    {"conn", "protocol", "credential", "nupkg", "nugetconfig", "internal/proc", "internal/atomicfile"},
		"credential/mounted":      {"credential", "credential/environ"},
		"credential/session":      {"credential", "credential/keychain", "internal/atomicfile"},
		"credential/stored":       {"credential", "credential/keychain", "internal/atomicfile"},
		"config":                  {"credential"},
		"trace":                   {"protocol", "internal/proc"},
		"conformance/vectors":     nil,
		"provider":                {"plugin", "protocol", "credential", "credential/...", "config", "nugetconfig", "trace", "feed", "nupkg"}, // nugetconfig for NuGet's own proxy,
		"cmd/nuget-plugin-nuplug": {"provider"},
		"cmd/nuplug":              {"anything"},
		"interop":                 nil,
		"interop/clients":         nil,
		"internal/deptest":        nil,
		"internal/readme":         nil,
		"bench":                   {"anything"},
		"bench/...":               {"anything"},
		"docs/...":                {"plugin"},
	}
}

// execImporters are the packages whose non-test files may import os/exec. The harness of the real clients must not stand
// on what it tests, and neither do the numbers.
func execImporters() []string {
	return []string{"internal/proc", "interop/clients", "bench"}
}

func TestImports(t *testing.T) {
	rows := table()
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		allowed, ok := row(rows, name)
		if !ok {
			t.Errorf("%s has no row in the table", name)
			continue
		}
		for _, imported := range p.Imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if isOurs && !permits(allowed, ours) {
				t.Errorf("%s imports %s, which its row does not allow", name, ours)
			}
			if imported == "os/exec" && !slices.Contains(execImporters(), name) {
				t.Errorf("%s imports os/exec, which is for internal/proc", name)
			}
		}
	}
}

// row finds the row of a package: its own, or that of the folder above.
func row(rows map[string][]string, name string) ([]string, bool) {
	if allowed, ok := rows[name]; ok {
		return allowed, true
	}
	for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
		if allowed, ok := rows[folder+"/..."]; ok {
			return allowed, true
		}
	}
	return nil, false
}

func permits(allowed []string, name string) bool {
	for _, a := range allowed {
		below, isTree := strings.CutSuffix(a, "/...")
		switch {
		case a == name, isTree && strings.HasPrefix(name, below+"/"), a == "anything" && !strings.HasPrefix(name, "cmd/"):
			return true
		}
	}
	return false
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// listPackages asks the go command, for every system that we build for: imports differ by file name.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	var all []goPackage
	for _, goos := range []string{"linux", "windows", "darwin"} {
		list := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
		list.Env = append(list.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p goPackage
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			all = append(all, p)
		}
	}
	return all
}
