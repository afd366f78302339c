package credential

import (
	"strings"
	"testing"
)

func mustFeed(t *testing.T, address string) Feed {
	t.Helper()
	feed, err := ParseFeed(address)
	if err != nil {
		t.Fatalf("%q: %v", address, err)
	}
	return feed
}

func TestParseFeed(t *testing.T) {
	tests := []struct{ address, want string }{
		{"https://feeds.example/nuget/v3/index.json", "https://feeds.example/nuget/v3/index.json"},
		{"  HTTPS://Feeds.EXAMPLE:443/nuget/ \n", "https://feeds.example/nuget"},
		{"http://feeds.example:80", "http://feeds.example"},
		{"http://feeds.example:443/", "http://feeds.example:443"},
		{"https://feeds.example./a", "https://feeds.example/a"},
		{"https://user:secret@feeds.example/a?b=c#d", "https://feeds.example/a"},
		{"https://[::1]:8443/a", "https://[::1]:8443/a"},
		{"https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"},
		{"https://feeds.example/a/../b/./c//d", "https://feeds.example/b/c/d"},
		{"https://feeds.example/a/%2e%2E/b", "https://feeds.example/b"},
		{"https://feeds.example/../..", "https://feeds.example"},
		{"https://feeds.example/My%20Feed/%41", "https://feeds.example/My%20Feed/A"},
		{"https://feeds.example/a%2fb", "https://feeds.example/a%2Fb"},
		{"https://feeds.example/ä", "https://feeds.example/%C3%A4"},
	}
	for _, test := range tests {
		if got := mustFeed(t, test.address).String(); got != test.want {
			t.Errorf("%q: %s, want %s", test.address, got, test.want)
		}
	}
}

