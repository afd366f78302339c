package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/nupkg"
)

const (
	restores      = 30
	benchUser     = "bench"
	benchPassword = "s3cret"
)

// restore measures a whole dotnet restore of one small package from a private feed: credentials in NuGet.Config, our
// plugin, and a plugin that only answers, taking turns.
func restore(ctx context.Context, folder string) error {
	dotnet, _, ok := reference()
	if !ok {
		return errors.New("dotnet 10 is not installed: .ci/install does that")
	}
	if err := build(ctx, folder, "./cmd/nuget-plugin-nuplug", "./bench/answer"); err != nil {
		return err
	}
	feed, err := benchFeed()
	if err != nil {
		return err
	}
	defer feed.Close()
	ways := []string{"credentials in NuGet.Config", "a plugin that only answers", "nuget-plugin-nuplug"}
	plugins := []string{"", "answer", "nuget-plugin-nuplug"}
	took := make([][]time.Duration, len(ways))
	for round := range restores {
		for i := range ways {
			d, err := restoreOnce(ctx, filepath.Join(folder, fmt.Sprintf("restore-%d-%d", round, i)), dotnet, feed.URL(), filepath.Join(folder, plugins[i]), plugins[i])
			if err != nil {
				return fmt.Errorf("%s: %w", ways[i], err)
			}
			took[i] = append(took[i], d)
		}
	}
	fmt.Printf("%-30s %10s %10s %10s %14s\n", "dotnet restore, whole process", "p10 ms", "median ms", "p90 ms", "more than none")
	none := quantile(took[0], 0.5)
	for i, way := range ways {
		median := quantile(took[i], 0.5)
		fmt.Printf("%-30s %10.0f %10.0f %10.0f %14.0f\n", way, ms(quantile(took[i], 0.1)), ms(median), ms(quantile(took[i], 0.9)), ms(median-none))
	}
	return nil
}

func benchFeed() (*feedtest.Feed, error) {
	version, err := nupkg.ParseVersion("1.0.0")
	if err != nil {
		return nil, err
	}
	content, err := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: nupkg.Identity{ID: "Bench.Pkg", Version: version}}}.Bytes()
	if err != nil {
		return nil, err
	}
	return feedtest.New(&feedtest.Options{Username: benchUser, Password: benchPassword, Packages: [][]byte{content}})
}

// restoreOnce restores in a folder of its own. The caches of claims and packages are empty each time.
func restoreOnce(ctx context.Context, folder, dotnet, feed, plugin, name string) (time.Duration, error) {
	in := func(name string) string { return filepath.Join(folder, name) }
	credentials := ""
	env := map[string]string{
		"PATH": in("bin") + ":" + os.Getenv("PATH"), "HOME": in("home"), "DOTNET_CLI_HOME": in("home"), "TMPDIR": in("tmp"),
		"DOTNET_ROOT": filepath.Dir(dotnet), "NUGET_PACKAGES": in("packages"), "NUGET_HTTP_CACHE_PATH": in("http"),
		"NUGET_PLUGINS_CACHE_PATH": in("claims"), "NUGET_SCRATCH": in("tmp"), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
		"DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1", "MSBUILDDISABLENODEREUSE": "1",
		"ANSWER_PASSWORD": benchPassword,
		"ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS": fmt.Sprintf(`{"endpointCredentials":[{"endpoint":%q,"username":%q,"password":%q}]}`, feed, benchUser, benchPassword),
	}
	for _, sub := range []string{"", "bin", "home", "tmp"} {
		if err := os.MkdirAll(in(sub), 0o755); err != nil {
			return 0, err
		}
	}
	if name == "" {
		credentials = fmt.Sprintf(`<packageSourceCredentials><bench><add key="Username" value=%q/><add key="ClearTextPassword" value=%q/></bench></packageSourceCredentials>`, benchUser, benchPassword)
	} else if err := os.Symlink(plugin, in("bin/nuget-plugin-bench")); err != nil {
		return 0, err
	}
	config := fmt.Sprintf(`<configuration><packageSources><clear/><add key="bench" value=%q protocolVersion="3" allowInsecureConnections="true"/></packageSources>%s</configuration>`, feed, credentials)
	project := `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>netstandard2.0</TargetFramework><DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences></PropertyGroup><ItemGroup><PackageReference Include="Bench.Pkg" Version="1.0.0"/></ItemGroup></Project>`
	if err := errors.Join(os.WriteFile(in("NuGet.Config"), []byte(config), 0o644), os.WriteFile(in("bench.csproj"), []byte(project), 0o644)); err != nil {
		return 0, err
	}
	c := exec.CommandContext(ctx, dotnet, "restore", "bench.csproj")
	c.Dir = folder
	for name, value := range env {
		c.Env = append(c.Env, name+"="+value)
	}
	began := time.Now()
	out, err := c.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, strings.TrimSpace(string(out)))
	}
	return took, os.RemoveAll(folder)
}
