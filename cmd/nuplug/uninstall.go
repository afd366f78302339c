package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

type uninstallOptions struct {
	Dir string
}

func newUninstallCommand(s *streams, runF func(context.Context, *streams, *uninstallOptions) error) *cobra.Command {
	o := new(uninstallOptions)
	c := &cobra.Command{
		Use:   "uninstall",
		Short: "Remove the plugin that nuplug install put on PATH",
		Long: `Removes the plugin from the folders into which nuplug install puts it, and nothing else: a file of that name
that is not nuplug stays. With --dir it looks into that folder alone.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runUninstall(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "", "the folder that it was installed into")
	return c
}

func runUninstall(_ context.Context, s *streams, o *uninstallOptions) error {
	if o.Dir != "" {
		removed, err := s.uninstallFrom(s.absolute(o.Dir))
		if err == nil && !removed {
			fmt.Fprintf(s.Out, "nothing to remove: there is no %s in %s\n", pluginFile(s.GOOS), s.absolute(o.Dir))
		}
		return err
	}
	var failed []error
	removedAny := false
	for _, dir := range homeFolders(s.GOOS, s.getenv("PATH"), s.home()) {
		removed, err := s.uninstallFrom(dir)
		removedAny = removedAny || removed
		if err != nil {
			failed = append(failed, err)
		}
	}
	if !removedAny && len(failed) == 0 {
		fmt.Fprintf(s.Out, "nothing to remove: there is no %s in the folders of PATH in your home folder; --dir names another\n", pluginFile(s.GOOS))
	}
	return errors.Join(failed...)
}

// uninstallFrom removes the plugin from a folder, if it is there and ours.
func (s *streams) uninstallFrom(dir string) (removed bool, err error) {
	target := filepath.Join(dir, pluginFile(s.GOOS))
	if s.GOOS == "windows" {
		removeAside(target)
	}
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := mayReplace(target); err != nil {
		return false, fmt.Errorf("%s is left where it is: %w", target, err)
	}
	if s.GOOS == "windows" {
		return s.uninstallRunning(target)
	}
	if err := os.Remove(target); err != nil {
		return false, fmt.Errorf("uninstall: %w", err)
	}
	fmt.Fprintf(s.Out, "removed %s\n", target)
	return true, nil
}

// uninstallRunning gets a program that may run out of NuGet's sight, and removes it where Windows lets it.
func (s *streams) uninstallRunning(target string) (removed bool, err error) {
	aside, err := moveAside(target)
	if err != nil {
		return false, fmt.Errorf("uninstall: %w", err)
	}
	if err := os.Remove(aside); err != nil {
		fmt.Fprintf(s.Out, "removed %s, which runs: remove %s when it has ended\n", target, aside)
		return true, nil
	}
	fmt.Fprintf(s.Out, "removed %s\n", target)
	return true, nil
}