func TestParseFeedRefuses(t *testing.T) {
	for _, address := range []string{
		"", "feeds.example", "/nuget", `C:\packages`, "file:///packages", "ftp://feeds.example", "https:", "https:///nuget",
		"https://:443/nuget", `https://feeds.example\.evil.example/`, `https:\\feeds.example\`, "https://feeds example/",
		"https://feeds.example/%zz", "https://feeds.example:port/", "https://[::1/", "https://feeds.example/\x00",
		"https:feeds.example/nuget",
	} {
		feed, err := ParseFeed(address)
		if err == nil {
			t.Errorf("%q: %v", address, feed)
		}
		if feed != (Feed{}) {
			t.Errorf("%q: %v beside the error", address, feed)
		}
	}
}

func TestFeedParts(t *testing.T) {
	tests := []struct {
		address, origin, host, path, folder string
		secure                              bool
	}{
		{"https://a.example/b/index.json", "https://a.example", "a.example", "/b/index.json", "https://a.example/b", true},
		{"https://a.example:8443/INDEX.json", "https://a.example:8443", "a.example", "/INDEX.json", "https://a.example:8443", true},
		{"https://a.example/b/xindex.json", "https://a.example", "a.example", "/b/xindex.json", "https://a.example/b/xindex.json", true},
		{"http://a.example", "http://a.example", "a.example", "", "http://a.example", false},
		{"http://localhost:5000/v3", "http://localhost:5000", "localhost", "/v3", "http://localhost:5000/v3", true},
		{"http://127.8.9.1/v3", "http://127.8.9.1", "127.8.9.1", "/v3", "http://127.8.9.1/v3", true},
		{"http://[::1]:80/v3", "http://[::1]", "::1", "/v3", "http://[::1]/v3", true},
		{"http://localhost.evil.example/", "http://localhost.evil.example", "localhost.evil.example", "", "http://localhost.evil.example", false},
		{"http://127.0.0.1.evil.example/", "http://127.0.0.1.evil.example", "127.0.0.1.evil.example", "", "http://127.0.0.1.evil.example", false},
		{"http://2130706433/", "http://2130706433", "2130706433", "", "http://2130706433", false},
		{"http://[2001:db8::1]/", "http://[2001:db8::1]", "2001:db8::1", "", "http://[2001:db8::1]", false},
	}
	for _, test := range tests {
		f := mustFeed(t, test.address)
		if f.Origin() != test.origin || f.Host() != test.host || f.Path() != test.path || f.Folder().String() != test.folder || f.Secure() != test.secure {
			t.Errorf("%s: origin %s, host %s, path %s, folder %s, secure %t",
				test.address, f.Origin(), f.Host(), f.Path(), f.Folder(), f.Secure())
		}
	}
}

func TestFeedContains(t *testing.T) {
	tests := []struct {
		above, below string
		want         bool
	}{
		{"https://a.example", "https://a.example", true},
		{"https://a.example", "https://a.example/x", true},
		{"https://a.example/feed", "https://a.example/feed", true},
		{"https://a.example/feed/", "https://a.example/feed/v3/index.json", true},
		{"https://a.example/feed", "https://A.example:443/FEED/v3", true},
		{"https://a.example/feed", "https://a.example/feed2", false},
		{"https://a.example/feed", "https://a.example/fee", false},
		{"https://a.example/feed/v3", "https://a.example/feed", false},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "https://a.example:8443", false},
	}
	for _, test := range tests {
		if got := mustFeed(t, test.above).Contains(mustFeed(t, test.below)); got != test.want {
			t.Errorf("%s contains %s: %t", test.above, test.below, got)
		}
	}
}

func TestFeedEqual(t *testing.T) {
	f := mustFeed(t, "https://a.example/Feed/v3")
	for address, want := range map[string]bool{
		"https://a.example:443/feed/V3/": true,
		"https://a.example/feed/v3/x":    false,
		"https://a.example/feed":         false,
		"http://a.example/Feed/v3":       false,
	} {
		if got := f.Equal(mustFeed(t, address)); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

// The zero Feed is nobody's, or else a configuration that could not be read would be for every feed that cannot.
func TestZeroFeed(t *testing.T) {
	var zero Feed
	f := mustFeed(t, "https://a.example")
	if zero.Equal(zero) || zero.Contains(zero) || zero.Contains(f) || f.Contains(zero) || zero.Secure() || zero.Host() != "" {
		t.Error("the zero feed matches something")
	}
}

// lookAlikes are addresses that a person, or a careless comparison, takes for one at or below https://feeds.example/org/nuget.
var lookAlikes = []string{
	"https://feeds.example.evil.example/org/nuget/v3/index.json",
	"https://evil-feeds.example/org/nuget",
	"https://feeds.example@evil.example/org/nuget",
	"https://feeds.example:443@evil.example/org/nuget",
	"https://feeds.example%2Forg%2Fnuget@evil.example/",
	`https://feeds.example\@evil.example/org/nuget`,
	`https://evil.example\feeds.example/org/nuget`,
	"https://evil.example/https://feeds.example/org/nuget",
	"https://evil.example?https://feeds.example/org/nuget",
	"https://evil.example#https://feeds.example/org/nuget",
	"https://evil.example//feeds.example/org/nuget",
	"http://feeds.example/org/nuget",
	"http://feeds.example:443/org/nuget",
	"https://feeds.example:8443/org/nuget",
	"https://feeds.example:0443/org/nuget",
	"https://feeds.example../org/nuget",
	"https://feeds.example/org/nuget2",
	"https://feeds.example/org/nuget%2Fv3",
	"https://feeds.example/org%2Fnuget/v3",
	"https://feeds.example/org/nuget/../../evil",
	"https://feeds.example/org/nuget/%2e%2e/%2E%2e/evil",
	"https://feeds.example/org/nuget%5C..%5C..%5Cevil/../x",
	"https://feeds.example/other/../org/nuge",
	"https://fееds.example/org/nuget", // Cyrillic
	"https://ｆeeds.example/org/nuget", // fullwidth
	"https://feeds。example/org/nuget", // ideographic full stop
	"https://feeds.exаmple/org/nuget", // Cyrillic in the last label
	"https://xn--feds-example/org/nuget",
	"https://feeds.example%00.evil.example/org/nuget",
	"https://feeds.example:@evil.example/org/nuget",
	"https://[::ffff:feeds.example]/org/nuget",
	"https:feeds.example/org/nuget",
	"//feeds.example/org/nuget",
	"ftp://feeds.example/org/nuget",
	"https://feeds.example\t.evil.example/org/nuget",
	"https://example/org/nuget",
	"https://feeds/org/nuget",
	"https://a.feeds.example/org/nuget",
}

func TestLookAlikesAreOtherFeeds(t *testing.T) {
	ours := []Feed{mustFeed(t, "https://feeds.example/org/nuget"), mustFeed(t, "https://feeds.example/org/nuget/v3/index.json").Folder()}
	seen := map[string]bool{}
	for _, address := range lookAlikes {
		seen[address] = true
		feed, err := ParseFeed(address)
		if err != nil {
			continue // no feed gets nothing
		}
		for _, f := range ours {
			if f.Equal(feed) || f.Contains(feed) {
				t.Errorf("%q, read as %s, is taken for %s", address, feed, f)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d look-alikes", len(seen))
	}
}

// People paste addresses with secrets in them, and errors end up in logs.
func TestParseFeedErrorsQuoteNothing(t *testing.T) {
	const canary = "c4n4ry"
	for _, address := range []string{
		"https://user:" + canary + " x@feeds.example/", "https://user:" + canary + "%zz@feeds.example/",
		"ftp://user:" + canary + "@feeds.example/", "https://" + canary + "@/", "user:" + canary + "@feeds.example",
		"https://feeds.example/ \x7f" + canary, "https://" + canary + " feeds.example",
		"https://user:" + canary, "https://u:p%z" + canary + "@h/",
	} {
		if _, err := ParseFeed(address); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
