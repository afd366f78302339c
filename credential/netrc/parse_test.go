package netrc

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/internal/proc"
)

// files are ways to write one entry for localhost, with what is in it.
var files = []struct{ name, text, login, password string }{
	{"one line", "machine localhost login u password p\n", "u", "p"},
	{"no line end", "machine localhost login u password p", "u", "p"},
	{"many lines", "machine\n\tlocalhost\n\n  login\n u\npassword p\n", "u", "p"},
	{"Windows", "machine localhost\r\nlogin u\r\npassword p\r\n", "u", "p"},
	{"password first", "machine localhost password p login u\n", "u", "p"},
	{"account", "machine localhost login u account a password p\n", "u", "p"},
	{"keywords in any case", "MACHINE localhost Login u PASSWORD p\n", "u", "p"},
	{"the second machine", "machine a login x password y\nmachine localhost login u password p\nmachine b login x password y", "u", "p"},
	{"a keyword as a value", "machine localhost login machine password default\n", "machine", "default"},
	{"comments", "# machine localhost login x password y\nmachine localhost # login x\nlogin u password p # q\n", "u", "p"},
	{"# inside a word", "machine localhost login u password p#q\n", "u", "p#q"},
	{"quotation marks", `machine localhost login "a user" password "p \"q\" \\ r"` + "\n", "a user", `p "q" \ r`},
	{"escapes", `machine localhost login u password "\x\t\a"` + "\n", "u", "x\ta"},
	{"# in quotation marks", `machine localhost login u password "#p"` + "\n", "u", "#p"},
	{"a quotation mark inside a word", `machine localhost login u password p"q` + "\n", "u", `p"q`},
	{"quoted keywords", `"machine" "localhost" "login" "u" "password" "p"` + "\n", "u", "p"},
	{"macro", "macdef x\nmachine localhost login x password y\nquit\n\nmachine localhost login u password p\n", "u", "p"},
	{"not only ASCII", "machine localhost login ü password pä\n", "ü", "pä"},
}

func TestParse(t *testing.T) {
	for _, test := range files {
		entries, problems := parse(test.text)
		found := entry{}
		for _, e := range entries {
			if e.machine == "localhost" {
				found = e
			}
		}
		if found.login != test.login || found.password != test.password || len(problems) > 0 {
			t.Errorf("%s: %+v, %q", test.name, entries, problems)
		}
	}
}

// curl reads the same files alike.
func TestCurlParsesAlike(t *testing.T) {
	curl, err := proc.Find("curl")
	if err != nil {
		t.Skip("curl is not installed: apt-get install curl")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		login, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "%s\n%s", login, password)
	}))
	defer server.Close()
	address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	for _, test := range files {
		path := filepath.Join(t.TempDir(), "netrc")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := proc.Run(context.WithoutCancel(t.Context()), proc.Command{Path: curl,
			Args: []string{"--silent", "--noproxy", "*", "--netrc-file", path, address}})
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if got := string(out.Stdout); got != test.login+"\n"+test.password {
			t.Errorf("%s: curl reads %q", test.name, got)
		}
	}
}

func TestParseProblems(t *testing.T) {
	const noPassword = "the entry has no password (one that begins with # needs quotation marks)"
	const noLogin = "the entry has no login (one that begins with # needs quotation marks)"
	tests := []struct {
		text string
		want []string
	}{
		{"", nil},
		{"# nothing", nil},
		{"default login u password c4n4ry", nil},
		{"machine a login u password #c4n4ry", []string{"line 1: " + noPassword}},
		{"\nmachine a password c4n4ry\nmachine b login u", []string{"line 2: " + noLogin, "line 3: " + noPassword}},
		{"machine", nil},
		{"machine a login u password", []string{"line 1: " + noPassword}},
		{"machine a login u password \"c4n4ry", []string{"line 1: a quotation mark is not closed", "line 1: " + noPassword}},
		{"machine a login u password c4n4ry c4n4ry\nc4n4ry", []string{"line 1: a word stands where machine, login, password, account, default or macdef has to"}},
		{"https://u:c4n4ry@a", []string{"line 1: a word stands where machine, login, password, account, default or macdef has to"}},
	}
	for _, test := range tests {
		_, problems := parse(test.text)
		if diff := cmp.Diff(test.want, problems); diff != "" {
			t.Errorf("%q: -want +got\n%s", test.text, diff)
		}
	}
}

func TestParseLines(t *testing.T) {
	entries, problems := parse("\ufeff\nmachine a login u password p\n\n\nmacdef m\nmachine x\n\nmachine\nb login v password q\ndefault login w password r\nmachine a login z password s")
	want := []entry{{"a", "u", "p", 2}, {"b", "v", "q", 9}, {"a", "z", "s", 11}}
	if diff := cmp.Diff(want, entries, cmp.AllowUnexported(entry{})); diff != "" || len(problems) > 0 {
		t.Errorf("%s%q", diff, problems)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range files {
		f.Add(file.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, problems := parse(text)
		if most := 2*len(entries) + strings.Count(text, "\n") + 2; len(problems) > most {
			t.Errorf("%d problems, and %d at the most", len(problems), most)
		}
		for _, e := range entries {
			if e.line < 1 || e.line > strings.Count(text, "\n")+1 {
				t.Errorf("%+v", e)
			}
		}
	})
}
