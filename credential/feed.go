package credential

import (
	"errors"
	"net/netip"
	"net/url"
	"path"
	"strings"
)

// Feed is the address of a feed in a form that can be compared: scheme and host in lower case, the default port left out,
// the path without dot segments, trailing slash, query and fragment. User information is dropped. The zero Feed is
// nobody's.
type Feed struct {
	origin string // scheme://host[:port]
	path   string // "" or "/a/b", percent-encoded in one way
}

// ParseFeed reads the address of a feed or the beginning of one. Only http and https make feeds.
func ParseFeed(address string) (Feed, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return Feed{}, errors.New("not a URL") // the cause quotes the text, and that may hold a secret
	}
	scheme := strings.ToLower(u.Scheme)
	if scheme != "http" && scheme != "https" {
		return Feed{}, errors.New("not a feed: the address does not begin with https:// or http://")
	}
	host := lowerASCII(strings.TrimSuffix(u.Hostname(), "."))
	if host == "" {
		return Feed{}, errors.New("not a feed: the address has no host")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[scheme] {
		host += ":" + port
	}
	return Feed{scheme + "://" + host, cleanPath(u.EscapedPath())}, nil
}

// lowerASCII leaves all other letters alone: to the rest of Unicode belong some whose lower case is ASCII, such as the
// Kelvin sign, and a host with one of them is another host.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// cleanPath resolves dot segments, in their encoded form too, and writes every escape alike.
func cleanPath(escaped string) string {
	segments := strings.Split(escaped, "/")
	for i, segment := range segments {
		if text, err := url.PathUnescape(segment); err == nil {
			segments[i] = url.PathEscape(text) // an encoded slash stays encoded and cannot make a boundary
		}
	}
	clean := path.Clean("/" + strings.Join(segments, "/"))
	if clean == "/" {
		return ""
	}
	return clean
}

// Origin is scheme, host and port: the place that a secret may go to.
func (f Feed) Origin() string { return f.origin }

// Path is the path within the origin, without a trailing slash.
func (f Feed) Path() string { return f.path }

func (f Feed) String() string { return f.origin + f.path }

// Host is the name of the host, without the port.
func (f Feed) Host() string {
	u, err := url.Parse(f.origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Secure says whether a secret may travel to the feed: over https, or to this machine.
func (f Feed) Secure() bool {
	if strings.HasPrefix(f.origin, "https://") {
		return true
	}
	host := f.Host()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Equal says whether both are one feed. Paths are compared ignoring case, as the feeds' own tools do.
func (f Feed) Equal(other Feed) bool {
	return f.origin != "" && f.origin == other.origin && strings.EqualFold(f.path, other.path)
}

// Contains says whether the other feed lies at or below this one: the same origin, and the path up to a boundary.
// https://a.example contains neither https://a.example.evil nor http://a.example, and /feed contains /feed/v3 but not
// /feed2.
func (f Feed) Contains(other Feed) bool {
	n := len(f.path)
	return f.origin != "" && f.origin == other.origin && len(other.path) >= n &&
		strings.EqualFold(f.path, other.path[:n]) && (len(other.path) == n || other.path[n] == '/')
}

// Folder is the feed without the index.json that its address may end in.
func (f Feed) Folder() Feed {
	if base := path.Base(f.path); strings.EqualFold(base, "index.json") {
		f.path = strings.TrimSuffix(f.path[:len(f.path)-len(base)], "/")
	}
	return f
}
