package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/protocol"
)

// firstProgress is when a search that takes long reports for the first time: clients before NuGet 6.4 wait 5 s in all.
const firstProgress = 800 * time.Millisecond

// answerer is the plugin's memory: what it gave for which feed, and what was refused.
type answerer struct {
	search func() (*Search, error) // reads the configuration once, when it is first asked

	mu      sync.Mutex
	feeds   map[credential.Feed]*answered
	refused map[string]bool // places whose credential a feed refused, for the rest of the process
	warned  map[string]bool // lines that the user has read
}

// answered is what a feed got.
type answered struct {
	given    credential.Credential
	verified bool // a refused secret was tried by ourselves, which is done once
	retries  int
	advised  bool // the user was told to log in
}

func newAnswerer(o Options) *answerer {
	return &answerer{
		search: sync.OnceValues(func() (*Search, error) { return NewSearch(&o) }),
		feeds:  map[credential.Feed]*answered{}, refused: map[string]bool{}, warned: map[string]bool{},
	}
}

// credentials declines a feed that no source knows without a word, because the plugin is asked about every feed on the
// machine that wants a login.
func (a *answerer) credentials(ctx context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
	feed, err := credential.ParseFeed(r.URI)
	if err != nil {
		r.Log(protocol.LevelVerbose, fmt.Sprintf("nuplug: %v", err))
		return nil, plugin.ErrDeclined
	}
	search, err := a.search()
	if err != nil {
		a.showConfigErrors(r, err)
		return nil, plugin.ErrDeclined
	}
	defer time.AfterFunc(firstProgress, func() { _ = r.Progress(ctx, 0) }).Stop()
	a.mu.Lock()
	defer a.mu.Unlock() // NuGet asks one question at a time
	known := a.feeds[feed]
	if known == nil {
		known = new(answered)
		a.feeds[feed] = known
	}
	if r.IsRetry {
		if c := a.retry(ctx, r, search, feed, known); c != nil {
			return c, nil
		}
	}
	c, trail, found, err := search.Find(ctx, credential.Request{Feed: feed, Refused: a.refused})
	if err != nil {
		return nil, err
	}
	a.showWarnings(r, search)
	r.Log(protocol.LevelDebug, fmt.Sprintf("nuplug: %s: %s", feed, trail))
	if found {
		known.given = c
		return &plugin.Credentials{Username: c.Username, Password: c.Password.Reveal()}, nil
	}
	configured := search.Config().For(feed).From != ""
	return a.nothing(r, feed, known, trail, configured || trail.Ours())
}

// nothing declines. A feed that is ours and lacks a login gets NuGet's own advice once, by NotFound, and ours with the
// command to run; after that, and for all other feeds, the answer is the silent one.
//
// After a refusal NuGet keeps what was refused and sends it again with each of its own repetitions (seen: dotnet six times in
// all, NuGet.exe three times), until it gets something else. So the first answer then is something that it keeps and never
// sends, a scheme that no feed offers; and when it comes back for more in the same moment, the silent one, with which the
// next plugin gets its turn.
func (a *answerer) nothing(r *plugin.CredentialsRequest, feed credential.Feed, known *answered, trail credential.Trail, ours bool) (*plugin.Credentials, error) {
	switch {
	case r.IsRetry && known.retries == 1:
		return &plugin.Credentials{Username: "declined", Types: []string{"Declined"}}, nil
	case r.IsRetry || !ours || known.advised:
		return nil, plugin.ErrDeclined
	}
	known.advised = true
	why := reasons(trail)
	if why != "" {
		why = " (" + why + ")"
	}
	a.show(r, fmt.Sprintf("nuplug: no login for %s%s: run nuplug login %s", feed, why, feed))
	return nil, plugin.ErrNotFound
}

// reasons are those of the sources that know the feed.
func reasons(trail credential.Trail) string {
	text := ""
	for _, step := range trail {
		if step.Ours {
			if text != "" {
				text += "; "
			}
			text += step.Source + ": " + step.Reason
		}
	}
	return text
}

// retry is asked after NuGet says that the last answer was refused. The secret is tried once by ourselves: a feed that
// accepts it had a passing fault, and gets it again. Otherwise its place is passed over from now on, because four tries with
// a wrong password lock accounts, and the search goes on behind it.
func (a *answerer) retry(ctx context.Context, r *plugin.CredentialsRequest, search *Search, feed credential.Feed, known *answered) *plugin.Credentials {
	known.retries++
	if known.given.From == "" || a.refused[known.given.From] {
		return nil
	}
	if !known.verified {
		known.verified = true
		verdict, err := search.Verify(ctx, r.URI, known.given)
		if err != nil {
			r.Log(protocol.LevelVerbose, fmt.Sprintf("nuplug: %s: %v", feed, err))
		}
		if verdict == Accepted {
			known.retries = 0 // the next refusal is the first
			r.Log(protocol.LevelVerbose, fmt.Sprintf("nuplug: %s accepts the credentials from %s after all", feed, known.given.From))
			return &plugin.Credentials{Username: known.given.Username, Password: known.given.Password.Reveal()}
		}
	}
	a.refused[known.given.From] = true
	a.show(r, fmt.Sprintf("nuplug: %s refused the credentials from %s: check user name and secret there", feed, known.given.From))
	return nil
}

// show shows a line once to every user, whatever logger NuGet has.
func (a *answerer) show(r *plugin.CredentialsRequest, line string) {
	if !a.warned[line] {
		a.warned[line] = true
		r.Prompt(line)
	}
}

// showWarnings shows what sources found wrong in what they have read.
func (a *answerer) showWarnings(r *plugin.CredentialsRequest, search *Search) {
	for _, line := range search.Warnings() {
		a.show(r, "nuplug: "+line)
	}
}

// showConfigErrors shows the first of the problems: the command that lists them all is named with it.
func (a *answerer) showConfigErrors(r *plugin.CredentialsRequest, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if all, ok := errors.AsType[config.Errors](err); ok && len(all) > 0 {
		err = all[0]
	}
	a.show(r, fmt.Sprintf("nuplug: the configuration cannot be used: %v (all of it: nuplug config check)", err))
}
