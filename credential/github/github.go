// Package github is the source of GitHub's tokens: those in the environment, and the one that the program gh has stored.
//
// A token goes to the packages host of the server that issued it and nowhere else. Which servers there are comes from
// GitHub's own variables and from the configuration, never from the shape of a feed's address.
package github

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

// The variables: GitHub Actions sets the first two; the others are those of gh, in its order.
const (
	serverName = "GITHUB_SERVER_URL"
	actorName  = "GITHUB_ACTOR"
	hostName   = "GH_HOST"
)

// cloudTokenNames are for github.com and the tenants of ghe.com, and in Actions for the server that runs the job.
var cloudTokenNames = [...]string{"GH_TOKEN", "GITHUB_TOKEN"}

// enterpriseTokenNames are for a GitHub Enterprise Server.
var enterpriseTokenNames = [...]string{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"}

// defaultUser goes with a token. GitHub finds the owner by the token; the name must not be empty.
const defaultUser = "x-access-token"

// Options may be nil.
type Options struct {
	// Hosts are the servers that the configuration names beside github.com: "ghe.example" or "https://ghe.example". One
	// that talks http has to be written with its http://.
	Hosts []string
	// Getenv is os.Getenv unless set.
	Getenv func(string) string
	// Environ is what gh gets as its environment: os.Environ unless set.
	Environ func() []string
	// Find looks up gh on PATH: proc.Find unless set.
	Find func(name string) (string, error)
	// Run starts gh: proc.Run unless set.
	Run func(context.Context, proc.Command) (proc.Output, error)
}

// Source reads the environment once, when it is first asked, and asks gh each time that nothing else has a token for a
// server that is known. It is safe for concurrent use.
type Source struct {
	o    Options
	read func() contents
}

// New makes the source.
func New(o *Options) *Source {
	s := &Source{}
	if o != nil {
		s.o = *o
		s.o.Hosts = slices.Clone(o.Hosts)
	}
	if s.o.Getenv == nil {
		s.o.Getenv = os.Getenv
	}
	if s.o.Environ == nil {
		s.o.Environ = os.Environ
	}
	if s.o.Find == nil {
		s.o.Find = proc.Find
	}
	if s.o.Run == nil {
		s.o.Run = proc.Run
	}
	s.read = sync.OnceValue(s.parse)
	return s
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "github" }

// Warnings names the servers whose address cannot be read.
func (s *Source) Warnings() []string { return s.read().warnings }

// Find returns the first token for the feed's server that the feed has not refused: from the environment, else from gh.
func (s *Source) Find(ctx context.Context, r credential.Request) (credential.Credential, error) {
	c := s.read()
	server, ok := c.serverOf(r.Feed)
	if !ok {
		return credential.Credential{}, credential.Nothing("not the packages host of a GitHub server that is known here")
	}
	if !r.Feed.Secure() && !server.named {
		return credential.Credential{}, &credential.NothingError{Ours: true,
			Reason: fmt.Sprintf("the token would travel without encryption: use https, or name %s among the hosts", server.address)}
	}
	tokens := s.tokens(server)
	for _, t := range tokens {
		if !r.Refused[t.From] {
			return t, nil
		}
	}
	t, err := s.askGh(ctx, server, r)
	if err != nil && len(tokens) > 0 {
		return tokens[0], nil // refused, which is the better story
	}
	return t, err
}

// tokens lists what the environment has for a server.
func (s *Source) tokens(server server) []credential.Credential {
	var names []string
	if server.cloudToken {
		names = append(names, cloudTokenNames[:]...)
	}
	if server.enterpriseToken {
		names = append(names, enterpriseTokenNames[:]...)
	}
	user := strings.TrimSpace(s.o.Getenv(actorName))
	if user == "" {
		user = defaultUser
	}
	var tokens []credential.Credential
	for _, name := range names {
		if secret := strings.TrimSpace(s.o.Getenv(name)); secret != "" {
			tokens = append(tokens, credential.Credential{
				Username: user, StandIn: user == defaultUser, Password: credential.Secret(secret), From: name,
			})
		}
	}
	return tokens
}
