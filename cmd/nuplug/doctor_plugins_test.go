//go:build unix

package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/protocol"
)

// ours puts this test binary, which is our plugin, into the folder of PATH.
func (w *ward) ours(name string) string {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	link := w.path(name)
	if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Symlink(self, link); err != nil {
		w.t.Fatal(err)
	}
	return link
}

// script writes a plugin in sh: what it does before it tells its claims, which these are, and its answer.
func (w *ward) script(name, before, claims, answer string) string {
	w.t.Helper()
	return w.write(name, `#!/bin/sh
answer() { printf '{"RequestId":"%s","Type":"Response","Method":"%s","Payload":{%s}}\n' "$1" "$2" "$3"; }
echo '{"RequestId":"h1","Type":"Request","Method":"Handshake","Payload":{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}}'
while read -r line; do
	id=${line#*RequestId\":\"}; id=${id%%\"*}
	case $line in
	*\"Response\"*) ;;
	*\"Handshake\"*) answer "$id" Handshake '"ResponseCode":"Success","ProtocolVersion":"2.0.0"' ;;
	*\"MonitorNuGetProcessExit\"*) answer "$id" MonitorNuGetProcessExit '"ResponseCode":"Success"' ;;
	*\"Initialize\"*) answer "$id" Initialize '"ResponseCode":"Success"' ;;
	*\"GetOperationClaims\"*)
		`+before+`
		answer "$id" GetOperationClaims '"Claims":[`+claims+`]' ;;
	*\"SetLogLevel\"*) answer "$id" SetLogLevel '"ResponseCode":"Success"' ;;
	*\"GetAuthenticationCredentials\"*) answer "$id" GetAuthenticationCredentials '`+answer+`' ;;
	*\"Close\"*) exit ;;
	esac
done
`, 0o700)
}

func (w *ward) front() {
	w.env["PATH"] = w.path("front") + ":" + w.env["PATH"]
}

