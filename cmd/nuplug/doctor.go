package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

type doctorOptions struct {
	Source string // a name or an address; empty for all sources of the configuration
	As     string
	Output string
	Fix    bool
}

func newDoctorCommand(s *streams, runF func(context.Context, *streams, *doctorOptions) error) *cobra.Command {
	o := new(doctorOptions)
	c := &cobra.Command{
		Use:   "doctor [URL|SOURCE]",
		Short: "Find out why NuGet cannot sign in to a feed, and which command mends it",
		Long: `Goes the whole way that NuGet goes to a feed: NuGet.Config, the search for plugins, the claims cache, the
plugins themselves, proxy, TLS, the feed's answer, and the packages that are installed. Each line of the result
is ok, a note, or WRONG; the last two are the first thing that is wrong and the command that mends it.

Without an argument the sources are those of the NuGet.Config files of the working directory. Plugins are
started and the feeds are asked; nobody is asked for a password, and nothing is changed without --fix.`,
		Example: `  nuplug doctor
  nuplug doctor contoso
  nuplug doctor https://pkgs.example.com/v3/index.json --output json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Source = args[0]
			}
			if err := checkOutput(o.Output); err != nil {
				return err
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runDoctor(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.As, "as", "", "the client to imitate: dotnet@10, nuget.exe@5.8, msbuild@17.12 (default: the dotnet on PATH)")
	c.Flags().StringVar(&o.Output, "output", "text", "text or json")
	c.Flags().BoolVar(&o.Fix, "fix", false, "delete broken files of the claims cache, and packages whose metadata NuGet cannot read")
	return c
}

// doctorReport is what the command shows, and its JSON.
type doctorReport struct {
	Client string    `json:"client"`
	Mended []string  `json:"mended,omitempty"` // what --fix did
	Checks []finding `json:"checks"`
	First  *finding  `json:"first,omitempty"` // the first thing that is wrong
}

func runDoctor(ctx context.Context, s *streams, o *doctorOptions) error {
	client, err := clientFor(s, o.As)
	if err != nil {
		return err
	}
	d := newDoctor(s, client, o.Source)
	report := doctorReport{Client: client.String()}
	findings := d.examine(ctx)
	if o.Fix {
		if report.Mended = mend(ctx, findings); len(report.Mended) > 0 {
			d = newDoctor(s, client, o.Source) // what was mended may have hidden something else
			findings = d.examine(ctx)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	wrong := 0
	for _, f := range findings {
		f.Text, f.Fix = d.secrets.clean(f.Text), d.secrets.clean(f.Fix)
		report.Checks = append(report.Checks, f)
		if f.Status == statusWrong {
			if wrong++; wrong == 1 {
				report.First = &f
			}
		}
	}
	if err := report.write(s.Out, o.Output); err != nil {
		return err
	}
	switch wrong {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("doctor: one check found something wrong")
	}
	return fmt.Errorf("doctor: %d checks found something wrong", wrong)
}

// mend does what is safe to do, and tells what it did.
func mend(ctx context.Context, findings []finding) []string {
	var did []string
	for _, f := range findings {
		if f.mend == nil {
			continue
		}
		what, err := f.mend(ctx)
		if err != nil {
			what = fmt.Sprintf("could not mend %s: %v", f.ID, err)
		}
		did = append(did, what)
	}
	return did
}

func (r *doctorReport) write(w io.Writer, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(r)
	}
	fmt.Fprintln(w, r.Client)
	for _, text := range r.Mended {
		fmt.Fprintf(w, "mended %s\n", text)
	}
	for _, f := range r.Checks {
		fmt.Fprintf(w, "%-6s %s: %s\n", f.Status.shown(), f.ID, f.Text)
	}
	if r.First == nil {
		_, err := fmt.Fprintln(w, "nothing is wrong")
		return err
	}
	_, err := fmt.Fprintf(w, "first thing wrong: %s\n", r.First.Text)
	if r.First.Fix != "" {
		_, err = fmt.Fprintf(w, "mend it: %s\n", r.First.Fix)
	}
	return err
}
