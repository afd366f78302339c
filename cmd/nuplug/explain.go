package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/provider"
	"github.com/nuplug/nuplug/trace"
)

type explainOptions struct {
	Target string
	Output string
}

func newExplainCommand(s *streams, runF func(context.Context, *streams, *explainOptions) error) *cobra.Command {
	o := new(explainOptions)
	c := &cobra.Command{
		Use:   "explain URL|SOURCE",
		Short: "Show where the credentials of a feed come from, and what NuGet will send",
		Long: `Asks the sources of credentials that the plugin would ask, in its order, and shows what each said: after
what shadows the plugin (credentials in NuGet.Config or in a variable beat every plugin), and before what
NuGet will send. No secret is shown.`,
		Example: `  nuplug explain https://gitlab.example/api/v4/projects/7/packages/nuget/index.json
  nuplug explain company --output json`,
		Args: oneFeed,
		RunE: func(c *cobra.Command, args []string) error {
			o.Target = args[0]
			if err := checkOutput(o.Output); err != nil {
				return err
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runExplain(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.Output, "output", "text", "text or json")
	return c
}

// explanation is what the command shows, and its JSON.
type explanation struct {
	Feed   string           `json:"feed"`
	Source string           `json:"source,omitempty"` // its name in NuGet.Config
	From   string           `json:"sourceFrom,omitempty"`
	Shadow string           `json:"shadow,omitempty"` // what beats every plugin
	Trail  credential.Trail `json:"trail"`
	// Username and CredentialFrom are what NuGet will send, and from where.
	Username       string    `json:"username,omitempty"`
	CredentialFrom string    `json:"credentialFrom,omitempty"`
	Expires        time.Time `json:"expires,omitzero"`
	Order          string    `json:"orderFrom,omitempty"` // where the order of the sources stands
	Warnings       []string  `json:"warnings,omitempty"`
	Verdict        string    `json:"verdict"`
}

func runExplain(ctx context.Context, s *streams, o *explainOptions) error {
	t, err := s.target(o.Target)
	if err != nil {
		return err
	}
	e := explanation{Feed: t.Feed.String(), Trail: credential.Trail{}}
	if t.Source != nil {
		e.Source, e.From = t.Source.Name, t.Source.Origin.String()
	}
	shadow, err := t.shadow()
	if err != nil {
		return fmt.Errorf("read the credentials of source %s in NuGet.Config: %w", t.Source.Name, err)
	}
	search, err := provider.NewSearch(s.providerOptions())
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	e.Order = search.Config().For(t.Feed).SourcesFrom
	cred, trail, found, err := search.Find(ctx, credential.Request{Feed: t.Feed})
	if err != nil {
		return err
	}
	e.Trail, e.Warnings = append(e.Trail, trail...), search.Warnings()
	switch {
	case shadow != nil:
		e.Username, e.CredentialFrom = shadow.Username, shadow.Origin.String()
		e.Shadow = fmt.Sprintf("the credentials of user %s in %s", shadow.Username, shadow.Origin)
		if !shadow.IsClearText() {
			e.Shadow += " (encrypted by Windows; on other systems NuGet fails this source)"
		}
		e.Verdict = fmt.Sprintf("NuGet sends user %s with the password from %s, and asks a plugin only after the feed refused it", shadow.Username, shadow.Origin)
	case found:
		e.Username, e.CredentialFrom, e.Expires = cred.Username, cred.From, cred.Expires
		e.Verdict = fmt.Sprintf("NuGet sends user %s with the secret from %s", cred.Username, cred.From)
	case trail.Ours():
		e.Verdict = fmt.Sprintf("NuGet gets nothing: run nuplug login %s", t.Feed)
	default:
		e.Verdict = "the plugin declines: no source knows this feed; other plugins are asked"
	}
	if o.Output == "json" {
		encoder := json.NewEncoder(s.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(e)
	}
	e.print(s.Out)
	return nil
}

func (s *streams) providerOptions() *provider.Options {
	return &provider.Options{Getenv: s.getenv, Environ: func() []string { return s.Env }}
}

func (e *explanation) print(w io.Writer) {
	fmt.Fprint(w, e.Feed)
	if e.Source != "" {
		fmt.Fprintf(w, " (source %s, %s)", e.Source, e.From)
	}
	fmt.Fprintln(w)
	if e.Shadow != "" {
		fmt.Fprintf(w, "├─ before any plugin: %s\n", e.Shadow)
	} else {
		fmt.Fprintln(w, "├─ before any plugin: nothing in NuGet.Config or NuGetPackageSourceCredentials_*")
	}
	fmt.Fprint(w, "├─ plugin nuplug")
	if e.Order != "" {
		fmt.Fprintf(w, ", sources as %s says", e.Order)
	}
	fmt.Fprintln(w)
	for i, step := range e.Trail {
		branch := "├─"
		if i == len(e.Trail)-1 && len(e.Warnings) == 0 {
			branch = "└─"
		}
		fmt.Fprintf(w, "│  %s %s: %s", branch, step.Source, step.Outcome)
		if step.Reason != "" {
			fmt.Fprintf(w, ": %s", step.Reason)
		}
		if !step.Expires.IsZero() {
			fmt.Fprintf(w, ", until %s", step.Expires.Local().Format(time.DateTime))
		}
		fmt.Fprintf(w, " (%s)\n", trace.Milliseconds(step.Took))
	}
	for _, warning := range e.Warnings {
		fmt.Fprintf(w, "│  └─ warning: %s\n", warning)
	}
	fmt.Fprintf(w, "└─ %s\n", e.Verdict)
}
