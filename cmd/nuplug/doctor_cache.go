package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

// checkClaimsCache looks at what NuGet remembers of the plugins. An entry without the claim, and with NuGet 7 one that cannot
// be read, turns a plugin off without a word.
func checkClaimsCache(ctx context.Context, d *doctor) []finding {
	cache, err := host.NewClaimsCache(d.client, d.env, nil)
	if err != nil {
		return []finding{wrong("the claims cache: %v", err).by(d.shell().unset("NUGET_PLUGINS_CACHE_PATH"))}
	}
	var found []finding
	trials := d.trials(ctx)
	for _, c := range d.discovery.Listed() {
		if f, is := d.judgeEntry(cache, c, trials); is {
			found = append(found, f)
		}
	}
	if len(found) == 0 && cache.Dir() != "" {
		found = append(found, ok("the claims cache %s turns no plugin off", cache.Dir()))
	}
	return found
}

func (d *doctor) judgeEntry(cache *host.ClaimsCache, c host.Candidate, trials []trial) (f finding, is bool) {
	entry := cache.Peek(c.Path, "")
	i := slices.IndexFunc(trials, func(t trial) bool { return t.candidate.Path == c.Path })
	switch {
	case entry.Problem != nil:
		f = wrong("plugin %s: %v (%s old)", c.Path, entry.Problem, age(entry.Age))
	case !entry.Known || slices.Contains(entry.Claims, protocol.ClaimAuthentication):
		return f, false
	case i >= 0 && trials[i].err == nil && !trials[i].signsIn():
		return ok("plugin %s does not sign in to feeds, as the claims cache says (%s old)", c.Path, age(entry.Age)), true
	case i >= 0 && trials[i].signsIn():
		f = wrong("plugin %s signs in to feeds, but the claims cache says that it does not, and NuGet does not start it (%s, %s old)", c.Path, entry.File, age(entry.Age))
	default:
		return suspect(unanswered, "plugin %s: the claims cache says that it does not sign in to feeds, and NuGet does not start it (%s, %s old)",
			c.Path, entry.File, age(entry.Age)).by(d.shell().remove(entry.File)), true
	}
	f.mend = func(ctx context.Context) (string, error) {
		if err := cache.Remove(ctx, c.Path, ""); err != nil {
			return "", err
		}
		return fmt.Sprintf("the claims cache: deleted %s", entry.File), nil
	}
	return f.by(d.shell().remove(entry.File)), true
}

// nugetsView is the claims cache as the client goes by it; nothing is written into it. A file that cannot be read counts as an
// empty list, as it does for NuGet 7; older clients fail at it, which comes to the same here.
type nugetsView struct{ cache *host.ClaimsCache }

func (v nugetsView) Load(_ context.Context, plugin, source string) ([]protocol.OperationClaim, bool, string) {
	entry := v.cache.Peek(plugin, source)
	if entry.Problem != nil {
		return nil, true, entry.Problem.Error()
	}
	return entry.Claims, entry.Known, ""
}

func (nugetsView) Store(context.Context, string, string, []protocol.OperationClaim) {}
