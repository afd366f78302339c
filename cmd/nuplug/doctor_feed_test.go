//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const indexJSON = `{"version":"3.0.0","resources":[{"@id":"x","@type":"PackageBaseAddress/3.0.0"}]}`

// private answers with its index to one user name and password.
func private(user, password string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if u, p, _ := r.BasicAuth(); u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="feed"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if !strings.HasSuffix(r.URL.Path, "/v3/index.json") {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, indexJSON)
	}
}

func always(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func credentialsOf(password string) string {
	return `<packageSourceCredentials><feed><add key="Username" value="u"/><add key="ClearTextPassword" value="` + password + `"/></feed></packageSourceCredentials>`
}

const insecure = `allowInsecureConnections="true"`

func TestDoctorFeed(t *testing.T) {
	const export = "export NuGetPackageSourceCredentials_feed='Username=USER;Password=PASSWORD'"
	for _, c := range []struct {
		name          string
		handler       http.HandlerFunc
		path          string
		attributes    string
		rest          string
		env           map[string]string
		id, text, fix string // SERVER is its address
	}{
		{name: "open", handler: always(200, "application/json", indexJSON)},
		{name: "signed in by NuGet.Config", handler: private("u", "right"), rest: credentialsOf("right")},
		{name: "signed in by a variable", handler: private("u", "right"), env: map[string]string{"NuGetPackageSourceCredentials_feed": "Username=u;Password=right"}},
		{name: "refused", handler: private("u", "right"), rest: credentialsOf("wrong"),
			id: "feed", text: "refuses the credentials of WARD/work/NuGet.Config:1 (401)", fix: export},
		{name: "nobody asks", handler: private("u", "right"),
			id: "feed", text: "wants credentials (401), and there is no plugin to ask", fix: export},
		{name: "for negotiate only", handler: private("u", "right"),
			rest: strings.Replace(credentialsOf("right"), "</feed>", `<add key="ValidAuthenticationTypes" value="negotiate"/></feed>`, 1),
			id:   "feed", text: "wants credentials (401)", fix: export},
		{name: "no challenge", handler: always(401, "text/plain", ""),
			id: "feed", text: "does not offer Basic authentication (there is no WWW-Authenticate header)"},
		{name: "403 behind credentials", rest: credentialsOf("right"),
			handler: func(w http.ResponseWriter, r *http.Request) {
				if _, _, sent := r.BasicAuth(); sent {
					w.WriteHeader(403)
					return
				}
				private("u", "right")(w, r)
			},
			id: "feed", text: "answers 403: the account of WARD/work/NuGet.Config:1 may not read it"},
		{name: "403", handler: always(403, "text/plain", ""), id: "feed", text: "answers 403 without asking for credentials"},
		{name: "404", handler: always(404, "text/plain", ""), id: "feed", text: "answers 404 Not Found: there is no feed at this address"},
		{name: "503", handler: always(503, "text/plain", ""), id: "feed", text: "answers 503 Service Unavailable; the trouble is the server's"},
		{name: "a web page", handler: always(200, "text/html; charset=utf-8", "<!DOCTYPE html><html>Log in</html>"), id: "feed", text: "answers with a web page"},
		{name: "other JSON", handler: always(200, "application/json", `{"error":"x"}`), id: "feed", text: "something that is no feed's index"},
		{name: "past a proxy", handler: always(200, "application/json", indexJSON), env: map[string]string{"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}},
		{name: "the folder of the index", handler: private("u", "right"), rest: credentialsOf("right"), path: "/v3/", attributes: `protocolVersion="3"`,
			id: "feed", text: "is not the address of the feed's index, which is SERVER/v3/index.json",
			fix: "dotnet nuget update source feed --source SERVER/v3/index.json --allow-insecure-connections --configfile WARD/work/NuGet.Config"},
		{name: "the root, taken for v2", handler: private("u", "right"), rest: credentialsOf("right"), path: "/",
			id: "feed", text: "which is SERVER/v3/index.json", fix: "dotnet nuget update source feed --source SERVER/v3/index.json"},
		{name: "v3 taken for v2", handler: always(200, "application/json", indexJSON), path: "/nuget/",
			id: "feed", text: "protocolVersion is not 3", fix: "dotnet nuget update source feed --source SERVER/nuget --protocol-version 3"},
		{name: "v2", handler: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/v2" {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, `<?xml version="1.0"?><service/>`)
		}, path: "/api/v2"},
		{name: "a clock that is off", rest: credentialsOf("wrong"),
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
				private("u", "right")(w, r)
			},
			id: "clock", text: "this machine's clock is 2h0m0s behind that of feed", fix: "sudo timedatectl set-ntp true"},
		{name: "a clock that is off and does no harm",
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", "Mon, 02 Jan 2006 15:04:05 GMT")
				always(200, "application/json", indexJSON)(w, r)
			}},
		{name: "a malformed variable", handler: private("u", "right"), env: map[string]string{"NuGetPackageSourceCredentials_feed": "Password=right;Username=u"},
			id: "credentials", text: "NuGetPackageSourceCredentials_feed does not have the form", fix: export},
		{name: "a malformed variable that does no harm", handler: private("u", "right"), rest: credentialsOf("right"), env: map[string]string{"NuGetPackageSourceCredentials_feed": "x"}},
		{name: "an encrypted password", handler: private("u", "right"), rest: strings.Replace(credentialsOf("AQAA"), "ClearText", "", 1),
			id: "credentials", text: "which only Windows can read", fix: export},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWard(t)
			w.goos = "linux"
			server := httptest.NewServer(c.handler)
			defer server.Close()
			if c.path == "" {
				c.path = "/v3/index.json"
			}
			w.source(server.URL+c.path, c.attributes+" "+insecure, c.rest)
			maps.Copy(w.env, c.env)
			fill := strings.NewReplacer("SERVER", server.URL)
			w.expect(c.id, fill.Replace(c.text), fill.Replace(c.fix))
		})
	}
}

