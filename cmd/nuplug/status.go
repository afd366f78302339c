package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/provider"
)

type statusOptions struct {
	Target string
	Output string
}

func newStatusCommand(s *streams, runF func(context.Context, *streams, *statusOptions) error) *cobra.Command {
	o := new(statusOptions)
	c := &cobra.Command{
		Use:   "status [URL|SOURCE]",
		Short: "Show who you are at which feed, from which source, and until when",
		Long: `Shows for one feed, or for every http source of NuGet.Config and every stored login, who NuGet is signed in
as, where that comes from, and until when it lasts. No secret is shown, and no feed is asked.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.Target = strings.Join(args, "")
			if err := checkOutput(o.Output); err != nil {
				return err
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runStatus(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Output, "output", "text", "text or json")
	return c
}

// feedStatus is what is known of one feed, and its JSON.
type feedStatus struct {
	Feed     string    `json:"feed"`
	Source   string    `json:"source,omitempty"`
	Username string    `json:"username,omitempty"`
	From     string    `json:"from,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
	Problem  string    `json:"problem,omitempty"`
}

func runStatus(ctx context.Context, s *streams, o *statusOptions) error {
	search, err := provider.NewSearch(s.providerOptions())
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	targets, err := s.statusTargets(o.Target)
	if err != nil {
		return err
	}
	all := []feedStatus{}
	for _, t := range targets {
		all = append(all, statusOf(ctx, search, t))
	}
	if o.Output == "json" {
		encoder := json.NewEncoder(s.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	for _, f := range all {
		name := f.Feed
		if f.Source != "" {
			name = f.Source + " (" + f.Feed + ")"
		}
		switch {
		case f.Problem != "":
			fmt.Fprintf(s.Out, "%s: %s\n", name, f.Problem)
		case f.Expires.IsZero():
			fmt.Fprintf(s.Out, "%s: %s, from %s\n", name, f.Username, f.From)
		default:
			fmt.Fprintf(s.Out, "%s: %s, from %s, until %s\n", name, f.Username, f.From, f.Expires.Local().Format(time.DateTime))
		}
	}
	if len(all) == 0 {
		fmt.Fprintln(s.Out, "no http source in NuGet.Config and no stored login")
	}
	return nil
}

// statusTargets are the feed that was named, or all that there is to say something about.
func (s *streams) statusTargets(name string) ([]*target, error) {
	if name != "" {
		t, err := s.target(name)
		return []*target{t}, err
	}
	config, err := s.loadConfig()
	if err != nil {
		return nil, fmt.Errorf("read NuGet.Config: %w", err)
	}
	var all []*target
	seen := map[credential.Feed]bool{}
	for _, source := range config.Sources {
		feed, err := credential.ParseFeed(source.Value)
		if err != nil || !source.Enabled {
			continue // a folder, or not used
		}
		seen[feed.Folder()] = true
		all = append(all, &target{Feed: feed, URL: source.Value, Source: &source, Config: config})
	}
	logins, err := s.logins().List()
	if err != nil {
		return nil, err
	}
	for _, login := range logins {
		if !seen[login.Feed] {
			all = append(all, &target{Feed: login.Feed, URL: login.Feed.String(), Config: config})
		}
	}
	return all, nil
}

func statusOf(ctx context.Context, search *provider.Search, t *target) feedStatus {
	f := feedStatus{Feed: t.Feed.String()}
	if t.Source != nil {
		f.Source = t.Source.Name
	}
	shadow, err := t.shadow()
	if err != nil {
		f.Problem = fmt.Sprintf("its credentials in NuGet.Config cannot be read: %v", err)
		return f
	}
	if shadow != nil {
		f.Username, f.From = shadow.Username, shadow.Origin.String()
		return f
	}
	c, trail, found, err := search.Find(ctx, credential.Request{Feed: t.Feed})
	switch {
	case err != nil:
		f.Problem = err.Error()
	case found:
		f.Username, f.From, f.Expires = c.Username, c.From, c.Expires
	case trail.Ours():
		f.Problem = "not signed in: run nuplug login " + t.Feed.String()
	default:
		f.Problem = "no source of nuplug knows it"
	}
	return f
}
