package plugin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

const exampleFolder = "../docs/example"

// TestDocumentedPlugin builds the program of docs/plugins.md, starts it as NuGet does and gets credentials.
func TestDocumentedPlugin(t *testing.T) {
	program := filepath.Join(t.TempDir(), "nuget-plugin-acme.exe") // Unix does not mind the ending
	build := exec.Command("go", "build", "-o", program, exampleFolder)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	const feed = "https://nuget.acme.example/v3/index.json"
	declined := &protocol.GetAuthenticationCredentialsResponse{ResponseCode: protocol.CodeError}
	tests := []struct {
		name, token string
		request     protocol.GetAuthenticationCredentialsRequest
		want        *protocol.GetAuthenticationCredentialsResponse
	}{
		{"its feed", "s3cret", protocol.GetAuthenticationCredentialsRequest{URI: feed, IsNonInteractive: true}, &protocol.GetAuthenticationCredentialsResponse{
			Username: new("ci"), Password: new("s3cret"), AuthenticationTypes: []string{"Basic"},
		}},
		{"another feed", "s3cret", protocol.GetAuthenticationCredentialsRequest{URI: "https://nuget.acme.example.org/v3/index.json"}, declined},
		{"no token", "", protocol.GetAuthenticationCredentialsRequest{URI: feed}, declined},
		{"a refused token", "s3cret", protocol.GetAuthenticationCredentialsRequest{URI: feed, IsRetry: true}, declined},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(program, "-Plugin")
			cmd.Env = append(os.Environ(), "ACME_TOKEN="+test.token)
			c := launchCommand(t, cmd)
			client := c.mustOpen(nil)
			claims, err := conn.Call[*protocol.GetOperationClaimsResponse](t.Context(), client, &protocol.GetOperationClaimsRequest{})
			if err != nil || !cmp.Equal(claims.Claims, []protocol.OperationClaim{protocol.ClaimAuthentication}) {
				t.Fatalf("claims %v, %v", claims, err)
			}
			got, err := conn.Call[*protocol.GetAuthenticationCredentialsResponse](t.Context(), client, &test.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			client.Close()
			c.wantExit(0)
		})
	}
}

// TestDocumentedText: the page shows the programs that the tests run, and nothing else.
func TestDocumentedText(t *testing.T) {
	page := read(t, "../docs/plugins.md")
	main := read(t, filepath.Join(exampleFolder, "main.go"))
	if !strings.Contains(page, "```go\n"+main+"```\n") {
		t.Errorf("docs/plugins.md does not show docs/example/main.go as it is:\n%s", main)
	}
	if n := strings.Count(main, "\n"); n > 25 {
		t.Errorf("the program has %d lines, and the page promises 25", n)
	}
	_, test, _ := strings.Cut(read(t, filepath.Join(exampleFolder, "main_test.go")), "\nfunc ")
	if !strings.Contains(page, "```go\nfunc "+test+"```\n") {
		t.Errorf("docs/plugins.md does not show the test in docs/example/main_test.go as it is:\n%s", test)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
