package plugin_test

import (
	"context"
	"os"
	"strings"

	"github.com/nuplug/nuplug/plugin"
)

// The main function of a plugin: built as nuget-plugin-acme and put on PATH, it signs dotnet restore in.
func ExamplePlugin_Main() {
	p := plugin.Plugin{
		Name: "acme",
		Credentials: func(_ context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
			if !strings.HasPrefix(r.URI, "https://nuget.acme.example/") {
				return nil, nil // not our feed: the next plugin is asked
			}
			return &plugin.Credentials{Username: "ci", Password: os.Getenv("ACME_TOKEN")}, nil
		},
	}
	os.Exit(p.Main())
}
