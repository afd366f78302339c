package main

import (
	"testing"

	"github.com/nuplug/nuplug/plugin"
	"github.com/nuplug/nuplug/plugin/plugintest"
	"github.com/nuplug/nuplug/protocol"
)

func TestCredentials(t *testing.T) {
	t.Setenv("ACME_TOKEN", "s3cret")
	c := plugintest.Start(t, &plugin.Plugin{Name: "acme", Credentials: credentials}, nil)
	got := c.Credentials(&protocol.GetAuthenticationCredentialsRequest{URI: "https://nuget.acme.example/v3/index.json"})
	if got.ResponseCode != protocol.CodeSuccess || *got.Password != "s3cret" {
		t.Errorf("%s, password %v", got.ResponseCode, got.Password)
	}
}
