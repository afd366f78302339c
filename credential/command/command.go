// Package command is the source that asks a program with the protocol of Docker's credential helpers: it is started with
// the argument "get", reads where the credential is for, and answers {"ServerURL":…,"Username":…,"Secret":…}.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

// Options says which program. One of Helper and Program is set.
type Options struct {
	// Helper is the end of a program's name on PATH: "pass" stands for docker-credential-pass.
	Helper string
	// Program is the absolute path of a program with that protocol. On Windows it cannot be a batch file.
	Program string
	// Feeds are the addresses, or the beginnings of them, that the program is asked about: "https://feeds.example/nuget".
	// Such a feed is ours. Without any, it is asked about every https feed, and what fails makes no feed ours.
	Feeds []string
	// Username is for an answer that holds a token and no user name: "token" unless set.
	Username string
	// Environ is what the program gets as its environment: os.Environ unless set.
	Environ func() []string
	// Timeout is how long the program may take: 10 s unless set.
	Timeout time.Duration
	// Find looks up a helper on PATH: proc.Find unless set.
	Find func(name string) (string, error)
	// Run starts the program: proc.Run unless set.
	Run func(context.Context, proc.Command) (proc.Output, error)
}

// Source starts the program each time that it is asked. It is safe for concurrent use.
type Source struct {
	o        Options
	feeds    []credential.Feed
	warnings []string
}

// New makes the source. nil options name no program, so that every Find fails or has nothing.
func New(o *Options) *Source {
	s := &Source{}
	if o != nil {
		s.o = *o
		s.o.Feeds = slices.Clone(o.Feeds)
	}
	if s.o.Username == "" {
		s.o.Username = "token"
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
	for i, address := range s.o.Feeds {
		feed, err := credential.ParseFeed(address)
		if err != nil {
			s.warnings = append(s.warnings, fmt.Sprintf("%s: entry %d of its feeds is not used: not an https or http address", s.program(), i+1))
			continue
		}
		s.feeds = append(s.feeds, feed)
	}
	return s
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "command" }

// Warnings names the feeds in the options that cannot be read.
func (s *Source) Warnings() []string { return slices.Clone(s.warnings) }

// program is what people call it.
func (s *Source) program() string {
	switch {
	case s.o.Program != "":
		return filepath.Base(s.o.Program)
	case s.o.Helper != "":
		return "docker-credential-" + s.o.Helper
	}
	return "the command"
}

// Find asks the program for the feed's origin, which is what such programs store credentials under.
func (s *Source) Find(ctx context.Context, r credential.Request) (credential.Credential, error) {
	ours := slices.ContainsFunc(s.feeds, func(f credential.Feed) bool { return f.Contains(r.Feed) })
	switch {
	case len(s.o.Feeds) > 0 && !ours:
		return credential.Credential{}, credential.Nothing("%s is for other feeds", s.program())
	case !r.Feed.Secure() && !ours:
		return credential.Credential{}, credential.Nothing("%s is asked for https feeds only", s.program())
	}
	from := s.program() + " get for " + r.Feed.Origin()
	if r.Refused[from] {
		return credential.Credential{From: from}, nil // for the trail; there is no need to run it again
	}
	c, err := s.get(ctx, r.Feed.Origin())
	switch {
	case ctx.Err() != nil:
		return credential.Credential{}, context.Cause(ctx)
	case errors.Is(err, errNotFound):
		return credential.Credential{}, &credential.NothingError{Ours: ours, Reason: fmt.Sprintf("%s has nothing for %s", s.program(), r.Feed.Origin())}
	case err != nil && !ours:
		return credential.Credential{}, credential.Nothing("asking %s failed: %v", s.program(), err)
	case err != nil:
		return credential.Credential{}, fmt.Errorf("asking %s for %s: %w", s.program(), r.Feed.Origin(), err)
	}
	c.From = from
	return c, nil
}

// errNotFound is the one error of the protocol that is not a failure.
var errNotFound = errors.New("credentials not found in native keychain")

func (s *Source) get(ctx context.Context, origin string) (credential.Credential, error) {
	path, err := s.path()
	if err != nil {
		return credential.Credential{}, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("it did not answer within %v", s.o.Timeout))
	defer cancel()
	out, err := s.o.Run(limited, proc.Command{Path: path, Args: []string{"get"}, Env: s.o.Environ(), Stdin: []byte(origin)})
	if _, ok := errors.AsType[*proc.ExitError](err); ok && strings.TrimSpace(string(out.Stdout)) == errNotFound.Error() {
		return credential.Credential{}, errNotFound
	}
	if err != nil {
		return credential.Credential{}, err
	}
	return s.answer(out.Stdout, origin)
}

func (s *Source) path() (string, error) {
	switch {
	case s.o.Program != "":
		return s.o.Program, nil
	case s.o.Helper != "":
		return s.o.Find("docker-credential-" + s.o.Helper)
	}
	return "", errors.New("the configuration names no program")
}

// answer reads what the program wrote, and quotes none of it in an error.
func (s *Source) answer(text []byte, origin string) (credential.Credential, error) {
	var fields struct{ ServerURL, Username, Secret string }
	if json.Unmarshal(text, &fields) != nil {
		return credential.Credential{}, errors.New(`it did not answer {"ServerURL":…,"Username":…,"Secret":…}`)
	}
	if fields.Secret == "" {
		return credential.Credential{}, errNotFound
	}
	if !isFor(fields.ServerURL, origin) {
		return credential.Credential{}, errors.New("it answered for another server")
	}
	if fields.Username == "" || fields.Username == "<token>" { // the second is Docker's way to say that there is none
		fields.Username = s.o.Username
	}
	return credential.Credential{Username: fields.Username, Password: credential.Secret(fields.Secret)}, nil
}

// isFor says whether an answer is for the origin that was asked for. Some programs leave the server out or write it
// without https://, and some find what is stored for a similar address.
func isFor(server, origin string) bool {
	if server == "" {
		return true
	}
	if !strings.Contains(server, "://") {
		scheme, _, _ := strings.Cut(origin, "://")
		server = scheme + "://" + server
	}
	feed, err := credential.ParseFeed(server)
	return err == nil && feed.Origin() == origin
}
