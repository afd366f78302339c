package credential

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stub is a source that was told what to say.
type stub struct {
	name  string
	cred  Credential
	err   error
	took  time.Duration
	warn  []string
	calls *[]string
}

func (s stub) Name() string       { return s.name }
func (s stub) Warnings() []string { return s.warn }
func (s stub) Find(context.Context, Request) (Credential, error) {
	if s.calls != nil {
		*s.calls = append(*s.calls, s.name)
	}
	time.Sleep(s.took) // in a bubble of synctest
	return s.cred, s.err
}

// plain is a source without warnings.
type plain struct{ Source }

func TestChainTrail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expires := time.Now().Add(time.Hour)
		var calls []string
		chain := Chain{
			stub{name: "environment", err: Nothing("no entry"), calls: &calls},
			stub{name: "gitlab", err: &NothingError{Reason: "no token", Ours: true}, calls: &calls, took: time.Millisecond},
			stub{name: "netrc", err: errors.New("others can write it"), calls: &calls},
			stub{name: "mounted", cred: Credential{Username: "u", Password: canary, From: "file"}, calls: &calls},
			stub{name: "git", cred: Credential{Username: "u", Password: canary, From: "git", Expires: expires}, calls: &calls, took: time.Second},
			stub{name: "command", cred: Credential{Username: "late"}, calls: &calls},
		}
		got, trail, found, err := chain.Find(t.Context(), Request{Feed: mustFeed(t, "https://a.example"), Refused: map[string]bool{"file": true}})
		if err != nil || !found || got.From != "git" {
			t.Fatalf("%v, %t, %v", got, found, err)
		}
		want := Trail{
			{Source: "environment", Outcome: None, Reason: "no entry"},
			{Source: "gitlab", Outcome: None, Reason: "no token", Ours: true, Took: time.Millisecond},
			{Source: "netrc", Outcome: Failed, Reason: "others can write it", Ours: true},
			{Source: "mounted", Outcome: Refused, Reason: "file", Ours: true},
			{Source: "git", Outcome: Found, Reason: "git", Ours: true, Took: time.Second, Expires: expires},
		}
		if diff := cmp.Diff(want, trail); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if want := []string{"environment", "gitlab", "netrc", "mounted", "git"}; !slices.Equal(calls, want) {
			t.Errorf("asked %v", calls)
		}
		const line = "environment: nothing (no entry); gitlab: nothing (no token); netrc: failed (others can write it); mounted: refused (file); git: found (git)"
		if trail.String() != line {
			t.Error(trail)
		}
	})
}

func TestChainFindsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		chain Chain
		ours  bool
	}{
		"empty":   {nil, false},
		"nothing": {Chain{stub{name: "a", err: Nothing("no")}, stub{name: "b", err: Nothing("no")}}, false},
		"ours":    {Chain{stub{name: "a", err: Nothing("no")}, stub{name: "b", err: &NothingError{Ours: true}}}, true},
		"failed":  {Chain{stub{name: "a", err: errors.New("broken")}}, true},
	} {
		c, trail, found, err := test.chain.Find(t.Context(), Request{Feed: mustFeed(t, "https://a.example")})
		if found || err != nil || c != (Credential{}) || len(trail) != len(test.chain) || trail.Ours() != test.ours {
			t.Errorf("%s: %v, %v, %t, %v", name, c, trail, found, err)
		}
	}
}

func TestChainEndsWithItsContext(t *testing.T) {
	cause := errors.New("the build was stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	var calls []string
	chain := Chain{
		stub{name: "a", err: Nothing("no"), calls: &calls},
		cancelling{stub{name: "b", err: Nothing("no"), calls: &calls}, func() { cancel(cause) }},
		stub{name: "c", cred: Credential{Username: "u"}, calls: &calls},
	}
	_, trail, found, err := chain.Find(ctx, Request{})
	if !errors.Is(err, cause) || found || len(trail) != 2 || !slices.Equal(calls, []string{"a", "b"}) {
		t.Errorf("%v, %t, %v, asked %v", trail, found, err, calls)
	}
}

// cancelling ends the context while it is asked.
type cancelling struct {
	stub
	cancel func()
}

func (c cancelling) Find(ctx context.Context, r Request) (Credential, error) {
	c.cancel()
	return c.stub.Find(ctx, r)
}

func TestTrailAsJSON(t *testing.T) {
	trail := Trail{
		{Source: "git", Outcome: Found, Reason: "git", Took: time.Millisecond, Expires: time.Unix(0, 0).UTC(), Ours: true},
		{Source: "netrc", Outcome: None},
	}
	text, err := json.Marshal(trail)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"source":"git","outcome":"found","reason":"git","tookNanoseconds":1000000,"expires":"1970-01-01T00:00:00Z","ours":true},` +
		`{"source":"netrc","outcome":"nothing","tookNanoseconds":0}]`
	if string(text) != want {
		t.Errorf("%s", text)
	}
}

func TestChainHidesSecrets(t *testing.T) {
	chain := Chain{stub{name: "a", cred: Credential{Username: "u", Password: canary, From: "here"}}}
	_, trail, _, _ := chain.Find(t.Context(), Request{})
	text, _ := json.Marshal(trail)
	if all := trail.String() + string(text); strings.Contains(all, canary) {
		t.Error(all)
	}
}

func TestChainWarnings(t *testing.T) {
	chain := Chain{stub{name: "a", warn: []string{"one"}}, plain{stub{name: "b"}}, stub{name: "c", warn: []string{"two", "three"}}}
	if got := chain.Warnings(); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Error(got)
	}
}
