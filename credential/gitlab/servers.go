package gitlab

import (
	"fmt"
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// server is a GitLab that is known here, and what may go there.
type server struct {
	address  credential.Feed // where it is; its path is not empty where GitLab is hosted below one
	ci       bool            // the tokens of the CI job
	personal bool            // the personal token
	named    bool            // by the configuration
}

type contents struct {
	servers  []server
	warnings []string
}

// parse finds out which servers there are. A personal token is for the server that GITLAB_HOST names, as for glab, and
// without one for the server of the CI job; only where neither is there and the configuration names none, for gitlab.com.
// So a company's token does not end up at gitlab.com.
func (s *Source) parse() contents {
	var c contents
	for i, host := range s.hosts {
		c.add(fmt.Sprintf("hosts, entry %d", i+1), host, server{personal: true, named: true})
	}
	glab := ""
	for _, name := range hostNames {
		if glab == "" && strings.TrimSpace(s.getenv(name)) != "" {
			glab = name
			c.add(name, s.getenv(name), server{personal: true})
		}
	}
	ci := strings.TrimSpace(s.getenv(serverName))
	if ci != "" {
		c.add(serverName, ci, server{ci: true, personal: glab == ""})
	}
	c.add("", "https://gitlab.com", server{personal: glab == "" && ci == "" && len(s.hosts) == 0})
	return c
}

// add merges a server with what is known of the same one.
func (c *contents) add(from, address string, s server) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	feed, err := credential.ParseFeed(address)
	if err != nil {
		c.warnings = append(c.warnings, fmt.Sprintf("gitlab: %s is not the address of a server and is not used", from))
		return
	}
	s.address = feed
	for i, known := range c.servers {
		if known.address.Equal(feed) {
			c.servers[i] = server{feed, known.ci || s.ci, known.personal || s.personal, known.named || s.named}
			return
		}
	}
	c.servers = append(c.servers, s)
}

// serverOf finds the server whose package feed this is. The address of the server ends where GitLab's own path begins, so
// of two servers below each other one fits.
func (c *contents) serverOf(feed credential.Feed) (server, bool) {
	for _, s := range c.servers {
		if s.address.Contains(feed) && isPackageFeed(feed.Path()[len(s.address.Path()):]) {
			return s, true
		}
	}
	return server{}, false
}

// isPackageFeed knows the two addresses of GitLab's NuGet feeds, and what lies below them:
// /api/v4/projects/ID/packages/nuget and /api/v4/groups/ID/-/packages/nuget.
func isPackageFeed(path string) bool {
	for _, form := range []string{"/api/v4/projects/*/packages/nuget", "/api/v4/groups/*/-/packages/nuget"} {
		if beginsLike(strings.Split(path, "/"), strings.Split(form, "/")) {
			return true
		}
	}
	return false
}

// beginsLike compares by whole segments; * is any one. None is empty in the path of a Feed.
func beginsLike(path, form []string) bool {
	if len(path) < len(form) {
		return false
	}
	for i, segment := range form {
		if path[i] != segment && segment != "*" {
			return false
		}
	}
	return true
}
