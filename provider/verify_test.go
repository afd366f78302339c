package provider

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/plugin/plugintest"
)

// A feed that refuses once and then accepts had a passing fault: the secret is tried by ourselves and given again. When NuGet
// comes back even so, it is not tried again.
func TestRetryOfPassingFault(t *testing.T) {
	f, err := feedtest.New(&feedtest.Options{Username: "ann", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	env := map[string]string{"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": `{"endpointCredentials":[{"endpoint":"` + f.URL() + `","username":"ann","password":"` + secret + `"}]}`}
	c := start(t, env)
	for _, retry := range []bool{false, true} {
		if diff := cmp.Diff(gave("ann", secret), ask(c, f.URL(), retry)); diff != "" {
			t.Errorf("retry %v: %s", retry, diff)
		}
	}
	if got := f.Counts(); got.Requests != 1 || got.Accepted != 1 {
		t.Errorf("the feed saw %+v, want one accepted request", got)
	}
	if got := ask(c, f.URL(), true); got.Password == nil || *got.Password != "" {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(declined(), ask(c, f.URL(), true)); diff != "" {
		t.Error(diff)
	}
	if got := f.Counts(); got.Requests != 1 {
		t.Errorf("the feed saw %+v", got)
	}
}

// A refused secret is passed over, and the next source that has one is asked.
func TestRetryGoesOnBehind(t *testing.T) {
	f, err := feedtest.New(&feedtest.Options{Username: "ci", Password: secret})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	origin := strings.TrimSuffix(f.URL(), "/v3/index.json")
	c := start(t, map[string]string{
		"VSS_NUGET_EXTERNAL_FEED_ENDPOINTS": `{"endpointCredentials":[{"endpoint":"` + f.URL() + `","username":"ann","password":"old"}]}`,
		"VSS_NUGET_URI_PREFIXES":            origin + "/", "VSS_NUGET_ACCESSTOKEN": "new",
	})
	if diff := cmp.Diff(gave("ann", "old"), ask(c, f.URL(), false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(gave("VssSessionToken", "new"), ask(c, f.URL(), true)); diff != "" {
		t.Error(diff)
	}
	if got := f.Counts().Wrong; got != 1 {
		t.Errorf("the feed saw wrong credentials %d times from us, want once", got)
	}
}

// A redirect does not lead the secret away: any answer but 401 and 403 is an answer.
func TestVerifyFollowsNoRedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other server was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	defer here.Close()
	verdict, err := newSearch(t, nil).Verify(t.Context(), here.URL, credential.Credential{Username: "ann", Password: secret})
	if verdict != Accepted || err != nil {
		t.Errorf("got %v, %v", verdict, err)
	}
}

// The proxy that NuGet itself is configured with is used, and one that wants a login is named.
func TestVerifyThroughNuGetsProxy(t *testing.T) {
	asked := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.RequestURI
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".nuget/NuGet"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := `<configuration><config><add key="http_proxy" value="` + proxy.URL + `"/></config></configuration>`
	if err := os.WriteFile(filepath.Join(home, ".nuget/NuGet/NuGet.Config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	search := newSearch(t, map[string]string{"HOME": home, "DOTNET_CLI_HOME": home})
	for address, want := range map[string]string{
		"https://feed.example/v3/index.json": "CONNECT feed.example:443",
		"http://feed.example/v3/index.json":  "GET http://feed.example/v3/index.json",
	} {
		verdict, err := search.Verify(t.Context(), address, credential.Credential{Username: "ann", Password: secret})
		if verdict != Unknown || err == nil || !strings.Contains(err.Error(), "the proxy answers 407") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, %v", address, verdict, err)
		}
		if asked != want {
			t.Errorf("the proxy was asked for %q, want %q", asked, want)
		}
	}
}

// A feed whose certificate only the configuration vouches for.
func TestVerifyTrustsConfiguredCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != secret {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the first of the two cases is a failed handshake
	file := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	cred := credential.Credential{Username: "ann", Password: secret}
	if verdict, err := newSearch(t, nil).Verify(t.Context(), server.URL, cred); verdict != Unknown || err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the certificate: %v, %v", verdict, err)
	}
	if verdict, err := newSearch(t, map[string]string{"NUPLUG_CA_FILE": file}).Verify(t.Context(), server.URL, cred); verdict != Accepted || err != nil {
		t.Errorf("with it: %v, %v", verdict, err)
	}
}

func newSearch(t *testing.T, env map[string]string) *Search {
	t.Helper()
	search, err := NewSearch(&Options{Getenv: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	return search
}

// A feed that the configuration names and that has no login: NotFound once, with the command to run, and then Error.
func TestOursWithoutLogin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte("[[feed]]\nurl = \""+feed+"\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := plugintest.Start(t, New(&Options{Getenv: func(name string) string {
		return map[string]string{"NUPLUG_CONFIG": file}[name]
	}}), nil)
	if got := ask(c, feed, false); got.ResponseCode.String() != "NotFound" {
		t.Errorf("first %v", got.ResponseCode)
	}
	for range 3 {
		if got := ask(c, feed, false); got.ResponseCode.String() != "Error" {
			t.Errorf("then %v", got.ResponseCode)
		}
	}
	want := []string{"[CredentialProvider] nuplug: no login for " + feed + ": run nuplug login " + feed}
	if diff := cmp.Diff(want, prompts(c)); diff != "" {
		t.Error(diff)
	}
}
