package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/provider"
)

type exportOptions struct {
	Format  string
	Targets []string
}

func newExportCommand(s *streams, runF func(context.Context, *streams, *exportOptions) error) *cobra.Command {
	o := new(exportOptions)
	c := &cobra.Command{
		Use:   "export --format nuget-config|env|netrc|docker URL|SOURCE...",
		Short: "Print the credentials of feeds for tools that cannot run plugins",
		Long: `Asks the sources of credentials that the plugin would ask, and prints what they have in a form that tools
without plugins read. What is printed holds the secrets in clear text; how long each works is said on standard
error. If one feed has no credentials, nothing is printed.

  nuget-config  a NuGet.Config with nothing but the credentials; NuGet merges it with the others, for example as
                ~/.nuget/NuGet/config/export.config
  env           commands that set the variable NuGetPackageSourceCredentials_NAME, for sh; on Windows for PowerShell
  netrc         lines of a .netrc, for https on port 443 only
  docker        the JSON of static endpoints, to be mounted as a secret of a build`,
		Example: `  nuplug export --format nuget-config company > ~/.nuget/NuGet/config/export.config
  eval "$(nuplug export --format env company)"
  nuplug export --format docker company > nuget.json
  docker build --secret id=nuget,src=nuget.json .    # with RUN --mount=type=secret,id=nuget dotnet restore`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Targets = args
			if _, ok := exportFormats()[o.Format]; !ok {
				return fmt.Errorf("--format is one of %s, not %q", formatNames(), o.Format)
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runExport(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Format, "format", "", "nuget-config, env, netrc or docker")
	return c
}

func formatNames() string {
	return strings.Join(slices.Sorted(maps.Keys(exportFormats())), ", ")
}

// exported is a feed with its credential.
type exported struct {
	Name    string // of the source in NuGet.Config; empty where there is none
	Address string // as it is configured, without user name and password
	Feed    credential.Feed
	Cred    credential.Credential
}

// reader is the world in which the printed text will be read, as far as it is known: the one of this command.
type reader struct {
	goos   string
	lookup func(name string) (string, bool)
}

// exportFormat makes the text of a format. notes are what the user must know of it, and never hold a secret; neither does
// the error, which says that the format cannot hold what it has to.
type exportFormat struct {
	byName bool // NuGet takes it by the name of the source
	text   func(reader, []exported) (text string, notes []string, err error)
}

func exportFormats() map[string]exportFormat {
	return map[string]exportFormat{
		"nuget-config": {true, nugetConfigText},
		"env":          {true, envText},
		"netrc":        {false, netrcText},
		"docker":       {false, dockerText},
	}
}

func runExport(ctx context.Context, s *streams, o *exportOptions) error {
	format := exportFormats()[o.Format]
	search, err := provider.NewSearch(s.providerOptions())
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	var all []exported
	for _, name := range o.Targets {
		t, err := s.target(name)
		if err != nil {
			return err
		}
		e, err := s.export(ctx, search, t, format.byName)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(have exported) bool { return have.Name == e.Name && have.Address == e.Address }) {
			all = append(all, e)
		}
	}
	text, notes, err := format.text(reader{s.GOOS, func(name string) (string, bool) { return host.ParseEnv(s.Env).Lookup(name, s.GOOS) }}, all)
	if err != nil {
		return err
	}
	for _, line := range append(search.Warnings(), notes...) {
		fmt.Fprintf(s.Err, "nuplug: %s\n", line)
	}
	for _, e := range all {
		fmt.Fprintf(s.Err, "nuplug: the secret of %s is printed in clear text, and works %s\n", e.Feed, lifetime(e.Cred, time.Now()))
	}
	_, err = io.WriteString(s.Out, text)
	return err
}

// export finds what there is for one feed.
func (s *streams) export(ctx context.Context, search *provider.Search, t *target, byName bool) (exported, error) {
	e := exported{Feed: t.Feed, Address: withoutUser(t)}
	if t.Source != nil {
		e.Name = t.Source.Name
	}
	if byName && e.Name == "" {
		return e, fmt.Errorf("no source in NuGet.Config has the address %s, and NuGet takes these credentials by the source's name:\n"+
			"        run dotnet nuget add source %[1]s --name NAME", t.Feed)
	}
	cred, trail, found, err := search.Find(ctx, credential.Request{Feed: t.Feed})
	switch {
	case err != nil:
		return e, err
	case !found:
		return e, noCredentials(t, trail)
	}
	if err := exportable(cred); err != nil {
		return e, fmt.Errorf("the credential of %s from %s: %w", t.Feed, cred.From, err)
	}
	e.Cred = cred
	return e, nil
}

func noCredentials(t *target, trail credential.Trail) error {
	err := fmt.Errorf("no credentials for %s, and nothing was printed: %s", t.Feed, trail)
	if shadow, readErr := t.shadow(); readErr == nil && shadow != nil {
		return fmt.Errorf("%w\n        NuGet itself uses those from %s", err, shadow.Origin)
	}
	if trail.Ours() {
		return fmt.Errorf("%w\n        run nuplug login %s", err, t.Feed)
	}
	return err
}

// exportable says why no format can hold a credential.
func exportable(c credential.Credential) error {
	for _, field := range []struct{ name, text string }{{"user name", c.Username}, {"password", c.Password.Reveal()}} {
		switch {
		case field.text == "":
			return fmt.Errorf("its %s is empty", field.name)
		case !utf8.ValidString(field.text) || strings.ContainsRune(field.text, 0):
			return fmt.Errorf("its %s is not text", field.name)
		}
	}
	return nil
}

// withoutUser is the address that tools compare letter by letter.
func withoutUser(t *target) string {
	u, err := url.Parse(strings.TrimSpace(t.URL))
	if err != nil || u.User == nil {
		return strings.TrimSpace(t.URL)
	}
	u.User = nil
	return u.String()
}

// lifetime says in words how long a credential works.
func lifetime(c credential.Credential, now time.Time) string {
	if c.Expires.IsZero() {
		return "until it is revoked (" + c.From + " names no end)"
	}
	return fmt.Sprintf("until %s, %s from now (%s)", c.Expires.Local().Format(time.DateTime), age(c.Expires.Sub(now)), c.From)
}

// checkEach gives each credential to a check, and says of whose the first error is.
func checkEach(all []exported, check func(exported) error) error {
	for _, e := range all {
		if err := check(e); err != nil {
			return fmt.Errorf("the credential of %s: %w", e.Feed, err)
		}
	}
	return nil
}

var errControl = errors.New("it has a control character, which this format cannot hold")
