package config

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the file holds: nothing panics, every problem has a place in the file and quotes nothing of it, and every key and
// value of a document that the library takes is found where it stands.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"", whole, feedLine, environmentFile, "feed = [{url = 'https://a.example', x.y = {z = [1, {w = 2}]}}, 3]",
		"a.b = 1\na . 'c' = '''x''''\n[d]\n[[d.e]]\nf=1979-05-27 07:32:00Z # c\n[[d.e]]\n\"\\u0066\"=\"\"\"\na\\\"\"\"\"\"\"\n[d.e.g]\nh=0x1_0\n",
		"sources = [ # x\n 'git', , \"\"\n]", "\ufeff\r\n", "[[feed]]\nurl = \"\\", "x = {\n a = 1,\n}", "[a.b]\nc=1\n[a]\nd=[[],[[]]]",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := &Options{Sources: sources(), Kinds: kinds(), GOOS: "linux", Getenv: os.Getenv}
		c, problems := parse("f", text, o)
		if (c == nil) == (len(problems) == 0) {
			t.Fatalf("%v beside %v", c, problems)
		}
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		for _, e := range problems {
			if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > utf8.RuneCountInString(lines[e.Line-1])+1 {
				t.Errorf("there is no such place: %v", e)
			}
		}
		text = strings.TrimPrefix(text, "\ufeff")
		if values, err := decode("f", text); err == nil {
			places := locate(text)
			checkPlaces(t, text, places, "", values)
			checkQuotes(t, problems, values)
		}
	})
}

// checkPlaces demands a place for every key and value, and looks whether a plain value stands there.
func checkPlaces(t *testing.T, text string, p places, path string, value any) {
	at, found := p.values[path]
	switch v := value.(type) {
	case map[string]any:
		for key, one := range v {
			if _, ok := p.keys[below(path, key)]; !ok {
				t.Errorf("key %s of %s is not found", key, path)
			}
			checkPlaces(t, text, p, below(path, key), one)
		}
	case []map[string]any:
		for i, one := range v {
			if at, ok := p.values[element(path, i)]; !ok || !strings.HasPrefix(text[at:], "[") {
				t.Errorf("table %s is not found", element(path, i))
			}
			checkPlaces(t, text, p, element(path, i), one)
		}
	case []any:
		for i, one := range v {
			if _, ok := p.values[element(path, i)]; !ok {
				t.Errorf("element %s is not found", element(path, i))
			}
			checkPlaces(t, text, p, element(path, i), one)
		}
	case bool:
		if !found || !strings.HasPrefix(text[at:], strconv.FormatBool(v)) {
			t.Errorf("%s is not at %d", path, at)
		}
	case string:
		if !found || text[at] != '"' && text[at] != '\'' {
			t.Errorf("%s is not at %d", path, at)
		}
	}
}

// checkQuotes looks for texts of the file in the problems; those without digits can be in ours by chance.
func checkQuotes(t *testing.T, problems Errors, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, one := range v {
			checkQuotes(t, problems, key)
			checkQuotes(t, problems, one)
		}
	case []map[string]any:
		for _, one := range v {
			checkQuotes(t, problems, one)
		}
	case []any:
		for _, one := range v {
			checkQuotes(t, problems, one)
		}
	case string:
		for _, e := range problems {
			if len(v) >= 4 && strings.ContainsAny(v, "0123456789") && strings.Contains(e.Problem, v) {
				t.Errorf("quotes %q: %v", v, e)
			}
		}
	}
}
