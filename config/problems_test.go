package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const feedLine = "[[feed]]\nurl = 'https://a.example'\n" // what stands behind it begins with line 3

const (
	secretsElsewhere = "secrets do not belong into this file: run nuplug login URL, or put it into a file that a [[secret_file]] names"
	allSources       = "there are environment, gitlab, github, netrc, git, command"
	clearText        = "secrets would travel in clear text: write https://, or allow_insecure = true beside it"
)

// Each problem, with its line and column.
func TestProblems(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		// Syntax: one problem, since what follows cannot be understood.
		"no quotes":           {"disable = true\nca_file = c4n4ry-1\n", []string{"2:11: " + noValue}},
		"number of letters":   {"ca_file = 12c4n4ry\n", []string{"1:13: nothing but a comment can follow on this line"}},
		"no value":            {"ca_file =\n", []string{"1:10: " + noValue}},
		"no value at the end": {"ca_file =", []string{"1:9: " + noValue}},
		"open quote":          {"a = 1\nca_file = \"c4n4ry\nb = 1\n", []string{"2:18: the text in quotes does not end on this line"}},
		"open single quote":   {"ca_file = 'c4n4ry\n", []string{"1:18: the text in quotes does not end on this line"}},
		"open quote, at end":  {"ca_file = \"c4n4ry", []string{"1:17: the text in quotes does not end"}},
		"open long quote":     {"ca_file = '''c4n4ry\n\n", []string{"2:1: the text in quotes does not end"}},
		"Windows path":        {`ca_file = "C:\cert.pem"`, []string{"1:14: " + backslash}},
		"Windows user":        {`ca_file = "C:\Users\me"`, []string{"1:14: " + backslash}},
		"second backslash":    {`ca_file = "C:\temp\cert.pem" # "\q"`, []string{"1:19: " + backslash}},
		"UTF-16, no mark":     {"a\x00=\x00", []string{"1:2: not UTF-8: save the file in that encoding"}},
		"key twice":           {"disable = true\n\ndisable = false\n", []string{"3:1: this stands in the file a second time"}},
		"no equals sign":      {"c4n4ry\n", []string{"1:7: = is missing behind the key"}},
		"colon":               {"sources: 'x'\n", []string{"1:8: = is missing behind the key"}},
		"text behind":         {"disable = true c4n4ry\n", []string{"1:16: nothing but a comment can follow on this line"}},
		"open table":          {"[[feed\nurl = 'c4n4ry'\n", []string{"1:7: the name of the table does not end: write [[name]]"}},
		"half-open table":     {"[[feed]\nurl = 'c4n4ry'\n", []string{"1:7: the name of the table does not end: write [[name]]"}},
		"no table name":       {"[[]]\n", []string{"1:3: the table has no name: write [[name]]"}},
		"no comma":            {"sources = ['git' 'c4n4ry']\n", []string{"1:18: a comma or the end of the list is missing"}},
		"not UTF-8":           {"ca_file = '/c4n4ry\xff'\n", []string{"1:19: not UTF-8: save the file in that encoding"}},
		"UTF-16":              {"\xff\xfec\x00a\x00", []string{"1:1: not UTF-8: save the file in that encoding"}},
		"control character":   {"ca_file = '/x\x01'\n", []string{"1:14: a control character"}},
		"something else":      {"ca_file = 01\n", []string{"1:11: not TOML"}},
		"behind umlauts":      {"ca_file = ['ää', c4n4ry]", []string{"1:18: " + noValue}},

		// Keys.
		"near":                 {feedLine + "sorces = []\n", []string{`3:1: unknown key "sorces": did you mean "sources"?`}},
		"other case":           {"Disable = true\n", []string{`1:1: unknown key "Disable": did you mean "disable"?`}},
		"far":                  {"proxy = 1\n", []string{`1:1: unknown key "proxy"; there are sources, disable, ca_file, feed, secret_file, download`}},
		"not to be named":      {feedLine + "  c4n4ry_0123456789 = 1\n", []string{"3:3: unknown key; there are url, sources, username, account, tenant, client_id, kind, server, allow_insecure, helper"}},
		"too long for a word":  {"abcdefghijklmnopqrstuvwxyz = 1\n", []string{"1:1: unknown key; there are sources, disable, ca_file, feed, secret_file, download"}},
		"table":                {"\n[feeds]\nurl = 1\n", []string{`2:1: unknown key "feeds": did you mean "feed"?`}},
		"table of a table":     {"[a.b.c]\n", []string{`1:1: unknown key "a"; there are sources, disable, ca_file, feed, secret_file, download`}},
		"dotted":               {"  net.proxy = 1\n", []string{`1:3: unknown key "net"; there are sources, disable, ca_file, feed, secret_file, download`}},
		"elsewhere":            {"tenant = 'x'\n", []string{`1:1: "tenant" belongs into [[feed]]`}},
		"elsewhere, two":       {"url = 'x'\n", []string{`1:1: "url" belongs into [[feed]] or [[download]]`}},
		"in the wrong table":   {"[[download]]\nurl = 'https://a.example'\nsources = []\n", []string{`3:1: "sources" belongs into [[feed]]`}},
		"below a table":        {feedLine + "ca_file = '/x'\n", []string{`3:1: "ca_file" belongs above the first line with [[`}},
		"table in a table":     {feedLine + "[[feed.secret_file]]\npath = 'x'\n", []string{"3:8: a table of its own: write [[secret_file]] on a line of its own"}},
		"second of two tables": {feedLine + "[[feed]]\nurl = 'https://b.example'\nurk = 1\n", []string{`5:1: unknown key "urk": did you mean "url"?`}},
		"password":             {feedLine + "password = 'c4n4ry'\n", []string{"3:1: " + secretsElsewhere}},
		"token":                {feedLine + "Access-Token = 'c4n4ry'\n", []string{"3:1: " + secretsElsewhere}},
		"secret":               {"[[secret_file]]\npath='/x'\nsecret = 'c4n4ry'\n", []string{"3:1: " + secretsElsewhere}},
		"secret above all":     {"client_secret = 'c4n4ry'\n", []string{"1:1: " + secretsElsewhere}},
		"quoted password":      {feedLine + " \"pass\\u0077ord\" = 'c4n4ry'\n", []string{"3:2: " + secretsElsewhere}},
		"two secret files":     {"[[secret_files]]\n", []string{`1:1: unknown key "secret_files": did you mean "secret_file"?`}},

		// Types.
		"flag":                {"disable = 'c4n4ry'\n", []string{"1:11: disable is to be true or false, without quotes"}},
		"text":                {feedLine + "username = 4\n", []string{"3:12: username is to be text in quotes"}},
		"list":                {"sources = 'gitlab'\n", []string{`1:11: sources is to be a list of names in quotes: ["a", "b"]`}},
		"element":             {"sources = [\n 'git',\n  4,\n]\n", []string{"3:3: the name of a source is to be text in quotes"}},
		"one bracket":         {"[feed]\nurl = 'c4n4ry'\n", []string{"1:1: not a list of tables: write [[feed]], with two brackets, on a line of its own"}},
		"dotted table":        {"feed.url = 'c4n4ry'\n", []string{"1:1: not a list of tables: write [[feed]], with two brackets, on a line of its own"}},
		"table as text":       {"download = 'c4n4ry'\n", []string{"1:1: not a list of tables: write [[download]], with two brackets, on a line of its own"}},
		"table among others":  {"feed = [{url='https://a.example'}, 'c4n4ry']\n", []string{"1:36: not a table: write [[feed]] on a line of its own"}},
		"empty":               {feedLine + "tenant = ' '\n", []string{"3:10: tenant is empty: give it a value or leave it out"}},
		"control in text":     {feedLine + `username = "c4n4ry\r\nX: y"`, []string{"3:12: username has a control character in it"}},
		"behind umlauts, too": {`feed = [{"ä" = 1, url = 5}]`, []string{"1:10: unknown key; there are url, sources, username, account, tenant, client_id, kind, server, allow_insecure, helper", "1:25: url is to be text in quotes"}},

		// Names.
		"source":       {"sources = ['git', 'gitlba']\n", []string{`1:19: unknown source: did you mean "gitlab"?`}},
		"far source":   {feedLine + "sources = ['c4n4ry']\n", []string{"3:12: unknown source; " + allSources}},
		"source twice": {"sources = ['git', 'netrc', 'git']\n", []string{"1:28: this source is in the list before"}},
		"kind":         {feedLine + "kind = 'github.com'\n", []string{"3:8: unknown kind; there are gitlab, github, azure"}},
		"server, no kind": {feedLine + "server = 'https://b.example'\n", []string{
			"3:10: server needs a kind beside it, which is its vendor"}},

		// Addresses.
		"no url":            {"[[feed]]\nusername = 'u'\n", []string{"1:1: url is missing in this [[feed]]"}},
		"no url, inline":    {"feed = [{ }]", []string{"1:9: url is missing in this [[feed]]"}},
		"no url, download":  {"disable = true\n [[download]]", []string{"2:2: url is missing in this [[download]]"}},
		"no scheme":         {"[[feed]]\nurl = 'a.example/c4n4ry'\n", []string{"2:7: url is to be a whole address, with https:// before it"}},
		"other scheme":      {"[[feed]]\nurl = 'ftp://a.example/c4n4ry'\n", []string{"2:7: url is not an https or http address"}},
		"port":              {"[[feed]]\nurl = 'https://user:c4n4ry'\n", []string{"2:7: url is not an https or http address"}},
		"user in address":   {"[[feed]]\nurl = 'https://u:c4n4ry@a.example'\n", []string{"2:7: url has a user name or a password in it, which do not belong into this file: leave out what stands before the @"}},
		"query":             {"[[feed]]\nurl = 'https://a.example/?sig=c4n4ry'\n", []string{"2:7: url is to be without ? and #"}},
		"fragment":          {"[[download]]\nurl = 'https://a.example/#c4n4ry'\n", []string{"2:7: url is to be without ? and #"}},
		"wildcard":          {"[[feed]]\nurl = 'https://*.a.example'\n", []string{"2:7: url has a * in it: leave it out, since an address covers all that is below it"}},
		"clear text":        {"[[feed]]\nurl = 'http://a.example'\n", []string{"2:7: " + clearText}},
		"clear text, false": {"[[feed]]\nurl = 'http://localhost.a.example'\nkind='gitlab'\n", []string{"2:7: " + clearText}},
		"server in clear":   {feedLine + "kind = 'gitlab'\nserver = 'http://a.example'\n", []string{"4:10: " + clearText}},
		"idle":              {feedLine + "allow_insecure = true\n", []string{"3:18: allow_insecure is for an address that begins with http://"}},
		"same feed": {feedLine + "[[feed]]\nurl = 'https://A.example:443/index.json'\n", []string{
			"4:7: the same as in the [[feed]] of line 1: put both into one"}},
		"same download": {"[[download]]\nurl='https://a.example/x'\n[[download]]\nurl='https://a.example/X/'\n", []string{
			"4:5: the same as in the [[download]] of line 1: put both into one"}},

		// Paths.
		"relative certificates": {"ca_file = 'company.pem'\n", []string{"1:11: ca_file is to be an absolute path, or one that begins with ~/"}},
		"other home":            {"ca_file = '~other/company.pem'\n", []string{"1:11: ca_file is to be an absolute path, or one that begins with ~/"}},
		"relative helper":       {feedLine + "helper = './c4n4ry'\n", []string{"3:10: helper is to be an absolute path, or one that begins with ~/"}},
		"no path":               {"[[secret_file]]\nfeed = 'https://a.example'\n", []string{"1:1: path is missing in this [[secret_file]]"}},
		"relative secret file":  {"[[secret_file]]\npath = 'c4n4ry'\n", []string{"2:8: path is to be an absolute path, or one that begins with ~/"}},
		"user name, no feed":    {"[[secret_file]]\npath = '/x'\nusername = 'u'\n", []string{"3:12: username needs feed beside it: without feed the file holds user names itself"}},
		"same file": {"[[secret_file]]\npath = '/x'\n[[secret_file]]\npath = '/x'\n", []string{
			"4:8: the same as in the [[secret_file]] of line 1: put both into one"}},

		"all at once, in the order of the file": {"[[download]]\nurk = 1\n[[feed]]\nkind = 'x'\nurl = 3\n[[feed]]\n", []string{
			"1:1: url is missing in this [[download]]", `2:1: unknown key "urk": did you mean "url"?`,
			"4:8: unknown kind; there are gitlab, github, azure", "5:7: url is to be text in quotes", "6:1: url is missing in this [[feed]]",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, test.text, nil)
			c, err := Load(o)
			all, ok := errors.AsType[Errors](err)
			if c != nil || !ok {
				t.Fatalf("%v, %v", c, err)
			}
			var got []string
			for _, e := range all {
				if e.File != o.File || !strings.HasPrefix(e.Error(), e.File+":") {
					t.Errorf("file %q in %q", e.File, e)
				}
				got = append(got, fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem))
				if strings.Contains(e.Error(), "c4n4ry") {
					t.Errorf("quotes the file: %v", e)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What looks odd and is right.
func TestNoProblems(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                "",
		"comment":              "# nothing",
		"loopback":             "[[feed]]\nurl = 'http://127.0.0.1:5000/v3/index.json'\n",
		"loopback, said":       "[[feed]]\nurl = 'http://localhost:5000'\nallow_insecure = true\n",
		"insecure, not said":   "[[feed]]\nurl = 'https://a.example'\nallow_insecure = false\n",
		"http beside https":    "[[feed]]\nurl = 'https://a.example'\n[[feed]]\nurl='http://a.example'\nallow_insecure=true\n",
		"only server insecure": "[[feed]]\nurl = 'https://a.example'\nkind='gitlab'\nserver='http://b.example'\nallow_insecure=true\n",
		"one token, two feeds": "[[secret_file]]\npath='/x'\nfeed='https://a.example'\n[[secret_file]]\npath='/x'\nfeed='https://b.example'\n",
		"helper with a dot":    "[[feed]]\nurl = 'https://a.example'\nhelper = 'ecr-login.2'\n",
	} {
		if _, err := Load(options(t, text, nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProblemsOnWindows(t *testing.T) {
	for text, want := range map[string]string{
		`ca_file = 'C:\company.pem'`:                           "",
		`ca_file = '\\server\share\company.pem'`:               "",
		`ca_file = '/company.pem'`:                             "1:11: ca_file is to be an absolute path, or one that begins with ~/",
		`ca_file = '~\company.pem'`:                            "1:11: ca_file begins with ~, and the home folder is not known",
		"[[feed]]\nurl='https://a.example'\nhelper='C:/x.CMD'": "3:8: helper cannot be a batch file: name the program itself",
		"[[feed]]\nurl='https://a.example'\nhelper='C:/x.exe'": "",
	} {
		_, problems := parse("f", text, &Options{GOOS: "windows", Getenv: func(string) string { return "" }})
		got := ""
		if len(problems) > 0 {
			got = strings.TrimPrefix(problems.Error(), "f:")
		}
		if got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func TestErrorsText(t *testing.T) {
	one := &Error{"f", 2, 3, "broken"}
	all := Errors{one, {File: "g", Problem: "missing"}}
	if got := all[:1].Error(); got != "f:2:3: broken" {
		t.Error(got)
	}
	if got := all.Error(); got != "f:2:3: broken (and 1 more: run nuplug config check)" {
		t.Error(got)
	}
	if e, ok := errors.AsType[*Error](fmt.Errorf("loading: %w", all)); !ok || e != one || all[1].Error() != "g: missing" {
		t.Errorf("%v, %v", e, all[1])
	}
}