func (w *ward) claimsCache() *host.ClaimsCache {
	w.t.Helper()
	client, err := host.ParseClient("dotnet@10.0.401", w.goos)
	if err != nil {
		w.t.Fatal(err)
	}
	cache, err := host.NewClaimsCache(client, host.ParseEnv(w.streams(nil).Env), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return cache
}

const success = `"ResponseCode":"Success","Username":"u","Password":"right","AuthenticationTypes":["Basic"]`

// Plugins of all kinds, at a feed that wants u and right. Without a plugin in front, bin/nuget-plugin-good gives these.
func TestDoctorPlugins(t *testing.T) {
	const export = "export NuGetPackageSourceCredentials_feed='Username=USER;Password=PASSWORD'"
	good := func(w *ward) { w.script("bin/nuget-plugin-good", "", `"Authentication"`, success) }
	for _, c := range []struct {
		name          string
		arrange       func(*ward)
		id, text, fix string
	}{
		{name: "a good plugin", arrange: good},
		{name: "hidden", arrange: func(w *ward) { good(w); w.env["NUGET_PLUGIN_PATHS"] = w.script("x/nuget-plugin-x", "", "", "") },
			id: "not-used", text: "WARD/bin/nuget-plugin-good is not used: NUGET_PLUGIN_PATHS is set", fix: "unset NUGET_PLUGIN_PATHS"},
		{name: "hidden by one that does", arrange: func(w *ward) {
			good(w)
			w.env["NUGET_PLUGIN_PATHS"] = w.script("x/nuget-plugin-x", "", `"Authentication"`, success)
		}},
		{name: "the variable of other clients", arrange: func(w *ward) {
			w.env["NUGET_NETFX_PLUGIN_PATHS"] = w.script("x/nuget-plugin-x", "", `"Authentication"`, success)
		}, id: "not-used", text: "only other clients read NUGET_NETFX_PLUGIN_PATHS", fix: "export NUGET_PLUGIN_PATHS=WARD/x/nuget-plugin-x"},
		{name: "no execute permission", arrange: func(w *ward) { w.write("bin/nuget-plugin-x", "#!/bin/sh", 0o600) },
			id: "not-used", text: "it has no execute permission", fix: "chmod +x WARD/bin/nuget-plugin-x"},
		{name: "upper case", arrange: func(w *ward) { w.write("bin/NuGet-Plugin-X", "#!/bin/sh", 0o700) },
			id: "not-used", text: "in lower case", fix: "mv WARD/bin/NuGet-Plugin-X WARD/bin/nuget-plugin-x"},
		{name: "missing, passed over", arrange: func(w *ward) { w.env["NUGET_PLUGIN_PATHS"] = "/nowhere/a" },
			id: "not-used", text: "/nowhere/a is not used: there is no such file", fix: "unset NUGET_PLUGIN_PATHS"},
		{name: "missing, an error", arrange: func(w *ward) { good(w); w.env["NUGET_NETCORE_PLUGIN_PATHS"] = "/nowhere/a:/nowhere/b" },
			id: "cannot-start", text: "/nowhere/a (NUGET_NETCORE_PLUGIN_PATHS item 1) cannot be started: there is no such file", fix: "export NUGET_NETCORE_PLUGIN_PATHS=/nowhere/b"},
		{name: "relative", arrange: func(w *ward) { good(w); w.env["NUGET_PLUGIN_PATHS"] = "../bin/nuget-plugin-good" },
			id: "cannot-start", text: "the path is not absolute", fix: "export NUGET_PLUGIN_PATHS=WARD/bin/nuget-plugin-good"},
		{name: "relative behind a good one, where plugins are asked for packages", arrange: func(w *ward) {
			w.env["NUGET_PLUGIN_PATHS"] = w.script("x/nuget-plugin-good", "", `"Authentication"`, success) + ":x"
		}, id: "cannot-start", text: "x (NUGET_PLUGIN_PATHS item 2) cannot be started: the path is not absolute", fix: "export NUGET_PLUGIN_PATHS=WARD/x/nuget-plugin-good"},
		{name: "hidden by a folder without plugins", arrange: func(w *ward) { good(w); w.env["NUGET_PLUGIN_PATHS"] = w.path("work") },
			id: "not-used", text: "WARD/bin/nuget-plugin-good is not used: NUGET_PLUGIN_PATHS is set", fix: "unset NUGET_PLUGIN_PATHS"},
		{name: "not used, and wrong credentials before it", arrange: func(w *ward) {
			w.write("bin/nuget-plugin-x", "#!/bin/sh", 0o600)
			w.env["NuGetPackageSourceCredentials_feed"] = "Username=u;Password=wrong"
		}, id: "feed", text: "refuses the credentials of variable NuGetPackageSourceCredentials_feed", fix: export},
		{name: "the claims cache has turned it off", arrange: func(w *ward) {
			plugin := w.write("bin/nuget-plugin-a", "#!/bin/sh\nexit 3", 0o700)
			if err := w.claimsCache().Write(w.t.Context(), plugin, "", []protocol.OperationClaim{}); err != nil {
				w.t.Fatal(err)
			}
		}, id: "claims-cache", text: "the claims cache says that it does not sign in to feeds, and NuGet does not start it", fix: "rm WARD/cache/"},
		{name: "a dangling link", arrange: func(w *ward) {
			good(w)
			if err := os.Symlink("/nowhere", w.path("bin/nuget-plugin-old")); err != nil {
				w.t.Fatal(err)
			}
		}, id: "discovery", text: "NuGet uses none and says nothing", fix: "rm WARD/bin/nuget-plugin-old"},
		{name: "dies in front", arrange: func(w *ward) { good(w); w.front(); w.write("front/nuget-plugin-a", "#!/bin/sh\nexit 3", 0o700) },
			id: "plugin", text: "exited with code 3", fix: "chmod -x WARD/front/nuget-plugin-a"},
		{name: "dies behind", arrange: func(w *ward) {
			w.script("front/nuget-plugin-good", "", `"Authentication"`, success)
			w.front()
			w.write("bin/nuget-plugin-a", "#!/bin/sh\nexit 3", 0o700)
		}},
		{name: "dies behind in a variable, where plugins are asked for packages", arrange: func(w *ward) {
			w.env["NUGET_PLUGIN_PATHS"] = w.script("x/nuget-plugin-good", "", `"Authentication"`, success) + ":" + w.write("x/nuget-plugin-a", "#!/bin/sh\nexit 3", 0o700)
		}, id: "plugin", text: "exited with code 3", fix: "export NUGET_PLUGIN_PATHS=WARD/x/nuget-plugin-good"},
		{name: "a banner", arrange: func(w *ward) {
			w.write("bin/nuget-plugin-a", "#!/bin/sh\necho Hello from Contoso\ncat >/dev/null", 0o700)
		},
			id: "plugin", text: `"Hello from Contoso"`, fix: "chmod -x WARD/bin/nuget-plugin-a"},
		{name: "a late banner", arrange: func(w *ward) {
			w.script("bin/nuget-plugin-a", "echo Contoso broker", `"Authentication"`, success)
		}, id: "plugin", text: `"Contoso broker"`, fix: "chmod -x WARD/bin/nuget-plugin-a"},
		{name: "no claims", arrange: func(w *ward) { w.script("bin/nuget-plugin-a", "", "", "") },
			id: "plugin", text: "does not sign in to feeds: it claims nothing", fix: ""},
		{name: "dies when asked", arrange: func(w *ward) { w.script("bin/nuget-plugin-a", "", `"Authentication"`, `'"$(kill -9 $$)"'`) },
			id: "feed", text: "before it answered GetAuthenticationCredentials", fix: export},
		{name: "an answer that is none", arrange: func(w *ward) { w.script("bin/nuget-plugin-a", "", `"Authentication"`, ``) },
			id: "feed", text: "ResponseCode is missing", fix: export},
		{name: "refused", arrange: func(w *ward) {
			w.script("bin/nuget-plugin-a", "", `"Authentication"`, strings.Replace(success, "right", "wrong", 1))
		}, id: "feed", text: "refuses the credentials of plugin WARD/bin/nuget-plugin-a (401)", fix: export},
		{name: "for another scheme", arrange: func(w *ward) {
			w.script("bin/nuget-plugin-a", "", `"Authentication"`, strings.Replace(success, "Basic", "bearer", 1))
		}, id: "feed", text: "gives credentials for bearer only", fix: ""},
		{name: "declines", arrange: func(w *ward) { w.script("bin/nuget-plugin-a", "", `"Authentication"`, `"ResponseCode":"Error"`) },
			id: "feed", text: "no plugin gives any: WARD/bin/nuget-plugin-a declined", fix: export},
		{name: "wants a user", arrange: func(w *ward) { w.script("bin/nuget-plugin-a", "", `"Authentication"`, `"ResponseCode":"NotFound"`) },
			id: "feed", text: "an interactive run may help", fix: "dotnet restore --interactive"},
		{name: "slower than allowed", arrange: func(w *ward) {
			w.script("bin/nuget-plugin-a", "sleep 1.2", `"Authentication"`, success)
			w.env[host.RequestTimeoutVariable] = "1"
		}, id: "time-outs", text: "NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS is 1s, and a plugin needed 1.", fix: "unset NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			server := httptest.NewServer(private("u", "right"))
			t.Cleanup(server.Close)
			w.source(server.URL+"/v3/index.json", insecure, "")
			c.arrange(w)
			w.expect(c.id, c.text, c.fix)
		})
	}
}

