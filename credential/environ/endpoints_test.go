package environ

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseEndpoints(t *testing.T) {
	const feed = "https://a.example/f/index.json"
	tests := []struct {
		name, text string
		want       string // user:password of the one entry; "" for none
	}{
		{"whole", `{"endpointCredentials":[{"endpoint":"` + feed + `","username":"u","password":"p"}]}`, "u:p"},
		{"no user name", `{"endpointCredentials":[{"endpoint":"` + feed + `","password":"p"}]}`, "VssSessionToken:p"},
		{"empty user name", `{"endpointCredentials":[{"endpoint":"` + feed + `","username":"","password":"p"}]}`, "VssSessionToken:p"},
		{"null user name", `{"endpointCredentials":[{"endpoint":"` + feed + `","username":null,"password":"p"}]}`, "VssSessionToken:p"},
		{"more fields", `{"x":1,"endpointCredentials":[{"endpoint":"` + feed + `","password":"p","comment":{}}]}`, "VssSessionToken:p"},
		{"any case", `{"EndpointCredentials":[{"Endpoint":"` + feed + `","UserName":"u","PASSWORD":"p"}]}`, "u:p"},
		{"spaces", "\n { \"endpointCredentials\" : [ {\t\"endpoint\" : \" " + feed + " \", \"password\":\" p \" } ] }\n", "VssSessionToken: p "},
		{"single quotes", `{'endpointCredentials':[{'endpoint':'` + feed + `','username':'u','password':'p'}]}`, "u:p"},
		{"mixed quotes", `{"endpointCredentials":[{'endpoint':'` + feed + `',"password":'it"s'}]}`, `VssSessionToken:it"s`},
		{"escaped single quote", `{'endpointCredentials':[{'endpoint':'` + feed + `','password':'it\'s'}]}`, "VssSessionToken:it's"},
		{"other escapes", `{'endpointCredentials':[{'endpoint':'` + feed + `','password':'a\\b\u0041\"c'}]}`, `VssSessionToken:a\bA"c`},
		{"apostrophe in double quotes", `{"endpointCredentials":[{"endpoint":"` + feed + `","password":"it's"}]}`, "VssSessionToken:it's"},
		{"apostrophe beside single quotes", `{'endpointCredentials':[{'endpoint':'` + feed + `',"password":"it's"}]}`, "VssSessionToken:it's"},
	}
	for _, test := range tests {
		entries, warnings := ParseEndpoints("SECRETS", test.text)
		if len(entries) != 1 || len(warnings) > 0 {
			t.Errorf("%s: %d entries, %q", test.name, len(entries), warnings)
			continue
		}
		c := entries[0].Credential
		if got := c.Username + ":" + c.Password.Reveal(); got != test.want || entries[0].Feed.String() != feed || c.From != "SECRETS, entry 1" || entries[0].Prefix {
			t.Errorf("%s: %s for %s from %s", test.name, got, entries[0].Feed, c.From)
		}
	}
}

