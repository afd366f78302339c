// Command bench prints the numbers of docs/performance.md, each beside what it is to be compared with, measured in one
// run, the contestants taking turns.
//
//	go run ./bench startup    exec to credentials and peak memory: our plugin, a bare Go program, the C# reference
//	go run ./bench commands   nuplug plugins and locals, which start no plugin
//	go run ./bench restore    a whole dotnet restore: credentials in NuGet.Config, our plugin, one that only answers
//	go run ./bench conn       round trips over a pipe: conn, and a bare ping-pong of the same bytes
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	benches := map[string]func(context.Context, string) error{"startup": startup, "conn": roundTrips, "commands": commands, "restore": restore}
	if len(args) != 1 || benches[args[0]] == nil {
		return errors.New("say which: startup, commands, restore or conn")
	}
	folder, err := os.MkdirTemp("", "nuplug-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return benches[args[0]](ctx, folder)
}

// build builds commands of this module, stripped, as they are released.
func build(ctx context.Context, folder string, packages ...string) error {
	args := append([]string{"build", "-trimpath", "-ldflags=-s -w", "-o", folder + string(filepath.Separator)}, packages...)
	c := exec.CommandContext(ctx, "go", args...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	c.Stderr = os.Stderr
	return c.Run()
}
