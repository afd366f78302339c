package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

// patient is a set-up in which dotnet cannot restore, or is about to be one.
type patient struct {
	*clients.Sandbox
	t    *testing.T
	feed *feedtest.Feed
}

// An illness breaks a healthy set-up: our plugin on PATH, which knows the feed.
type illness struct {
	name   string
	arrive func(patient)
	// symptom is in what dotnet prints; empty for 401.
	symptom string
	// cause and cure are in the last two lines of doctor; BOX stands for the sandbox, FEED for the source's address.
	cause, cure string
	// byFix says that --fix mends it; otherwise the cure is given to a shell. unmended says that what comes after the cure is
	// not tried: there is none, it is not for a test, or another illness has the same one.
	byFix, unmended bool
}

// Doctor names the cause of what was first seen to break dotnet 10, and its command, or --fix, mends it.
func TestDoctor(t *testing.T) {
	for _, i := range illnesses() {
		t.Run(i.name, func(t *testing.T) {
			t.Parallel()
			p := patient{clients.NewSandbox(t, clients.Dotnet10(t)), t, newFeed(t)}
			// A failing request is repeated five times; there is no need to wait a second before each.
			p.Setenv("NUGET_ENHANCED_NETWORK_RETRY_DELAY_MILLISECONDS", "10")
			p.AddPlugin("nuget-plugin-nuplug", ourPlugin())
			know(p.Sandbox, p.feed.URL(), user, password)
			p.Config(clients.Source{Name: "rig", URL: p.feed.URL()})
			i.arrive(p)
			p.suffers(i)
			cure := p.diagnosed(i)
			if i.unmended {
				return
			}
			if i.byFix {
				if out, code := p.nuplug("doctor", "rig", "--fix"); code != 0 || !strings.Contains(out, "\nmended ") {
					t.Errorf("doctor --fix: exit code %d\n%s", code, out)
				}
				cure = ":"
			}
			p.recovers(cure)
		})
	}
}

// suffers shows that dotnet cannot restore.
func (p patient) suffers(i illness) {
	p.t.Helper()
	symptom := i.symptom
	if symptom == "" {
		symptom = "401 (Unauthorized)"
	}
	if r := p.Get(rig()); r.ExitCode == 0 || !strings.Contains(r.Output, symptom) {
		p.t.Fatalf("want a failure with %q\n%v", symptom, r)
	}
}

// diagnosed returns the command that doctor gives.
func (p patient) diagnosed(i illness) string {
	p.t.Helper()
	out, code := p.nuplug("doctor", "rig")
	_, cause, _ := strings.Cut(out, "\nfirst thing wrong: ")
	cause, rest, _ := strings.Cut(cause, "\n")
	cure, _, _ := strings.Cut(strings.TrimPrefix(rest, "mend it: "), "\n")
	if !strings.HasPrefix(rest, "mend it: ") {
		cure = ""
	}
	fill := strings.NewReplacer("BOX", p.Dir, "FEED", p.feed.URL())
	if code != 1 || !strings.Contains(cause, fill.Replace(i.cause)) || !strings.HasPrefix(cure, fill.Replace(i.cure)) || i.cure == "" && cure != "" {
		p.t.Errorf("exit code %d, want 1, the cause %q and the cure %q\n%s", code, fill.Replace(i.cause), fill.Replace(i.cure), out)
	}
	if strings.Contains(out, password) {
		p.t.Errorf("the password is printed:\n%s", out)
	}
	return cure
}

// recovers does what doctor said in a shell of the user's, restores, and asks doctor again.
func (p patient) recovers(cure string) {
	p.t.Helper()
	cure = strings.NewReplacer("USER", user, "PASSWORD", password).Replace(cure)
	script := cure + "\ndotnet restore app.csproj --force && nuplug doctor rig"
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = p.Work
	cmd.Env = append(p.Environ(), "PATH="+p.Getenv("PATH")+":"+built)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "nothing is wrong") {
		p.t.Errorf("after %s: %v\n%s", cure, err, out)
	}
	if len(p.Installed()) != 2 {
		p.t.Errorf("after %s: installed %v", cure, p.Installed())
	}
}

func (p patient) nuplug(args ...string) (out string, code int) {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(built, "nuplug"), args...)
	cmd.Dir, cmd.Env = p.Work, p.Environ()
	b, _ := cmd.CombinedOutput()
	return string(b), cmd.ProcessState.ExitCode()
}

