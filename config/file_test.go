package config

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// info is a file of a mode.
type info fs.FileMode

func (i info) Name() string       { return "f" }
func (i info) Size() int64        { return 0 }
func (i info) Mode() fs.FileMode  { return fs.FileMode(i) }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return fs.FileMode(i).IsDir() }
func (i info) Sys() any           { return nil }

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		goos string
		mode fs.FileMode
		want string
	}{
		{"linux", 0o600, ""},
		{"linux", 0o644, ""}, // there are no secrets in it
		{"linux", 0o444, ""},
		{"linux", 0o620, "others can write it"},
		{"darwin", 0o602, "others can write it"},
		{"windows", 0o666, ""},
		{"linux", fs.ModeDir | 0o700, "a folder"},
		{"windows", fs.ModeDir | 0o777, "a folder"},
		{"linux", fs.ModeNamedPipe | 0o600, "not a regular file"},
		{"linux", fs.ModeDevice | fs.ModeCharDevice | 0o600, "not a regular file"},
	} {
		err := judge(test.goos, info(test.mode))
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s, %v: %v", test.goos, test.mode, err)
		}
	}
}

// A file of nothing but brackets costs no memory and no time.
func TestDeepFile(t *testing.T) {
	for _, text := range []string{"a = " + strings.Repeat("[", maxSize-10), "a = " + strings.Repeat("{a=", maxSize/3-10)} {
		_, problems := parse("f", text, &Options{Getenv: os.Getenv})
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Problem, "more brackets") {
			t.Errorf("%v", problems)
		}
	}
	shallow := "sources = " + strings.Repeat("[", 500) + strings.Repeat("]", 500)
	if _, problems := parse("f", shallow, &Options{Getenv: os.Getenv}); len(problems) != 1 || problems[0].Column != 12 {
		t.Errorf("%v", problems)
	}
}
