package host

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/protocol"
)

// CredentialsRequest asks for the credentials of one source.
type CredentialsRequest struct {
	URI            string // of the source, http or https
	NonInteractive bool   // nobody may be asked anything
	CanShowDialog  bool
}

// Credentials are what a plugin gave.
type Credentials struct {
	Username string
	Password credential.Secret
	Types    []string // HTTP schemes that they are meant for; nil for any
	Plugin   string   // the path of the plugin
}

// Attempt is one plugin's part in a search for credentials.
type Attempt struct {
	Plugin  string        `json:"plugin"`
	Origin  string        `json:"origin"`
	Outcome string        `json:"outcome"` // one line, with the reason
	Took    time.Duration `json:"tookNanoseconds"`
}

// NoCredentialsError says that no plugin gave credentials, and plugin by plugin why.
type NoCredentialsError struct {
	URI      string
	Attempts []Attempt
}

// Error shows the address without what may be secret in it: user information and query.
func (e *NoCredentialsError) Error() string {
	address := "the source"
	if feed, err := credential.ParseFeed(e.URI); err == nil {
		address = feed.String()
	}
	if len(e.Attempts) == 0 {
		return fmt.Sprintf("no credentials for %s: no plugin was found", address)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "no credentials for %s:", address)
	for i, a := range e.Attempts {
		if i > 0 {
			b.WriteByte(';')
		}
		fmt.Fprintf(&b, " %s %s", a.Plugin, a.Outcome)
	}
	return b.String()
}

// ErrNotHTTP says that an address is no source that wants credentials.
var ErrNotHTTP = errors.New("not an http or https address")

// Credentials asks the plugins in NuGet's order for the credentials of a source and returns the first that there are,
// with what each plugin said. A second question for the same source tells the plugin that its first answer was refused. A
// plugin that declined, other than for lack of a user to ask, is not asked again for the same server.
//
// One search runs at a time. The error is a [NoCredentialsError], [ErrNotHTTP], [ErrManagerClosed], or the context's.
func (m *Manager) Credentials(ctx context.Context, r CredentialsRequest) (*Credentials, []Attempt, error) {
	if _, err := credential.ParseFeed(r.URI); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNotHTTP, err)
	}
	if err := m.answers.asking.lock(ctx); err != nil {
		return nil, nil, err
	}
	defer m.answers.asking.unlock()
	var attempts []Attempt
	for _, candidate := range m.discovery.Listed() {
		began := time.Now()
		turn := m.ask(ctx, candidate, r)
		if ctx.Err() != nil && turn.credentials == nil {
			return nil, attempts, context.Cause(ctx)
		}
		attempts = append(attempts, Attempt{candidate.Path, candidate.Origin.String(), turn.outcome, time.Since(began)})
		if turn.credentials != nil {
			return turn.credentials, attempts, nil
		}
		if turn.blocked && m.options.AsNuGet {
			break
		}
	}
	if m.ctx.Err() != nil {
		return nil, attempts, ErrManagerClosed
	}
	return nil, attempts, &NoCredentialsError{r.URI, attempts}
}

// turn is what came of asking one plugin.
type turn struct {
	credentials *Credentials // nil if it gave none
	outcome     string
	blocked     bool // NuGet would ask no later plugin in this search
}

// ask gives one plugin its turn.
func (m *Manager) ask(ctx context.Context, candidate Candidate, r CredentialsRequest) turn {
	if !candidate.Startable() {
		return turn{outcome: "was not started: " + candidate.Reason, blocked: m.answers.disable(candidate.Path)}
	}
	retry := m.answers.isRetry(candidate.Path, r.URI)
	if why, ok := m.answers.hasDeclined(candidate.Path, r.URI); ok && !retry {
		return turn{outcome: why + ", before"}
	}
	p, not := m.ready(ctx, candidate)
	if p == nil {
		return not
	}
	proxy, err := m.proxy(r.URI)
	if err != nil {
		return turn{outcome: "was not asked: the proxy for the source is not known: " + err.Error(), blocked: true}
	}
	request := protocol.GetAuthenticationCredentialsRequest{
		URI: r.URI, IsRetry: retry, IsNonInteractive: r.NonInteractive, CanShowDialog: r.CanShowDialog,
	}
	response, err := p.authenticate(ctx, request, proxy)
	if errors.Is(err, conn.ErrIdle) { // the idle end came between the look and the question, which was not sent then
		if p, not = m.ready(ctx, candidate); p == nil {
			return not
		}
		response, err = p.authenticate(ctx, request, proxy)
	}
	if err != nil {
		return turn{outcome: "failed: " + err.Error(), blocked: true}
	}
	answer := m.judge(candidate, r, response)
	answer.outcome += not.outcome
	return answer
}

// ready gives the running plugin if it claims Authentication. What the claims cache had to say about it is in the outcome.
func (m *Manager) ready(ctx context.Context, candidate Candidate) (*Plugin, turn) {
	c, err := m.claims(ctx, candidate, "", nil, protocol.ClaimAuthentication)
	note := ""
	if c.note != "" {
		note = "; " + c.note
	}
	switch {
	case err != nil:
		failed := turn{outcome: "failed: " + withoutPath(err) + note}
		if ctx.Err() == nil && m.ctx.Err() == nil {
			failed.blocked = m.answers.disable(candidate.Path)
		}
		return nil, failed
	case c.plugin == nil && c.note != "":
		return nil, turn{outcome: "was not started: " + c.note}
	case !c.has:
		return nil, turn{outcome: "does not claim Authentication" + note}
	}
	return c.plugin, turn{outcome: note}
}

func (m *Manager) proxy(source string) (*url.URL, error) {
	if m.options.Proxy == nil {
		return nil, nil
	}
	u, err := url.Parse(source)
	if err != nil {
		return nil, err
	}
	return m.options.Proxy(u)
}

// judge maps an answer as NuGet does.
func (m *Manager) judge(candidate Candidate, r CredentialsRequest, a *protocol.GetAuthenticationCredentialsResponse) turn {
	if a == nil {
		return turn{outcome: "answered without saying anything", blocked: true}
	}
	message := ""
	if text := deref(a.Message); text != "" {
		message = fmt.Sprintf(" (%s)", text)
	}
	username, password := deref(a.Username), deref(a.Password)
	declined := ""
	switch {
	case a.ResponseCode == protocol.CodeNotFound:
		return turn{outcome: "has no credentials" + message + "; an interactive run may help"}
	case a.ResponseCode != protocol.CodeSuccess:
		declined = "declined" + message
	case strings.TrimSpace(username) == "" && strings.TrimSpace(password) == "":
		declined = "declined: a Success without user name and password"
	case a.AuthenticationTypes != nil && len(a.AuthenticationTypes) == 0:
		declined = "declined: a Success for no authentication scheme"
	}
	if declined != "" {
		m.answers.decline(candidate.Path, r.URI, declined)
		return turn{outcome: declined}
	}
	m.answers.succeed(candidate.Path, r.URI)
	return turn{
		credentials: &Credentials{username, credential.Secret(password), a.AuthenticationTypes, candidate.Path},
		outcome:     "gave credentials",
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// withoutPath leaves out of a launch error the path that stands before it already.
func withoutPath(err error) string {
	if e, ok := errors.AsType[*LaunchError](err); ok {
		return e.outcome()
	}
	return err.Error()
}