func illnesses() []illness {
	good := func(p patient) string { return filepath.Join(p.PluginDir, "nuget-plugin-nuplug") }
	forget := func(p patient) { know(p.Sandbox, "https://other.example/v3/index.json", user, password) }
	export := "export NuGetPackageSourceCredentials_rig='Username=USER;Password=PASSWORD'"
	return []illness{
		{name: "a path variable hides the plugin",
			arrive: func(p patient) { p.Setenv("NUGET_PLUGIN_PATHS", p.folder("empty")) },
			cause:  "BOX/plugins/nuget-plugin-nuplug is not used: NUGET_PLUGIN_PATHS is set", cure: "unset NUGET_PLUGIN_PATHS"},
		{name: "no execute permission",
			arrive: func(p patient) { p.replace(good(p), "nuget-plugin-nuplug", 0o644) },
			cause:  "no execute permission", cure: "chmod +x BOX/plugins/nuget-plugin-nuplug"},
		{name: "a name in upper case",
			arrive: func(p patient) { p.replace(good(p), "NuGet-Plugin-Nuplug", 0o755) },
			cause:  "in lower case", cure: "mv BOX/plugins/NuGet-Plugin-Nuplug BOX/plugins/nuget-plugin-nuplug"},
		{name: "a relative folder in PATH",
			arrive: func(p patient) {
				p.Setenv("PATH", strings.ReplaceAll(p.Getenv("PATH"), p.PluginDir, "../plugins"))
			},
			cause: "passes over the PATH item", cure: `export PATH=BOX/plugins:"$PATH"`},
		{name: "a relative path in a variable", symptom: "nuget-plugin-nuplug",
			arrive: func(p patient) { p.Setenv("NUGET_PLUGIN_PATHS", "../plugins/nuget-plugin-nuplug") },
			cause:  "the path is not absolute", cure: "export NUGET_PLUGIN_PATHS=BOX/plugins/nuget-plugin-nuplug"},
		{name: "a missing file in the variable for dotnet", symptom: "/nowhere/x.dll",
			arrive: func(p patient) { p.Setenv("NUGET_NETCORE_PLUGIN_PATHS", "/nowhere/x.dll") },
			cause:  "there is no such file", cure: "unset NUGET_NETCORE_PLUGIN_PATHS"},
		{name: "a native plugin in the variable for dotnet", symptom: "Problem starting the plugin",
			arrive: func(p patient) { p.Setenv("NUGET_NETCORE_PLUGIN_PATHS", good(p)) },
			cause:  "runs nothing but a .dll", cure: "unset NUGET_NETCORE_PLUGIN_PATHS && export NUGET_PLUGIN_PATHS=BOX/plugins/nuget-plugin-nuplug"},
		{name: "a broken plugin behind a good one in a variable", symptom: "nuget-plugin-gone",
			arrive: func(p patient) {
				p.Setenv("NUGET_PLUGIN_PATHS", good(p)+":nuget-plugin-gone")
			},
			cause: "nuget-plugin-gone (NUGET_PLUGIN_PATHS item 2) cannot be started", cure: "export NUGET_PLUGIN_PATHS=BOX/plugins/nuget-plugin-nuplug"},
		{name: "a plugin in front dies", symptom: "Problem starting the plugin",
			arrive: func(p patient) { p.inFront("exit 3") },
			cause:  "exited with code 3", cure: "chmod -x BOX/front/nuget-plugin-first"},
		{name: "a plugin in front prints a banner", symptom: "Problem starting the plugin",
			arrive: func(p patient) { p.inFront("echo Welcome to Contoso\nexec " + ourPlugin() + " -Plugin") },
			cause:  "Welcome to Contoso", cure: "chmod -x BOX/front/nuget-plugin-first"},
		{name: "a link to nowhere",
			arrive: func(p patient) { p.must(os.Symlink("/nowhere", filepath.Join(p.PluginDir, "nuget-plugin-old"))) },
			cause:  "uses none and says nothing", cure: "rm BOX/plugins/nuget-plugin-old"},
		{name: "the claims cache says no",
			arrive: func(p patient) { p.remember(good(p), "[]") },
			cause:  "the claims cache says that it does not", cure: "rm BOX/plugins-cache/"},
		{name: "the claims cache is corrupt",
			arrive: func(p patient) { p.remember(good(p), "{{{") },
			cause:  "is not a list in JSON", cure: "rm BOX/plugins-cache/", byFix: true},
		{name: "wrong credentials in NuGet.Config",
			arrive: func(p patient) { forget(p); p.config(p.feed.URL(), allowed, clearText("wrong")) },
			cause:  "refuses the credentials of BOX/work/NuGet.Config:", cure: export},
		{name: "an encrypted password in NuGet.Config", symptom: "Password decryption is not supported",
			arrive: func(p patient) {
				p.config(p.feed.URL(), allowed, strings.Replace(clearText("AQAAANCMnd8="), "ClearText", "", 1))
			},
			cause: "is encrypted, which only Windows can read", cure: export},
		{name: "wrong credentials in a variable",
			arrive: func(p patient) {
				forget(p)
				p.Setenv("NuGetPackageSourceCredentials_rig", "Username=u;Password=wrong")
			},
			cause: "refuses the credentials of variable NuGetPackageSourceCredentials_rig", cure: export},
		{name: "a malformed variable",
			arrive: func(p patient) { forget(p); p.Setenv("NuGetPackageSourceCredentials_rig", "rig:"+password) },
			cause:  "does not have the form Username=USER;Password=PASSWORD", cure: export, unmended: true},
		{name: "a variable in other letters",
			arrive: func(p patient) {
				forget(p)
				p.Setenv("NuGetPackageSourceCredentials_RIG", "Username="+user+";Password="+password)
			},
			cause: "no source has the name RIG", cure: `export NuGetPackageSourceCredentials_rig="$NuGetPackageSourceCredentials_RIG"`},
		{name: "a plugin gives a wrong password",
			arrive: func(p patient) { know(p.Sandbox, p.feed.URL(), user, "wrong") },
			cause:  "refuses the credentials of plugin BOX/plugins/nuget-plugin-nuplug", cure: export, unmended: true},
		{name: "no plugin knows the feed",
			arrive: forget,
			cause:  "no plugin gives any: BOX/plugins/nuget-plugin-nuplug", cure: export},
		{name: "no plugin at all",
			arrive: func(p patient) { p.must(os.Remove(good(p))) },
			cause:  "there is no plugin to ask", cure: export, unmended: true},
		{name: "a time-out for the handshake that is too short", symptom: "Problem starting the plugin",
			arrive: func(p patient) {
				p.inFront("sleep 2\nexec " + ourPlugin() + " -Plugin")
				p.Setenv("NUGET_PLUGIN_HANDSHAKE_TIMEOUT_IN_SECONDS", "1")
			},
			cause: "NUGET_PLUGIN_HANDSHAKE_TIMEOUT_IN_SECONDS is 1s, and a plugin needed 2", cure: "unset NUGET_PLUGIN_HANDSHAKE_TIMEOUT_IN_SECONDS"},
		{name: "a time-out for requests that is too short", symptom: "A task was canceled",
			arrive: func(p patient) {
				p.inFront(scripted("", "sleep 2"))
				p.Setenv("NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS", "1")
			},
			cause: "NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS is 1s", cure: "unset NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS"},
		{name: "a plugin in front prints later", symptom: "Problem starting the plugin",
			arrive: func(p patient) { p.inFront(scripted("echo Contoso broker 1.0", "")) },
			cause:  "Contoso broker 1.0", cure: "chmod -x BOX/front/nuget-plugin-first"},
		{name: "a package with broken metadata", symptom: "contentHash",
			arrive: func(p patient) {
				folder := filepath.Join(p.Getenv("NUGET_PACKAGES"), "rig.pkg", "1.0.0")
				p.must(os.MkdirAll(folder, 0o700))
				p.must(os.WriteFile(filepath.Join(folder, ".nupkg.metadata"), []byte(`{"version":2,"source":"x"}`), 0o600))
			},
			cause: "it has no contentHash", cure: "rm -r BOX/packages/rig.pkg/1.0.0", byFix: true},
		{name: "a relative packages folder", symptom: "NUGET_PACKAGES",
			arrive: func(p patient) { p.Setenv("NUGET_PACKAGES", "packages") },
			cause:  "the packages folder", cure: "unset NUGET_PACKAGES", unmended: true},
		{name: "plain http that is not allowed", symptom: "NU1302",
			arrive: func(p patient) { p.config(p.feed.URL(), "", "") },
			cause:  "is plain http", cure: "dotnet nuget update source rig --source FEED --allow-insecure-connections"},
		{name: "a disabled source", symptom: "NU1100",
			arrive: func(p patient) {
				p.config(p.feed.URL(), allowed, `<disabledPackageSources><add key="rig" value="true"/></disabledPackageSources>`)
			},
			cause: "is disabled in BOX/work/NuGet.Config:", cure: "dotnet nuget enable source rig"},
		{name: "an address that is not the index", symptom: "404 (Not Found)",
			arrive: func(p patient) { p.config(strings.TrimSuffix(p.feed.URL(), "/index.json"), allowed, "") },
			cause:  "is not the address of the feed's index", cure: "dotnet nuget update source rig --source FEED"},
		{name: "an address where nothing is", symptom: "404 (Not Found)",
			arrive: func(p patient) { p.config(p.feed.URL()+"x", allowed, "") },
			cause:  "there is no feed at this address", unmended: true},
		{name: "a feed that nobody serves", symptom: "Connection refused",
			arrive: func(p patient) { p.config("http://127.0.0.1:9/v3/index.json", allowed, "") },
			cause:  "the connection is refused", unmended: true},
		{name: "a host that does not exist", symptom: "no.such.host.invalid",
			arrive: func(p patient) { p.config("https://no.such.host.invalid/v3/index.json", "", "") },
			cause:  "no.such.host.invalid", unmended: true},
		{name: "a proxy that is not there", symptom: "Connection refused",
			arrive: func(p patient) { p.Setenv("http_proxy", "http://127.0.0.1:9") },
			cause:  "the proxy http://127.0.0.1:9 (variable http_proxy) cannot be reached", cure: "unset http_proxy"},
		{name: "a proxy of .NET that is not there", symptom: "Connection refused",
			arrive: func(p patient) { p.Setenv("ALL_PROXY", "127.0.0.1:9") },
			cause:  "the proxy http://127.0.0.1:9 (variable ALL_PROXY) cannot be reached", cure: "unset ALL_PROXY"},
		{name: "a proxy in the user's NuGet.Config", symptom: "Connection refused",
			arrive: func(p patient) {
				p.Write("../home/.nuget/NuGet/NuGet.Config", `<configuration><config><add key="http_proxy" value="http://127.0.0.1:9"/></config></configuration>`)
			},
			cause: "cannot be reached", cure: "dotnet nuget config unset http_proxy --configfile BOX/home/.nuget/NuGet/NuGet.Config"},
		{name: "a proxy that wants a password", symptom: "407",
			arrive: func(p patient) { p.Setenv("http_proxy", p.server(http.StatusProxyAuthRequired)) },
			cause:  "wants a user name and password (407)", cure: "export http_proxy=http://USER:PASSWORD@127.0.0.1:", unmended: true},
		{name: "an authority that is not trusted", symptom: "SSL",
			arrive: func(p patient) {
				s := httptest.NewTLSServer(http.NotFoundHandler())
				p.t.Cleanup(s.Close)
				p.config(s.URL+"/v3/index.json", "", "")
			},
			cause: "an authority that this machine does not trust", cure: "sudo cp CA.crt", unmended: true},
	}
}

