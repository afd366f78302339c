package environ

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
)

// env is an environment.
type env map[string]string

func (e env) getenv(name string) string { return e[name] }

func request(t *testing.T, address string) credential.Request {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return credential.Request{Feed: feed}
}

// find says what the environment has for a feed: "user:password from", or "" for nothing.
func find(t *testing.T, s *Source, r credential.Request) string {
	t.Helper()
	c, err := s.Find(t.Context(), r)
	if nothing, ok := errors.AsType[*credential.NothingError](err); ok {
		if nothing.Ours || nothing.Reason == "" {
			t.Errorf("%+v", nothing)
		}
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Username + ":" + c.Password.Reveal() + " " + c.From
}

const one = `{"endpointCredentials":[{"endpoint":"https://a.example/f/index.json","username":"u","password":"p"}]}`

func TestNames(t *testing.T) {
	const feed = "https://a.example/f/index.json"
	for _, name := range []string{endpointsName, endpointsLegacyName} {
		want := "u:p " + name + ", entry 1"
		if got := find(t, New(env{name: one}.getenv), request(t, feed)); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, prefixes := range []string{prefixesName, prefixesLegacyName} {
		for _, token := range []string{tokenName, tokenLegacyName} {
			want := "VssSessionToken:t " + prefixes + ", entry 1, with " + token
			if got := find(t, New(env{prefixes: "https://a.example/", token: "t"}.getenv), request(t, feed)); got != want {
				t.Errorf("%s and %s: %q", prefixes, token, got)
			}
		}
	}
}

// The names are Microsoft's, which a change of ours must not touch.
func TestNamesAreThese(t *testing.T) {
	got := []string{endpointsName, endpointsLegacyName, prefixesName, prefixesLegacyName, tokenName, tokenLegacyName}
	want := []string{
		"ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS", "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
		"ARTIFACTS_CREDENTIALPROVIDER_URI_PREFIXES", "VSS_NUGET_URI_PREFIXES",
		"ARTIFACTS_CREDENTIALPROVIDER_ACCESSTOKEN", "VSS_NUGET_ACCESSTOKEN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPrefixes(t *testing.T) {
	s := New(env{
		prefixesLegacyName: " https://a.example/org/feed ;;http://nowhere;not a url;https://b.example;ftp://c.example",
		tokenLegacyName:    "t",
	}.getenv)
	for address, want := range map[string]string{
		"https://a.example/org/feed":               "entry 1",
		"https://A.example/ORG/feed/v3/index.json": "entry 1",
		"https://a.example/org/feed2":              "",
		"https://a.example/org":                    "",
		"http://a.example/org/feed":                "",
		"https://b.example/anything":               "entry 4",
		"https://b.example.evil.example/anything":  "",
		"http://nowhere/x":                         "entry 2",
		"https://d.example":                        "",
	} {
		got := find(t, s, request(t, address))
		if want != "" {
			want = "VssSessionToken:t VSS_NUGET_URI_PREFIXES, " + want + ", with VSS_NUGET_ACCESSTOKEN"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	want := []string{
		"VSS_NUGET_URI_PREFIXES, entry 3: not a feed: the address does not begin with https:// or http://",
		"VSS_NUGET_URI_PREFIXES, entry 5: not a feed: the address does not begin with https:// or http://",
	}
	if diff := cmp.Diff(want, s.Warnings()); diff != "" {
		t.Error(diff)
	}
}

func TestHalfAPrefix(t *testing.T) {
	for name, want := range map[string]string{
		prefixesName:       prefixesName + " is set without a token: set " + tokenName,
		prefixesLegacyName: prefixesLegacyName + " is set without a token: set " + tokenName,
		tokenName:          tokenName + " is set without the feeds that it is for: set " + prefixesName,
		tokenLegacyName:    tokenLegacyName + " is set without the feeds that it is for: set " + prefixesName,
	} {
		s := New(env{name: "https://a.example"}.getenv)
		if got := find(t, s, request(t, "https://a.example")); got != "" {
			t.Errorf("%s: %q", name, got)
		}
		if diff := cmp.Diff([]string{want}, s.Warnings()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPrecedence(t *testing.T) {
	s := New(env{
		endpointsName: `{"endpointCredentials":[
			{"endpoint":"https://a.example/org","username":"1","password":"p"},
			{"endpoint":"https://a.example/org/deep/index.json","username":"2","password":"p"},
			{"endpoint":"https://a.example/org/deep/v3/index.json","username":"3","password":"p"},
			{"endpoint":"https://a.example/org/deep/v3/index.json","username":"4","password":"p"}]}`,
		endpointsLegacyName: `{"endpointCredentials":[
			{"endpoint":"https://a.example/org","username":"5","password":"p"},
			{"endpoint":"https://a.example/legacy","username":"6","password":"p"}]}`,
		prefixesName:       "https://a.example/org/deep/v3;https://a.example/org;https://a.example/by/prefix",
		prefixesLegacyName: "https://b.example",
		tokenName:          "t",
		tokenLegacyName:    "old",
	}.getenv)
	for address, want := range map[string]string{
		"https://a.example/org":                       "1", // the same address, the preferred name
		"https://a.example/org/else":                  "1",
		"https://a.example/org/deep/index.json":       "2",
		"https://a.example/org/deep":                  "2",
		"https://a.example/org/deep/x":                "2",
		"https://a.example/org/deep/v3/index.json":    "3", // the first of two for one address
		"https://a.example/org/deep/v3/flat/x":        "3", // endpoints come before prefixes of the same length
		"https://a.example/legacy/x":                  "6",
		"https://a.example/by/prefix/x":               "VssSessionToken",
		"https://b.example/only/in/the/legacy/prefix": "",
	} {
		got, _, _ := strings.Cut(find(t, s, request(t, address)), ":")
		if got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if got := find(t, s, request(t, "https://a.example/by/prefix")); !strings.HasPrefix(got, "VssSessionToken:t ") {
		t.Errorf("not the token of the preferred name: %q", got)
	}
}

// The exact address wins over a longer one above it that only a folder makes equal.
func TestExactBeforeFolder(t *testing.T) {
	s := New(env{endpointsName: `{"endpointCredentials":[
		{"endpoint":"https://a.example/f/index.json","username":"file","password":"p"},
		{"endpoint":"https://a.example/f","username":"folder","password":"p"}]}`}.getenv)
	for address, want := range map[string]string{
		"https://a.example/f":            "folder",
		"https://a.example/f/":           "folder",
		"https://a.example/f/index.json": "file",
		"https://a.example/f/query":      "file",
	} {
		if got, _, _ := strings.Cut(find(t, s, request(t, address)), ":"); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	s := New(env{
		endpointsName: one,
		prefixesName:  "https://a.example", tokenName: "t",
	}.getenv)
	r := request(t, "https://a.example/f/index.json")
	first, second := endpointsName+", entry 1", prefixesName+", entry 1, with "+tokenName
	for _, test := range []struct {
		refused []string
		want    string
	}{
		{nil, first}, {[]string{first}, second}, {[]string{second}, first}, {[]string{first, second}, first},
	} {
		r.Refused = map[string]bool{}
		for _, from := range test.refused {
			r.Refused[from] = true
		}
		if got := find(t, s, r); !strings.HasSuffix(got, " "+test.want) {
			t.Errorf("refused %q: %q", test.refused, got)
		}
	}
}

func TestEmptyEnvironment(t *testing.T) {
	for _, e := range []env{{}, {endpointsName: "", prefixesName: " ", tokenName: ""}} {
		s := New(e.getenv)
		_, err := s.Find(t.Context(), request(t, "https://a.example"))
		if nothing, ok := errors.AsType[*credential.NothingError](err); !ok || nothing.Reason != "no variable for feeds is set" {
			t.Error(err)
		}
		if len(s.Warnings()) > 0 {
			t.Error(s.Warnings())
		}
	}
	if New(nil).Name() != "environment" {
		t.Error("the name is part of what users write")
	}
}

func TestReadsOnce(t *testing.T) {
	asked := 0
	s := New(func(name string) string { asked++; return env{endpointsName: one}[name] })
	if asked > 0 {
		t.Error("the environment was read before anybody asked")
	}
	find(t, s, request(t, "https://a.example/f"))
	first := asked
	find(t, s, request(t, "https://a.example/f"))
	s.Warnings()
	if asked != first || first == 0 {
		t.Errorf("asked %d times, then %d", first, asked)
	}
}

// The addresses of one Azure feed are one feed; those of another feed, organisation or host are not.
func TestAzureAddressesOfOneFeed(t *testing.T) {
	const v3 = "https://pkgs.dev.azure.com/acme/_packaging/tools/nuget/v3/index.json"
	for address, same := range map[string]bool{
		v3: true,
		"https://pkgs.dev.azure.com/acme/_packaging/tools/nuget/v2":                         true,
		"https://PKGS.dev.azure.com/acme/_packaging/Tools/nuget/v2/":                        true,
		"https://pkgs.dev.azure.com/acme/_packaging/tools/nuget/v3":                         true,
		"https://pkgs.dev.azure.com/acme/_packaging/tools2/nuget/v2":                        false,
		"https://pkgs.dev.azure.com/acme2/_packaging/tools/nuget/v2":                        false,
		"https://pkgs.dev.azure.com.evil.example/acme/_packaging/tools/nuget/v2":            false,
		"https://evilpkgs.dev.azure.com/acme/_packaging/tools/nuget/v2":                     false,
		"http://pkgs.dev.azure.com/acme/_packaging/tools/nuget/v2":                          false,
		"https://pkgs.dev.azure.com/acme/_packaging/tools/nuget/v2/../../../other/nuget/v2": false,
		"https://feed.example/acme/_packaging/tools/nuget/v2":                               false,
		"https://pkgs.dev.azure.com/acme/_packaging/tools/npm/registry":                     false,
	} {
		entries, warnings := ParseEndpoints("test", `{"endpointCredentials":[{"endpoint":"`+v3+`","password":"x"}]}`)
		if len(warnings) > 0 {
			t.Fatal(warnings)
		}
		feed, err := credential.ParseFeed(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := entries.Find(credential.Request{Feed: feed}); found != same {
			t.Errorf("%s: found %v, want %v", address, found, same)
		}
	}
}
