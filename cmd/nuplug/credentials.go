package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

type credentialsOptions struct {
	URL         string
	Plugin      string
	Output      string
	Interactive bool
	Verbose     bool
}

func newCredentialsCommand(s *streams, runF func(context.Context, *streams, *credentialsOptions) error) *cobra.Command {
	o := new(credentialsOptions)
	c := &cobra.Command{
		Use:   "credentials URL",
		Short: "Ask the plugins for the credentials of a feed, as NuGet would",
		Long: `Finds the plugins that dotnet would find, asks them in its order for the credentials of a feed, and
prints user name and password. Nobody is asked anything unless --interactive is given.`,
		Example: `  nuplug credentials https://pkgs.example.com/v3/index.json
  nuplug credentials https://pkgs.example.com/v3/index.json --plugin ./nuget-plugin-mine --output json`,
		Args: oneFeed,
		RunE: func(c *cobra.Command, args []string) error {
			o.URL = args[0]
			if o.Output != "text" && o.Output != "json" {
				return fmt.Errorf("--output is text or json, not %q", o.Output)
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runCredentials(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Plugin, "plugin", "", "ask this plugin only, and do not look for others")
	c.Flags().StringVar(&o.Output, "output", "text", "text or json")
	c.Flags().BoolVar(&o.Interactive, "interactive", false, "let the plugin ask you")
	c.Flags().BoolVarP(&o.Verbose, "verbose", "v", false, "show what each plugin said and logged")
	return c
}

func runCredentials(ctx context.Context, s *streams, o *credentialsOptions) error {
	if _, err := credential.ParseFeed(o.URL); err != nil {
		return fmt.Errorf("%q: %w", withoutSecrets(o.URL), err)
	}
	discovery, err := discoverFor(s, o.Plugin)
	if err != nil {
		return err
	}
	managerOptions := &host.ManagerOptions{Launch: s.launchOptions(o.Verbose)}
	if cache, err := host.NewClaimsCache(discovery.Client, host.ParseEnv(s.Env), nil); err == nil && o.Plugin == "" {
		managerOptions.Cache = cache // a cache that cannot be found is for doctor to report
	}
	manager := host.NewManager(discovery, managerOptions)
	defer manager.Close()
	c, attempts, err := manager.Credentials(ctx, host.CredentialsRequest{URI: o.URL, NonInteractive: !o.Interactive, CanShowDialog: true})
	if o.Verbose {
		for _, a := range attempts {
			fmt.Fprintf(s.Err, "%s (%s) %s, %s\n", a.Plugin, a.Origin, a.Outcome, a.Took)
		}
	}
	if err != nil {
		return err
	}
	if o.Output == "json" {
		return json.NewEncoder(s.Out).Encode(map[string]any{
			"username": c.Username, "password": c.Password.Reveal(), "authenticationTypes": c.Types, "plugin": c.Plugin,
		})
	}
	_, err = fmt.Fprintf(s.Out, "%s\n%s\n", c.Username, c.Password.Reveal())
	return err
}

// discoverFor finds plugins as the newest dotnet would, or makes do with the one that is named.
func discoverFor(s *streams, path string) (host.Discovery, error) {
	client, err := host.ParseClient("dotnet", s.GOOS)
	if err != nil {
		return host.Discovery{}, err
	}
	if path == "" {
		return host.Discover(client, host.ParseEnv(s.Env), host.OSFS()), nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	return host.Only(client, host.ParseEnv(s.Env), path), nil
}

func (s *streams) launchOptions(verbose bool) host.LaunchOptions {
	o := host.LaunchOptions{
		Env: s.Env, Dir: s.Dir, Stderr: s.Err,
		Timeouts: host.TimeoutsFrom(host.ParseEnv(s.Env), s.GOOS),
		LogLevel: protocol.LevelMinimal,
		Log:      func(level protocol.LogLevel, text string) { fmt.Fprintf(s.Err, "%s: %s\n", level, text) },
	}
	if verbose {
		o.LogLevel = protocol.LevelDebug
	}
	return o
}

// withoutSecrets leaves out of an address what may be a secret. Of one that is no feed's it shows the scheme only.
func withoutSecrets(address string) string {
	if feed, err := credential.ParseFeed(address); err == nil {
		return feed.String()
	}
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return scheme + "://…"
	}
	return address
}
