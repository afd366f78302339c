package command

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// childVar makes the test binary a credential helper that behaves as it says.
const childVar = "NUPLUG_COMMAND_CHILD"

// noRaceSleep saves the second that a program with the race detector waits before it ends.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if how := os.Getenv(childVar); how != "" {
		os.Exit(helper(how))
	}
	os.Exit(m.Run())
}

// helper is a program with the protocol.
func helper(how string) int {
	server, _ := io.ReadAll(os.Stdin)
	if !slices.Equal(os.Args[1:], []string{"get"}) {
		fmt.Print("unknown action")
		return 2
	}
	const answer = `{"ServerURL":%q,"Username":%q,"Secret":%q}` + "\n"
	switch {
	case how == "token":
		fmt.Printf(answer, server, "<token>", "c4n4ry")
	case how == "fails":
		fmt.Print("the vault with c4n4ry is locked")
		fmt.Fprint(os.Stderr, "c4n4ry")
		return 1
	case how == "floods":
		fmt.Print(strings.Repeat("c4n4ry", proc.DefaultMaxStdout))
	case string(server) == "https://feeds.example:8443":
		fmt.Printf(answer, server, "u", `c4n4ry"\`)
	default:
		fmt.Println("credentials not found in native keychain")
		return 1
	}
	return 0
}

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// find tells in a few words what came out: "user:password from PLACE", "nothing: REASON", "ours: REASON", "failed: ERROR".
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if err != nil && strings.Contains(err.Error(), "c4n4ry") {
		t.Errorf("a secret in: %v", err)
	}
	nothing, isNothing := errors.AsType[*credential.NothingError](err)
	switch {
	case isNothing && nothing.Ours:
		return "ours: " + nothing.Reason
	case isNothing:
		return "nothing: " + nothing.Reason
	case err != nil:
		return "failed: " + err.Error()
	}
	return c.Username + ":" + c.Password.Reveal() + " from " + c.From
}

// program is a source with the test binary as its program, and the name of that.
func program(t *testing.T, how string, o Options, seen *[]proc.Command) (*Source, string) {
	t.Helper()
	var err error
	if o.Program, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	o.Environ = func() []string { return append(os.Environ(), childVar+"="+how, noRaceSleep) }
	o.Run = func(ctx context.Context, c proc.Command) (proc.Output, error) {
		*seen = append(*seen, c)
		return proc.Run(ctx, c)
	}
	return New(&o), filepath.Base(o.Program)
}

func TestProgram(t *testing.T) {
	var seen []proc.Command
	s, name := program(t, "answers", Options{Feeds: []string{"https://feeds.example:8443/org", "https://other.example", "http://plain.example"}}, &seen)
	for address, want := range map[string]string{
		"https://feeds.example:8443/org/index.json": `u:c4n4ry"\ from ` + name + " get for https://feeds.example:8443",
		"https://feeds.example:8443/org2":           "nothing: " + name + " is for other feeds",
		"https://feeds.example/org":                 "nothing: " + name + " is for other feeds",
		"https://other.example/x":                   "ours: " + name + " has nothing for https://other.example",
		"http://plain.example/x":                    "ours: " + name + " has nothing for http://plain.example",
		"http://other.example/x":                    "nothing: " + name + " is for other feeds",
		"https://other.example.evil.example/x":      "nothing: " + name + " is for other feeds",
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d programs were started", len(seen))
	}
	for _, c := range seen {
		if diff := cmp.Diff([]string{"get"}, c.Args); diff != "" || strings.Contains(strings.Join(c.Env, " "), "c4n4ry") {
			t.Errorf("%s%q", diff, c.Env)
		}
	}
}

func TestProgramForEveryFeed(t *testing.T) {
	var seen []proc.Command
	s, name := program(t, "answers", Options{}, &seen)
	for address, want := range map[string]string{
		"https://feeds.example:8443/any": `u:c4n4ry"\ from ` + name + " get for https://feeds.example:8443",
		"https://feeds.example/":         "nothing: " + name + " has nothing for https://feeds.example",
		"http://feeds.example:8443/":     "nothing: " + name + " is asked for https feeds only",
		"http://127.0.0.1:5000/":         "nothing: " + name + " has nothing for http://127.0.0.1:5000",
	} {
		if got := find(t, s, request(t, address)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", address, got, want)
		}
	}
}

func TestToken(t *testing.T) {
	var seen []proc.Command
	for username, want := range map[string]string{"": "token:c4n4ry", "octocat": "octocat:c4n4ry"} {
		s, _ := program(t, "token", Options{Username: username}, &seen)
		if got, _, _ := strings.Cut(find(t, s, request(t, "https://feeds.example")), " from "); got != want {
			t.Errorf("%q: %s", username, got)
		}
	}
}

// What goes wrong is a failure for a feed that was named, and nothing for the others, which may be somebody else's.
func TestFailures(t *testing.T) {
	for how, want := range map[string]string{
		"fails":  "exited with code 1",
		"floods": "was killed because it wrote more than 1048576 bytes to stdout",
	} {
		var seen []proc.Command
		s, name := program(t, how, Options{Feeds: []string{"https://feeds.example"}}, &seen)
		if got := find(t, s, request(t, "https://feeds.example")); !strings.HasPrefix(got, "failed: asking "+name+" for https://feeds.example: ") || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", how, got)
		}
		s, _ = program(t, how, Options{}, &seen)
		if got := find(t, s, request(t, "https://feeds.example")); !strings.HasPrefix(got, "nothing: asking "+name+" failed: ") || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", how, got)
		}
	}
}