// The claims cache: what is wrong with it is named, --fix deletes that file and no other, and nothing else changes it.
func TestDoctorClaimsCache(t *testing.T) {
	for name, c := range map[string]struct{ content, text string }{
		"corrupt": {"{{{", "is not a list in JSON"},
		"empty":   {"", "is empty"},
		"names":   {`["Authentication"]`, "holds names instead of numbers"},
		"says no": {"[]", "the claims cache says that it does not"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t)
			plugin := w.ours("bin/nuget-plugin-ours")
			cache := w.claimsCache()
			file, other := cache.File(plugin, ""), cache.File("/other", "")
			for path, content := range map[string]string{file: c.content, other: "{{{"} {
				rel, err := filepath.Rel(w.dir, path)
				if err != nil {
					t.Fatal(err)
				}
				w.write(rel, content, 0o600)
			}
			w.expect("claims-cache", c.text, "rm "+file)
			if !exists(file) {
				t.Fatal("changed without --fix")
			}
			out, well := w.run("--fix")
			if !well || !strings.Contains(out, "mended the claims cache: deleted "+file) || exists(file) || !exists(other) {
				t.Errorf("got\n%s", out)
			}
		})
	}
	t.Run("a plugin that does not sign in", func(t *testing.T) {
		w := newWard(t)
		plugin := w.script("bin/nuget-plugin-a", "", "", "")
		cache := w.claimsCache()
		if err := cache.Write(t.Context(), plugin, "", []protocol.OperationClaim{}); err != nil {
			t.Fatal(err)
		}
		want := "ok     claims-cache: plugin " + plugin + " does not sign in to feeds, as the claims cache says"
		if out, well := w.run("--fix"); !well || strings.Contains(out, "mended") || !strings.Contains(out, want) {
			t.Errorf("got\n%s", out)
		}
	})
}

