package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/provider"
)

// The page about the file has every name that can stand in it, and its examples are without problems.
func TestConfigPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, source := range provider.SourceNames() {
		if !strings.Contains(page, "\n| `"+source+"` |") {
			t.Errorf("docs/config.md has no line for the source %s", source)
		}
	}
	for _, kind := range provider.Kinds() {
		if !strings.Contains(page, "`\""+kind+"\"`") {
			t.Errorf("docs/config.md does not name the kind %s", kind)
		}
	}
	examples := strings.Split(page, "```toml\n")[1:]
	if len(examples) < 3 {
		t.Errorf("%d examples", len(examples))
	}
	for i, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(example), 0o600); err != nil {
			t.Fatal(err)
		}
		home := func(name string) string { return map[string]string{"HOME": "/home/u"}[name] }
		o := &config.Options{File: file, Sources: provider.SourceNames(), Kinds: provider.Kinds(), Getenv: home, GOOS: "linux"}
		if _, err := config.Load(o); err != nil {
			t.Errorf("example %d: %v", i+1, err)
		}
	}
}
