package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/stored"
	"github.com/nuplug/nuplug/provider"
)

// unlockTime is how long a person may take to unlock the keychain.
const unlockTime = time.Minute

type loginOptions struct {
	Target        string
	Username      string
	PasswordStdin bool
	FromConfig    bool
}

func newLoginCommand(s *streams, runF func(context.Context, *streams, *loginOptions) error) *cobra.Command {
	o := new(loginOptions)
	c := &cobra.Command{
		Use:   "login URL|SOURCE",
		Short: "Store the credentials of a feed in the keychain",
		Long: `Asks for user name and password, tries them at the feed, and stores them in the keychain of the system,
where the plugin finds them for the feed and all that lies below it. Without a keychain a file holds
them that only you may read.`,
		Example: `  nuplug login https://feed.example/v3/index.json --username ann
  echo "$TOKEN" | nuplug login company --username ci --password-stdin
  nuplug login --from-config`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case o.FromConfig && len(args) > 0:
				return errors.New("--from-config takes all sources of NuGet.Config, and no URL")
			case !o.FromConfig && len(args) == 0:
				return errors.New("say for which feed: nuplug login URL|SOURCE")
			}
			o.Target = strings.Join(args, "")
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			if o.FromConfig {
				return loginFromConfig(c.Context(), s)
			}
			return runLogin(c.Context(), s, o)
		},
	}
	c.Flags().StringVarP(&o.Username, "username", "u", "", "the user name (asked for where it is not given)")
	c.Flags().BoolVar(&o.PasswordStdin, "password-stdin", false, "read the password from standard input")
	c.Flags().BoolVar(&o.FromConfig, "from-config", false, "move the clear-text passwords of NuGet.Config into the keychain")
	return c
}

func runLogin(ctx context.Context, s *streams, o *loginOptions) error {
	t, err := s.target(o.Target)
	if err != nil {
		return err
	}
	cred, err := s.askForLogin(t, o)
	if err != nil {
		return err
	}
	if err := s.tryLogin(ctx, t, cred); err != nil {
		return err
	}
	return s.storeLogin(ctx, t.Feed, cred)
}

// askForLogin takes user name and password from the options or from the person at the terminal.
func (s *streams) askForLogin(t *target, o *loginOptions) (credential.Credential, error) {
	cred := credential.Credential{Username: o.Username, From: "what you typed"}
	input := bufio.NewReader(s.In)
	if cred.Username == "" {
		if o.PasswordStdin {
			return cred, errors.New("--password-stdin needs --username")
		}
		fmt.Fprintf(s.Err, "user name for %s: ", t.Feed)
		name, err := input.ReadString('\n')
		if err != nil && name == "" {
			return cred, errors.New("no user name: give it with --username")
		}
		cred.Username = strings.TrimSpace(name)
	}
	password, err := s.readPassword(input, cred.Username, o.PasswordStdin)
	if err != nil {
		return cred, err
	}
	if password == "" {
		return cred, errors.New("no password was given")
	}
	cred.Password = credential.Secret(password)
	return cred, nil
}

// maxPassword is more than any token has.
const maxPassword = 64 << 10

func (s *streams) readPassword(input *bufio.Reader, username string, fromStdin bool) (string, error) {
	if fromStdin {
		text, err := io.ReadAll(io.LimitReader(input, maxPassword))
		return strings.TrimRight(string(text), "\r\n"), err
	}
	file, ok := s.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return "", errors.New("no terminal to ask for the password: use --password-stdin")
	}
	fmt.Fprintf(s.Err, "password of %s: ", username)
	text, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(s.Err)
	return string(text), err
}

// tryLogin keeps a wrong password from being stored, and a secret from travelling in clear text.
func (s *streams) tryLogin(ctx context.Context, t *target, cred credential.Credential) error {
	search, err := provider.NewSearch(s.providerOptions())
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if !t.Feed.Secure() && !search.Config().For(t.Feed).AllowInsecure {
		return fmt.Errorf("%s is plain http, on which anybody can read the password: use https, or set allow_insecure = true for it in the configuration", t.Feed)
	}
	verdict, err := search.Verify(ctx, t.URL, cred)
	switch {
	case err != nil:
		return fmt.Errorf("try the login at %s, and nothing was stored: %w", t.Feed, err)
	case verdict == provider.Refused:
		return fmt.Errorf("%s refused user %s with this password; nothing was stored", t.Feed, cred.Username)
	}
	return nil
}

func (s *streams) storeLogin(ctx context.Context, feed credential.Feed, cred credential.Credential) error {
	where, err := s.logins().Put(ctx, feed, cred)
	if err != nil {
		return err
	}
	switch where.Place {
	case stored.InKeychain:
		fmt.Fprintf(s.Err, "stored the login of %s for %s in the keychain\n", cred.Username, feed.Folder())
	default:
		fmt.Fprintf(s.Err, "stored the login of %s for %s in %s, which only you may read (no keychain: %s)\n", cred.Username, feed.Folder(), where.Path, where.Reason)
	}
	return nil
}

func (s *streams) logins() *stored.Store { return provider.Logins(s.getenv, unlockTime) }
