package gitcred

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// find tells in a few words what came out: "user:password from PLACE" or "nothing: REASON".
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if err == nil {
		return c.Username + ":" + c.Password.Reveal() + " from " + c.From
	}
	if strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("a secret in: %v", err)
	}
	nothing, ok := errors.AsType[*credential.NothingError](err)
	if !ok || nothing.Ours {
		t.Fatalf("git makes the feed ours: %#v", err)
	}
	return "nothing: " + nothing.Reason
}

// realGit is the git of this machine with a home folder of its own. The commands that are run go to seen.
func realGit(t *testing.T, config string, seen *[]proc.Command, variables ...string) (s *Source, home string) {
	t.Helper()
	if _, err := proc.Find("git"); err != nil {
		t.Skip("git is not installed: apt-get install git")
	}
	home = t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GIT_CONFIG_NOSYSTEM=1"}, variables...)
	return New(&Options{
		Environ: func() []string { return env },
		Run: func(ctx context.Context, c proc.Command) (proc.Output, error) {
			*seen = append(*seen, c)
			return proc.Run(ctx, c)
		},
	}), home
}

// script writes a program for git to start.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

const store = "[credential]\n\thelper = store\n"

func TestRealGit(t *testing.T) {
	var seen []proc.Command
	s, home := realGit(t, store, &seen)
	stored := filepath.Join(home, ".git-credentials")
	const content = "https://u:c4n4ry%40%25@feeds.example\nhttps://u2:c4n4ry2@feeds.example:8443\nhttp://u3:c4n4ry3@127.0.0.1:5000\n"
	if err := os.WriteFile(stored, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	const none = "nothing: no credential helper of git has anything for it"
	for address, want := range map[string]string{
		"https://feeds.example/org/index.json":  "u:c4n4ry@% from git credential fill for https://feeds.example/org/index.json",
		"https://feeds.example":                 "u:c4n4ry@% from git credential fill for https://feeds.example",
		"https://feeds.example:8443/x":          "u2:c4n4ry2 from git credential fill for https://feeds.example:8443/x",
		"http://127.0.0.1:5000/x":               "u3:c4n4ry3 from git credential fill for http://127.0.0.1:5000/x",
		"http://feeds.example/org":              "nothing: git is asked for https feeds only",
		"https://feeds.example.evil.example/":   none,
		"https://a.feeds.example/":              none,
		"https://feeds.example:8444/":           none,
		"https://evil.example/a%0Ahost=x":       "nothing: the feed's path has a line end, which git does not take",
		"https://evil.example/a%0D%0Ahost=x":    "nothing: the feed's path has a line end, which git does not take",
		"https://evil.example/a%00host=x":       "nothing: the feed's path has a line end, which git does not take",
		"https://feeds.example@evil.example/x":  none,
		"https://feeds.example%2f@evil.example": none,
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
	after, err := os.ReadFile(stored)
	if err != nil || string(after) != content {
		t.Errorf("the store has changed: %q, %v", after, err)
	}
	for _, c := range seen {
		if diff := cmp.Diff([]string{"-c", "core.askPass=", "credential", "fill"}, c.Args); diff != "" {
			t.Error(diff)
		}
		if all := strings.Join(slices.Concat(c.Args, c.Env), " ") + string(c.Stdin); strings.Contains(all, "c4n4ry") {
			t.Errorf("a secret in %s", all)
		}
	}
}

// A path matters to git when it is told that it does.
func TestRealGitWithPaths(t *testing.T) {
	var seen []proc.Command
	s, home := realGit(t, store+"\tuseHttpPath = true\n", &seen)
	if err := os.WriteFile(filepath.Join(home, ".git-credentials"),
		[]byte("https://a:p1@feeds.example/one/index.json\nhttps://b:p2@feeds.example/two%20words/index.json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"https://feeds.example/one/index.json":         "a:p1",
		"https://feeds.example/two%20words/index.json": "b:p2",
		"https://feeds.example/three/index.json":       "nothing: no credential helper of git has anything for it",
	} {
		if got, _, _ := strings.Cut(find(t, s, request(t, address)), " from "); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
	if want := "protocol=https\nhost=feeds.example\npath="; !strings.HasPrefix(string(seen[0].Stdin), want) {
		t.Errorf("git was asked %q", seen[0].Stdin)
	}
}

// Whatever may ask for a password is there, and none of it is started.
func TestRealGitAsksNobody(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "asked")
	ask := script(t, "touch '"+mark+"'; echo c4n4ry\n")
	var seen []proc.Command
	s, _ := realGit(t, "[core]\n\taskPass = "+ask+"\n", &seen, "GIT_ASKPASS="+ask, "SSH_ASKPASS="+ask, "DISPLAY=:0", "GIT_TERMINAL_PROMPT=1")
	if got := find(t, s, request(t, "https://feeds.example")); got != "nothing: no credential helper of git has anything for it" {
		t.Error(got)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program was asked for the password")
	}
	for _, variable := range []string{"GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_ASKPASS=", "SSH_ASKPASS="} {
		i := slices.Index(seen[0].Env, variable)
		if i < 0 || slices.ContainsFunc(seen[0].Env[i+1:], func(v string) bool { return strings.HasPrefix(v, variable[:strings.Index(variable, "=")+1]) }) {
			t.Errorf("%s is not the last word in %q", variable, seen[0].Env)
		}
	}
}

// Helpers that say no, or something else, make no feed ours.
func TestRealGitHelpers(t *testing.T) {
	tests := []struct{ name, helper, want string }{
		{"answers", "echo username=u; echo password=c4n4ry", "u:c4n4ry"},
		{"quits", "echo quit=1", "nothing: a credential helper of git declined"},
		{"fails", "echo c4n4ry >&2; exit 3", "nothing: no credential helper of git has anything for it"},
		{"user only", "echo username=u", "nothing: no credential helper of git has anything for it"},
		{"says nothing", "true", "nothing: no credential helper of git has anything for it"},
		{"another host", "echo host=evil.example; echo username=u; echo password=c4n4ry", "nothing: a credential helper of git answered for another place"},
	}
	for _, test := range tests {
		var seen []proc.Command
		s, _ := realGit(t, "[credential]\n\thelper = "+script(t, "cat >/dev/null\n[ \"$1\" = get ] || exit 9\n"+test.helper+"\n")+"\n", &seen)
		got, _, _ := strings.Cut(find(t, s, request(t, "https://feeds.example")), " from ")
		if got != test.want {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

func TestRealGitFails(t *testing.T) {
	var seen []proc.Command
	s, _ := realGit(t, "[credential c4n4ry\n", &seen)
	got := find(t, s, request(t, "https://feeds.example"))
	if !strings.HasPrefix(got, "nothing: asking git failed: ") || !strings.HasSuffix(got, " exited with code 128; try: git credential fill") {
		t.Error(got)
	}
}

func TestNoGit(t *testing.T) {
	s := New(&Options{
		Find: func(string) (string, error) { return "", &proc.StartError{Kind: proc.NotFound} },
		Run: func(context.Context, proc.Command) (proc.Output, error) {
			t.Error("something was started")
			return proc.Output{}, nil
		},
	})
	if got := find(t, s, request(t, "https://feeds.example")); got != "nothing: git is not installed" {
		t.Error(got)
	}
	if New(nil).Name() != "git" {
		t.Error("the name is part of what users write")
	}
}

// fake is a source whose git says what it is told.
func fake(run func(context.Context, proc.Command) (proc.Output, error)) *Source {
	return New(&Options{Find: func(string) (string, error) { return "/usr/bin/git", nil }, Run: run, Timeout: time.Minute})
}

// Newer versions of git than the one here tell when a token ends, and pass on that a helper quits.
func TestAnswers(t *testing.T) {
	tests := []struct{ said, want string }{
		{"protocol=https\nhost=feeds.example\nusername=u\npassword=p=q \n", "u:p=q "},
		{"username=u\r\npassword=p\r\n", "u:p"},
		{"protocol=http\nhost=feeds.example\nusername=u\npassword=c4n4ry\n", "nothing: a credential helper of git answered for another place"},
		{"protocol=https\nhost=feeds.example:8443\nusername=u\npassword=c4n4ry\n", "nothing: a credential helper of git answered for another place"},
		{"capability[]=authtype\nusername=u\npassword=p\nunknown\n", "u:p"},
		{"quit=1\nusername=u\npassword=p\n", "nothing: a credential helper of git declined"},
		{"quit=0\nusername=u\npassword=p\n", "u:p"},
		{"username=u\n", "nothing: git answered without a user name or password"},
		{"password=c4n4ry\n", "nothing: git answered without a user name or password"},
		{"", "nothing: git answered without a user name or password"},
	}
	for _, test := range tests {
		s := fake(func(context.Context, proc.Command) (proc.Output, error) {
			return proc.Output{Stdout: []byte(test.said)}, nil
		})
		if got, _, _ := strings.Cut(find(t, s, request(t, "https://feeds.example")), " from "); got != test.want {
			t.Errorf("%q: %s", test.said, got)
		}
	}
}

func TestExpires(t *testing.T) {
	for said, want := range map[string]time.Time{"1800000000": time.Unix(1800000000, 0), "soon": {}} {
		s := fake(func(context.Context, proc.Command) (proc.Output, error) {
			return proc.Output{Stdout: []byte("username=u\npassword=p\npassword_expiry_utc=" + said + "\n")}, nil
		})
		c, err := s.Find(t.Context(), request(t, "https://feeds.example"))
		if err != nil || !c.Expires.Equal(want) {
			t.Errorf("%s: %v, %v", said, c.Expires, err)
		}
	}
}

func TestRefusedIsNotAskedAgain(t *testing.T) {
	asked := 0
	s := fake(func(context.Context, proc.Command) (proc.Output, error) {
		asked++
		return proc.Output{Stdout: []byte("username=u\npassword=p\n")}, nil
	})
	r := request(t, "https://feeds.example")
	first, err := s.Find(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Refused = map[string]bool{first.From: true}
	again, err := s.Find(t.Context(), r)
	if err != nil || again.From != first.From || again.Password != "" || asked != 1 {
		t.Errorf("%v, %v, asked %d times", again, err, asked)
	}
}

func TestHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake(func(ctx context.Context, c proc.Command) (proc.Output, error) {
			<-ctx.Done()
			return proc.Output{}, context.Cause(ctx)
		})
		start := time.Now()
		got := find(t, s, request(t, "https://feeds.example"))
		if got != "nothing: asking git failed: it did not answer within 1m0s; try: git credential fill" || time.Since(start) != time.Minute {
			t.Errorf("%s after %v", got, time.Since(start))
		}
	})
}

func TestEndsWithItsContext(t *testing.T) {
	cause := errors.New("the build was stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := fake(func(ctx context.Context, c proc.Command) (proc.Output, error) {
		cancel(cause)
		<-ctx.Done()
		return proc.Output{}, context.Cause(ctx)
	})
	if _, err := s.Find(ctx, request(t, "https://feeds.example")); !errors.Is(err, cause) {
		t.Error(err)
	}
}