func TestJudgeTrial(t *testing.T) {
	d := &doctor{streams: &streams{GOOS: "linux"}}
	sign := []protocol.OperationClaim{protocol.ClaimAuthentication}
	for text, c := range map[string]trial{
		"signs in to feeds (ready after 10ms)":                 {claims: sign, known: true, start: 10 * time.Millisecond},
		"starts slowly: ready after 6s":                        {claims: sign, known: true, start: 6 * time.Second},
		"answers GetOperationClaims without a list of claims":  {},
		"does not sign in to feeds: it claims DownloadPackage": {claims: []protocol.OperationClaim{protocol.ClaimDownloadPackage}, known: true},
	} {
		c.candidate.Path = "/p"
		if got := d.judgeTrial(c); !strings.Contains(got.Text, text) {
			t.Errorf("got %q, want %q", got.Text, text)
		}
	}
}

// Wherever a secret comes from, and whoever quotes it, it is not printed.
func TestDoctorNeverPrintsSecrets(t *testing.T) {
	server := httptest.NewServer(private("u", "right"))
	t.Cleanup(server.Close)
	address := "http://in-address:address-canary@" + strings.TrimPrefix(server.URL, "http://") + "/v3/index.json?sig=query-canary"
	for name, arrange := range map[string]func(*ward){
		"config": func(w *ward) {
			w.source(address, insecure, credentialsOf("config-canary"))
		},
		"encrypted": func(w *ward) {
			w.source(address, insecure, strings.Replace(credentialsOf("encrypted-canary"), "ClearText", "", 1))
		},
		"a variable": func(w *ward) {
			w.source(address, insecure, "")
			w.env["NuGetPackageSourceCredentials_feed"] = "Username=u;Password=variable-canary;x"
		},
		"a malformed variable": func(w *ward) {
			w.source(address, insecure, "")
			w.env["NuGetPackageSourceCredentials_feed"] = "u:malformed-canary"
		},
		"the address, over http": func(w *ward) { w.source(address, "", "") },
		"a proxy": func(w *ward) {
			w.source("https://feed.example/v3/index.json?sig=query-canary", "", "")
			w.env["https_proxy"] = "http://u:proxy-canary@" + strings.TrimPrefix(server.URL, "http://")
		},
		"a proxy that is not there": func(w *ward) {
			w.source(address, insecure, "")
			w.env["http_proxy"] = "http://u:proxy-canary@127.0.0.1:9"
		},
		"a plugin's answer, and its last words": func(w *ward) {
			w.source(address, insecure, "")
			w.script("bin/nuget-plugin-a", "", `"Authentication"`, strings.Replace(success, "right", "answer-canary", 1)+`,"Message":"answer-canary"`)
			w.write("bin/nuget-plugin-b", "#!/bin/sh\necho \"bad $A_TOKEN\" >&2\nexit 3", 0o700)
			w.write("bin/nuget-plugin-c", "#!/bin/sh\necho \"bad $A_TOKEN\"\necho '{\"Password\":\"line-canary'\nexit 3", 0o700)
			w.env["A_TOKEN"] = "token-canary"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWard(t)
			arrange(w)
			for _, args := range [][]string{nil, {"feed"}, {address}, {"--output", "json"}, {"no-such-" + address}, {"--fix", "feed"}} {
				if out, _ := w.run(args...); strings.Contains(out, "canary") || !strings.Contains(out, "dotnet@10") {
					t.Errorf("%q:\n%s", args, out)
				}
			}
		})
	}
}
