// Package environ is the source of credentials that pipelines put into the environment, under the names that Microsoft's
// credential provider reads: static endpoints as JSON, and a token for all feeds that begin with one of some prefixes.
package environ

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/credential"
)

// The variables, the preferred name of each first.
const (
	endpointsName       = "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS"
	endpointsLegacyName = "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"
	prefixesName        = "ARTIFACTS_CREDENTIALPROVIDER_URI_PREFIXES"
	prefixesLegacyName  = "VSS_NUGET_URI_PREFIXES"
	tokenName           = "ARTIFACTS_CREDENTIALPROVIDER_ACCESSTOKEN"
	tokenLegacyName     = "VSS_NUGET_ACCESSTOKEN"
)

// defaultUsername goes with a secret that came without a user name. Azure DevOps ignores it.
const defaultUsername = "VssSessionToken"

// Source reads the environment once, when it is first asked.
type Source struct {
	getenv func(string) string
	read   func() contents
}

// New makes the source. getenv is os.Getenv or a stand-in.
func New(getenv func(string) string) *Source {
	s := &Source{getenv: getenv}
	s.read = sync.OnceValue(s.parse)
	return s
}

// contents is what the environment holds.
type contents struct {
	entries  Entries
	warnings []string
}

func (s *Source) parse() contents {
	var c contents
	for _, name := range []string{endpointsName, endpointsLegacyName} {
		if value := s.getenv(name); strings.TrimSpace(value) != "" {
			c.addEndpoints(name, value)
		}
	}
	c.addPrefixes(s.getenv)
	return c
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "environment" }

// Warnings names the entries that cannot be used, with the reason.
func (s *Source) Warnings() []string { return s.read().warnings }

// Find looks for the entry of exactly this address first, and then for the one with the longest path above it.
func (s *Source) Find(_ context.Context, r credential.Request) (credential.Credential, error) {
	c := s.read()
	if len(c.entries) == 0 {
		return credential.Credential{}, credential.Nothing("no variable for feeds is set")
	}
	found, ok := c.entries.Find(r)
	if !ok {
		return credential.Credential{}, credential.Nothing("no entry for this feed among %d", len(c.entries))
	}
	return found, nil
}

func (c *contents) addPrefixes(getenv func(string) string) {
	prefixes, tokens := firstSet(getenv, prefixesName, prefixesLegacyName), firstSet(getenv, tokenName, tokenLegacyName)
	switch {
	case prefixes == "" && tokens == "":
		return
	case tokens == "":
		c.warnings = append(c.warnings, fmt.Sprintf("%s is set without a token: set %s", prefixes, tokenName))
		return
	case prefixes == "":
		c.warnings = append(c.warnings, fmt.Sprintf("%s is set without the feeds that it is for: set %s", tokens, prefixesName))
		return
	}
	i := 0
	for text := range strings.SplitSeq(getenv(prefixes), ";") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		i++
		from := fmt.Sprintf("%s, entry %d, with %s", prefixes, i, tokens)
		feed, err := credential.ParseFeed(text)
		if err != nil {
			c.warnings = append(c.warnings, fmt.Sprintf("%s, entry %d: %v", prefixes, i, err))
			continue
		}
		c.entries = append(c.entries, Entry{Feed: feed, Prefix: true, Credential: credential.Credential{
			Username: defaultUsername, StandIn: true, Password: credential.Secret(getenv(tokens)), From: from,
		}})
	}
}

// firstSet returns the first name whose variable holds something.
func firstSet(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if strings.TrimSpace(getenv(name)) != "" {
			return name
		}
	}
	return ""
}
