package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/host"
)

// maxAsks is how often NuGet asks for credentials for one operation.
const maxAsks = 4

// signIn goes on after a 401 as NuGet does: the credentials of the configuration, then the plugins. It gives the feed's
// answer to those that it took.
func (v *visitor) signIn(ctx context.Context, first *answer) (*answer, outcome) {
	switch {
	case !offersBasic(first.header):
		v.say(wrong("source %s answers 401 and does not offer Basic authentication (%s), and NuGet then sends no user name and password",
			title(v.source), offersText(first.header)))
		return nil, otherwise
	case !v.maySend():
		v.say(note("source %s wants credentials, and they are not sent over plain http to another machine", title(v.source)))
		return nil, otherwise
	}
	var refusedOnes []string
	for l := range v.logins(ctx) {
		a, err := v.get(ctx, v.source.Value, l)
		if err != nil {
			v.explain(ctx, err)
			return nil, unreachable
		}
		if a.status != http.StatusUnauthorized {
			v.login = l
			v.say(ok("source %s takes the credentials of %s", title(v.source), l.from))
			if len(refusedOnes) > 0 {
				v.say(note("source %s refuses those of %s", title(v.source), strings.Join(refusedOnes, ", ")))
			}
			return a, fine
		}
		refusedOnes = append(refusedOnes, l.from)
	}
	if len(refusedOnes) > 0 {
		v.findings = append([]finding{v.refusal(refusedOnes)}, v.findings...)
		return nil, refused | v.outcome&^unanswered // the wrong ones are why, rather than plugins that are not used
	}
	return nil, v.outcome
}

func (v *visitor) refusal(whose []string) finding {
	return wrong("source %s refuses the credentials of %s (401)", title(v.source), strings.Join(whose, ", ")).by(v.d.signIn(v.source))
}

// maySend tells whether NuGet would send credentials, and so do we: it refuses plain http unless the source allows it.
func (v *visitor) maySend() bool {
	feed, err := credential.ParseFeed(v.source.Value)
	return err == nil && (feed.Secure() || v.source.AllowInsecureConnections)
}

// logins gives what there is to sign in with, in NuGet's order. Where that ends for want of credentials the visit's outcome
// says why.
func (v *visitor) logins(ctx context.Context) func(yield func(*login) bool) {
	return func(yield func(*login) bool) {
		if l := v.configured(); l != nil && !yield(l) {
			return
		}
		m := v.d.manager()
		defer m.Close()
		var last *login
		for range maxAsks {
			c, attempts, err := m.Credentials(ctx, host.CredentialsRequest{URI: v.source.Value, NonInteractive: true, CanShowDialog: true})
			if err != nil {
				if last == nil {
					v.noCredentials(attempts)
				}
				return
			}
			l := &login{c.Username, c.Password, "plugin " + c.Plugin}
			if !sendsBasic(c.Types) {
				v.say(wrong("plugin %s gives credentials for %s only, and the feed offers Basic", c.Plugin, strings.Join(c.Types, ", ")))
				v.outcome |= refused
				return
			}
			if last != nil && last.username == l.username && last.password == l.password {
				return // the feed has refused it, and too many wrong passwords lock an account
			}
			if !yield(l) {
				return
			}
			last = l
		}
	}
}

// configured are the credentials of NuGet.Config or a variable.
func (v *visitor) configured() *login {
	if v.source.Name == "" || v.d.config == nil {
		return nil
	}
	c, err := v.d.config.Credentials(v.source.Name)
	if err != nil || c == nil || !c.IsClearText() || !sendsBasic(c.ValidAuthenticationTypes) {
		return nil
	}
	return &login{c.Username, credential.Secret(c.Password.Reveal()), c.Origin.String()}
}

// manager asks plugins as NuGet does, by its claims cache and with its time-outs, and stores nothing.
func (d *doctor) manager() *host.Manager {
	o := &host.ManagerOptions{Launch: d.launchOptions(), AsNuGet: true}
	if cache, err := host.NewClaimsCache(d.client, d.env, nil); err == nil {
		o.Cache = nugetsView{cache}
	}
	o.Proxy = func(u *url.URL) (*url.URL, error) {
		p, err := d.proxyFor(u)
		return p.address, err
	}
	return host.NewManager(d.discovery, o)
}

// noCredentials says what each plugin said.
func (v *visitor) noCredentials(attempts []host.Attempt) {
	v.outcome |= v.d.blame(attempts)
	who := "there is no plugin to ask"
	if len(attempts) > 0 {
		var said []string
		for _, a := range attempts {
			said = append(said, fmt.Sprintf("%s %s", a.Plugin, a.Outcome))
		}
		who = "no plugin gives any: " + strings.Join(said, "; ")
	}
	f := wrong("source %s wants credentials (401), and %s", title(v.source), who).by(v.d.signIn(v.source))
	if strings.Contains(who, "an interactive run may help") {
		f.Fix = "dotnet restore --interactive"
	}
	if v.configured() != nil {
		f.Status = statusNote // that those were refused is what is wrong
	}
	v.say(f)
}

// blame says from the last attempt, where NuGet's search ended, why there are no credentials.
func (d *doctor) blame(attempts []host.Attempt) outcome {
	if len(attempts) == 0 {
		return unanswered
	}
	last := attempts[len(attempts)-1]
	for _, c := range d.discovery.Listed() {
		if c.Path == last.Plugin && !c.Startable() {
			return blocked
		}
	}
	if !strings.HasPrefix(last.Outcome, "failed: ") && !strings.HasPrefix(last.Outcome, "answered without") {
		return unanswered
	}
	if limits := host.TimeoutsFrom(d.env, d.client.OS); last.Took >= min(limits.Request, limits.Handshake) {
		return blocked | late
	}
	return blocked
}

// offersBasic tells whether a 401 asks for a user name and password. .NET sends none that were not asked for.
func offersBasic(h http.Header) bool {
	for _, challenge := range h.Values("WWW-Authenticate") {
		for part := range strings.SplitSeq(challenge, ",") { // of a list of challenges, one begins each of some parts
			scheme, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			switch strings.ToLower(scheme) {
			case "basic", "digest", "ntlm", "negotiate":
				return true
			}
		}
	}
	return false
}

func offersText(h http.Header) string {
	var schemes []string
	for _, challenge := range h.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(challenge, " ")
		schemes = append(schemes, scheme)
	}
	if len(schemes) == 0 {
		return "there is no WWW-Authenticate header"
	}
	return "but " + strings.Join(schemes, ", ")
}
