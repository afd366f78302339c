package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/nugetconfig"
)

const (
	// feedPatience is for one request to a feed.
	feedPatience = 30 * time.Second
	// maxAnswer is what is read of an answer, in bytes.
	maxAnswer = 4 << 20
)

// visit is what came of going to a source as NuGet does.
type visit struct {
	source   nugetconfig.Source
	outcome  outcome
	findings []finding
	skew     time.Duration // this machine's clock less the feed's; 0 where the feed did not say
}

// visitSources goes to each source.
func (d *doctor) visitSources(ctx context.Context) []visit {
	sources, _ := d.sources() // an error is the business of checkSource
	var visits []visit
	for _, s := range sources {
		if isHTTP(s.Value) {
			visits = append(visits, d.visit(ctx, s))
		}
	}
	return visits
}

func checkFeeds(ctx context.Context, d *doctor) []finding {
	var found []finding
	for _, v := range d.visits(ctx) {
		found = append(found, v.findings...)
	}
	return found
}

// maxSkew is a difference between clocks that breaks nothing.
const maxSkew = 5 * time.Minute

// checkClock compares this machine's clock with those of the feeds: one that is off breaks TLS, and tokens that are valid for
// an hour.
func checkClock(ctx context.Context, d *doctor) []finding {
	var found []finding
	for _, v := range d.visits(ctx) {
		if v.skew.Abs() <= maxSkew {
			continue
		}
		direction := "ahead of"
		if v.skew < 0 {
			direction = "behind"
		}
		found = append(found, suspect(unreachable|refused|unanswered|blocked,
			"this machine's clock is %s %s that of %s", v.skew.Abs().Round(time.Minute), direction, title(v.source)).by(setClock(d.streams.GOOS)))
	}
	return found
}

func setClock(goos string) string {
	switch goos {
	case "windows":
		return "w32tm /resync"
	case "darwin":
		return "sudo sntp -sS time.apple.com"
	}
	return "sudo timedatectl set-ntp true"
}

// visitor is one visit under way.
type visitor struct {
	*visit
	d      *doctor
	client *http.Client
	proxy  proxy
	// login is added to requests once the feed has taken it.
	login      *login
	connect    int    // the proxy's answer to CONNECT, 0 without
	redirected string // the other origin that the feed sent us to
}

// login is a user name and password that are sent to a source.
type login struct {
	username string
	password credential.Secret
	from     string // whose they are, for people
}

// answer is what came of one request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (d *doctor) visit(ctx context.Context, s nugetconfig.Source) visit {
	v := &visitor{visit: &visit{source: s}, d: d}
	v.outcome = v.run(ctx)
	if v.redirected != "" {
		v.say(note("source %s sends requests on to %s", title(s), v.redirected))
	}
	return *v.visit
}

func (v *visitor) say(f finding) { v.findings = append(v.findings, f) }

func (v *visitor) run(ctx context.Context) outcome {
	address, err := url.Parse(v.source.Value)
	if err == nil {
		v.proxy, err = v.d.proxyFor(address)
	}
	if err != nil {
		v.say(wrong("source %s: %v", title(v.source), err))
		return unreachable
	}
	transport := &http.Transport{
		Proxy:           func(*http.Request) (*url.URL, error) { return v.proxy.address, nil },
		TLSClientConfig: &tls.Config{InsecureSkipVerify: v.source.DisableTLSCertificateValidation},
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
			v.connect = r.StatusCode
			return nil
		},
	}
	defer transport.CloseIdleConnections()
	v.client = &http.Client{Transport: transport, CheckRedirect: v.follow, Timeout: feedPatience}
	first, err := v.get(ctx, v.source.Value, nil)
	switch {
	case err != nil:
		v.explain(ctx, err)
		return unreachable
	case first.status == http.StatusProxyAuthRequired:
		v.say(v.proxyWantsPassword())
		return unreachable
	case first.status == http.StatusUnauthorized:
		var signedIn outcome
		if first, signedIn = v.signIn(ctx, first); signedIn != fine {
			return signedIn
		}
	default:
		v.say(ok("source %s asks for no credentials", title(v.source)))
	}
	return v.judge(ctx, first)
}

// get asks for an address, with credentials if there are any.
func (v *visitor) get(ctx context.Context, address string, l *login) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address cannot be asked for")
	}
	r.URL.User = nil // NuGet does not use it either
	if l != nil {
		r.SetBasicAuth(l.username, l.password.Reveal())
	}
	response, err := v.client.Do(r)
	if wrapped, is := errors.AsType[*url.Error](err); is {
		err = wrapped.Err // the wrapping holds the address with its query
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	v.readClock(response.Header)
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	return &answer{response.StatusCode, response.Header, body}, nil
}

// readClock compares clocks. An answer out of a cache has an old date.
func (v *visitor) readClock(h http.Header) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil && h.Get("Age") == "" {
		v.skew = time.Since(date)
	}
}

// follow keeps credentials from other origins.
func (v *visitor) follow(r *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("the feed sends requests round in a circle")
	}
	if from, to := originOf(via[0].URL), originOf(r.URL); from != to {
		v.redirected = to
		r.Header.Del("Authorization")
	}
	return nil
}

func originOf(u *url.URL) string {
	if feed, err := credential.ParseFeed(u.String()); err == nil {
		return feed.Origin()
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
