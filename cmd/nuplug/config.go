package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/config"
	"github.com/nuplug/nuplug/provider"
)

func newConfigCommand(s *streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "config check|path",
		Short: "Check the configuration file, or say where it is",
		Long: `The configuration file says which feeds are signed in to from which sources of credentials. It holds no
secrets, and most machines need none. docs/config.md describes it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		&cobra.Command{
			Use:   "check [FILE]",
			Short: "Find what is wrong in the configuration file, with line and column",
			Long: `Reads the configuration file, or FILE, and the variables NUPLUG_SOURCES, NUPLUG_DISABLE and NUPLUG_CA_FILE,
and prints each problem as FILE:LINE:COLUMN: PROBLEM. The exit code is 1 if there are any. No value of the
file is ever printed.`,
			Example: `  nuplug config check
  nuplug config check ./config.toml`,
			Args: cobra.MaximumNArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				o := s.configOptions()
				o.EvenIfDisabled = true
				if len(args) == 1 {
					o.File = s.absolute(args[0])
				}
				return runConfigCheck(s.Out, s.Err, o)
			},
		},
		&cobra.Command{
			Use:   "path",
			Short: "Print the path of the configuration file, whether it is there or not",
			Args:  cobra.NoArgs,
			RunE:  func(*cobra.Command, []string) error { return runConfigPath(s.Out, s.Err, s.configOptions()) },
		},
	)
	return c
}

func (s *streams) configOptions() *config.Options {
	return &config.Options{Sources: provider.SourceNames(), Kinds: provider.Kinds(), Getenv: s.getenv, GOOS: s.GOOS}
}

// absolute is a path as the working directory of the command makes it.
func (s *streams) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.Dir, path)
}

// errNoConfigPlace is the answer where neither a home nor NUPLUG_CONFIG is set.
var errNoConfigPlace = errors.New("no place for a configuration file: the home folder is not known; name a file with " + config.FileVariable)

func runConfigCheck(out, notes io.Writer, o *config.Options) error {
	location := config.Locate(o)
	c, err := config.Load(o)
	if problems, ok := errors.AsType[config.Errors](err); ok {
		for _, p := range problems {
			fmt.Fprintln(out, p)
		}
		if len(problems) == 1 {
			return errors.New("the configuration has a problem and is not used: put it right, and then restore again")
		}
		return fmt.Errorf("the configuration has %d problems and is not used: put them right, and then restore again", len(problems))
	}
	switch {
	case err != nil:
		return err
	case location.Path == "":
		return errNoConfigPlace
	case c.File == "":
		fmt.Fprintf(out, "no configuration file, which is fine; it would be %s\n", location.Path)
	default:
		fmt.Fprintf(out, "%s: no problem found\n", c.File)
	}
	printShadowed(notes, location)
	return nil
}

func runConfigPath(out, notes io.Writer, o *config.Options) error {
	location := config.Locate(o)
	if location.Path == "" {
		return errNoConfigPlace
	}
	fmt.Fprintln(out, location.Path)
	if !location.Exists {
		fmt.Fprintln(notes, "nuplug: there is no such file yet")
	}
	printShadowed(notes, location)
	return nil
}

// printShadowed names the files that one might take for the configuration.
func printShadowed(notes io.Writer, location config.Location) {
	for _, path := range location.Shadowed {
		fmt.Fprintf(notes, "nuplug: %s is not read, because %s is there\n", path, location.Path)
	}
}
