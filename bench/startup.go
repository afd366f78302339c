package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

const feedURL = "https://feed.example/v3/index.json"

// contestant is a program whose start is measured.
type contestant struct {
	name    string
	command []string
	plugin  bool // speaks the protocol; otherwise it echoes a line
	runs    int

	took   []time.Duration
	memory []int64 // peak resident set in bytes
}

func startup(ctx context.Context, folder string) error {
	if err := build(ctx, folder, "./cmd/nuget-plugin-nuplug", "./bench/hello"); err != nil {
		return err
	}
	all := []*contestant{
		{name: "bare Go program, one line", command: []string{filepath.Join(folder, "hello")}, runs: 100},
		{name: "nuget-plugin-nuplug", command: []string{filepath.Join(folder, "nuget-plugin-nuplug"), "-Plugin"}, plugin: true, runs: 100},
	}
	if dotnet, assembly, ok := reference(); ok {
		all = append(all, &contestant{name: "plugin on NuGet's C# library", command: []string{dotnet, assembly, "-Plugin"}, plugin: true, runs: 20})
	} else {
		fmt.Println("the C# reference plugin is not installed: .ci/install does that")
	}
	for i := range 100 {
		for _, c := range all {
			if i < c.runs {
				if err := c.once(ctx, folder); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
			}
		}
	}
	fmt.Printf("%-30s %10s %10s %10s %12s\n", "exec to credentials", "median ms", "p90 ms", "times bare", "peak MB")
	bare := quantile(all[0].took, 0.5)
	for _, c := range all {
		median := quantile(c.took, 0.5)
		fmt.Printf("%-30s %10.2f %10.2f %10.2f %12.1f\n", c.name, ms(median), ms(quantile(c.took, 0.9)), float64(median)/float64(bare), float64(quantile(c.memory, 0.5))/1e6)
	}
	return nil
}

// reference finds the plugin that .ci/install prepares.
func reference() (dotnet, assembly string, ok bool) {
	cache := os.Getenv("NUPLUG_CI_CACHE")
	if cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", "", false
		}
		cache = filepath.Join(base, "nuplug-ci")
	}
	found, _ := filepath.Glob(filepath.Join(cache, "dotnet10", "sdk", "*", "nuget-plugin-ref.dll"))
	if len(found) == 0 {
		return "", "", false
	}
	return filepath.Join(cache, "dotnet10", "dotnet"), found[0], true
}

func (c *contestant) once(ctx context.Context, folder string) error {
	child := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	child.Env = append(os.Environ(), "HOME="+folder, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1", "DOTNET_ROOT="+filepath.Dir(c.command[0]),
		`ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS={"endpointCredentials":[{"endpoint":"`+feedURL+`","username":"user","password":"s3cret"}]}`)
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := child.Start(); err != nil {
		return err
	}
	if c.plugin {
		err = credentials(ctx, conn.Join(stdout, stdin), func() { c.took = append(c.took, time.Since(began)) })
	} else {
		_, err = fmt.Fprintln(stdin, "hello")
		if err == nil {
			_, err = bufio.NewReader(stdout).ReadString('\n')
		}
		c.took = append(c.took, time.Since(began))
		stdin.Close()
	}
	if waitErr := child.Wait(); err == nil {
		err = waitErr
	}
	c.memory = append(c.memory, peakMemory(child.ProcessState))
	return err
}

// credentials asks as NuGet does: every request waits for the answer to the one before.
func credentials(ctx context.Context, stream io.ReadWriteCloser, done func()) error {
	c, err := conn.Open(ctx, stream, protocol.Client, &conn.Options{Handlers: map[protocol.Method]conn.Handler{
		protocol.MethodLog: func(context.Context, *conn.Request) (protocol.Response, error) { return &protocol.LogResponse{}, nil },
	}})
	if err != nil {
		return err
	}
	for _, r := range []protocol.Request{
		&protocol.MonitorNuGetProcessExitRequest{ProcessID: int32(os.Getpid())},
		&protocol.InitializeRequest{ClientVersion: "7.9.0", Culture: "en", RequestTimeout: 30 * time.Second},
		&protocol.GetOperationClaimsRequest{},
		&protocol.SetLogLevelRequest{LogLevel: protocol.LevelMinimal},
	} {
		if _, err := c.Call(ctx, r); err != nil {
			return err
		}
	}
	answer, err := conn.Call[*protocol.GetAuthenticationCredentialsResponse](ctx, c, &protocol.GetAuthenticationCredentialsRequest{URI: feedURL, IsNonInteractive: true})
	if err != nil {
		return err
	}
	if answer == nil || answer.Password == nil || *answer.Password != "s3cret" {
		return errors.New("it gave no credentials")
	}
	done()
	c.Close()
	return c.Wait()
}

func quantile[T int64 | time.Duration](all []T, q float64) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(q*float64(len(sorted)-1))]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
