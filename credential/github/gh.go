package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/proc"
)

// ghTimeout is enough for gh to ask a keyring, which it gives three seconds.
const ghTimeout = 5 * time.Second

// errTimeout is the cause with which a program is killed that takes too long.
var errTimeout = fmt.Errorf("it did not answer within %v", ghTimeout)

// askGh runs "gh auth token" for a server that is known.
func (s *Source) askGh(ctx context.Context, server server, r credential.Request) (credential.Credential, error) {
	host := server.address.Host()
	from := "gh auth token --hostname " + host
	if r.Refused[from] {
		return credential.Credential{From: from}, nil // for the trail; there is no need to run it again
	}
	if server.address.Origin() != "https://"+host { // gh knows servers by name only
		return credential.Credential{}, nothing("no token is set for %s, and gh cannot have one", server.address)
	}
	path, err := s.o.Find("gh")
	if err != nil {
		return credential.Credential{}, nothing("no token is set for %s, and gh is not installed", host)
	}
	limited, cancel := context.WithTimeoutCause(ctx, ghTimeout, errTimeout)
	defer cancel()
	out, err := s.o.Run(limited, proc.Command{Path: path, Args: []string{"auth", "token", "--hostname", host}, Env: s.ghEnvironment()})
	if _, ok := errors.AsType[*proc.ExitError](err); ok && strings.HasPrefix(out.StderrTail, "no oauth token") {
		return credential.Credential{}, nothing("gh is not logged in to %s: run gh auth login --hostname %s", host, host)
	}
	if err != nil {
		return credential.Credential{}, fmt.Errorf("asking gh for the token of %s: %w; try: %s", host, err, from)
	}
	token := strings.TrimSpace(string(out.Stdout))
	if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' }) {
		return credential.Credential{}, fmt.Errorf("asking gh for the token of %s: it answered something else; try: %s", host, from)
	}
	return credential.Credential{Username: defaultUser, StandIn: true, Password: credential.Secret(token), From: from}, nil
}

// ghEnvironment is without the variables that hold tokens: gh would answer with GH_ENTERPRISE_TOKEN for any host (seen with
// gh 2.23), also for one that it is not for.
func (s *Source) ghEnvironment() []string {
	env := slices.DeleteFunc(slices.Clone(s.o.Environ()), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name) // Windows finds them in any case
		return slices.Contains(cloudTokenNames[:], name) || slices.Contains(enterpriseTokenNames[:], name)
	})
	return append(env, "GH_PROMPT_DISABLED=1", "GH_NO_UPDATE_NOTIFIER=1")
}

// nothing is for a feed that is ours.
func nothing(format string, args ...any) error {
	return &credential.NothingError{Reason: fmt.Sprintf(format, args...), Ours: true}
}
