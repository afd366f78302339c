package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

// slowStart is from when on a plugin is called slow: clients before NuGet 6.4 gave up after this time.
const slowStart = 5 * time.Second

// trial is a plugin that was started as NuGet does it, and asked for its claims.
type trial struct {
	candidate host.Candidate
	claims    []protocol.OperationClaim
	known     bool          // the answer said something
	start     time.Duration // to the end of the handshake
	longest   time.Duration // until the slowest answer
	err       error
}

func (t trial) signsIn() bool {
	return t.err == nil && slices.Contains(t.claims, protocol.ClaimAuthentication)
}

// tryPlugins starts each plugin of NuGet's list once.
func (d *doctor) tryPlugins(ctx context.Context) []trial {
	var trials []trial
	for _, c := range d.discovery.Listed() {
		seen := func(t trial) bool { return t.candidate.Path == c.Path }
		if c.Startable() && !slices.ContainsFunc(trials, seen) {
			trials = append(trials, trial{candidate: c})
		}
	}
	var all sync.WaitGroup
	for i := range trials {
		all.Go(func() { d.try(ctx, &trials[i]) })
	}
	all.Wait()
	return trials
}

func (d *doctor) try(ctx context.Context, t *trial) {
	launch := d.launchOptions()
	// More patience than NuGet has, where variables took it: then it can be said how long the plugin needs.
	launch.Timeouts.Handshake = max(launch.Timeouts.Handshake, 30*time.Second)
	launch.Timeouts.Request = max(launch.Timeouts.Request, 30*time.Second)
	var steps stepTimer
	launch.Observer = steps.observe
	steps.begin()
	defer func() {
		for _, step := range steps.all() {
			took := time.Duration(step.Milliseconds * float64(time.Millisecond))
			if step.Name == protocol.MethodHandshake.String() {
				t.start = max(t.start, took)
			} else {
				t.longest = max(t.longest, took)
			}
		}
	}()
	p, err := host.Launch(ctx, t.candidate.Path, t.candidate.Start, &launch)
	if err != nil {
		t.err = err
		return
	}
	t.claims, t.known, t.err = p.Claims(ctx, "", nil)
	closeErr := p.Close()
	if line, bad := errors.AsType[*protocol.LineError](p.Cause()); t.err == nil && bad {
		t.err = line
	}
	t.err = cmpError(t.err, closeErr)
}

func cmpError(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// launchOptions starts plugins silently, and learns the passwords that they give.
func (d *doctor) launchOptions() host.LaunchOptions {
	launch := d.streams.launchOptions(false)
	launch.Stderr, launch.Log = io.Discard, nil
	launch.Observer = d.secrets.observe
	return launch
}

// checkPlugins tells what came of starting each plugin.
func checkPlugins(ctx context.Context, d *doctor) []finding {
	var found []finding
	for _, t := range d.trials(ctx) {
		found = append(found, d.judgeTrial(t))
	}
	return found
}

func (d *doctor) judgeTrial(t trial) finding {
	took := fmt.Sprintf("ready after %s", t.start.Round(time.Millisecond))
	switch {
	case t.err != nil:
		f := suspect(blocked|unknown, "%s", describeTrial(t))
		if d.discovery.Download.Asked {
			f.Status = statusWrong
		}
		return f.by(d.turnOff(t.candidate))
	case !t.known:
		return suspect(unanswered|unknown, "plugin %s answers GetOperationClaims without a list of claims, which NuGet takes for none, for 30 days; update the plugin", t.candidate.Path)
	case !t.signsIn():
		return suspect(unanswered, "plugin %s does not sign in to feeds: it claims %s", t.candidate.Path, claimsText(t.claims))
	case t.start > slowStart:
		return note("plugin %s starts slowly: %s", t.candidate.Path, took)
	}
	return ok("plugin %s signs in to feeds (%s)", t.candidate.Path, took)
}

// describeTrial says why a plugin failed, and for the usual reason what its author has to do.
func describeTrial(t trial) string {
	text := t.err.Error()
	if _, isLaunch := errors.AsType[*host.LaunchError](t.err); !isLaunch {
		text = fmt.Sprintf("plugin %s: %v", t.candidate.Path, t.err)
	}
	if _, bad := errors.AsType[*protocol.LineError](t.err); bad {
		if !strings.Contains(text, "standard output") {
			text = fmt.Sprintf("plugin %s wrote to its standard output what is no message of the protocol: %v", t.candidate.Path, t.err)
		}
		text += "; everything but the protocol belongs on standard error"
	}
	return text
}

func claimsText(claims []protocol.OperationClaim) string {
	if len(claims) == 0 {
		return "nothing"
	}
	return strings.Join(names(claims), ", ")
}