func TestBadDocuments(t *testing.T) {
	const nothing = `SECRETS has no entries: it wants {"endpointCredentials":[{"endpoint":…,"password":…}]}`
	tests := []struct{ text, want string }{
		{`{}`, nothing},
		{`{"endpointCredentials":[]}`, nothing},
		{`{"endpointCredentials":null}`, nothing},
		{`{"endpoints":[{"endpoint":"https://a.example"}]}`, nothing},
		{`null`, nothing},
		{`{"endpointCredentials":`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 23"},
		{`{"endpointCredentials":[{"endpoint":"https://a.example","password":"c4n4ry]}`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 76"},
		{`{\"endpointCredentials\":[]}`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 2"},
		{`c4n4ry`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 1"},
		{`{"endpointCredentials":{"endpoint":"https://a.example"}}`, "SECRETS is no valid JSON and none of it is used: endpointCredentials is not what it should be, at byte 24"},
		{`["c4n4ry"]`, "SECRETS is no valid JSON and none of it is used: it is not an object"},
		{`{'endpointCredentials':[{'endpoint':'c4n4ry`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 2"},
		{`{'endpointCredentials':'c4n4ry\`, "SECRETS is no valid JSON and none of it is used: it breaks at byte 2"},
	}
	for _, test := range tests {
		entries, warnings := ParseEndpoints("SECRETS", test.text)
		if len(entries) > 0 {
			t.Errorf("%s: %d entries", test.text, len(entries))
		}
		if diff := cmp.Diff([]string{test.want}, warnings); diff != "" {
			t.Errorf("%s: -want +got\n%s", test.text, diff)
		}
	}
}

// A bad entry is named and costs itself only.
func TestBadEntries(t *testing.T) {
	const text = `{"endpointCredentials":[
		{"endpoint":"https://a.example/1","password":"p"},
		"c4n4ry",
		{"password":"c4n4ry"},
		{"endpoint":"","password":"c4n4ry"},
		{"endpoint":"a.example","password":"c4n4ry"},
		{"endpoint":"https://u:c4n4ry@/","password":"c4n4ry"},
		{"endpoint":"https://u:c4n4ry@a.example/7"},
		{"endpoint":"https://a.example/8","password":""},
		{"endpoint":"https://a.example/9","password":{"c4n4ry":1}},
		{"endpoint":["c4n4ry"],"password":"c4n4ry"},
		{"endpoint":"https://a.example/11","password":"c4n4ry","username":7},
		null,
		{"endpoint":"https://a.example/13","password":"p"}]}`
	entries, warnings := ParseEndpoints("SECRETS", text)
	var feeds []string
	for _, e := range entries {
		feeds = append(feeds, e.Feed.String()+" "+e.Credential.From)
	}
	if diff := cmp.Diff([]string{"https://a.example/1 SECRETS, entry 1", "https://a.example/13 SECRETS, entry 13"}, feeds); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"SECRETS, entry 2: not an object with endpoint, username and password",
		"SECRETS, entry 3: endpoint is missing",
		"SECRETS, entry 4: endpoint is missing",
		"SECRETS, entry 5: endpoint: not a feed: the address does not begin with https:// or http://",
		"SECRETS, entry 6: endpoint: not a feed: the address has no host",
		"SECRETS, entry 7: password is missing (for https://a.example/7)",
		"SECRETS, entry 8: password is missing (for https://a.example/8)",
		"SECRETS, entry 9: password is not text",
		"SECRETS, entry 10: endpoint is not text",
		"SECRETS, entry 11: username is not text",
		"SECRETS, entry 12: endpoint is missing",
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Whatever is wrong with the text, and wherever it is cut off, no warning quotes a secret.
func TestWarningsQuoteNoSecret(t *testing.T) {
	whole := `{"endpointCredentials":[{"endpoint":"https://c4n4ry-user:c4n4ry@a.example/f","username":"u","password":"c4n4ry"}]}`
	texts := []string{strings.ReplaceAll(whole, `"`, `\"`), strings.ReplaceAll(whole, `"`, ``), strings.ReplaceAll(whole, `[`, ``),
		strings.ReplaceAll(whole, `https://`, ``), strings.ReplaceAll(whole, `"password"`, `"c4n4ry"`), strings.ReplaceAll(whole, `:"c4n4ry"`, `:["c4n4ry"]`)}
	for i := range whole {
		texts = append(texts, whole[:i], whole[i:], strings.ReplaceAll(whole[:i], `"`, `'`))
	}
	said := 0
	for _, text := range texts {
		_, warnings := ParseEndpoints("SECRETS", text)
		said += len(warnings)
		for _, line := range warnings {
			if strings.Contains(line, "c4n4ry") {
				t.Errorf("%s\n\tfor %s", line, text)
			}
		}
	}
	if said < len(whole) {
		t.Errorf("%d warnings for %d bad texts", said, len(texts))
	}
}

func FuzzParseEndpoints(f *testing.F) {
	f.Add(`{'endpointCredentials':[{'endpoint':'https://a.example','password':'it\'s'}]}`)
	f.Add(`{"endpointCredentials":[null,{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		entries, _ := ParseEndpoints("SECRETS", text)
		for _, e := range entries {
			if e.Feed.Origin() == "" || e.Credential.Password == "" || e.Credential.Username == "" {
				t.Errorf("entry %+v", e)
			}
		}
	})
}
