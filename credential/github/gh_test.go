package github

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

	"github.com/nuplug/nuplug/internal/proc"
)

// realGh is the gh of this machine with a configuration of its own. The commands that are run go to seen.
func realGh(t *testing.T, hosts string, variables env, seen *[]proc.Command) *Source {
	t.Helper()
	if _, err := proc.Find("gh"); err != nil {
		t.Skip("gh is not installed: apt-get install --no-install-recommends gh")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hosts.yml"), []byte(hosts), 0o600); err != nil {
		t.Fatal(err)
	}
	return New(&Options{
		Hosts:  []string{"ghe.example"},
		Getenv: variables.getenv,
		Environ: func() []string {
			all := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GH_CONFIG_DIR=" + dir}
			for name, value := range variables {
				all = append(all, name+"="+value)
			}
			return all
		},
		Run: func(ctx context.Context, c proc.Command) (proc.Output, error) {
			*seen = append(*seen, c)
			return proc.Run(ctx, c)
		},
	})
}

const hostsFile = `github.com:
    user: octocat
    oauth_token: c4n4ry-github
    git_protocol: https
`

func TestRealGh(t *testing.T) {
	var seen []proc.Command
	s := realGh(t, hostsFile, env{}, &seen)
	c, err := s.Find(t.Context(), request(t, "https://nuget.pkg.github.com/ORG/index.json"))
	if got := tell(t, c, err); got != "x-access-token:c4n4ry-github from gh auth token --hostname github.com" {
		t.Error(got)
	}
	c, err = s.Find(t.Context(), request(t, "https://nuget.ghe.example/ORG/index.json"))
	if got := tell(t, c, err); got != "ours: gh is not logged in to ghe.example: run gh auth login --hostname ghe.example" {
		t.Error(got)
	}
	for i, host := range []string{"github.com", "ghe.example"} {
		if diff := cmp.Diff([]string{"auth", "token", "--hostname", host}, seen[i].Args); diff != "" {
			t.Error(diff)
		}
		if !filepath.IsAbs(seen[i].Path) || !slices.Contains(seen[i].Env, "GH_PROMPT_DISABLED=1") {
			t.Errorf("%s with %q", seen[i].Path, seen[i].Env)
		}
	}
}

// gh would answer with GH_ENTERPRISE_TOKEN for every host that is not its own.
func TestRealGhDoesNotPassVariablesOn(t *testing.T) {
	var seen []proc.Command
	s := realGh(t, hostsFile, env{"GH_HOST": "other.example", "GH_ENTERPRISE_TOKEN": "c4n4ry", "GITHUB_ENTERPRISE_TOKEN": "c4n4ry"}, &seen)
	c, err := s.Find(t.Context(), request(t, "https://nuget.ghe.example/ORG"))
	if got := tell(t, c, err); got != "ours: gh is not logged in to ghe.example: run gh auth login --hostname ghe.example" {
		t.Error(got)
	}
	if len(seen) != 1 || strings.Contains(strings.Join(slices.Concat(seen[0].Args, seen[0].Env), " "), "c4n4ry") {
		t.Errorf("%+v", seen)
	}
}

func TestRealGhFails(t *testing.T) {
	var seen []proc.Command
	s := realGh(t, "github.com: {{ oauth_token: c4n4ry", env{}, &seen)
	c, err := s.Find(t.Context(), request(t, "https://nuget.pkg.github.com/ORG"))
	got := tell(t, c, err)
	if !strings.HasPrefix(got, "failed: asking gh for the token of github.com: ") || !strings.HasSuffix(got, " exited with code 1; try: gh auth token --hostname github.com") {
		t.Error(got)
	}
}

// What gh says that makes no sense is a failure and is not quoted.
func TestGhSaysSomethingElse(t *testing.T) {
	for _, said := range []string{"", "\n", "c4n4ry is the token", "c4n4ry\nc4n4ry\n"} {
		s := New(&Options{
			Getenv: env{}.getenv,
			Find:   func(string) (string, error) { return "/usr/bin/gh", nil },
			Run: func(context.Context, proc.Command) (proc.Output, error) {
				return proc.Output{Stdout: []byte(said), StderrTail: "c4n4ry"}, nil
			},
		})
		c, err := s.Find(t.Context(), request(t, "https://nuget.pkg.github.com/ORG"))
		if got := tell(t, c, err); got != "failed: asking gh for the token of github.com: it answered something else; try: gh auth token --hostname github.com" {
			t.Errorf("%q: %s", said, got)
		}
	}
}

func TestGhHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&Options{
			Getenv: env{}.getenv,
			Find:   func(string) (string, error) { return "/usr/bin/gh", nil },
			Run: func(ctx context.Context, _ proc.Command) (proc.Output, error) {
				<-ctx.Done()
				return proc.Output{}, context.Cause(ctx)
			},
		})
		start := time.Now()
		_, err := s.Find(t.Context(), request(t, "https://nuget.pkg.github.com/ORG"))
		if !errors.Is(err, errTimeout) || time.Since(start) != ghTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestGhEnvironment(t *testing.T) {
	s := New(&Options{Environ: func() []string {
		return []string{"PATH=/bin", "GH_TOKEN=1", "github_token=2", "GH_ENTERPRISE_TOKEN=3", "GITHUB_ENTERPRISE_TOKEN=4", "GH_TOKEN_OF_MINE=5", "GH_HOST=x"}
	}})
	want := []string{"PATH=/bin", "GH_TOKEN_OF_MINE=5", "GH_HOST=x", "GH_PROMPT_DISABLED=1", "GH_NO_UPDATE_NOTIFIER=1"}
	if diff := cmp.Diff(want, s.ghEnvironment()); diff != "" {
		t.Error(diff)
	}
}
