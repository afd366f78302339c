package provider

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/nugetconfig"
)

// newTransport knows the machine's proxies, and trusts the certificates of the configuration beside the system's.
func newTransport(c *config.Config, getenv func(string) string) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
	t.Proxy = func(r *http.Request) (*url.URL, error) { return proxyFor(r, getenv) }
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificates that %s names: %w", c.CAFileFrom, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("there is no certificate in %s, which %s names", c.CAFile, c.CAFileFrom)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}

// proxyFor is the proxy of the environment, or else NuGet's own, which stands in the user's NuGet.Config: NuGet tells a
// plugin nothing of it.
func proxyFor(r *http.Request, getenv func(string) string) (*url.URL, error) {
	if cmp.Or(getenv("HTTPS_PROXY"), getenv("https_proxy"), getenv("HTTP_PROXY"), getenv("http_proxy")) != "" {
		return http.ProxyFromEnvironment(r)
	}
	nuget, err := nugetconfig.Load(&nugetconfig.Options{Env: func(name string) (string, bool) {
		value := getenv(name)
		return value, value != ""
	}})
	if err != nil {
		return nil, fmt.Errorf("look for a proxy in NuGet.Config: %w", err)
	}
	proxy, err := nuget.Proxy()
	if err != nil || proxy == nil || proxy.Bypasses(r.URL) {
		return nil, err
	}
	return url.Parse(proxy.Address)
}
