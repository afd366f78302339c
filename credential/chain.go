package credential

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Outcome is what a source had to say.
type Outcome string

const (
	Found   Outcome = "found"
	None    Outcome = "nothing" // nothing for this feed
	Refused Outcome = "refused" // it has the credential that the feed refused before
	Failed  Outcome = "failed"
)

// Step is one source's part in a Trail. It holds no secret.
type Step struct {
	Source  string        `json:"source"`
	Outcome Outcome       `json:"outcome"`
	Reason  string        `json:"reason,omitempty"` // why nothing was found, or where it was found
	Took    time.Duration `json:"tookNanoseconds"`
	Expires time.Time     `json:"expires,omitzero"`
	Ours    bool          `json:"ours,omitempty"` // the source knows the feed, whatever came of it
}

// Trail says which source said what, in the order in which they were asked.
type Trail []Step

// Ours says whether any source knows the feed.
func (t Trail) Ours() bool {
	for _, step := range t {
		if step.Ours {
			return true
		}
	}
	return false
}

func (t Trail) String() string {
	var b strings.Builder
	for i, step := range t {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", step.Source, step.Outcome)
		if step.Reason != "" {
			fmt.Fprintf(&b, " (%s)", step.Reason)
		}
	}
	return b.String()
}

// Chain asks sources in its order: the cheap ones first.
type Chain []Source

// Find returns the first credential that a source has, with the trail so far. One failing source never stops the next.
// found is false when no source has anything; err is set only when ctx ended.
func (c Chain) Find(ctx context.Context, r Request) (cred Credential, trail Trail, found bool, err error) {
	for _, source := range c {
		if ctx.Err() != nil {
			return Credential{}, trail, false, context.Cause(ctx)
		}
		step := Step{Source: source.Name()}
		start := time.Now()
		cred, err := source.Find(ctx, r)
		step.Took = time.Since(start)
		nothing, isNothing := isNothing(err)
		switch {
		case isNothing:
			step.Outcome, step.Reason, step.Ours = None, nothing.Reason, nothing.Ours
		case err != nil:
			step.Outcome, step.Reason, step.Ours = Failed, err.Error(), true
		case r.Refused[cred.From]:
			step.Outcome, step.Reason, step.Ours = Refused, cred.From, true
		default:
			step.Outcome, step.Reason, step.Ours, step.Expires = Found, cred.From, true, cred.Expires
			return cred, append(trail, step), true, nil
		}
		trail = append(trail, step)
	}
	return Credential{}, trail, false, nil
}

// Warnings collects what the sources found wrong in what they were given.
func (c Chain) Warnings() []string {
	var all []string
	for _, source := range c {
		if w, ok := source.(Warner); ok {
			all = append(all, w.Warnings()...)
		}
	}
	return all
}
