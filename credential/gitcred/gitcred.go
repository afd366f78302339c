// Package gitcred is the source that asks git's credential helpers, through "git credential fill". It never stores or
// erases anything there, and nothing that it starts may ask the user.
package gitcred

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

// Options may be nil.
type Options struct {
	// Environ is what git gets as its environment: os.Environ unless set.
	Environ func() []string
	// Timeout is how long git and its helpers may take: 10 s unless set.
	Timeout time.Duration
	// Find looks up git on PATH: proc.Find unless set.
	Find func(name string) (string, error)
	// Run starts git: proc.Run unless set.
	Run func(context.Context, proc.Command) (proc.Output, error)
}

// Source starts git each time that it is asked. It is safe for concurrent use.
type Source struct{ o Options }

// New makes the source.
func New(o *Options) *Source {
	s := &Source{}
	if o != nil {
		s.o = *o
	}
	if s.o.Environ == nil {
		s.o.Environ = os.Environ
	}
	if s.o.Timeout <= 0 {
		s.o.Timeout = 10 * time.Second
	}
	if s.o.Find == nil {
		s.o.Find = proc.Find
	}
	if s.o.Run == nil {
		s.o.Run = proc.Run
	}
	return s
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "git" }

// Find asks git for the feed's host and path. Since git is asked about every feed, it does not make a feed ours when git
// fails: that is nothing, with the failure as its reason. The error is one only when ctx ended.
func (s *Source) Find(ctx context.Context, r credential.Request) (credential.Credential, error) {
	from := "git credential fill for " + r.Feed.String()
	if r.Refused[from] {
		return credential.Credential{From: from}, nil // for the trail; there is no need to run it again
	}
	if !r.Feed.Secure() {
		return credential.Credential{}, credential.Nothing("git is asked for https feeds only")
	}
	question, err := ask(r.Feed)
	if err != nil {
		return credential.Credential{}, err
	}
	path, err := s.o.Find("git")
	if err != nil {
		return credential.Credential{}, credential.Nothing("git is not installed")
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("it did not answer within %v", s.o.Timeout))
	defer cancel()
	out, err := s.o.Run(limited, proc.Command{
		Path: path, Args: []string{"-c", "core.askPass=", "credential", "fill"},
		Env: quiet(s.o.Environ()), Stdin: question,
	})
	if ctx.Err() != nil {
		return credential.Credential{}, context.Cause(ctx)
	}
	if err != nil {
		return credential.Credential{}, explain(out, err)
	}
	return answer(out.Stdout, r.Feed, from)
}

// quiet keeps git and its helpers from asking the user: on the terminal, in a window of Git Credential Manager, through a
// program for passwords. An empty GIT_ASKPASS is one that is set and does nothing. The language is that of explain.
func quiet(env []string) []string {
	return append(append([]string(nil), env...),
		"GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "GIT_ASKPASS=", "SSH_ASKPASS=", "LC_ALL=C", "LANGUAGE=C")
}

// ask writes the question: one name=value a line, an empty line at the end.
func ask(feed credential.Feed) ([]byte, error) {
	scheme, host, _ := strings.Cut(feed.Origin(), "://")
	path, err := url.PathUnescape(strings.TrimPrefix(feed.Path(), "/"))
	if err != nil {
		return nil, credential.Nothing("the feed's path cannot be told to git")
	}
	var b strings.Builder
	for _, line := range [][2]string{{"protocol", scheme}, {"host", host}, {"path", path}} {
		if strings.ContainsAny(line[1], "\n\r\x00") { // a line of its own could name another host
			return nil, credential.Nothing("the feed's %s has a line end, which git does not take", line[0])
		}
		if line[1] != "" {
			fmt.Fprintf(&b, "%s=%s\n", line[0], line[1])
		}
	}
	b.WriteByte('\n')
	return []byte(b.String()), nil
}

// explain tells having nothing from failing by what git says, and quotes nothing: a helper may have written a secret.
func explain(out proc.Output, err error) error {
	if _, ok := errors.AsType[*proc.ExitError](err); ok {
		switch said := out.StderrTail; {
		case strings.Contains(said, "terminal prompts disabled"):
			return credential.Nothing("no credential helper of git has anything for it")
		case strings.Contains(said, "told us to quit"):
			return credential.Nothing("a credential helper of git declined")
		}
	}
	return credential.Nothing("asking git failed: %v; try: git credential fill", err)
}

// answer reads name=value lines. git repeats what it was asked for, unless a helper changed that: then the credential is for
// another place.
func answer(text []byte, feed credential.Feed, from string) (credential.Credential, error) {
	c := credential.Credential{From: from}
	scheme, host, _ := strings.Cut(feed.Origin(), "://")
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\r"), "=")
		switch name {
		case "protocol", "host":
			if want := map[string]string{"protocol": scheme, "host": host}[name]; value != want {
				return credential.Credential{}, credential.Nothing("a credential helper of git answered for another place")
			}
		case "username":
			c.Username = value
		case "password":
			c.Password = credential.Secret(value)
		case "password_expiry_utc":
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
				c.Expires = time.Unix(seconds, 0)
			}
		case "quit":
			if value == "1" || value == "true" {
				return credential.Credential{}, credential.Nothing("a credential helper of git declined")
			}
		}
	}
	if c.Username == "" || c.Password == "" {
		return credential.Credential{}, credential.Nothing("git answered without a user name or password")
	}
	return c, nil
}
