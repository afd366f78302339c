package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nuplug/nuplug/host"
)

// proxy is a proxy and who says that it is to be used. The zero value is none.
type proxy struct {
	address  *url.URL // with user name and password
	origin   string   // a file with a line, or a variable
	variable string   // the variable, if it is one
	file     string   // the file, if it is one
}

// String is the proxy's address without user name and password.
func (p proxy) String() string { return withoutSecrets(p.address.String()) }

// proxyFor gives the proxy that NuGet uses for an address: its own, of the user's NuGet.Config or of the variable
// http_proxy, and else that of .NET.
func (d *doctor) proxyFor(u *url.URL) (proxy, error) {
	if d.config != nil {
		own, err := d.config.Proxy()
		if err != nil {
			return proxy{}, err
		}
		if own != nil {
			if own.Bypasses(u) {
				return proxy{}, nil
			}
			address, err := url.Parse(own.Address)
			if err != nil || address.Host == "" {
				return proxy{}, fmt.Errorf("the address of the proxy in %s is no address", own.Origin)
			}
			if own.Username != "" {
				address.User = url.UserPassword(own.Username, own.Password.Reveal())
			}
			return proxy{address, own.Origin.String(), own.Origin.Variable, configFileOf(own.Origin)}, nil
		}
	}
	return platformProxy(d.env, d.client.OS, u)
}

// platformProxy follows .NET: the variable for the scheme, in lower case before upper, then the one for all. It was seen that
// .NET sends requests to this machine through it too.
func platformProxy(env host.Env, goos string, u *url.URL) (proxy, error) {
	if bypassed(env, goos, u) {
		return proxy{}, nil
	}
	for _, name := range []string{u.Scheme + "_proxy", strings.ToUpper(u.Scheme) + "_PROXY", "all_proxy", "ALL_PROXY"} {
		value, _ := env.Lookup(name, goos)
		if value == "" {
			continue
		}
		if !strings.Contains(value, "://") {
			value = "http://" + value
		}
		address, err := url.Parse(value)
		if err != nil || address.Host == "" {
			return proxy{}, errors.New("the variable " + name + " is no address of a proxy")
		}
		return proxy{address, "variable " + name, name, ""}, nil
	}
	return proxy{}, nil
}

func bypassed(env host.Env, goos string, u *url.URL) bool {
	list, set := env.Lookup("no_proxy", goos)
	if !set {
		list, _ = env.Lookup("NO_PROXY", goos)
	}
	name := strings.ToLower(u.Hostname())
	for item := range strings.SplitSeq(strings.ToLower(list), ",") {
		item = strings.TrimSpace(item)
		if item != "" && (item == name || item[0] == '.' && (strings.HasSuffix(name, item) || item[1:] == name)) {
			return true
		}
	}
	return false
}

// withoutProxy is the command after which the proxy is not used any more.
func (d *doctor) withoutProxy(p proxy) string {
	if p.file != "" {
		return d.shell().nuget(p.file, "config", "unset", "http_proxy")
	}
	return d.shell().unset(p.variable)
}

func (v *visitor) proxyWantsPassword() finding {
	p := v.proxy
	if p.address == nil {
		return wrong("source %s answers 407, as a proxy does that wants a password, and no proxy is configured", title(v.source))
	}
	variable := p.variable
	if variable == "" {
		variable = "http_proxy"
	}
	fix := v.d.shell().set(variable, p.address.Scheme+"://USER:PASSWORD@"+p.address.Host)
	if p.file != "" { // outside of Windows NuGet reads no password from there
		fix = v.d.shell().both(v.d.withoutProxy(p), fix)
	}
	said := "wants a user name and password (407)"
	if p.address.User != nil {
		said = "refuses the user name and password that it was given (407)"
	}
	return wrong("the proxy %s (%s) %s", p, p.origin, said).by(fix)
}
