package main

import (
	"context"
	"slices"
	"sync"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
)

// doctorCheck looks at one thing. To add one, write its function and name it in doctorChecks.
type doctorCheck struct {
	id  string
	run func(context.Context, *doctor) []finding
}

// doctorChecks stand in the order in which NuGet comes to the things that they look at: the first thing wrong is the one to
// mend first.
func doctorChecks() []doctorCheck {
	return []doctorCheck{
		{"config", checkConfig},
		{"source", checkSource},
		{"credentials", checkCredentials},
		{"discovery", checkDiscovery},
		{"not-used", checkNotUsed},
		{"cannot-start", checkCannotStart},
		{"claims-cache", checkClaimsCache},
		{"time-outs", checkTimeouts},
		{"plugin", checkPlugins},
		{"packages", checkPackages},
		{"clock", checkClock},
		{"feed", checkFeeds},
	}
}

// doctor is one examination. Its fields do not change after newDoctor; what is dear to find out is found out once, by the
// methods that return it.
type doctor struct {
	streams   *streams
	client    host.Client
	env       host.Env
	argument  string // of the command: a source's name or address, or empty
	config    *nugetconfig.Config
	configErr error
	discovery host.Discovery
	secrets   *secrets

	trials func(context.Context) []trial
	visits func(context.Context) []visit
}

func newDoctor(s *streams, client host.Client, source string) *doctor {
	d := &doctor{
		streams: s, client: client, env: host.ParseEnv(s.Env), argument: source,
		secrets: newSecrets(s.Env),
	}
	d.config, d.configErr = nugetconfig.Load(&nugetconfig.Options{
		Start: s.Dir, CurrentFolder: s.Dir, GOOS: s.GOOS,
		Env: func(name string) (string, bool) { return d.env.Lookup(name, s.GOOS) },
	})
	d.secrets.learnConfig(d.config)
	d.secrets.learnAddress(source)
	d.discovery = host.Discover(client, d.env, host.OSFS())
	d.trials = remember(d.tryPlugins)
	d.visits = remember(d.visitSources)
	return d
}

// remember makes a function that does its work at the first call.
func remember[T any](f func(context.Context) T) func(context.Context) T {
	var once sync.Once
	var result T
	return func(ctx context.Context) T {
		once.Do(func() { result = f(ctx) })
		return result
	}
}

// examine does all checks and settles who is to blame.
func (d *doctor) examine(ctx context.Context) []finding {
	var all []finding
	for _, check := range doctorChecks() {
		if ctx.Err() != nil {
			return nil
		}
		for _, f := range check.run(ctx, d) {
			f.ID = check.id
			all = append(all, f)
		}
	}
	settle(all, d.outcomes(ctx))
	return all
}

// outcomes is how the ways to all sources ended.
func (d *doctor) outcomes(ctx context.Context) outcome {
	var seen outcome
	for _, v := range d.visits(ctx) {
		seen |= v.outcome
	}
	if seen == 0 {
		return unknown
	}
	return seen
}

func settle(all []finding, seen outcome) {
	for i := range all {
		if all[i].blame&seen != 0 {
			all[i].Status = statusWrong
		}
	}
}

// usable tells whether NuGet has any plugin that it can start.
func (d *doctor) usable() bool {
	return slices.ContainsFunc(d.discovery.Candidates, host.Candidate.Startable)
}
