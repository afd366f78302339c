package plugin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/protocol"
)

func TestDateProof(t *testing.T) {
	const date = "2020-01-02T03:04:05Z"
	tests := []struct {
		name               string
		given              Credentials
		username, password string
		ok                 bool
	}{
		{"no date", Credentials{Username: "ci", Password: "s3cret"}, "ci", "s3cret", true},
		{"no date, with colons", Credentials{Username: "a:b", Password: "c:d"}, "a:b", "c:d", true},
		{"a day alone arrives whole", Credentials{Username: "ci", Password: "2020-01-02"}, "ci", "2020-01-02", true},
		{"date as password", Credentials{Username: "ci", Password: date}, "ci:2020-01-02T03", "04:05Z", true},
		{"date as user name", Credentials{Username: date, Password: "x"}, "2020-01-02T03", "04:05Z:x", true},
		{"two dates", Credentials{Username: date, Password: date}, "2020-01-02T03", "04:05Z:" + date, true},
		{"date without a user name", Credentials{Password: date}, ":2020-01-02T03", "04:05Z", true},
		{"date with fraction and offset", Credentials{Username: "ci", Password: "2020-01-02T03:04:05.1234567+01:00"}, "ci:2020-01-02T03", "04:05.1234567+01:00", true},
		{"any scheme but Basic takes both apart", Credentials{Username: "ci", Password: date, Types: []string{"Basic", "NTLM"}}, "ci", date, false},
		{"Basic in any case", Credentials{Username: "ci", Password: date, Types: []string{"basic"}}, "ci:2020-01-02T03", "04:05Z", true},
		{"Microsoft's form", Credentials{Username: "ci", Password: "/Date(1577934245000)/"}, "ci", "/Date(1577934245000)/", false},
		{"Microsoft's form, and a colon to move", Credentials{Username: "a:b", Password: "/Date(1577934245000)/"}, "a", "b:/Date(1577934245000)/", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			username, password, ok := dateProof(test.given)
			if username != test.username || password != test.password || ok != test.ok {
				t.Errorf("%q, %q, %t, want %q, %q, %t", username, password, ok, test.username, test.password, test.ok)
			}
			if header, want := username+":"+password, test.given.Username+":"+test.given.Password; header != want {
				t.Errorf("the header would be %q, want %q", header, want)
			}
			if ok && (looksLikeDate(username) || looksLikeDate(password)) {
				t.Errorf("still a date: %q, %q", username, password)
			}
		})
	}
}

// FuzzDateProof holds for any secret that the header stays the same.
func FuzzDateProof(f *testing.F) {
	f.Add("ci", "2020-01-02T03:04:05Z")
	f.Add("2020-01-02T03:04:05Z", "/Date(1577934245000)/")
	f.Fuzz(func(t *testing.T, username, password string) {
		u, p, ok := dateProof(Credentials{Username: username, Password: password})
		if u+":"+p != username+":"+password {
			t.Errorf("%q, %q became %q, %q", username, password, u, p)
		}
		if ok == (looksLikeDate(u) || looksLikeDate(p)) {
			t.Errorf("%q, %q: ok is %t", u, p, ok)
		}
	})
}

func TestWithoutUserInfo(t *testing.T) {
	tests := [][2]string{
		{"https://nuget.acme.example/v3/index.json", "https://nuget.acme.example/v3/index.json"},
		{"https://ann:s3cret@nuget.acme.example/v3/index.json", "https://nuget.acme.example/v3/index.json"},
		{"https://ann:s3@cret@nuget.acme.example:8080", "https://nuget.acme.example:8080"},
		{"https://nuget.acme.example/@scope/index.json", "https://nuget.acme.example/@scope/index.json"},
		{"https://nuget.acme.example/v3/index.json?key=s3cret#s3cret", "https://nuget.acme.example/v3/index.json"},
		{"https://nuget.acme.example#s3cret", "https://nuget.acme.example"},
		{"/srv/feed", "/srv/feed"},
	}
	for _, test := range tests {
		if got := withoutUserInfo(test[0]); got != test[1] {
			t.Errorf("%s became %s, want %s", test[0], got, test[1])
		}
	}
}

// TestRedact: whatever carries a secret, on either side, carries none when an Observer sees it.
func TestRedact(t *testing.T) {
	answer := func(username, password string) protocol.Payload {
		return &protocol.GetAuthenticationCredentialsResponse{Username: &username, Password: &password, AuthenticationTypes: []string{"Basic"}}
	}
	secret := "s3cret"
	tests := []struct {
		payload protocol.Payload
		want    string
	}{
		{answer("ann", secret), `{"Username":"ann","Password":"***","AuthenticationTypes":["Basic"],"ResponseCode":"Success"}`},
		{answer("ci:s3cret-01-02T03", "04:05Z-s3cret"), `{"Username":"ci:***","Password":"***","AuthenticationTypes":["Basic"],"ResponseCode":"Success"}`},
		{answer("", secret), `{"Username":"","Password":"***","AuthenticationTypes":["Basic"],"ResponseCode":"Success"}`},
		{&protocol.GetAuthenticationCredentialsResponse{Password: &secret}, `{"Password":"***","ResponseCode":"Success"}`},
		{&protocol.GetCredentialsResponse{Username: new("ann"), Password: &secret}, `{"Password":"***","ResponseCode":"Success","Username":"ann"}`},
		{&protocol.SetCredentialsRequest{PackageSourceRepository: "x", Password: new(secret), ProxyPassword: new(secret)}, `{"PackageSourceRepository":"x","Password":"***","ProxyPassword":"***"}`},
		{&protocol.SetLogLevelResponse{}, `{"ResponseCode":"Success"}`},
	}
	for _, test := range tests {
		var m protocol.Message
		var err error
		if request, ok := test.payload.(protocol.Request); ok {
			m, err = protocol.NewRequest("1", request)
		} else {
			m, err = protocol.NewResponse("1", test.payload.(protocol.Response))
		}
		if err != nil {
			t.Fatal(err)
		}
		got := string(protocol.Redact(m).Payload)
		if diff := cmp.Diff(test.want, got); diff != "" || strings.Contains(got, secret) {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if goodbye := protocol.Redact(protocol.NewClose("1")); goodbye.Payload != nil {
		t.Errorf("Close got a payload: %s", goodbye.Payload)
	}
}
