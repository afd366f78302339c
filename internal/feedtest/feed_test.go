package feedtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/nupkg"
)

func pack(t *testing.T, id, version string, dependencies ...nupkg.Dependency) []byte {
	t.Helper()
	v, err := nupkg.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	p := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: nupkg.Identity{ID: id, Version: v}}}
	if len(dependencies) > 0 {
		p.Dependencies = []nupkg.DependencyGroup{{TargetFramework: "netstandard2.0", Dependencies: dependencies}}
	}
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func start(t *testing.T, opts *Options) *Feed {
	t.Helper()
	f, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// get asks with an Authorization header, "" for none, and returns status and body.
func get(t *testing.T, method, url, authorization string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

func TestAuthentication(t *testing.T) {
	f := start(t, &Options{Username: "ann", Password: "s3cret"})
	path := strings.TrimPrefix(f.URL(), f.server.base)
	for _, authorization := range []string{"", "Basic Og==", basic("ann", "wrong"), basic("bob", "s3cret"), "Bearer s3cret", "Basic !"} {
		res, body := get(t, "GET", f.URL(), authorization)
		if res.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Basic realm=") {
			t.Errorf("with %q: %s, %q", authorization, res.Status, res.Header)
		}
		if strings.Contains(body, "resources") {
			t.Errorf("with %q: got %s", authorization, body)
		}
	}
	if res, _ := get(t, "GET", f.URL(), basic("ann", "s3cret")); res.StatusCode != http.StatusOK {
		t.Errorf("with the right credentials: %s", res.Status)
	}
	want := []Request{
		{"GET", path, false, "", Anonymous, 401},
		{"GET", path, true, "", EmptyBasic, 401},
		{"GET", path, true, "ann", Wrong, 401},
		{"GET", path, true, "bob", Wrong, 401},
		{"GET", path, true, "", Wrong, 401},
		{"GET", path, true, "", Wrong, 401},
		{"GET", path, true, "ann", Accepted, 200},
	}
	if diff := cmp.Diff(want, f.Requests()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Counts{Requests: 7, Accepted: 1, Anonymous: 1, EmptyBasic: 1, Wrong: 4, Unauthorized: 6}, f.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	f.ResetLog()
	if got := f.Counts(); got != (Counts{}) {
		t.Errorf("counts after reset: %+v", got)
	}
}

// TestEverythingIsPrivate asks for every kind of path without credentials, the ones that do not exist too.
func TestEverythingIsPrivate(t *testing.T) {
	f := start(t, &Options{Username: "ann", Password: "s3cret", Packages: [][]byte{pack(t, "A", "1.0")}})
	for _, path := range []string{"/", "/v3/index.json", "/v3/flat/a/index.json", "/v3/flat/a/1.0.0/a.1.0.0.nupkg", "/v3/flat/a/1.0.0/a.nuspec",
		"/v3/registration/a/index.json", "/v3/registration/a/1.0.0.json", "/v3/catalog/a/1.0.0.json", "/v3/search", "/nothing", "/other/v3/index.json"} {
		if res, _ := get(t, "GET", f.base()+path, ""); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s without credentials: %s", path, res.Status)
		}
	}
}

func TestStrictness(t *testing.T) {
	f := start(t, &Options{Open: true, Packages: [][]byte{pack(t, "Contoso.Core", "1.0")}})
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/v3/flat/contoso.core/1.0.0/contoso.core.1.0.0.nupkg", 200},
		{"HEAD", "/v3/flat/contoso.core/1.0.0/contoso.core.1.0.0.nupkg", 200},
		{"GET", "/v3/flat/Contoso.Core/index.json", 404},
		{"GET", "/v3/flat/contoso.core/1.0/contoso.core.1.0.nupkg", 404},
		{"GET", "/v3/flat/contoso.core/1.0.0/other.1.0.0.nupkg", 404},
		{"GET", "/v3/flat/contoso.core/1.0.0/", 404},
		{"GET", "/v3/registration/contoso.core/1.0.0", 404},
		{"GET", "/v3/flat/unknown/index.json", 404},
		{"GET", "/v3/registration/unknown/index.json", 404},
		{"GET", "/index.json", 404},
		{"GET", "/v3/search?skip=-1", 400},
		{"POST", "/v3/index.json", 405},
		{"PUT", "/v3/flat/contoso.core/1.0.0/contoso.core.1.0.0.nupkg", 405},
	} {
		if res, _ := get(t, test.method, f.base()+test.path, ""); res.StatusCode != test.want {
			t.Errorf("%s %s: %s, want %d", test.method, test.path, res.Status, test.want)
		}
	}
}

