// Package gitlab is the source of GitLab's tokens in the environment: those of a CI job, deploy tokens and personal tokens.
//
// A token goes to the server that issued it and nowhere else, and there only to package feeds. Which server that is comes
// from GitLab's own variables and from the configuration, never from the shape of a feed's address.
package gitlab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/credential"
)

// The variables of GitLab CI. A deploy token is in a job's environment when it is named gitlab-deploy-token.
const (
	serverName         = "CI_SERVER_URL"
	jobTokenName       = "CI_JOB_TOKEN"
	deployUserName     = "CI_DEPLOY_USER"
	deployPasswordName = "CI_DEPLOY_PASSWORD"
)

// personalTokenNames are those that GitLab's own programs read (glab, and release-cli for the last), in their order.
var personalTokenNames = [...]string{"GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "GITLAB_PRIVATE_TOKEN"}

// hostNames say for glab which server the personal token is for, in its order.
var hostNames = [...]string{"GITLAB_HOST", "GL_HOST"}

const (
	jobUser = "gitlab-ci-token" // GitLab knows a job token by this name
	// personalUser goes with a personal token, whose owner GitLab finds by the token alone. Any name but jobUser does.
	personalUser = "private-token"
)

// Source reads the environment once, when it is first asked. It is safe for concurrent use.
type Source struct {
	getenv func(string) string
	hosts  []string
	read   func() contents
}

// New makes the source. getenv is os.Getenv or a stand-in. hosts are the self-hosted servers that the configuration names:
// "gitlab.example" or "https://git.example:8443/gitlab". A personal token goes to all of them, and to a server that talks
// http only if it stands here with its http:// (this machine excepted).
func New(getenv func(string) string, hosts []string) *Source {
	s := &Source{getenv: getenv, hosts: slices.Clone(hosts)}
	s.read = sync.OnceValue(s.parse)
	return s
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "gitlab" }

// Warnings names the servers whose address cannot be read.
func (s *Source) Warnings() []string { return s.read().warnings }

// Find returns the first token for the feed's server that the feed has not refused: a personal one, which somebody put
// there on purpose, before those that GitLab puts into every job.
func (s *Source) Find(_ context.Context, r credential.Request) (credential.Credential, error) {
	c := s.read()
	server, ok := c.serverOf(r.Feed)
	if !ok {
		return credential.Credential{}, credential.Nothing("not a package feed of a GitLab server that is known here")
	}
	if !r.Feed.Secure() && !server.named {
		return credential.Credential{}, &credential.NothingError{Ours: true,
			Reason: fmt.Sprintf("the token would travel without encryption: use https, or name %s among the hosts", server.address)}
	}
	var refused *credential.Credential
	for _, t := range s.tokens(server) {
		if !r.Refused[t.From] {
			return t, nil
		}
		if refused == nil {
			refused = &t
		}
	}
	if refused != nil {
		return *refused, nil
	}
	return credential.Credential{}, &credential.NothingError{Ours: true, Reason: s.missing(server)}
}

// tokens lists what there is for a server, in the order in which it is tried.
func (s *Source) tokens(server server) []credential.Credential {
	var tokens []credential.Credential
	add := func(user, name string) {
		if secret := strings.TrimSpace(s.getenv(name)); secret != "" {
			tokens = append(tokens, credential.Credential{
				Username: user, StandIn: user == personalUser, Password: credential.Secret(secret), From: name,
			})
		}
	}
	if name := s.personalToken(); name != "" && server.personal {
		add(personalUser, name)
	}
	if server.ci {
		add(jobUser, jobTokenName)
		if user := strings.TrimSpace(s.getenv(deployUserName)); user != "" {
			add(user, deployPasswordName)
		}
	}
	return tokens
}

// personalToken is the variable that holds one, or "".
func (s *Source) personalToken() string {
	for _, name := range personalTokenNames {
		if strings.TrimSpace(s.getenv(name)) != "" {
			return name
		}
	}
	return ""
}

// missing says why there is no token for a server that is known.
func (s *Source) missing(server server) string {
	if name := s.personalToken(); name != "" && !server.personal {
		return fmt.Sprintf("%s is for another server: name %s among the hosts if it is for this one too", name, server.address)
	}
	if server.ci {
		return fmt.Sprintf("neither %s nor %s is set", personalTokenNames[0], jobTokenName)
	}
	return personalTokenNames[0] + " is not set"
}
