package main

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
	"github.com/nuplug/nuplug/protocol"
)

func TestDoctorFlags(t *testing.T) {
	var got doctorOptions
	c := newDoctorCommand(&streams{Out: io.Discard, Err: io.Discard}, func(_ context.Context, _ *streams, o *doctorOptions) error {
		got = *o
		return nil
	})
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs([]string{"contoso", "--as", "msbuild@17.12", "--output", "json", "--fix"})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(doctorOptions{Source: "contoso", As: "msbuild@17.12", Output: "json", Fix: true}, got); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]string{{"a", "b"}, {"--output", "xml"}} {
		c.SetArgs(args)
		if err := c.ExecuteContext(t.Context()); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestJudgeMetadata(t *testing.T) {
	for content, want := range map[string]string{ // all of them given to NuGet 7.9
		`{"version":2,"contentHash":"eA==","source":"x"}`:            "",
		`{"version":1,"contentHash":"eA=="}`:                         "",
		`{"contentHash":"eA==","source":"x"}`:                        "",
		`{"version":2,"contentHash":"","source":"x"}`:                "",
		`{"version":2,"contentHash":"eA==","source":null}`:           "",
		`{"Version":2,"ContentHash":"eA==","Source":"x"}`:            "",
		`{"version":9,"contentHash":"eA==","source":"x","more":1}`:   "",
		"\ufeff" + `{"version":2,"contentHash":"eA==","source":"x"}`: "",
		`{"version":2,"source":"x"}`:                                 "it has no contentHash",
		`{"version":2,"contentHash":null,"source":"x"}`:              "it has no contentHash",
		`null`: "it has no contentHash",
		`{"version":"2","contentHash":"eA==","source":"x"}`:      "its version is of the wrong kind",
		`{"version":2,"contentHash":"eA==","source":"x",}`:       "the file is not a JSON object",
		`/* x */{"version":2,"contentHash":"eA==","source":"x"}`: "the file is not a JSON object",
		`[]`:                            "the file is not a JSON object",
		``:                              "the file is empty",
		"\ufeff \n":                     "the file is empty",
		`{"version":2,"contentHash":5}`: "its contenthash is of the wrong kind",
	} {
		got := ""
		if err := judgeMetadata([]byte(content)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", content, got, want)
		}
	}
}

func TestJudgeTimeout(t *testing.T) {
	for _, c := range []struct {
		name, value   string
		limit, needed time.Duration
		want          status
		blame         outcome
		text          string
	}{
		{host.RequestTimeoutVariable, "60", time.Minute, time.Second, statusOK, 0, "is 1m0s"},
		{host.RequestTimeoutVariable, " +60", time.Minute, 0, statusOK, 0, "is 1m0s"},
		{host.RequestTimeoutVariable, "1", time.Second, 2 * time.Second, statusWrong, 0, "a plugin needed 2s"},
		{host.HandshakeTimeoutVariable, "2", 2 * time.Second, time.Second, statusNote, late, "which is short"},
		{host.IdleTimeoutVariable, "1", time.Second, 0, statusOK, 0, "is 1s"},
		{host.RequestTimeoutVariable, "soon", 30 * time.Second, 0, statusNote, 0, "NuGet takes 30s"},
		{host.RequestTimeoutVariable, "1m", 30 * time.Second, 0, statusNote, 0, "NuGet takes 30s"},
	} {
		got := judgeTimeout(c.name, c.value, c.limit, c.needed)
		if got.Status != c.want || got.blame != c.blame || !strings.Contains(got.Text, c.text) {
			t.Errorf("%s=%s: got %+v", c.name, c.value, got)
		}
	}
}

func TestOffersBasic(t *testing.T) {
	for _, c := range []struct {
		values []string
		want   bool
	}{
		{[]string{`Basic realm="x"`}, true},
		{[]string{`Bearer authorization_uri=https://x`, `basic realm="https://x/"`, "TFS-Federated"}, true},
		{[]string{`Bearer realm="a", Basic realm="b"`}, true},
		{[]string{"Negotiate", "NTLM"}, true},
		{[]string{`Bearer realm="Basic"`}, false},
		{nil, false},
	} {
		if got := offersBasic(http.Header{"Www-Authenticate": c.values}); got != c.want {
			t.Errorf("%q: got %v", c.values, got)
		}
	}
}

// A clock that is off is blamed only if the feed's clock makes the certificate valid.
func TestJudgeExpired(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	c := &x509.Certificate{NotBefore: now.AddDate(0, -2, 0), NotAfter: now.AddDate(0, -1, 0)}
	for _, x := range []struct {
		skew  time.Duration
		clock bool
	}{
		{0, false},
		{time.Minute, false},
		{24 * time.Hour, false},
		{45 * 24 * time.Hour, true},
		{90 * 24 * time.Hour, false},
		{-45 * 24 * time.Hour, false},
	} {
		if got := judgeExpired("feed", c, now, x.skew); strings.Contains(got.Text, "because that is off") != x.clock {
			t.Errorf("%s: %s", x.skew, got.Text)
		}
	}
	c.NotAfter = now.AddDate(0, 0, -1).Add(24*time.Hour - time.Second) // since a second ago, which is no matter of clocks
	if got := judgeExpired("feed", c, now, time.Minute); strings.Contains(got.Text, "because that is off") {
		t.Error(got.Text)
	}
}

// Over plain http a password goes to this machine only, unless the source allows more.
func TestMaySend(t *testing.T) {
	for _, c := range []struct {
		address string
		allowed bool
		want    bool
	}{
		{"https://feed.example/v3/index.json", false, true},
		{"http://feed.example/v3/index.json", false, false},
		{"http://feed.example/v3/index.json", true, true},
		{"http://127.0.0.1:5000/v3/index.json", false, true},
	} {
		v := &visitor{visit: &visit{source: nugetconfig.Source{Value: c.address, AllowInsecureConnections: c.allowed}}, d: &doctor{}}
		if got := v.maySend(); got != c.want {
			t.Errorf("%s: got %v", c.address, got)
		}
		if c.want {
			continue
		}
		asked := &answer{header: http.Header{"Www-Authenticate": {"Basic"}}}
		if _, o := v.signIn(t.Context(), asked); o != otherwise || len(v.findings) != 1 {
			t.Errorf("%s: %v, %v", c.address, o, v.findings)
		}
	}
}

func TestPlatformProxy(t *testing.T) {
	for _, c := range []struct {
		env     host.Env
		address string
		want    string
	}{
		{host.Env{"http_proxy": "p:1"}, "http://feed", "http://p:1 variable http_proxy"},
		{host.Env{"http_proxy": "p:1"}, "https://feed", ""},
		{host.Env{"HTTPS_PROXY": "http://p:1", "https_proxy": "http://q:2"}, "https://feed", "http://q:2 variable https_proxy"},
		{host.Env{"HTTPS_PROXY": "http://p:1", "ALL_PROXY": "http://q:2"}, "https://feed", "http://p:1 variable HTTPS_PROXY"},
		{host.Env{"ALL_PROXY": "p:1"}, "https://127.0.0.1:5", "http://p:1 variable ALL_PROXY"},
		{host.Env{"ALL_PROXY": "p:1", "no_proxy": "other, FEED"}, "https://feed:99", ""},
		{host.Env{"ALL_PROXY": "p:1", "NO_PROXY": ".corp.example"}, "https://a.corp.example", ""},
		{host.Env{"ALL_PROXY": "p:1", "NO_PROXY": ".corp.example"}, "https://corp.example", ""},
		{host.Env{"ALL_PROXY": "p:1", "NO_PROXY": "corp.example"}, "https://a.corp.example", "http://p:1 variable ALL_PROXY"},
	} {
		u, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		p, err := platformProxy(c.env, "linux", u)
		got := ""
		if p.address != nil {
			got = p.String() + " " + p.origin
		}
		if err != nil || got != c.want {
			t.Errorf("%v %s: got %q, %v, want %q", c.env, c.address, got, err, c.want)
		}
	}
	if _, err := platformProxy(host.Env{"ALL_PROXY": "http://u:pa ss@"}, "linux", &url.URL{Scheme: "http", Host: "feed"}); err == nil || strings.Contains(err.Error(), "pa ss") {
		t.Errorf("got %v", err)
	}
}

func TestShell(t *testing.T) {
	sh, ps := shell{"linux"}, shell{"windows"}
	for want, got := range map[string]string{
		`rm '/a b/it'\''s'`:                           sh.remove("/a b/it's"),
		`rm -r /a-b_c/1.0.0+x`:                        sh.removeTree("/a-b_c/1.0.0+x"),
		`export V='a;b'`:                              sh.set("V", "a;b"),
		`unset A && export B=c`:                       sh.both(sh.unset("A"), sh.set("B", "c")),
		`mv /a '/b c'`:                                sh.move("/a", "/b c"),
		`dotnet nuget enable source 'a b'`:            sh.nuget("", "enable", "source", "a b"),
		`Remove-Item -LiteralPath 'C:\it''s'`:         ps.remove(`C:\it's`),
		`Remove-Item -Recurse -LiteralPath 'C:\a'`:    ps.removeTree(`C:\a`),
		`Remove-Item Env:NUGET_PLUGIN_PATHS`:          ps.unset("NUGET_PLUGIN_PATHS"),
		`${env:a b} = 'a;b'`:                          ps.set("a b", "a;b"),
		`Move-Item -LiteralPath a -Destination 'b c'`: ps.move("a", "b c"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Each place that a secret may stand in.
func TestSecrets(t *testing.T) {
	s := newSecrets([]string{
		"MY_TOKEN=t0ken-canary", "PATH=/usr/bin", "HTTPS_PROXY=http://user:pr0xy-canary@proxy:8080", "ALL_PROXY=127.0.0.1:9",
		"NuGetPackageSourceCredentials_a=Username=u;Password=se;mi-canary;ValidAuthenticationTypes=basic",
		`VSS_NUGET_EXTERNAL_FEED_ENDPOINTS={"endpointCredentials":[{"endpoint":"https://feed.example/","username":"u","password":"q\"uote-canary"}]}`,
		"SSL_KEY_PASSWORD_FILE=" + t.TempDir(),
	})
	s.learnAddress("https://us3r:p%20w-canary@feed.example/v3/index.json?sig=sas-canary")
	s.learnAddress("https://u:in valid-canary@feed.example/")
	s.observe(host.Event{Message: protocol.Message{
		Type: protocol.TypeResponse, Method: protocol.MethodGetAuthenticationCredentials, Payload: []byte(`{"Password":"answ3r-canary"}`),
	}})
	text := `t0ken-canary pr0xy-canary se;mi-canary q"uote-canary q\"uote-canary p w-canary p%20w-canary p+w-canary sas-canary in valid-canary answ3r-canary`
	if got := s.clean(text); strings.Contains(got, "canary") {
		t.Errorf("left: %s", got)
	}
	for _, text := range []string{"/usr/bin", "https://feed.example/", "http://127.0.0.1:9", "proxy:8080", "Username", t.TempDir()} {
		if got := s.clean(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
