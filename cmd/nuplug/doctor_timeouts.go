package main

import (
	"context"
	"strings"
	"time"

	"github.com/nuplug/nuplug/host"
)

// shortTimeout is what clients before NuGet 6.4 had, and what was too short for many.
const shortTimeout = 5 * time.Second

// checkTimeouts looks at the variables that shorten NuGet's patience with plugins.
func checkTimeouts(ctx context.Context, d *doctor) []finding {
	limits := host.TimeoutsFrom(d.env, d.client.OS)
	var found []finding
	for _, v := range []struct {
		name  string
		limit time.Duration
		of    func(trial) time.Duration
	}{
		{host.HandshakeTimeoutVariable, limits.Handshake, func(t trial) time.Duration { return t.start }},
		{host.RequestTimeoutVariable, limits.Request, func(t trial) time.Duration { return t.longest }},
		{host.IdleTimeoutVariable, limits.Idle, nil},
	} {
		value, set := d.env.Lookup(v.name, d.client.OS)
		if !set {
			continue
		}
		var needed time.Duration
		if v.of != nil {
			for _, t := range d.trials(ctx) {
				needed = max(needed, v.of(t))
			}
		}
		found = append(found, judgeTimeout(v.name, value, v.limit, needed).by(d.shell().unset(v.name)))
	}
	return found
}

// judgeTimeout compares a variable with what the slowest plugin needed; 0 where nothing was measured.
func judgeTimeout(name, value string, limit, needed time.Duration) finding {
	switch {
	case needed >= limit:
		return wrong("%s is %s, and a plugin needed %s", name, limit, needed.Round(time.Millisecond))
	case limit < shortTimeout && name != host.IdleTimeoutVariable:
		return suspect(late, "%s is %s, which is short: a plugin that asks a server needs more, and NuGet then says no more than \"A task was canceled\"", name, limit)
	case !isSeconds(value, limit):
		return note("%s is not a whole number of seconds, and NuGet takes %s", name, limit)
	}
	return ok("%s is %s", name, limit)
}

// isSeconds tells whether NuGet went by the variable's value.
func isSeconds(value string, limit time.Duration) bool {
	n, err := time.ParseDuration(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(value), "+")) + "s")
	return err == nil && n == limit
}