func TestHelperOnPath(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	name := "docker-credential-nuplugtest"
	if filepath.Ext(exe) == ".exe" {
		name += ".exe"
	}
	if err := os.Link(exe, filepath.Join(bin, name)); err != nil {
		if err = os.Symlink(exe, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv(childVar, "answers")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	if got := find(t, New(&Options{Helper: "nuplugtest"}), request(t, "https://feeds.example:8443")); got != `u:c4n4ry"\ from docker-credential-nuplugtest get for https://feeds.example:8443` {
		t.Error(got)
	}
	got := find(t, New(&Options{Helper: "missing"}), request(t, "https://feeds.example"))
	if got != "nothing: asking docker-credential-missing failed: cannot start docker-credential-missing: there is no such program on PATH" {
		t.Error(got)
	}
}

func TestBadOptions(t *testing.T) {
	for _, test := range []struct {
		o    *Options
		want string
	}{
		{nil, "nothing: asking the command failed: the configuration names no program"},
		{&Options{Program: "pass"}, "nothing: asking pass failed: cannot start pass: its path is not absolute"},
		{&Options{Helper: "../evil"}, "nothing: asking docker-credential-../evil failed: cannot start docker-credential-../evil: it is not the bare name of a program"},
		{&Options{Program: "/nowhere/pass", Feeds: []string{"https://feeds.example"}},
			"failed: asking pass for https://feeds.example: cannot start /nowhere/pass: there is no such file"},
		{&Options{Program: "/nowhere/pass", Feeds: []string{"feeds.example"}}, "nothing: pass is for other feeds"},
	} {
		if got := find(t, New(test.o), request(t, "https://feeds.example")); got != test.want {
			t.Errorf("%+v: %s", test.o, got)
		}
	}
	s := New(&Options{Helper: "pass", Feeds: []string{"https://a.example", "https://u:c4n4ry/@b.example"}})
	if diff := cmp.Diff([]string{"docker-credential-pass: entry 2 of its feeds is not used: not an https or http address"}, s.Warnings()); diff != "" {
		t.Error(diff)
	}
	if s.Name() != "command" {
		t.Error("the name is part of what users write")
	}
}

// fake is a source whose program says what it is told, for a feed that is ours.
func fake(run func(context.Context, proc.Command) (proc.Output, error)) *Source {
	return New(&Options{Program: "/bin/p", Feeds: []string{"https://feeds.example"}, Timeout: time.Minute, Run: run})
}

func TestAnswers(t *testing.T) {
	const broken = `failed: asking p for https://feeds.example: it did not answer {"ServerURL":…,"Username":…,"Secret":…}`
	const other = "failed: asking p for https://feeds.example: it answered for another server"
	const none = "ours: p has nothing for https://feeds.example"
	for said, want := range map[string]string{
		`{"ServerURL":"https://feeds.example","Username":"u","Secret":"p"}`:              "u:p",
		`{"ServerURL":"https://feeds.example/v1/","Username":"u","Secret":"p"}`:          "u:p",
		`{"ServerURL":"feeds.example","Username":"u","Secret":"p"}`:                      "u:p",
		`{"Username":"u","Secret":"p"}`:                                                  "u:p",
		`{"Secret":"p"}`:                                                                 "token:p",
		`{"ServerURL":"https://feeds.example.evil.example","Username":"u","Secret":"p"}`: other,
		`{"ServerURL":"http://feeds.example","Username":"u","Secret":"p"}`:               other,
		`{"ServerURL":"evil.example","Username":"u","Secret":"c4n4ry"}`:                  other,
		`{"ServerURL":"https://feeds.example","Username":"u","Secret":""}`:               none,
		`{}`:         none,
		``:           broken,
		`c4n4ry`:     broken,
		`["c4n4ry"]`: broken,
		`{"ServerURL":"https://feeds.example","Username":"u","Secret":{"c4n4ry":1}}`: broken,
	} {
		s := fake(func(_ context.Context, c proc.Command) (proc.Output, error) {
			if string(c.Stdin) != "https://feeds.example" {
				t.Errorf("asked %q", c.Stdin)
			}
			return proc.Output{Stdout: []byte(said)}, nil
		})
		if got, _, _ := strings.Cut(find(t, s, request(t, "https://feeds.example/org")), " from "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", said, got, want)
		}
	}
}

func TestRefusedIsNotAskedAgain(t *testing.T) {
	asked := 0
	s := fake(func(context.Context, proc.Command) (proc.Output, error) {
		asked++
		return proc.Output{Stdout: []byte(`{"Username":"u","Secret":"p"}`)}, nil
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
		if got != "failed: asking p for https://feeds.example: it did not answer within 1m0s" || time.Since(start) != time.Minute {
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