// A redirect to another origin is told, and takes no credentials along.
func TestDoctorRedirect(t *testing.T) {
	leaked := make(chan string, 100)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			leaked <- a
		}
		io.WriteString(w, indexJSON)
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, sent := r.BasicAuth(); sent {
			http.Redirect(w, r, other.URL+"/v3/index.json", http.StatusFound)
			return
		}
		private("u", "right")(w, r)
	}))
	defer server.Close()
	w := newWard(t)
	w.source(server.URL+"/v3/index.json", insecure, credentialsOf("right"))
	out, well := w.run("feed")
	if !well || !strings.Contains(out, "sends requests on to "+other.URL) {
		t.Errorf("got\n%s", out)
	}
	if len(leaked) > 0 {
		t.Errorf("the other origin got %s", <-leaked)
	}
}

// certificate makes one for 127.0.0.1, or for another name, that signs itself.
func certificate(t *testing.T, from, to time.Time, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}
	if name == "" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestDoctorTLS(t *testing.T) {
	now := time.Now()
	day := 24 * time.Hour
	for _, c := range []struct {
		name     string
		from, to time.Time
		host     string
		date     time.Time // of the server's clock
		id, text string
		fix      string
	}{
		{"unknown authority", now.Add(-day), now.Add(day), "", now, "feed", "an authority that this machine does not trust", "sudo cp CA.crt"},
		{"another name", now.Add(-day), now.Add(day), "other.example", now, "feed", "is for another host: [other.example]", ""},
		{"expired", now.Add(-9 * day), now.Add(-day), "", now, "feed", "its owner has to renew it", ""},
		{"our clock is ahead", now.Add(-9 * day), now.Add(-day), "", now.Add(-2 * day), "clock", "clock is 48h0m0s ahead of", "sudo timedatectl"},
		{"our clock is behind", now.Add(day), now.Add(9 * day), "", now.Add(2 * day), "clock", "clock is 48h0m0s behind", "sudo timedatectl"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Error("credentials were sent to a server with a bad certificate")
				}
				w.Header().Set("Date", c.date.UTC().Format(http.TimeFormat))
				w.WriteHeader(http.StatusUnauthorized)
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, c.from, c.to, c.host)}}
			server.StartTLS()
			defer server.Close()
			w := newWard(t)
			w.goos = "linux"
			w.source(server.URL+"/v3/index.json", "", credentialsOf("right"))
			w.expect(c.id, c.text, c.fix)
			if _, all := w.first(); c.id == "clock" && !strings.Contains(all, "which it is not by this machine's clock") {
				t.Errorf("the feed's line does not name the clock:\n%s", all)
			}
		})
	}
	t.Run("no TLS at all", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		defer server.Close()
		w := newWard(t)
		w.source(strings.Replace(server.URL, "http:", "https:", 1)+"/v3/index.json", "", "")
		w.expect("feed", "does not speak TLS at this port", "")
	})
}

func TestDoctorProxy(t *testing.T) {
	wants := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusProxyAuthRequired
		if r.URL.Host == "forbidden.example" || r.Host == "forbidden.example:443" {
			status = http.StatusForbidden
		}
		w.WriteHeader(status)
	}))
	defer wants.Close()
	address := strings.TrimPrefix(wants.URL, "http://")
	for _, c := range []struct {
		name, variable, value, feed string
		text, fix                   string
	}{
		{"plain, 407", "http_proxy", wants.URL, "http://feed.example/v3/index.json", "wants a user name and password (407)", "export http_proxy=http://USER:PASSWORD@" + address},
		{"tunnel, 407", "HTTPS_PROXY", wants.URL, "https://feed.example/v3/index.json", "(variable HTTPS_PROXY) wants a user name and password (407)", "export HTTPS_PROXY=http://USER:PASSWORD@" + address},
		{"wrong password", "https_proxy", "http://me:proxy-canary@" + address, "https://feed.example/v3/index.json", "refuses the user name and password that it was given (407)", "export https_proxy="},
		{"tunnel refused", "https_proxy", wants.URL, "https://forbidden.example/v3/index.json", "does not lead to feed (https://forbidden.example/v3/index.json): it answers 403", ""},
		{"not there", "https_proxy", "http://127.0.0.1:9", "https://feed.example/v3/index.json", "the proxy http://127.0.0.1:9 (variable https_proxy) cannot be reached: the connection is refused", "unset https_proxy"},
		{"no address", "all_proxy", "http://", "https://feed.example/v3/index.json", "the variable all_proxy is no address of a proxy", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWard(t)
			w.goos = "linux"
			w.env[c.variable] = c.value
			w.source(c.feed, insecure, "")
			w.expect("feed", c.text, c.fix)
			if _, all := w.first(); strings.Contains(all, "canary") {
				t.Errorf("a secret is printed:\n%s", all)
			}
		})
	}
	t.Run("in the user's file", func(t *testing.T) {
		w := newWard(t)
		w.goos = "linux"
		w.source("https://feed.example/v3/index.json", "", "")
		file := w.write("home/.nuget/NuGet/NuGet.Config", fmt.Sprintf(`<configuration><config><add key="http_proxy" value="%s"/></config></configuration>`, wants.URL), 0o600)
		w.expect("feed", "("+file+":1) wants a user name and password", "dotnet nuget config unset http_proxy --configfile "+file+" && export http_proxy=http://USER:PASSWORD@"+address)
	})
}
