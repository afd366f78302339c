package conn_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every line of the lists in docs/spec.md names the tests that hold it, and they exist. TestTranscripts/x is the file
// testdata/x.txtar.
func TestSpecNamesTests(t *testing.T) {
	spec, err := os.ReadFile("../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	name := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w*(/[\w-]+)?`)
	lists := map[string]int{}
	named := map[string]bool{}
	heading := ""
	for line := range strings.Lines(string(spec)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			heading = title
		}
		names := name.FindAllString(line, -1)
		for _, n := range names {
			named[n] = true
			if top, sub, _ := strings.Cut(n, "/"); !tests[top] || sub != "" && !tests[n] {
				t.Errorf("there is no test %s: %s", n, line)
			}
		}
		if regexp.MustCompile(`^\d\. `).MatchString(heading) && (strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "| ")) {
			if len(names) == 0 && !strings.HasPrefix(line, "| What") {
				t.Errorf("%s: a line that names no test: %s", heading, line)
			}
			lists[heading]++
		}
	}
	for _, want := range []string{"1. Fatal to the connection", "2. Silently dropped", "3. Answered with an error", "4. Where we differ from the C# implementation, and why"} {
		if lists[want] == 0 {
			t.Errorf("the list %q is missing or empty", want)
		}
	}
	for n := range tests {
		if strings.HasPrefix(n, "TestTranscripts/") && !named[n] {
			t.Errorf("no line names %s", n)
		}
	}
}

// testNames finds the tests of the module, and the transcripts of this package.
func testNames(t *testing.T) map[string]bool {
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(filepath.Join("..", path))
		for _, match := range function.FindAllSubmatch(source, -1) {
			tests[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		tests["TestTranscripts/"+strings.TrimSuffix(filepath.Base(file), ".txtar")] = true
	}
	return tests
}