const allowed = `allowInsecureConnections="true"`

func clearText(password string) string {
	return `<packageSourceCredentials><rig><add key="Username" value="rig"/><add key="ClearTextPassword" value="` + password + `"/></rig></packageSourceCredentials>`
}

func (p patient) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// config writes a NuGet.Config with the source rig.
func (p patient) config(url, attributes, rest string) {
	p.t.Helper()
	p.Write("NuGet.Config", fmt.Sprintf(`<configuration>
<packageSources><clear/><add key="rig" value="%s" protocolVersion="3" %s/></packageSources>
%s
</configuration>`, url, attributes, rest))
}

func (p patient) folder(name string) string {
	p.t.Helper()
	path := filepath.Join(p.Dir, name)
	p.must(os.MkdirAll(path, 0o700))
	return path
}

// replace puts the plugin there under another name. It copies the file, because the sandbox links it, and its mode with it.
func (p patient) replace(file, name string, mode os.FileMode) {
	p.t.Helper()
	content, err := os.ReadFile(file)
	p.must(err)
	p.must(os.Remove(file))
	p.must(os.WriteFile(filepath.Join(p.PluginDir, name), content, mode))
}

// inFront puts a script into a folder at the front of PATH.
func (p patient) inFront(script string) {
	p.t.Helper()
	folder := p.folder("front")
	p.must(os.WriteFile(filepath.Join(folder, "nuget-plugin-first"), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	p.Setenv("PATH", folder+":"+p.Getenv("PATH"))
}

// scripted is a plugin that does something before it tells its claims, and something before it answers with the feed's
// credentials. It sends no progress.
func scripted(beforeClaims, beforeAnswer string) string {
	return `
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
		` + beforeClaims + `
		answer "$id" GetOperationClaims '"Claims":["Authentication"]' ;;
	*\"SetLogLevel\"*) answer "$id" SetLogLevel '"ResponseCode":"Success"' ;;
	*\"GetAuthenticationCredentials\"*)
		` + beforeAnswer + `
		answer "$id" GetAuthenticationCredentials '"ResponseCode":"Success","Username":"` + user + `","Password":"` + password + `","AuthenticationTypes":["Basic"]' ;;
	*\"Close\"*) exit ;;
	esac
done`
}

// remember writes what the claims cache says of a plugin.
func (p patient) remember(plugin, content string) {
	p.t.Helper()
	file := filepath.Join(p.Getenv("NUGET_PLUGINS_CACHE_PATH"), cacheName(plugin), cacheName("Source-Agnostic")+".dat")
	p.must(os.MkdirAll(filepath.Dir(file), 0o700))
	p.must(os.WriteFile(file, []byte(content), 0o600))
}

// cacheName is how NuGet names files of the claims cache.
func cacheName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:20])
}

// server answers everything with one status.
func (p patient) server(status int) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(status)
	}))
	p.t.Cleanup(s.Close)
	return s.URL
}
