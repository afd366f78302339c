package command

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/credential"
)

// The real pass, with a key of its own, behind Docker's real helper for it.
func TestPass(t *testing.T) {
	for _, program := range []string{"pass", "gpg", "docker-credential-pass"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	// Short, because gpg-agent's socket lies in it.
	home, err := os.MkdirTemp("", "pass-")
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + home, "GNUPGHOME=" + filepath.Join(home, "g"), "PATH=" + os.Getenv("PATH"), "PASSWORD_STORE_DIR=" + filepath.Join(home, "store")}
	run := func(stdin string, args ...string) {
		t.Helper()
		c := exec.CommandContext(t.Context(), args[0], args[1:]...)
		c.Env, c.Stdin = env, strings.NewReader(stdin)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() {
		c := exec.CommandContext(context.Background(), "gpgconf", "--kill", "all")
		c.Env = env
		if err := c.Run(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	if err := os.Mkdir(filepath.Join(home, "g"), 0o700); err != nil {
		t.Fatal(err)
	}
	run("", "gpg", "--batch", "--passphrase", "", "--quick-generate-key", "rig@example", "default", "default", "never")
	run("", "pass", "init", "rig@example")
	run(`{"ServerURL":"https://feed.example","Username":"ann","Secret":"c4n4ry-pass"}`, "docker-credential-pass", "store")

	s := New(&Options{Helper: "pass", Feeds: []string{"https://feed.example/", "https://other.example/"}, Environ: func() []string { return env }})
	feed, err := credential.ParseFeed("https://feed.example/v3/index.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Find(t.Context(), credential.Request{Feed: feed})
	if err != nil || c.Username != "ann" || c.Password.Reveal() != "c4n4ry-pass" {
		t.Errorf("got %v, %v", c, err)
	}
	other, err := credential.ParseFeed("https://other.example/v3/index.json")
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Find(t.Context(), credential.Request{Feed: other}); err == nil {
		t.Errorf("for another feed: %v", c)
	}
}
