package provider

import (
	"context"
	"net/http"
	"slices"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/credential"
)

// Search is the machine's chain of sources: what the plugin asks, for those that want to know without being asked by
// NuGet, such as a command that explains. It may be used by many goroutines.
type Search struct {
	config    *config.Config
	sources   map[string]credential.Chain
	first     credential.Chain
	transport http.RoundTripper // nil for one that is made when it is needed
	getenv    func(string) string
}

// NewSearch reads the configuration. The error is a [config.Errors]; half a configuration is not used.
func NewSearch(options *Options) (*Search, error) {
	o := options.complete()
	c, err := config.Load(&config.Options{Sources: SourceNames(), Kinds: Kinds(), Getenv: o.Getenv})
	if err != nil {
		return nil, err
	}
	return &Search{c, sources(c, o.Getenv, o.Environ), slices.Clone(o.Sources), o.Transport, o.Getenv}, nil
}

// Config is the configuration that the search goes by.
func (s *Search) Config() *config.Config { return s.config }

// Find asks the sources that the configuration names for the feed, in its order.
func (s *Search) Find(ctx context.Context, r credential.Request) (credential.Credential, credential.Trail, bool, error) {
	feed := s.config.For(r.Feed)
	chain := slices.Clone(s.first)
	for _, name := range feed.Sources {
		if name == "git" && feed.SourcesFrom == "" {
			chain = append(chain, unasked{name})
			continue
		}
		for _, source := range s.sources[name] {
			chain = append(chain, guarded{source, feed.AllowInsecure, name == "environment" || name == "mounted"})
		}
	}
	c, trail, found, err := chain.Find(ctx, r)
	if found && c.StandIn && feed.Username != "" {
		c.Username = feed.Username
	}
	return c, trail, found, err
}

// Warnings collects what the sources found wrong in what they have read so far.
func (s *Search) Warnings() []string {
	var all []string
	for _, name := range SourceNames() {
		all = append(all, s.sources[name].Warnings()...)
	}
	return all
}

// unasked stands for a source that is asked only where somebody named it. git would cost a child process for every feed on
// the machine that is not ours.
type unasked struct{ name string }

func (u unasked) Name() string { return u.name }

func (u unasked) Find(context.Context, credential.Request) (credential.Credential, error) {
	return credential.Credential{}, credential.Nothing("asked only where the configuration or NUPLUG_SOURCES names it")
}

// guarded keeps a secret from travelling in clear text: over plain http it goes to this machine only, or where the entry
// that holds it names exactly that address (the origins of entries are compared with their scheme), or where the
// configuration allows it.
type guarded struct {
	credential.Source
	allowed      bool
	namesAddress bool
}

func (g guarded) Find(ctx context.Context, r credential.Request) (credential.Credential, error) {
	if !r.Feed.Secure() && !g.allowed && !g.namesAddress {
		return credential.Credential{}, credential.Nothing("not asked, because the feed is plain http: use https, or set allow_insecure for it in the configuration")
	}
	return g.Source.Find(ctx, r)
}
