package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

type logoutOptions struct {
	Target string
	All    bool
}

func newLogoutCommand(s *streams, runF func(context.Context, *streams, *logoutOptions) error) *cobra.Command {
	o := new(logoutOptions)
	c := &cobra.Command{
		Use:   "logout URL|SOURCE",
		Short: "Delete the stored credentials of a feed",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if o.All == (len(args) == 1) {
				return errors.New("say which login: nuplug logout URL|SOURCE, or nuplug logout --all")
			}
			o.Target = strings.Join(args, "")
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runLogout(c.Context(), s, o)
		},
	}
	c.Flags().BoolVar(&o.All, "all", false, "delete all stored credentials")
	return c
}

func runLogout(ctx context.Context, s *streams, o *logoutOptions) error {
	logins := s.logins()
	if !o.All {
		t, err := s.target(o.Target)
		if err != nil {
			return err
		}
		if err := logins.Delete(ctx, t.Feed); err != nil {
			return err
		}
		fmt.Fprintf(s.Err, "deleted the login for %s\n", t.Feed.Folder())
		return nil
	}
	all, err := logins.List()
	if err != nil {
		return err
	}
	for _, login := range all {
		if err := logins.Delete(ctx, login.Feed); err != nil {
			return err
		}
		fmt.Fprintf(s.Err, "deleted the login for %s\n", login.Feed)
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Err, "no login is stored")
	}
	return nil
}
