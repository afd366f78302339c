package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// commands measures the commands that start no plugin, on a PATH with a plugin.
func commands(ctx context.Context, folder string) error {
	if err := build(ctx, folder, "./cmd/nuplug", "./cmd/nuget-plugin-nuplug", "./bench/hello"); err != nil {
		return err
	}
	environment := append(os.Environ(), "HOME="+folder, "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	fmt.Printf("%-30s %10s %10s\n", "whole command", "median ms", "p90 ms")
	all := [][]string{{"hello"}, {"nuplug", "plugins"}, {"nuplug", "locals", "all", "--list"}}
	took := make([][]time.Duration, len(all))
	for range 50 {
		for i, command := range all {
			c := exec.CommandContext(ctx, filepath.Join(folder, command[0]), command[1:]...)
			c.Env, c.Dir = environment, folder
			if command[0] == "hello" {
				c.Stdin = strings.NewReader("\n")
			}
			began := time.Now()
			if err := c.Run(); err != nil {
				return fmt.Errorf("%v: %w", command, err)
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i, command := range all {
		fmt.Printf("%-30s %10.2f %10.2f\n", fmt.Sprint(command), ms(quantile(took[i], 0.5)), ms(quantile(took[i], 0.9)))
	}
	return nil
}
