package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/credential"
)

// Verdict is what a feed makes of a credential.
type Verdict int

const (
	Unknown  Verdict = iota // the feed could not be asked
	Accepted                // any answer but 401 and 403
	Refused
)

// verifyTimeout bounds the one request. NuGet waits meanwhile.
const verifyTimeout = 10 * time.Second

// Verify asks a feed for its index with the credential, and takes no longer than 10 s. It follows no redirect: the
// credential is for this origin. The error says why the verdict is Unknown.
func (s *Search) Verify(ctx context.Context, uri string, cred credential.Credential) (Verdict, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return Unknown, errors.New("ask the feed: not an address")
	}
	request.URL.User = nil
	request.SetBasicAuth(cred.Username, cred.Password.Reveal())
	transport := s.transport
	if transport == nil {
		if transport, err = newTransport(s.config); err != nil {
			return Unknown, err
		}
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return Unknown, fmt.Errorf("ask the feed: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return Refused, nil
	case http.StatusProxyAuthRequired:
		return Unknown, errors.New("the proxy answers 407: put its user name and password into HTTPS_PROXY")
	}
	return Accepted, nil
}

// newTransport knows the proxies of the environment, and trusts the certificates of the configuration beside the system's.
func newTransport(c *config.Config) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true
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
