package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each set-up has its story: what shadows the plugin, which source has the answer or why none has, and what NuGet sends.
func TestExplain(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent") // go-keyring reads the process's own
	const (
		acme    = "https://feed.acme.example/v3/index.json"
		gitlab  = "https://gitlab.acme.example/api/v4/projects/7/packages/nuget/index.json"
		github  = "https://nuget.pkg.github.com/acme/index.json"
		config  = ".config/nuplug/config.toml"
		entries = "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS"
	)
	source := `<configuration><packageSources><clear/><add key="acme" value="` + acme + `"/></packageSources>CREDENTIALS</configuration>`
	clear := strings.Replace(source, "CREDENTIALS", `<packageSourceCredentials><acme><add key="Username" value="ann"/><add key="ClearTextPassword" value="`+canary+`"/></acme></packageSourceCredentials>`, 1)
	encrypted := strings.Replace(clear, "ClearTextPassword", "Password", 1)
	plain := strings.Replace(source, "CREDENTIALS", "", 1)
	for _, c := range []struct {
		name  string
		env   []string
		files map[string]string
		feed  string
		want  []string
	}{
		{"nothing anywhere", nil, nil, acme, []string{"before any plugin: nothing", "environment: nothing: no variable for feeds is set", "the plugin declines: no source knows this feed"}},
		{"by the name of a source", nil, map[string]string{"nuget.config": plain}, "acme", []string{acme + " (source acme, ", "no source knows this feed"}},
		{"clear text in NuGet.Config", nil, map[string]string{"nuget.config": clear}, "acme", []string{"before any plugin: the credentials of user ann in ", "nuget.config:1", "NuGet sends user ann with the password from "}},
		{"encrypted in NuGet.Config", nil, map[string]string{"nuget.config": encrypted}, "acme", []string{"encrypted by Windows; on other systems NuGet fails this source"}},
		{"a variable of NuGet", []string{"NuGetPackageSourceCredentials_acme=Username=bob;Password=" + canary}, map[string]string{"nuget.config": clear}, "acme", []string{"the credentials of user bob in variable NuGetPackageSourceCredentials_acme"}},
		{"a static endpoint", []string{entries + `={"endpointCredentials":[{"endpoint":"` + acme + `","username":"ci","password":"` + canary + `"}]}`}, nil, acme, []string{"environment: found: " + entries + ", entry 1", "NuGet sends user ci"}},
		{"a bad entry beside it", []string{entries + `={"endpointCredentials":[{"password":"` + canary + `"},{"endpoint":"` + acme + `","password":"` + canary + `"}]}`}, nil, acme, []string{"entry 2", "warning: " + entries + ", entry 1: endpoint is missing"}},
		{"a prefix", []string{"VSS_NUGET_URI_PREFIXES=https://feed.acme.example/", "VSS_NUGET_ACCESSTOKEN=" + canary}, nil, acme, []string{"environment: found: VSS_NUGET_URI_PREFIXES, entry 1, with VSS_NUGET_ACCESSTOKEN", "user VssSessionToken"}},
		{"a prefix of a look-alike", []string{"VSS_NUGET_URI_PREFIXES=https://feed.acme", "VSS_NUGET_ACCESSTOKEN=" + canary}, nil, acme, []string{"environment: nothing: no entry for this feed among 1"}},
		{"a GitLab job", []string{"CI_SERVER_URL=https://gitlab.acme.example", "CI_JOB_TOKEN=" + canary}, nil, gitlab, []string{"gitlab: found: CI_JOB_TOKEN", "user gitlab-ci-token"}},
		{"a GitLab job of another server", []string{"CI_SERVER_URL=https://gitlab.com", "CI_JOB_TOKEN=" + canary}, nil, gitlab, []string{"gitlab: nothing: ", "no source knows this feed"}},
		{"a GitHub token", []string{"GITHUB_TOKEN=" + canary}, nil, github, []string{"github: found: GITHUB_TOKEN"}},
		{"GitHub without a token", []string{"PATH=/nowhere"}, nil, github, []string{"github: nothing: ", "run nuplug login " + github}},
		{"a .netrc", nil, map[string]string{".netrc": "machine feed.acme.example login ann password " + canary + "\n"}, acme, []string{"netrc: found: ", "user ann"}},
		{"an order of the configuration", []string{"GITHUB_TOKEN=" + canary}, map[string]string{config: "[[feed]]\nurl = \"https://nuget.pkg.github.com/acme\"\nsources = [\"netrc\", \"environment\"]\n"}, github, []string{"sources as config.toml, line 3 says\n│  ├─ netrc: nothing", "environment: nothing"}},
		{"an order of the environment", []string{"NUPLUG_SOURCES=netrc"}, nil, acme, []string{"sources as NUPLUG_SOURCES says", "netrc: nothing"}},
		{"turned off", []string{"NUPLUG_DISABLE=1", "GITHUB_TOKEN=" + canary}, nil, github, []string{"the plugin declines"}},
		{"plain http", []string{"GITHUB_TOKEN=" + canary}, nil, "http://nuget.pkg.github.com/acme/index.json", []string{"github: nothing: not asked, because the feed is plain http"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			for name, content := range c.files {
				path := filepath.Join(d.home, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			d.env = c.env
			out, _ := d.must("", "explain", c.feed)
			for _, want := range c.want {
				d.wants(out, want)
			}
			if json, _ := d.must("", "explain", c.feed, "--output", "json"); !strings.HasPrefix(json, "{\n  \"feed\": \"") {
				t.Errorf("JSON: %s", json)
			}
		})
	}
}
