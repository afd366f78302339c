package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/nuplug/nuplug/plugin"
)

func main() {
	os.Exit((&plugin.Plugin{Name: "acme", Version: "1.0.0", Credentials: credentials}).Main())
}

func credentials(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
	token := os.Getenv("ACME_TOKEN")
	switch {
	case !strings.HasPrefix(r.URI, "https://nuget.acme.example/"):
		return nil, nil // not our feed: the next plugin is asked
	case token == "" || r.IsRetry:
		return nil, errors.New("ACME_TOKEN is not set, or the feed refused it")
	}
	return &plugin.Credentials{Username: "ci", Password: token}, nil
}
