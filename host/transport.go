package host

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// TransportOptions may be nil but for Sources.
type TransportOptions struct {
	// Sources are the package sources whose credentials may be asked for, as configured. Plugins are asked with these
	// addresses, never with that of a request.
	Sources        []string
	Base           http.RoundTripper // http.DefaultTransport unless set
	NonInteractive bool
	CanShowDialog  bool
	// AllowInsecure lets credentials travel over plain http to other machines.
	AllowInsecure bool
	// Asked is told about every search for credentials: what each plugin said, and the error if there are none.
	Asked func(source string, attempts []Attempt, err error)
}

// Transport is an http.RoundTripper that signs in to private feeds as NuGet does: anonymously first, and after a 401 with
// what plugins give for the source that the address belongs to. It may be used by many goroutines.
//
// Credentials are kept for each source and sent to its origin (scheme, host and port) only, so neither a redirect nor a
// service index can lead them away; and not over plain http, but to this machine. Requests that get 401 at once ask once.
// After four searches, or one that found nothing, the 401 is the answer, and credentials that were never accepted are not
// sent again; when nothing was asked for a minute, the next 401 asks anew. A request whose body cannot be had again (see
// [http.Request.GetBody]) is not repeated, and one that has an Authorization of its own is left alone.
type Transport struct {
	manager *Manager
	options TransportOptions
	sources []*source
}

// NewTransport makes a transport that asks the manager's plugins. The error is that of a source that is no http or https
// address.
func NewTransport(m *Manager, o *TransportOptions) (*Transport, error) {
	t := &Transport{manager: m}
	if o != nil {
		t.options = *o
		t.options.Sources = slices.Clone(o.Sources)
	}
	t.options.Base = cmp.Or(t.options.Base, http.DefaultTransport)
	for _, address := range t.options.Sources {
		s, err := newSource(address)
		if err != nil {
			return nil, err
		}
		t.sources = append(t.sources, s)
	}
	return t, nil
}

// CloseIdleConnections is for [http.Client.CloseIdleConnections].
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.options.Base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// RoundTrip does one request, again with credentials where the feed wants them. When the request's context ends while
// plugins are asked, the error is the context's.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	s := t.find(r)
	if s == nil || r.Header.Get("Authorization") != "" {
		return t.options.Base.RoundTrip(r)
	}
	repeatable := r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
	c, generation := s.current()
	for asks := 0; ; asks++ {
		response, err := t.send(r, c, asks > 0)
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusUnauthorized {
			s.accepted(generation)
			return response, nil
		}
		sent := generation
		c = nil
		if repeatable && asks < maxAsks {
			c, generation, err = t.ask(r.Context(), s, sent)
		}
		if c == nil && err == nil {
			s.refused(sent)
			return response, nil
		}
		drain(response)
		if err != nil {
			return nil, err
		}
	}
}

// send sends a copy of the request: a RoundTripper must not change the caller's. The response does not lead to the copy,
// which has the password in it.
func (t *Transport) send(original *http.Request, c *Credentials, again bool) (*http.Response, error) {
	r := original.Clone(original.Context())
	if again && r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	if c != nil {
		if r.Header == nil {
			r.Header = http.Header{}
		}
		r.SetBasicAuth(c.Username, c.Password.Reveal())
	}
	response, err := t.options.Base.RoundTrip(r)
	if response != nil {
		response.Request = original
	}
	return response, err
}

// find returns the source that an address belongs to: of those on its origin the one with the longest path above it, or
// else the first.
func (t *Transport) find(r *http.Request) *source {
	if r.URL == nil {
		return nil
	}
	at, err := credential.ParseFeed(r.URL.String())
	if err != nil || !at.Secure() && !t.options.AllowInsecure {
		return nil
	}
	var best *source
	length := -1
	for _, s := range t.sources {
		n := 0
		if s.folder.Contains(at) {
			n = 1 + len(s.folder.Path())
		}
		if s.folder.Origin() == at.Origin() && n > length {
			best, length = s, n
		}
	}
	return best
}

// ask finds new credentials unless somebody else did since the request was sent, nil if there are none, with their
// generation. The error is the context's.
func (t *Transport) ask(ctx context.Context, s *source, sent int) (*Credentials, int, error) {
	if err := s.asking.lock(ctx); err != nil {
		return nil, sent, err
	}
	defer s.asking.unlock()
	if !s.wants(sent) {
		c, generation := s.since(sent)
		return c, generation, nil
	}
	c, attempts, err := t.manager.Credentials(ctx, CredentialsRequest{
		URI: s.address, NonInteractive: t.options.NonInteractive, CanShowDialog: t.options.CanShowDialog,
	})
	if err == nil && !forBasic(c.Types) {
		c, err = nil, errors.New("the credentials are not for Basic authentication")
	}
	if t.options.Asked != nil {
		t.options.Asked(s.address, attempts, err)
	}
	if c == nil && ctx.Err() != nil {
		return nil, sent, context.Cause(ctx) // which says nothing about the source
	}
	return c, s.learn(c), nil
}

// forBasic says whether credentials may be sent as HTTP Basic authentication.
func forBasic(types []string) bool {
	return types == nil || slices.ContainsFunc(types, func(s string) bool { return strings.EqualFold(s, "Basic") })
}

// drain lets the connection be used again, if what is left is little.
func drain(r *http.Response) {
	_, _ = io.CopyN(io.Discard, r.Body, 64<<10)
	_ = r.Body.Close()
}
