package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/nupkg"
	"github.com/nuplug/nuplug/protocol"
	"github.com/nuplug/nuplug/provider"
	"github.com/nuplug/nuplug/trace"
)

// demoDotnet has the dotnet on PATH restore a project, with our plugin first on PATH, and shows what the plugin recorded.
func demoDotnet(ctx context.Context, s *streams, f *feedtest.Feed, password, folder string) error {
	dotnet, err := proc.Find("dotnet")
	if err != nil {
		return fmt.Errorf("the demo with dotnet: %w (install the .NET SDK 9.0.200 or later, or run the demo without --client)", err)
	}
	d := &dotnetDemo{path: dotnet, folder: folder, feed: f}
	if err := d.prepare(s, password); err != nil {
		return err
	}
	clock := newStopwatch()
	version, err := d.version(ctx)
	if err != nil {
		return err
	}
	clock.lap("dotnet --version")
	if err := d.restore(ctx); err != nil {
		return err
	}
	clock.lap("restore")
	if err := d.show(s); err != nil {
		return err
	}
	for _, id := range []nupkg.Identity{demoLib(), demoCore()} {
		if _, err := os.Stat(filepath.Join(d.in("packages"), nupkg.LowerID(id.ID), id.Version.Normalized(), nupkg.LowerID(id.ID)+".nuspec")); err != nil {
			return fmt.Errorf("dotnet reported success, but %s is not in its packages folder: %w", id, err)
		}
	}
	fmt.Fprintf(s.Out, "dotnet %s installed %s and %s with credentials that only the plugin knew: %s\n", version, demoLib(), demoCore(), clock)
	return nil
}

type dotnetDemo struct {
	path, folder string
	feed         *feedtest.Feed
	env          []string
}

func (d *dotnetDemo) in(name string) string { return filepath.Join(d.folder, name) }

// prepare writes the project and its configuration, and puts the plugin, which is this program, on PATH.
func (d *dotnetDemo) prepare(s *streams, password string) error {
	files := map[string]string{
		"demo.csproj": fmt.Sprintf(`<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework><DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences></PropertyGroup>
  <ItemGroup><PackageReference Include="%s" Version="%s"/></ItemGroup>
</Project>
`, demoLib().ID, demoLib().Version),
		"NuGet.Config": fmt.Sprintf(`<configuration><packageSources><clear/>
  <add key="demo" value="%s" protocolVersion="3" allowInsecureConnections="true"/>
</packageSources></configuration>
`, d.feed.URL()),
	}
	var all error
	for name, content := range files {
		all = errors.Join(all, os.WriteFile(d.in(name), []byte(content), 0o644))
	}
	for _, name := range []string{"bin", "home", "tmp"} {
		all = errors.Join(all, os.Mkdir(d.in(name), 0o755))
	}
	self, err := os.Executable()
	all = errors.Join(all, err)
	if all == nil {
		all = placePlugin(self, d.in("bin"), s.GOOS)
	}
	d.env = d.environment(s, password)
	return all
}

// placePlugin makes the program known as nuget-plugin-nuplug in a folder.
func placePlugin(self, folder, goos string) error {
	if goos != "windows" {
		return os.Symlink(self, filepath.Join(folder, "nuget-plugin-nuplug"))
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "nuget-plugin-nuplug.exe"), content, 0o755)
}

// environment keeps dotnet inside the folder, and away from plugins and credentials that the machine has.
func (d *dotnetDemo) environment(s *streams, password string) []string {
	set := map[string]string{
		"HOME": d.in("home"), "USERPROFILE": d.in("home"), "APPDATA": d.in("home"), "LOCALAPPDATA": d.in("home"),
		"XDG_DATA_HOME": d.in("home"), "DOTNET_CLI_HOME": d.in("home"),
		"NUGET_PACKAGES": d.in("packages"), "NUGET_HTTP_CACHE_PATH": d.in("http"), "NUGET_PLUGINS_CACHE_PATH": d.in("claims"),
		"NUGET_SCRATCH": d.in("tmp"), "TMPDIR": d.in("tmp"), "TEMP": d.in("tmp"), "TMP": d.in("tmp"),
		"DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1", "DOTNET_GENERATE_ASPNET_CERTIFICATE": "false",
		"MSBUILDDISABLENODEREUSE": "1", "DOTNET_CLI_USE_MSBUILD_SERVER": "0",
		"PATH":                  d.in("bin") + string(os.PathListSeparator) + s.getenv("PATH"),
		provider.RecordVariable: d.in("conversation.jsonl"),
	}
	env := []string{endpoint(d.feed.URL(), password)}
	for name, value := range set {
		env = append(env, name+"="+value)
	}
	for _, variable := range s.Env {
		name, _, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		if _, ours := set[upper]; ours || strings.HasPrefix(upper, "NUGET") || strings.HasPrefix(upper, "ARTIFACTS_") || strings.HasPrefix(upper, "VSS_NUGET") {
			continue
		}
		env = append(env, variable)
	}
	return env
}

// version refuses a dotnet that knows no plugins on PATH.
func (d *dotnetDemo) version(ctx context.Context) (string, error) {
	out, err := proc.Run(ctx, proc.Command{Path: d.path, Args: []string{"--version"}, Env: d.env, Dir: d.folder})
	if err != nil {
		return "", fmt.Errorf("ask dotnet for its version: %w: %s", err, strings.TrimSpace(string(out.Stdout)+out.StderrTail))
	}
	version := strings.TrimSpace(string(out.Stdout))
	v, err := nupkg.ParseVersion(version)
	if err != nil {
		return "", fmt.Errorf("ask dotnet for its version: %w", err)
	}
	if first := identity("sdk", "9.0.200").Version; v.Compare(first) < 0 {
		return "", fmt.Errorf("dotnet %s looks for no plugins on PATH: that came with SDK %s; run the demo without --client, or install a newer SDK", version, first)
	}
	return version, nil
}

func (d *dotnetDemo) restore(ctx context.Context) error {
	out, err := proc.Run(ctx, proc.Command{
		Path: d.path, Args: []string{"restore", "demo.csproj", "-nodeReuse:false", "-tl:off"}, Env: d.env, Dir: d.folder,
	})
	if err != nil {
		return fmt.Errorf("dotnet restore: %w; it said:\n%s", err, strings.TrimSpace(string(out.Stdout)+out.StderrTail))
	}
	return nil
}

// show draws the conversation that really took place, and what the feed saw.
func (d *dotnetDemo) show(s *streams) error {
	file, err := os.Open(d.in("conversation.jsonl"))
	if err != nil {
		return fmt.Errorf("dotnet restored, but the plugin recorded no conversation: %w", err)
	}
	defer file.Close()
	records, err := trace.Read(file)
	if err != nil {
		return err
	}
	if err := trace.NewText(s.Out).Records(records); err != nil {
		return err
	}
	counts := d.feed.Counts()
	fmt.Fprintf(s.Out, "the feed saw %d requests, of which it answered %d with 401\n", counts.Requests, counts.Unauthorized)
	return answered(records)
}

// answered makes sure that the credentials came out of this conversation.
func answered(records []trace.Record) error {
	for _, r := range records {
		m, err := protocol.Decode(json.RawMessage(r.Message))
		if err == nil && r.Sent && m.Type == protocol.TypeResponse && m.Method == protocol.MethodGetAuthenticationCredentials {
			return nil
		}
	}
	return errors.New("dotnet restored without asking the plugin for credentials")
}
