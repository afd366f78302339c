package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/nupkg"
)

type demoOptions struct {
	Client string
	Keep   bool

	corrupt bool // of tests: a byte of a package is changed after its hash was published
}

func newDemoCommand(s *streams, runF func(context.Context, *streams, *demoOptions) error) *cobra.Command {
	o := new(demoOptions)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Install packages from a private feed through the plugin, and show how",
		Long: `Starts a private NuGet feed on this machine, starts the plugin as NuGet does, gets 401, asks the plugin
for credentials, installs two packages and checks their hashes, and shows the conversation. With
--client dotnet the dotnet on PATH does the same. Nothing is left behind but with --keep.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Client != "nuplug" && o.Client != "dotnet" {
				return fmt.Errorf("--client is nuplug or dotnet, not %q", o.Client)
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runDemo(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Client, "client", "nuplug", "who installs: nuplug, or the dotnet on PATH")
	c.Flags().BoolVar(&o.Keep, "keep", false, "keep the folder with the packages")
	return c
}

// demoLib and demoCore are the two packages; the first needs the second.
func demoLib() nupkg.Identity  { return identity("Nuplug.Demo", "1.0.0") }
func demoCore() nupkg.Identity { return identity("Nuplug.Demo.Core", "1.2.0") }

func identity(id, version string) nupkg.Identity {
	v, err := nupkg.ParseVersion(version)
	if err != nil {
		panic(err) // the constants above
	}
	return nupkg.Identity{ID: id, Version: v}
}

func runDemo(ctx context.Context, s *streams, o *demoOptions) (err error) {
	folder, err := os.MkdirTemp("", "nuplug-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() {
		if o.Keep {
			fmt.Fprintf(s.Out, "kept %s\n", folder)
			return
		}
		err = errors.Join(err, os.RemoveAll(folder))
	}()
	password := rand.Text()
	feed, err := startDemoFeed(password, o.corrupt)
	if err != nil {
		return err
	}
	defer feed.Close()
	fmt.Fprintf(s.Out, "private feed %s wants Basic authentication, user %s\n", feed.URL(), demoUser)
	if o.Client == "dotnet" {
		return demoDotnet(ctx, s, feed, password, folder)
	}
	return demoNuplug(ctx, s, feed, password, folder)
}

const demoUser = "demo"

func startDemoFeed(password string, corrupt bool) (*feedtest.Feed, error) {
	core := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: demoCore(), Authors: "nuplug", Description: "What the demo package needs."}}
	lib := nupkg.Package{Nuspec: nupkg.Nuspec{
		Identity: demoLib(), Authors: "nuplug", Description: "The package that the demo installs.",
		Dependencies: []nupkg.DependencyGroup{{
			TargetFramework: ".NETStandard2.0", Dependencies: []nupkg.Dependency{{ID: core.ID, Range: core.Version.Normalized()}},
		}},
	}}
	feed, err := feedtest.New(&feedtest.Options{Username: demoUser, Password: password})
	if err != nil {
		return nil, err
	}
	for _, p := range []nupkg.Package{core, lib} {
		content, err := p.Bytes()
		if err == nil {
			_, err = feed.AddPackage(content)
		}
		if err != nil {
			return nil, errors.Join(err, feed.Close())
		}
	}
	if corrupt {
		err = feed.Corrupt(core.Identity)
	}
	return feed, err
}

// endpoint is the variable that tells the plugin, and nobody else, the feed's password.
func endpoint(url, password string) string {
	return fmt.Sprintf(`ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS={"endpointCredentials":[{"endpoint":%q,"username":%q,"password":%q}]}`, url, demoUser, password)
}
