// Package readme keeps the Go snippets of README.md the same as examples that are compiled.
package readme

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSnippetsAreCompiledExamples(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	snippets := snippetsOf(string(text))
	if len(snippets) < 2 {
		t.Fatalf("README.md has %d Go snippets, want a plugin and a host", len(snippets))
	}
	examples := examples(t)
	for _, snippet := range snippets {
		if !strings.Contains(examples, squeeze(snippet)) {
			t.Errorf("no example_test.go has this snippet of README.md:\n%s", snippet)
		}
	}
}

// snippetsOf takes the Go code blocks out of Markdown. The line of a main function stands for that of the example.
func snippetsOf(markdown string) []string {
	var all []string
	for i, part := range strings.Split(markdown, "```") {
		code, isGo := strings.CutPrefix(part, "go\n")
		if i%2 == 1 && isGo {
			all = append(all, strings.TrimPrefix(code, "func main() {\n"))
		}
	}
	return all
}

func examples(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../*/example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(squeeze(string(content)))
	}
	return all.String()
}

// squeeze takes white space and the closing brace of the function out, which differ by indentation only.
func squeeze(code string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(code), ""), "}")
}