func TestDocuments(t *testing.T) {
	content := pack(t, "Contoso.Core", "1.10", nupkg.Dependency{ID: "Contoso.Base", Range: "[1.0.0, )"})
	f := start(t, &Options{Open: true, Packages: [][]byte{content, pack(t, "contoso.core", "1.9-rc"), pack(t, "Other", "2.0.0.1")}})
	base := f.base() + "/v3/"

	var index struct {
		Version   string
		Resources []struct {
			ID   string `json:"@id"`
			Type string `json:"@type"`
		}
	}
	decode(t, f.URL(), &index)
	var types []string
	for _, r := range index.Resources {
		types = append(types, r.Type)
		if !strings.HasPrefix(r.ID, base) {
			t.Errorf("resource %s is at %s", r.Type, r.ID)
		}
	}
	if diff := cmp.Diff([]string{"PackageBaseAddress/3.0.0", "RegistrationsBaseUrl", "RegistrationsBaseUrl/3.4.0", "RegistrationsBaseUrl/3.6.0",
		"SearchQueryService", "SearchQueryService/3.0.0-beta"}, types); diff != "" || index.Version != "3.0.0" {
		t.Errorf("service index %q (-want +got):\n%s", index.Version, diff)
	}

	var versions struct{ Versions []string }
	decode(t, base+"flat/contoso.core/index.json", &versions)
	if diff := cmp.Diff([]string{"1.9.0-rc", "1.10.0"}, versions.Versions); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
	if _, got := get(t, "GET", base+"flat/contoso.core/1.10.0/contoso.core.1.10.0.nupkg", ""); got != string(content) {
		t.Error("the package has other bytes")
	}
	if _, got := get(t, "GET", base+"flat/contoso.core/1.10.0/contoso.core.nuspec", ""); !strings.Contains(got, "<id>Contoso.Core</id>") {
		t.Errorf("nuspec is %s", got)
	}

	sum, _, err := nupkg.Hash(strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	type entry struct {
		ID                   string `json:"id"`
		Version              string
		PackageHash          string
		PackageHashAlgorithm string
		PackageContent       string
		DependencyGroups     []struct {
			TargetFramework string
			Dependencies    []struct{ ID, Range string }
		}
	}
	check := func(where string, got entry) {
		t.Helper()
		if got.ID != "Contoso.Core" || got.Version != "1.10.0" || got.PackageHash != sum || got.PackageHashAlgorithm != "SHA512" ||
			got.PackageContent != base+"flat/contoso.core/1.10.0/contoso.core.1.10.0.nupkg" {
			t.Errorf("%s: %+v", where, got)
		}
		if g := got.DependencyGroups; len(g) != 1 || g[0].TargetFramework != "netstandard2.0" || len(g[0].Dependencies) != 1 ||
			g[0].Dependencies[0].ID != "Contoso.Base" || g[0].Dependencies[0].Range != "[1.0.0, )" {
			t.Errorf("%s: dependencies %+v", where, g)
		}
	}
	var registration struct {
		Items []struct {
			Count        int
			Lower, Upper string
			Items        []struct{ CatalogEntry entry }
		}
	}
	decode(t, base+"registration/contoso.core/index.json", &registration)
	if page := registration.Items[0]; page.Lower != "1.9.0-rc" || page.Upper != "1.10.0" || page.Count != 2 {
		t.Errorf("page %+v", page)
	}
	check("registration index", registration.Items[0].Items[1].CatalogEntry)
	var leaf struct{ CatalogEntry, PackageContent string }
	decode(t, base+"registration/contoso.core/1.10.0.json", &leaf)
	var details entry
	decode(t, leaf.CatalogEntry, &details)
	check("catalog entry", details)
}

func decode(t *testing.T, url string, into any) {
	t.Helper()
	res, body := get(t, "GET", url, "")
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %s %s", url, res.Status, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}

func TestSearch(t *testing.T) {
	f := start(t, &Options{Open: true, Packages: [][]byte{pack(t, "Contoso.Core", "1.0"), pack(t, "Contoso.Core", "2.0"),
		pack(t, "Contoso.Core", "3.0-rc"), pack(t, "Contoso.Base", "1.0"), pack(t, "Other", "1.0-rc")}})
	for query, want := range map[string][]string{
		"":                         {"Contoso.Base 1.0.0 1", "Contoso.Core 2.0.0 2"},
		"prerelease=true":          {"Contoso.Base 1.0.0 1", "Contoso.Core 3.0.0-rc 3", "Other 1.0.0-rc 1"},
		"q=CORE":                   {"Contoso.Core 2.0.0 2"},
		"q=none":                   nil,
		"skip=1&take=1":            {"Contoso.Core 2.0.0 2"},
		"skip=9":                   nil,
		"take=0":                   nil,
		"skip=2147483647&take=100": nil,
	} {
		var result struct {
			TotalHits int
			Data      []struct {
				ID, Version string
				Versions    []struct{ Version string }
			}
		}
		decode(t, f.base()+"/v3/search?"+query, &result)
		var got []string
		for _, hit := range result.Data {
			got = append(got, hit.ID+" "+hit.Version+" "+string(rune('0'+len(hit.Versions))))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestSeveralFeeds(t *testing.T) {
	first := start(t, &Options{Username: "ann", Password: "a", Packages: [][]byte{pack(t, "A", "1.0")}})
	second, err := first.Add("second", &Options{Username: "bob", Password: "b", Packages: [][]byte{pack(t, "B", "1.0")}})
	if err != nil {
		t.Fatal(err)
	}
	open, err := first.Add("open", &Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url, authorization string
		want               int
	}{
		{first.URL(), basic("ann", "a"), 200},
		{first.URL(), basic("bob", "b"), 401},
		{second.URL(), basic("bob", "b"), 200},
		{second.URL(), basic("ann", "a"), 401},
		{open.URL(), "", 200},
		{second.base() + "/v3/flat/b/index.json", basic("bob", "b"), 200},
		{second.base() + "/v3/flat/a/index.json", basic("bob", "b"), 404},
		{first.base() + "/v3/flat/b/index.json", basic("ann", "a"), 404},
	} {
		if res, _ := get(t, "GET", test.url, test.authorization); res.StatusCode != test.want {
			t.Errorf("%s: %s, want %d", test.url, res.Status, test.want)
		}
	}
	if a, b := first.Counts().Wrong, second.Counts().Wrong; a != 1 || b != 1 {
		t.Errorf("wrong credentials seen: %d and %d, want one each", a, b)
	}
	for _, name := range []string{"second", "v3", "", "a/b"} {
		if _, err := first.Add(name, &Options{Open: true}); err == nil {
			t.Errorf("a feed could be named %q", name)
		}
	}
}

func TestCorrupt(t *testing.T) {
	content := pack(t, "A", "1.0")
	f := start(t, &Options{Open: true, Packages: [][]byte{content}})
	id := nupkg.Identity{ID: "a"}
	if err := f.Corrupt(id); err == nil {
		t.Error("a package that is not there was corrupted")
	}
	id.Version, _ = nupkg.ParseVersion("1.0")
	if err := f.Corrupt(id); err != nil {
		t.Fatal(err)
	}
	_, got := get(t, "GET", f.base()+"/v3/flat/a/1.0.0/a.1.0.0.nupkg", "")
	different := 0
	for i := range min(len(got), len(content)) {
		if got[i] != content[i] {
			different++
		}
	}
	if different != 1 || len(got) != len(content) {
		t.Errorf("%d of %d bytes differ, served are %d", different, len(content), len(got))
	}
	if _, err := nupkg.Read(strings.NewReader(got), int64(len(got)), nil); err != nil {
		t.Errorf("the corrupted package shows it without its hash: %v", err)
	}
}

func TestIntercept(t *testing.T) {
	f := start(t, &Options{Username: "ann", Password: "a", Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v3/search" {
			return false
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}})
	if res, _ := get(t, "GET", f.base()+"/v3/search", ""); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("intercepted: %s", res.Status)
	}
	if res, _ := get(t, "GET", f.URL(), ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("not intercepted: %s", res.Status)
	}
	want := []Request{{"GET", "/v3/search", false, "", Intercepted, 429}, {"GET", "/v3/index.json", false, "", Anonymous, 401}}
	if diff := cmp.Diff(want, f.Requests()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestRanges(t *testing.T) {
	content := pack(t, "A", "1.0")
	f := start(t, &Options{Open: true, Packages: [][]byte{content}})
	r, err := http.NewRequestWithContext(t.Context(), "GET", f.base()+"/v3/flat/a/1.0.0/a.1.0.0.nupkg", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Range", "bytes=10-19")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusPartialContent || string(got) != string(content[10:20]) {
		t.Errorf("%s, %q (%v)", res.Status, got, err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := pack(t, "A", "1.0")
	for name, opts := range map[string]*Options{
		"nothing":          nil,
		"no password":      {Username: "ann"},
		"no user name":     {Password: "a"},
		"open and private": {Open: true, Password: "a"},
		"colon":            {Username: "a:b", Password: "a"},
		"no package":       {Open: true, Packages: [][]byte{[]byte("hello")}},
		"twice":            {Open: true, Packages: [][]byte{good, good}},
	} {
		if f, err := New(opts); err == nil {
			f.Close()
			t.Errorf("%s: got a feed", name)
		}
	}
}

// TestClose frees the port, twice without complaint.
func TestClose(t *testing.T) {
	f, err := New(&Options{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := http.Get(f.URL()); err == nil {
		t.Error("a closed feed answered")
	}
}
