package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

type pluginsOptions struct {
	As     string
	Probe  bool
	Output string
}

func newPluginsCommand(s *streams, runF func(context.Context, *streams, *pluginsOptions) error) *cobra.Command {
	o := new(pluginsOptions)
	c := &cobra.Command{
		Use:   "plugins",
		Short: "List the plugins that NuGet would find, in its order, and why it passes over others",
		Long: `Lists what NuGet finds when it looks for plugins, in the order in which it asks them, with how it
starts each and what it remembers of its claims; then what lies where plugins lie and is not used, with
the reason. Nothing is started without --probe.`,
		Example: `  nuplug plugins
  nuplug plugins --as nuget.exe@5.8
  nuplug plugins --probe --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkOutput(o.Output); err != nil {
				return err
			}
			if runF != nil {
				return runF(c.Context(), s, o)
			}
			return runPlugins(c.Context(), s, o)
		},
	}
	c.Flags().StringVar(&o.As, "as", "", "the client to imitate: dotnet@10, nuget.exe@5.8, msbuild@17.12 (default: the dotnet on PATH)")
	c.Flags().BoolVar(&o.Probe, "probe", false, "start each plugin and show what it claims and how long each step takes")
	c.Flags().StringVar(&o.Output, "output", "text", "text or json")
	return c
}

func checkOutput(output string) error {
	if output != "text" && output != "json" {
		return fmt.Errorf("--output is text or json, not %q", output)
	}
	return nil
}

// pluginsReport is what the command shows, and its JSON.
type pluginsReport struct {
	Client   string         `json:"client"`
	Plugins  []pluginReport `json:"plugins"`
	Failure  string         `json:"failure,omitempty"`
	Download downloadReport `json:"download"`
}

type downloadReport struct {
	Asked  bool   `json:"asked"`
	Reason string `json:"reason"`
}

type pluginReport struct {
	Path    string       `json:"path"`
	Used    bool         `json:"used"` // in NuGet's list
	State   string       `json:"state"`
	Reason  string       `json:"reason"`
	Origin  string       `json:"origin"`
	Command []string     `json:"command,omitempty"`
	Cached  *claimsEntry `json:"cachedClaims,omitempty"`
	Probe   *probeReport `json:"probe,omitempty"`
}

// claimsEntry is what NuGet remembers of a plugin's claims for all sources.
type claimsEntry struct {
	File    string   `json:"file"`
	Claims  []string `json:"claims"`
	Age     string   `json:"age,omitempty"`
	Problem string   `json:"problem,omitempty"`
}

type probeReport struct {
	Version string      `json:"protocolVersion,omitempty"`
	Claims  []string    `json:"claims"`
	Steps   []probeStep `json:"steps"`
	Error   string      `json:"error,omitempty"`
}

type probeStep struct {
	Name         string  `json:"name"`
	Milliseconds float64 `json:"milliseconds"`
}

func runPlugins(ctx context.Context, s *streams, o *pluginsOptions) error {
	client, err := clientFor(s, o.As)
	if err != nil {
		return err
	}
	env := host.ParseEnv(s.Env)
	discovery := host.Discover(client, env, host.OSFS())
	cache, cacheErr := host.NewClaimsCache(client, env, nil)
	report := pluginsReport{
		Client: client.String(), Failure: discovery.Failure, Plugins: []pluginReport{},
		Download: downloadReport{discovery.Download.Asked, discovery.Download.Reason},
	}
	for _, c := range discovery.Candidates {
		p := pluginReport{Path: c.Path, Used: c.Listed(), State: c.State.String(), Reason: c.Reason, Origin: c.Origin.String()}
		if c.Start.Program != "" {
			p.Command = append([]string{c.Start.Program}, c.Start.Args...)
		}
		if cacheErr == nil && c.Listed() {
			p.Cached = cachedClaims(cache, c.Path)
		}
		if o.Probe && c.Listed() && c.Startable() {
			p.Probe = probe(ctx, s, c)
		}
		report.Plugins = append(report.Plugins, p)
	}
	if o.Output == "json" {
		encoder := json.NewEncoder(s.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(report)
	}
	report.print(s.Out)
	if cacheErr != nil {
		fmt.Fprintf(s.Out, "claims cache: %v\n", cacheErr)
	}
	return nil
}

func cachedClaims(cache *host.ClaimsCache, path string) *claimsEntry {
	entry := cache.Peek(path, "")
	report := &claimsEntry{File: entry.File, Claims: names(entry.Claims), Age: age(entry.Age)}
	switch {
	case entry.Problem != nil:
		report.Problem = entry.Problem.Error()
	case !entry.Known:
		return nil
	}
	return report
}

func names(claims []protocol.OperationClaim) []string {
	all := []string{}
	for _, c := range claims {
		all = append(all, c.String())
	}
	return all
}

// age writes a duration in the unit that people would use.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// probe starts one plugin, asks for its claims, and measures.
func probe(ctx context.Context, s *streams, c host.Candidate) *probeReport {
	report := &probeReport{Claims: []string{}}
	launch := s.launchOptions(false)
	var steps stepTimer
	launch.Observer = steps.observe
	launch.Stderr = io.Discard
	steps.begin()
	p, err := host.Launch(ctx, c.Path, c.Start, &launch)
	if err != nil {
		report.Error = err.Error()
		report.Steps = steps.all()
		return report
	}
	defer p.Close()
	report.Version = p.Version().String()
	claims, known, err := p.Claims(ctx, "", nil)
	switch {
	case err != nil:
		report.Error = err.Error()
	case !known:
		report.Error = "its answer to GetOperationClaims says nothing"
	}
	report.Claims = names(claims)
	began := time.Now()
	if err := p.Close(); err != nil {
		report.Error = errors.Join(errors.New(report.Error), err).Error()
	}
	report.Steps = append(steps.all(), probeStep{"exit", float64(time.Since(began).Microseconds()) / 1000})
	return report
}

func (r *pluginsReport) print(w io.Writer) {
	used := slices.DeleteFunc(slices.Clone(r.Plugins), func(p pluginReport) bool { return !p.Used })
	switch len(used) {
	case 0:
		fmt.Fprintf(w, "%s finds no plugin\n", r.Client)
	case 1:
		fmt.Fprintf(w, "%s finds one plugin:\n", r.Client)
	default:
		fmt.Fprintf(w, "%s finds %d plugins and asks them in this order:\n", r.Client, len(used))
	}
	if r.Failure != "" {
		fmt.Fprintf(w, "   its search fails as a whole: %s\n", r.Failure)
	}
	for i, p := range used {
		fmt.Fprintf(w, "%2d %s\n", i+1, p.Path)
		p.printDetails(w)
	}
	passed := false
	for _, p := range r.Plugins {
		if p.Used {
			continue
		}
		if !passed {
			fmt.Fprintln(w, "not used:")
			passed = true
		}
		fmt.Fprintf(w, " - %s\n      %s (%s)\n", p.Path, p.Reason, p.Origin)
	}
	asked := "not asked"
	if r.Download.Asked {
		asked = "asked"
	}
	fmt.Fprintf(w, "for downloads plugins are %s: %s\n", asked, r.Download.Reason)
}

func (p *pluginReport) printDetails(w io.Writer) {
	if p.State == host.Valid.String() {
		fmt.Fprintf(w, "      %s; started as %s\n", p.Reason, strings.Join(p.Command, " "))
	} else {
		fmt.Fprintf(w, "      %s: %s\n", p.State, p.Reason)
	}
	switch {
	case p.Cached == nil:
	case p.Cached.Problem != "":
		fmt.Fprintf(w, "      claims cache: %s\n", p.Cached.Problem)
	case len(p.Cached.Claims) == 0:
		fmt.Fprintf(w, "      claims cache: no claims, for %s; NuGet does not start it (%s)\n", p.Cached.Age, p.Cached.File)
	default:
		fmt.Fprintf(w, "      claims cache: %s, for %s\n", strings.Join(p.Cached.Claims, ", "), p.Cached.Age)
	}
	if p.Probe != nil {
		p.Probe.print(w)
	}
}

func (r *probeReport) print(w io.Writer) {
	var steps []string
	for _, s := range r.Steps {
		steps = append(steps, fmt.Sprintf("%s %.1f ms", s.Name, s.Milliseconds))
	}
	if r.Error != "" {
		fmt.Fprintf(w, "      probe: %s (%s)\n", r.Error, strings.Join(steps, ", "))
		return
	}
	claims := "nothing"
	if len(r.Claims) > 0 {
		claims = strings.Join(r.Claims, ", ")
	}
	fmt.Fprintf(w, "      probe: protocol %s, claims %s (%s)\n", r.Version, claims, strings.Join(steps, ", "))
}
