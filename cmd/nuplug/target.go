package main

import (
	"fmt"
	"strings"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
)

// target is the feed that a command is about.
type target struct {
	Feed   credential.Feed
	URL    string              // as configured, or as given
	Source *nugetconfig.Source // of the NuGet.Config chain; nil where none has the address
	Config *nugetconfig.Config
}

// loadConfig reads the NuGet.Config chain of the working directory.
func (s *streams) loadConfig() (*nugetconfig.Config, error) {
	env := host.ParseEnv(s.Env)
	return nugetconfig.Load(&nugetconfig.Options{
		GOOS: s.GOOS, CurrentFolder: s.Dir,
		Env: func(name string) (string, bool) { return env.Lookup(name, s.GOOS) },
	})
}

// target finds a feed by its address or by the name of a source in the NuGet.Config chain.
func (s *streams) target(nameOrURL string) (*target, error) {
	config, err := s.loadConfig()
	if err != nil {
		return nil, fmt.Errorf("read NuGet.Config: %w", err)
	}
	t := &target{URL: nameOrURL, Config: config}
	if source, ok := config.FindSource(nameOrURL); ok {
		t.Source, t.URL = &source, source.Value
	} else if !strings.Contains(nameOrURL, "://") {
		return nil, fmt.Errorf("no source named %q in NuGet.Config; there are: %s", nameOrURL, sourceNames(config))
	}
	if t.Feed, err = credential.ParseFeed(t.URL); err != nil {
		return nil, fmt.Errorf("%q: %w", withoutSecrets(t.URL), err)
	}
	return t, nil
}

func sourceNames(c *nugetconfig.Config) string {
	var names []string
	for _, source := range c.Sources {
		names = append(names, source.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// shadow is what NuGet uses before it asks any plugin; nil if there is nothing.
func (t *target) shadow() (*nugetconfig.Credentials, error) {
	if t.Source == nil {
		return nil, nil
	}
	return t.Config.Credentials(t.Source.Name)
}
