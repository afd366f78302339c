package nugetconfig

import (
	"net/url"
	"regexp"
	"strings"
)

// Proxy is the proxy that NuGet itself is configured with.
type Proxy struct {
	// Address is the proxy's URL, without user name and password.
	Address  string
	Username string
	// Password is the clear-text password, from the address in the variable http_proxy.
	Password Secret
	// Encrypted is the password of http_proxy.password, which only Windows can read. Other systems do not look at it.
	Encrypted Secret
	// NoProxy are the patterns of addresses that are asked directly; see Bypasses.
	NoProxy []string
	Origin  Origin
}

// Proxy gives NuGet's own proxy, or nil where the platform's rules apply (HTTP_PROXY, https_proxy and the like). It comes
// from the user's files alone, with --configfile too, and else from the variable http_proxy. A fault in the user's
// files is an error here even if nothing else looked at them.
func (c *Config) Proxy() (*Proxy, error) {
	if c.userErr != nil {
		return nil, c.userErr
	}
	if i := configItem(c.user, "http_proxy"); i != nil && c.text(i) != "" {
		return c.fileProxy(i), nil
	}
	return c.variableProxy(), nil
}

func (c *Config) fileProxy(i *item) *Proxy {
	userValue := func(key string) string {
		if i := configItem(c.user, key); i != nil {
			return c.text(i)
		}
		return ""
	}
	// A user name inside the address is not used, but it must not be printed either.
	address, _ := cutUser(c.text(i))
	p := &Proxy{Address: address, NoProxy: noProxy(userValue("no_proxy")), Origin: i.origin()}
	if c.env.sys.windows() {
		p.Username = userValue("http_proxy.user")
		p.Encrypted = newSecret(userValue("http_proxy.password"))
	}
	return p
}

func (c *Config) variableProxy() *Proxy {
	const variable = "http_proxy"
	value := c.env.get(variable)
	if !isURL(value) {
		return nil
	}
	address, userinfo := cutUser(value)
	p := &Proxy{Address: address, NoProxy: noProxy(c.env.get("no_proxy")), Origin: Origin{Variable: variable}}
	// NuGet takes both as written (%40 stays), the password up to a further colon; and neither without a password.
	if parts := strings.Split(userinfo, ":"); len(parts) > 1 {
		p.Username, p.Password = parts[0], newSecret(parts[1])
	}
	return p
}

// cutUser splits user:password off an address, and puts http:// before one without a scheme.
func cutUser(text string) (address, userinfo string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	if !ok {
		scheme, rest = "http", scheme
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority, userinfo = authority[i+1:], authority[:i]
	}
	return scheme + "://" + authority + tail, userinfo
}

// noProxy splits at commas; blanks count, so that an entry after ", " matches nothing.
func noProxy(list string) []string {
	var patterns []string
	for p := range strings.SplitSeq(list, ",") {
		if p != "" {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// Bypasses says whether NuGet asks this address directly: a pattern of NoProxy occurs anywhere in scheme://host[:port].
// "*" stands for any text and "?" for one character.
func (p *Proxy) Bypasses(address *url.URL) bool {
	target := address.Scheme + "://" + address.Hostname()
	if strings.Contains(address.Hostname(), ":") {
		target = address.Scheme + "://[" + address.Hostname() + "]"
	}
	if port := address.Port(); port != "" && !(address.Scheme == "http" && port == "80" || address.Scheme == "https" && port == "443") {
		target += ":" + port
	}
	for _, pattern := range p.NoProxy {
		quoted := strings.NewReplacer(`\*`, ".*?", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		if r, err := regexp.Compile("(?i)" + quoted); err == nil && r.MatchString(target) {
			return true
		}
	}
	return false
}
