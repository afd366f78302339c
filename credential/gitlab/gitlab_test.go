package gitlab

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
)

type env map[string]string

func (e env) getenv(name string) string { return e[name] }

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// find tells in a few words what came out: "user:password from VARIABLE", "nothing", "ours: REASON".
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if nothing, ok := errors.AsType[*credential.NothingError](err); ok {
		if strings.Contains(nothing.Reason, "c4n4ry") {
			t.Errorf("a secret in: %s", nothing.Reason)
		}
		if nothing.Ours {
			return "ours: " + nothing.Reason
		}
		return "nothing"
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Username + ":" + c.Password.Reveal() + " from " + c.From
}

const (
	project = "/api/v4/projects/7/packages/nuget/index.json"
	group   = "/api/v4/groups/org%2Fteam/-/packages/nuget/index.json"
)

func TestFind(t *testing.T) {
	const job, personal, deploy = "gitlab-ci-token:c4n4ry-job from CI_JOB_TOKEN", "private-token:c4n4ry-pat from GITLAB_TOKEN",
		"deployer:c4n4ry-deploy from CI_DEPLOY_PASSWORD"
	ci := env{"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "c4n4ry-job"}
	pat := env{"GITLAB_TOKEN": "c4n4ry-pat"}
	tests := []struct {
		name  string
		env   env
		hosts []string
		feed  string
		want  string
	}{
		{"job, project", ci, nil, "https://git.example" + project, job},
		{"job, group", ci, nil, "https://git.example" + group, job},
		{"job, the other spelling of the server", env{"CI_SERVER_URL": "https://GIT.example:443/", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://git.example" + project, job},
		{"job, a port", env{"CI_SERVER_URL": "https://git.example:8443", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://git.example:8443" + project, job},
		{"job, not the port", env{"CI_SERVER_URL": "https://git.example:8443", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://git.example" + project, "nothing"},
		{"job, below a path", env{"CI_SERVER_URL": "https://example.com/gitlab/", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://example.com/gitlab" + project, job},
		{"job, beside the path", env{"CI_SERVER_URL": "https://example.com/gitlab", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://example.com" + project, "nothing"},
		{"job, a path that begins alike", env{"CI_SERVER_URL": "https://example.com/gitlab", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://example.com/gitlab2" + project, "nothing"},
		{"job not to a host of the configuration", ci, []string{"other.example"}, "https://other.example" + project, "ours: GITLAB_TOKEN is not set"},
		{"job not to gitlab.com", ci, nil, "https://gitlab.com" + project, "ours: GITLAB_TOKEN is not set"},
		{"job without a server", env{"CI_JOB_TOKEN": "c4n4ry-job"}, nil, "https://gitlab.com" + project, "ours: GITLAB_TOKEN is not set"},
		{"job token missing", env{"CI_SERVER_URL": "https://git.example"}, nil, "https://git.example" + project, "ours: neither GITLAB_TOKEN nor CI_JOB_TOKEN is set"},
		{"job over http", env{"CI_SERVER_URL": "http://git.example", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "http://git.example" + project,
			"ours: the token would travel without encryption: use https, or name http://git.example among the hosts"},
		{"job over http that was named", env{"CI_SERVER_URL": "http://git.example", "CI_JOB_TOKEN": "c4n4ry-job"}, []string{"http://git.example"}, "http://git.example" + project, job},
		{"job on this machine", env{"CI_SERVER_URL": "http://127.0.0.1:3000", "CI_JOB_TOKEN": "c4n4ry-job"}, nil, "http://127.0.0.1:3000" + project, job},
		{"https named, http asked", pat, []string{"git.example"}, "http://git.example" + project, "nothing"},

		{"deploy", env{"CI_SERVER_URL": "https://git.example", "CI_DEPLOY_USER": "deployer", "CI_DEPLOY_PASSWORD": "c4n4ry-deploy"}, nil, "https://git.example" + group, deploy},
		{"deploy without a user", env{"CI_SERVER_URL": "https://git.example", "CI_DEPLOY_PASSWORD": "c4n4ry-deploy"}, nil, "https://git.example" + group,
			"ours: neither GITLAB_TOKEN nor CI_JOB_TOKEN is set"},
		{"deploy not elsewhere", env{"CI_SERVER_URL": "https://git.example", "CI_DEPLOY_USER": "deployer", "CI_DEPLOY_PASSWORD": "c4n4ry-deploy"},
			[]string{"other.example"}, "https://other.example" + project, "ours: GITLAB_TOKEN is not set"},

		{"personal, gitlab.com", pat, nil, "https://gitlab.com" + project, personal},
		{"personal, a host of the configuration", pat, []string{"a.example", "https://git.example/gitlab"}, "https://git.example/gitlab" + project, personal},
		{"personal, a company's, not to gitlab.com", pat, []string{"git.example"}, "https://gitlab.com" + project,
			"ours: GITLAB_TOKEN is for another server: name https://gitlab.com among the hosts if it is for this one too"},
		{"personal, for two", pat, []string{"git.example", "gitlab.com"}, "https://gitlab.com" + project, personal},
		{"personal, GITLAB_HOST", env{"GITLAB_TOKEN": "c4n4ry-pat", "GITLAB_HOST": "git.example"}, nil, "https://git.example" + project, personal},
		{"personal, GL_HOST as a URL", env{"GITLAB_TOKEN": "c4n4ry-pat", "GL_HOST": "https://git.example/"}, nil, "https://git.example" + project, personal},
		{"personal, GITLAB_HOST and not gitlab.com", env{"GITLAB_TOKEN": "c4n4ry-pat", "GITLAB_HOST": "git.example"}, nil, "https://gitlab.com" + project,
			"ours: GITLAB_TOKEN is for another server: name https://gitlab.com among the hosts if it is for this one too"},
		{"personal, GITLAB_HOST and not the job's server", env{"GITLAB_TOKEN": "c4n4ry-pat", "GITLAB_HOST": "git.example", "CI_SERVER_URL": "https://ci.example"}, nil,
			"https://ci.example" + project, "ours: GITLAB_TOKEN is for another server: name https://ci.example among the hosts if it is for this one too"},
		{"personal before the job's", env{"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "c4n4ry-job", "GITLAB_TOKEN": "c4n4ry-pat"}, nil, "https://git.example" + project, personal},
		{"personal under its other names", env{"GITLAB_ACCESS_TOKEN": " c4n4ry-pat\n"}, nil, "https://gitlab.com" + project, "private-token:c4n4ry-pat from GITLAB_ACCESS_TOKEN"},
		{"personal under its oldest name", env{"GITLAB_PRIVATE_TOKEN": "c4n4ry-pat"}, nil, "https://gitlab.com" + project, "private-token:c4n4ry-pat from GITLAB_PRIVATE_TOKEN"},
		{"personal, nowhere else", pat, nil, "https://git.example" + project, "nothing"},
		{"no token", env{}, nil, "https://gitlab.com" + project, "ours: GITLAB_TOKEN is not set"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := find(t, New(test.env.getenv, test.hosts), request(t, test.feed)); got != test.want {
				t.Errorf("%s\ngot  %s\nwant %s", test.feed, got, test.want)
			}
		})
	}
}

func TestOnlyPackageFeeds(t *testing.T) {
	s := New(env{"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "c4n4ry", "GITLAB_TOKEN": "c4n4ry"}.getenv, nil)
	for path, want := range map[string]bool{
		"/api/v4/projects/7/packages/nuget":                         true,
		"/api/v4/projects/org%2Fapp/packages/nuget/download/a/1/a":  true,
		"/api/v4/groups/7/-/packages/nuget/v2":                      true,
		"/x/../api/v4/projects/7/packages/nuget":                    true,
		"":                                                          false,
		"/api/v4/projects/7/packages":                               false,
		"/api/v4/projects/7/packages/nuget2/index.json":             false,
		"/api/v4/projects/7/packages/npm":                           false,
		"/api/v4/projects/packages/nuget":                           false,
		"/api/v4/projects/org/app/packages/nuget":                   false,
		"/api/v4/projects/7/packages%2Fnuget":                       false,
		"/api/v4/projects/7/packages/nuget/../../repository":        false,
		"/api/v4/projects/7/packages/nuget/%2e%2e/%2e%2e/variables": false,
		"/api/v4/groups/7/packages/nuget":                           false,
		"/api/v4/projects/7/-/packages/nuget":                       false,
		"/evil/api/v4/projects/7/packages/nuget":                    false,
		"/api/v4/PROJECTS/7/packages/nuget":                         false,
		"/api/v3/projects/7/packages/nuget":                         false,
	} {
		if got := find(t, s, request(t, "https://git.example"+path)); (got != "nothing") != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestLookAlikes(t *testing.T) {
	s := New(env{"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "c4n4ry", "GITLAB_TOKEN": "c4n4ry"}.getenv, []string{"gitlab.com"})
	for _, origin := range []string{
		"https://git.example.evil.example", "https://evil-git.example", "https://gitlab.com.evil.example", "https://gitlab.com-evil.example",
		"https://git.example@evil.example", "https://git.example:443@evil.example", "http://git.example", "https://git.example:8443",
		"http://gitlab.com", "https://a.gitlab.com", "https://gitlab.co", "https://gitlab.comm", "https://www.gitlab.com", "https://gitIab.com",
		"https://gitlаb.com", "https://evil.example/git.example", "https://evil.example/https://git.example", "https://example", "https://git",
		"https://git.example../", "https://git-example", "https://gitlab", "https://com",
	} {
		for _, path := range []string{project, group} {
			if got := find(t, s, request(t, origin+path)); got != "nothing" {
				t.Errorf("%s: %s", origin+path, got)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	s := New(env{
		"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "2", "GITLAB_TOKEN": "1",
		"CI_DEPLOY_USER": "u", "CI_DEPLOY_PASSWORD": "3",
	}.getenv, nil)
	r := request(t, "https://git.example"+project)
	r.Refused = map[string]bool{}
	for _, want := range []string{"GITLAB_TOKEN", "CI_JOB_TOKEN", "CI_DEPLOY_PASSWORD", "GITLAB_TOKEN"} {
		c, err := s.Find(t.Context(), r)
		if err != nil || c.From != want {
			t.Errorf("%v, %v, want the one from %s", c, err, want)
		}
		r.Refused[c.From] = true
	}
}

func TestWarnings(t *testing.T) {
	s := New(env{"CI_SERVER_URL": "https://u:c4n4ry/x@git.example", "GITLAB_HOST": "ftp://c4n4ry"}.getenv, []string{"", "git.example"})
	if got := find(t, s, request(t, "https://git.example"+project)); got != "ours: GITLAB_TOKEN is not set" {
		t.Error(got)
	}
	want := []string{
		"gitlab: hosts, entry 1 is not the address of a server and is not used",
		"gitlab: GITLAB_HOST is not the address of a server and is not used",
		"gitlab: CI_SERVER_URL is not the address of a server and is not used",
	}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
	if s.Name() != "gitlab" {
		t.Error("the name is part of what users write")
	}
}

func TestReadsLateAndFromManyGoroutines(t *testing.T) {
	var mu sync.Mutex
	asked := 0
	s := New(func(name string) string {
		mu.Lock()
		defer mu.Unlock()
		asked++
		return env{"GITLAB_TOKEN": "t"}[name]
	}, nil)
	if asked != 0 {
		t.Error("the environment was read before anybody asked")
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Find(t.Context(), request(t, "https://gitlab.com"+project)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func ExampleNew() {
	environment := map[string]string{"CI_SERVER_URL": "https://git.example", "CI_JOB_TOKEN": "secret"}
	source := New(func(name string) string { return environment[name] }, nil)
	feed, _ := credential.ParseFeed("https://git.example/api/v4/projects/7/packages/nuget/index.json")
	c, _ := source.Find(context.Background(), credential.Request{Feed: feed})
	fmt.Println(c)
	// Output: gitlab-ci-token:*** (CI_JOB_TOKEN)
}
