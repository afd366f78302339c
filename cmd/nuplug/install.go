package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/host"
)

type installOptions struct {
	Dir string

	program string // the file to install; this program's unless a test sets it
}

func newInstallCommand(s *streams, runF func(context.Context, *streams, *installOptions) error) *cobra.Command {
	o := new(installOptions)
	c := &cobra.Command{
		Use:   "install",
		Short: "Put the plugin where NuGet finds it, and prove that NuGet does",
		Long: `Copies the plugin into a folder of PATH under the name that NuGet looks for, then looks for it as NuGet does.
Without --dir the folder is the first of PATH that lies in your home folder, belongs to you, and that nobody else
can write; ~/.local/bin, ~/bin and ~/.dotnet/tools go first. An older copy is replaced.`,
		Example: `  nuplug install
  nuplug install --dir /usr/local/bin`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runInstall(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "", "the folder to install into, also one that is not yours or not in PATH")
	return c
}

func runInstall(ctx context.Context, s *streams, o *installOptions) error {
	client, err := clientFor(s, "")
	if err != nil {
		return err
	}
	source, err := programToInstall(o.program, s.GOOS)
	if err != nil {
		return err
	}
	dir, err := s.installDir(o.Dir)
	if err != nil {
		return err
	}
	target := filepath.Join(dir, pluginFile(s.GOOS))
	done, err := putInPlace(s.GOOS, source, target)
	if err != nil {
		return fmt.Errorf("install %s: %w", target, err)
	}
	fmt.Fprintf(s.Out, "%s %s\n", done, target)
	if why := unsuitable(s.GOOS, factsOf(dir), os.Geteuid()); why != "" && why != notYours {
		fmt.Fprintf(s.Err, "nuplug: whoever can change the folder can replace the plugin: %s: %s\n", dir, why)
	}
	return s.proveInstalled(ctx, client, target)
}

// installDir is the folder that was named, made if it is missing, or else one of PATH.
func (s *streams) installDir(named string) (string, error) {
	if named == "" {
		dir, err := s.folderOfPATH()
		if err != nil {
			return "", err
		}
		named = dir
	}
	dir := s.absolute(named)
	if err := canBeInPATH(s.GOOS, dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the folder: %w", err)
	}
	return dir, nil
}

// proveInstalled looks for the plugin as NuGet does, and fails where NuGet would not use it. A folder that is not in PATH is
// no failure: it was named, and may be meant for another PATH than this one.
func (s *streams) proveInstalled(ctx context.Context, client host.Client, target string) error {
	env := host.ParseEnv(s.Env)
	found, ok := findInstalled(host.Discover(client, env, host.OSFS()), target)
	proviso := ""
	if dir := filepath.Dir(target); !ok && found.failure == "" {
		fmt.Fprintf(s.Err, "nuplug: %s is not in PATH, and NuGet does not find the plugin there; %s:\n        %s\n",
			dir, whereToAdd(client.OS), pathLine(client.OS, dir))
		proviso = "with that, "
		found, ok = findInstalled(host.Discover(client, withInPATH(env, client.OS, dir), host.OSFS()), target)
	}
	switch {
	case found.failure != "":
		return fmt.Errorf("it is installed, but the search for plugins of %s fails, and NuGet then uses none: %s", client, found.failure)
	case !ok:
		return fmt.Errorf("it is installed, but %s does not take it for a plugin: run nuplug plugins", client)
	case !found.Startable() || found.BlockedBy != "":
		return fmt.Errorf("it is installed, but %s does not use it: %s", client, found.Reason)
	}
	fmt.Fprintln(s.Out, proviso+found.order(client))
	return s.forgetStaleClaims(ctx, client, found.Path)
}
