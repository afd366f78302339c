package provider

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/command"
	"github.com/nuplug/nuplug/credential/environ"
	"github.com/nuplug/nuplug/credential/gitcred"
	"github.com/nuplug/nuplug/credential/github"
	"github.com/nuplug/nuplug/credential/gitlab"
	"github.com/nuplug/nuplug/credential/keychain"
	"github.com/nuplug/nuplug/credential/mounted"
	"github.com/nuplug/nuplug/credential/netrc"
	"github.com/nuplug/nuplug/credential/stored"
)

// SourceNames are the sources in the order in which they are asked: what costs nothing first, and what somebody said
// before what merely is there. The environment and files come before the keychain, and that before child processes.
func SourceNames() []string {
	return []string{"environment", "mounted", "gitlab", "github", "netrc", "login", "gh", "git", "command"}
}

// Kinds are the vendors that a feed of one's own can be of.
func Kinds() []string { return []string{"gitlab", "github"} }

// named is a source under the name that the configuration and the trail know it by.
type named struct {
	credential.Source
	name string
}

func (n named) Name() string { return n.name }

func (n named) Warnings() []string {
	if w, ok := n.Source.(credential.Warner); ok {
		return w.Warnings()
	}
	return nil
}

// sources makes every source there is, by name. None of them looks at anything before it is asked.
func sources(c *config.Config, getenv func(string) string, environment func() []string) map[string]credential.Chain {
	all := map[string]credential.Chain{
		"environment": {environ.New(getenv)},
		"mounted":     {mounted.New(&mounted.Options{Files: secretFiles(c, getenv)})},
		"gitlab":      {gitlab.New(getenv, servers(c, "gitlab"))},
		"github": {named{github.New(&github.Options{
			Hosts: servers(c, "github"), Getenv: getenv, Environ: environment, Find: notHere, // gh has its turn later
		}), "github"}},
		"netrc": {netrc.New(getenv)},
		"login": {Logins(getenv, 0)},
		"gh": {named{github.New(&github.Options{
			Hosts: servers(c, "github"), Getenv: withoutTokens(getenv), Environ: environment,
		}), "gh"}},
		"git":     {gitcred.New(&gitcred.Options{Environ: environment})},
		"command": commands(c, environment),
	}
	return all
}

// Logins is the store of what `nuplug login` was given, in the keychain and beside the configuration. prompt is how long a
// person may take to unlock the keychain; 0 means that nobody is there, and a locked keychain has nothing.
func Logins(getenv func(string) string, prompt time.Duration) *stored.Store {
	o := &stored.Options{Keychain: keychain.New(&keychain.Options{Prompt: prompt})}
	if paths := config.Paths(runtime.GOOS, getenv); len(paths) > 0 {
		o.Dir = filepath.Dir(paths[0])
	}
	return stored.New(o)
}

// SecretFileVariable names a mounted file with the JSON of static endpoints, beside those of the configuration.
const SecretFileVariable = "NUPLUG_SECRET_FILE"

func secretFiles(c *config.Config, getenv func(string) string) []mounted.File {
	var files []mounted.File
	if path := getenv(SecretFileVariable); path != "" {
		files = append(files, mounted.File{Path: path})
	}
	for _, f := range c.SecretFiles {
		file := mounted.File{Path: f.Path, Username: f.Username}
		if f.Feed != (credential.Feed{}) {
			file.Feed = f.Feed.String()
		}
		files = append(files, file)
	}
	return files
}

func servers(c *config.Config, kind string) []string {
	var all []string
	for _, server := range c.Servers(kind) {
		all = append(all, server.String())
	}
	return all
}

// commands are the credential helpers that the configuration names, each for its feeds.
func commands(c *config.Config, environment func() []string) credential.Chain {
	var chain credential.Chain
	for _, f := range c.Feeds {
		if f.Helper == "" && f.Program == "" {
			continue
		}
		chain = append(chain, command.New(&command.Options{
			Helper: f.Helper, Program: f.Program, Feeds: []string{f.Address.String()}, Username: f.Username, Environ: environment,
		}))
	}
	return chain
}

// withoutTokens hides what the source github has used before.
func withoutTokens(getenv func(string) string) func(string) string {
	return func(name string) string {
		switch name {
		case "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN":
			return ""
		}
		return getenv(name)
	}
}

// notHere is a PATH without programs.
func notHere(string) (string, error) { return "", os.ErrNotExist }
