package github

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// server is a GitHub that is known here, and which variables hold tokens for it.
type server struct {
	address         credential.Feed
	cloudToken      bool
	enterpriseToken bool
	named           bool // by the configuration
}

type contents struct {
	servers  []server
	warnings []string
}

// parse finds out which servers there are and which one issued the tokens of the environment:
//
//   - GH_TOKEN and GITHUB_TOKEN are for GITHUB_SERVER_URL; without it, for GH_HOST if that is a tenant of ghe.com, to which
//     gh would send them; else for github.com.
//   - The enterprise tokens are for GH_HOST; without it, for the server of the job and those of the configuration.
func (s *Source) parse() contents {
	var c contents
	job := c.read(serverName, s.o.Getenv(serverName))
	gh := c.read(hostName, s.o.Getenv(hostName))
	github, _ := credential.ParseFeed("https://github.com")

	issuer := github
	switch {
	case job != credential.Feed{}:
		issuer = job
	case isCloud(gh):
		issuer = gh
	}
	for i, host := range s.o.Hosts {
		if feed := c.read(fmt.Sprintf("hosts, entry %d", i+1), host); feed != (credential.Feed{}) {
			c.add(server{address: feed, named: true, enterpriseToken: gh == credential.Feed{} && !isCloud(feed)})
		}
	}
	if gh != (credential.Feed{}) {
		c.add(server{address: gh, enterpriseToken: !isCloud(gh)})
	}
	if job != (credential.Feed{}) {
		c.add(server{address: job, enterpriseToken: gh == credential.Feed{} && !isCloud(job)})
	}
	c.add(server{address: github})
	c.add(server{address: issuer, cloudToken: true})
	return c
}

// read makes an address of what a person wrote; the zero Feed where there is none.
func (c *contents) read(from, address string) credential.Feed {
	address = strings.TrimSpace(address)
	if address == "" {
		return credential.Feed{}
	}
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	feed, err := credential.ParseFeed(address)
	if err != nil {
		c.warnings = append(c.warnings, fmt.Sprintf("github: %s is not the address of a server and is not used", from))
		return credential.Feed{}
	}
	return feed
}

// add merges a server with what is known of the same one.
func (c *contents) add(s server) {
	for i, known := range c.servers {
		if known.address.Equal(s.address) {
			c.servers[i] = server{s.address, known.cloudToken || s.cloudToken,
				known.enterpriseToken || s.enterpriseToken, known.named || s.named}
			return
		}
	}
	c.servers = append(c.servers, s)
}

func (c *contents) serverOf(feed credential.Feed) (server, bool) {
	for _, s := range c.servers {
		for _, packages := range packagesOf(s.address) {
			if packages.Contains(feed) {
				return s, true
			}
		}
	}
	return server{}, false
}

// packagesOf says where the packages of a server are: github.com has a host for them, an Enterprise Server the host nuget.
// below its own or, without such subdomains, a path; a tenant of ghe.com the former.
func packagesOf(server credential.Feed) []credential.Feed {
	if server.Host() == "github.com" {
		return feeds("https://nuget.pkg.github.com")
	}
	all := feeds(server.Origin() + "/_registry/nuget")
	if _, err := netip.ParseAddr(server.Host()); err == nil {
		return all
	}
	scheme, rest, _ := strings.Cut(server.Origin(), "://")
	return append(all, feeds(scheme+"://nuget."+rest)...)
}

func feeds(address string) []credential.Feed {
	feed, err := credential.ParseFeed(address)
	if err != nil {
		return nil
	}
	return []credential.Feed{feed}
}

// isCloud says whether gh takes the server for GitHub's own: github.com or a tenant of ghe.com.
func isCloud(server credential.Feed) bool {
	host := server.Host()
	return host == "github.com" || strings.HasSuffix(host, ".ghe.com")
}
