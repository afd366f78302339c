package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
)

// Verdict is what a feed makes of a credential.
type Verdict int

const (
	Unknown  Verdict = iota // the feed could not be asked
	Accepted                // any answer but 401 and 403
	Refused
)

var errProxy = errors.New("the proxy answers 407: put its user name and password into HTTPS_PROXY")

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
		if transport, err = newTransport(s.config, s.getenv); err != nil {
			return Unknown, err
		}
	}
	response, err := transport.RoundTrip(request)
	switch {
	case err != nil && strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)): // the answer to CONNECT
		return Unknown, errProxy
	case err != nil:
		return Unknown, fmt.Errorf("ask the feed: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return Refused, nil
	case http.StatusProxyAuthRequired:
		return Unknown, errProxy
	}
	return Accepted, nil
}
