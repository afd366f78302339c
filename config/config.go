// Package config reads nuplug's configuration file, which says for which feeds which sources of credentials are asked, and
// in which order. docs/config.md describes the file for its users.
//
// The file holds no secrets. The package knows no source and no vendor by itself: the caller says which names there are.
package config

import (
	"slices"

	"github.com/nuplug/nuplug/credential"
)

// Config is what the file and the environment say together. It is safe for concurrent use as long as nobody changes it.
type Config struct {
	File string // the file that was read; "" when there is none
	// Disable says that no source is to be asked for any feed. All lists of sources are empty then.
	Disable bool
	// CAFile is a PEM file with the certificates to trust, "" for the system's own; its path is absolute unless it came from
	// SSL_CERT_FILE. CAFileFrom says where that stands.
	CAFile, CAFileFrom string
	// Sources are those to ask for a feed that has no entry, in this order. SourcesFrom says where that stands; it is ""
	// for the order that the caller gave.
	Sources     []string
	SourcesFrom string
	Feeds       []FeedConfig // in the order of the file
	SecretFiles []SecretFile
	Downloads   []Download
}

// FeedConfig is what the configuration says about a feed: an entry [[feed]] with what the whole file says where the entry
// says nothing.
type FeedConfig struct {
	// Address covers this feed and all below it. An address that ends in index.json stands for its folder. The zero Feed
	// stands for no entry.
	Address credential.Feed
	From    string // where the entry stands, as "config.toml, line 3"; "" for no entry
	// Sources are those to ask, in this order; none means that nuplug declines the feed. SourcesFrom says where that
	// stands; it is "" for the order that the caller gave.
	Sources     []string
	SourcesFrom string
	Username    string // goes with a secret that comes without a user name
	Account     string // which of several stored accounts
	Tenant      string // of Entra
	ClientID    string // of the program that signs in, or of a managed identity
	// Kind is the vendor of a host of one's own; Server is the vendor's server where it has another address than the feed,
	// and otherwise Address. Server is the zero Feed without Kind.
	Kind   string
	Server credential.Feed
	// AllowInsecure says that secrets may go to this feed over plain http.
	AllowInsecure bool
	// Helper is the end of the name of a Docker credential helper on PATH ("pass" for docker-credential-pass), Program the
	// absolute path of a program with the same protocol. At most one of them is set.
	Helper, Program string
}

// SecretFile is a file with a secret that is read as well: [[secret_file]].
type SecretFile struct {
	Path string // absolute
	// Feed is what a bare token in the file is for, as an address or the beginning of one; the zero Feed means that the
	// file holds the JSON of static endpoints.
	Feed     credential.Feed
	Username string // goes with a bare token; "" for the source's own
	From     string // where the entry stands
}

// Download is a feed whose packages the plugin downloads itself: [[download]].
type Download struct {
	Address credential.Feed // this feed and all below it
	From    string          // where the entry stands
}

// For returns what the configuration says about a feed: the entry on the same origin with the longest path that the feed
// lies at or below, else what holds for all feeds. Shorter entries add nothing to a longer one.
func (c *Config) For(feed credential.Feed) FeedConfig {
	found := FeedConfig{Sources: c.Sources, SourcesFrom: c.SourcesFrom}
	for _, f := range c.Feeds {
		if f.Address.Contains(feed) && (found.From == "" || len(f.Address.Path()) > len(found.Address.Path())) {
			found = f
		}
	}
	found.Sources = slices.Clone(found.Sources)
	return found
}

// Servers lists the servers of one vendor that the file names, each once, in the order of the file.
func (c *Config) Servers(kind string) []credential.Feed {
	var all []credential.Feed
	for _, f := range c.Feeds {
		if f.Kind == kind && !slices.ContainsFunc(all, f.Server.Equal) {
			all = append(all, f.Server)
		}
	}
	return all
}
