package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/nupkg"
)

func version(t *testing.T, s string) nupkg.Version {
	t.Helper()
	v, err := nupkg.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func pack(t *testing.T, id, v string, dependencies ...nupkg.DependencyGroup) []byte {
	t.Helper()
	p := nupkg.Package{Nuspec: nupkg.Nuspec{Identity: nupkg.Identity{ID: id, Version: version(t, v)}, Dependencies: dependencies}}
	data, err := p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func start(t *testing.T, opts *feedtest.Options) *feedtest.Feed {
	t.Helper()
	f, err := feedtest.New(opts)
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

// withBasic is a caller's round tripper.
type withBasic struct{ user, password string }

func (b withBasic) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(b.user, b.password)
	return http.DefaultTransport.RoundTrip(r)
}

func open(t *testing.T, server *feedtest.Feed) *Feed {
	t.Helper()
	f, err := Open(t.Context(), &http.Client{Transport: withBasic{"ann", "s3cret"}}, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAgainstPrivateFeed(t *testing.T) {
	content := pack(t, "Contoso.Core", "1.10.0-RC.1", nupkg.DependencyGroup{TargetFramework: "net8.0", Dependencies: []nupkg.Dependency{{ID: "Contoso.Base", Range: "1.0.0"}}})
	server := start(t, &feedtest.Options{Username: "ann", Password: "s3cret",
		Packages: [][]byte{content, pack(t, "Contoso.Core", "1.9"), pack(t, "Contoso.Core", "1.9.0.1")}})
	f := open(t, server)
	v := version(t, "1.10-rc.1")

	versions, err := f.Versions(t.Context(), "contoso.CORE")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(versions), "[1.9.0 1.9.0.1 1.10.0-rc.1]"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}

	nuspec, err := f.Nuspec(t.Context(), "contoso.CORE", v)
	if err != nil {
		t.Fatal(err)
	}
	want := []nupkg.DependencyGroup{{TargetFramework: "net8.0", Dependencies: []nupkg.Dependency{{ID: "Contoso.Base", Range: "1.0.0"}}}}
	if diff := cmp.Diff(want, nuspec.Dependencies); diff != "" {
		t.Errorf("dependencies (-want +got):\n%s", diff)
	}

	registration, err := f.Registration(t.Context(), "contoso.CORE", v)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := f.PackageHash(t.Context(), "contoso.CORE", v)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	got, err := f.Download(t.Context(), "contoso.CORE", v, &b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), content) || got.Size != int64(len(content)) {
		t.Errorf("downloaded %d bytes, reported %d, sent were %d", b.Len(), got.Size, len(content))
	}
	if got.SHA512 != hash || registration.SHA512 != hash || nupkg.ValidateHash(hash) != nil {
		t.Errorf("downloaded %q, registration says %q and %q", got.SHA512, registration.SHA512, hash)
	}
	if !registration.Listed || !strings.HasSuffix(registration.PackageContent, "/contoso.core.1.10.0-rc.1.nupkg") {
		t.Errorf("registration %+v", registration)
	}
	if c := server.Counts(); c.Wrong+c.Anonymous != 0 {
		t.Errorf("asked without credentials: %+v", c)
	}
	if !bytes.Contains(f.ServiceIndex(), []byte(`"PackageBaseAddress/3.0.0"`)) {
		t.Errorf("service index is %s", f.ServiceIndex())
	}
}

func TestCorruptedPackageHasAnotherHash(t *testing.T) {
	server := start(t, &feedtest.Options{Username: "ann", Password: "s3cret", Packages: [][]byte{pack(t, "A", "1.0")}})
	if err := server.Corrupt(nupkg.Identity{ID: "A", Version: version(t, "1.0")}); err != nil {
		t.Fatal(err)
	}
	f := open(t, server)
	hash, err := f.PackageHash(t.Context(), "A", version(t, "1.0"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Download(t.Context(), "A", version(t, "1.0"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if got.SHA512 == hash {
		t.Error("the hashes are equal")
	}
}

func TestStatusErrors(t *testing.T) {
	server := start(t, &feedtest.Options{Username: "ann", Password: "s3cret"})
	f := open(t, server)
	_, openErr := Open(t.Context(), &http.Client{Transport: withBasic{"ann", "wrong"}}, server.URL()+"?token=s3cret#s3cret")
	_, versionsErr := f.Versions(t.Context(), "Unknown")
	_, downloadErr := f.Download(t.Context(), "Unknown", version(t, "1.0"), io.Discard)
	_, registrationErr := f.Registration(t.Context(), "Unknown", version(t, "1.0"))
	_, nuspecErr := f.Nuspec(t.Context(), "Unknown", version(t, "1.0"))
	for _, test := range []struct {
		name string
		err  error
		code int
	}{
		{"open", openErr, 401}, {"versions", versionsErr, 404}, {"download", downloadErr, 404},
		{"registration", registrationErr, 404}, {"nuspec", nuspecErr, 404},
	} {
		status, ok := errors.AsType[*StatusError](test.err)
		if !ok || status.Code != test.code {
			t.Errorf("%s: %v, want a StatusError with %d", test.name, test.err, test.code)
			continue
		}
		if strings.Contains(test.err.Error(), "s3cret") || !strings.Contains(test.err.Error(), status.URL) {
			t.Errorf("%s: %v", test.name, test.err)
		}
	}
}

func TestOpenRefusesAddress(t *testing.T) {
	for address, want := range map[string]string{
		"":                              "no scheme",
		"/srv/packages":                 "no scheme",
		"feed.example/v3/index.json":    "no scheme",
		"ftp://ann:s3cret@feed.example": `its scheme is "ftp"`,
		"file:///srv/s3cret":            `its scheme is "file"`,
		`C:\packages`:                   `its scheme is "c"`,
		"https:///v3/index.json":        "names no host",
		"https://ann:s3cret/x@feed":     "is not a URL",
		"https://ann:s3 cret@feed":      "is not a URL",
	} {
		_, err := Open(t.Context(), nil, address)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", address, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "ann")) {
			t.Errorf("%q: the error repeats a secret: %v", address, err)
		}
	}
}

// TestErrorsHideSecrets cuts the connection, so that net/http itself writes the error.
func TestErrorsHideSecrets(t *testing.T) {
	server := start(t, &feedtest.Options{Open: true, Intercept: func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }})
	address := strings.Replace(server.URL(), "http://", "http://ann:s3cret@", 1) + "?token=s3cret"
	_, err := Open(t.Context(), nil, address)
	if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "ann") || !strings.Contains(err.Error(), server.URL()) {
		t.Errorf("got error %v", err)
	}
	if log := server.Requests(); len(log) == 0 || log[0].Authorization {
		t.Errorf("credentials of the address were sent: %+v", log)
	}
}

// answers serves fixed texts by path, for feeds unlike our own.
func answers(t *testing.T, texts map[string]string) *feedtest.Feed {
	t.Helper()
	var base string
	server := start(t, &feedtest.Options{Open: true, Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		text, ok := texts[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "BASE", base))
		return true
	}})
	base = strings.TrimSuffix(server.URL(), "/v3/index.json")
	return server
}

func TestServiceIndexes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"no JSON", "<html>", "is not the index of a NuGet v3 feed"},
		{"no object", `[]`, "is not the index of a NuGet v3 feed"},
		{"no resources", `{"version":"3.0.0"}`, "lists no resources"},
		{"too large", `{"version":"` + strings.Repeat("x", maxServiceIndex) + `"}`, "larger than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(t.Context(), nil, answers(t, map[string]string{"/v3/index.json": test.text}).URL())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestResource(t *testing.T) {
	f, err := Open(t.Context(), nil, answers(t, map[string]string{"/v3/index.json": `{"version":"3.0.0","resources":[
		{"@id":"https://feed.example/old/","@type":"RegistrationsBaseUrl"},
		{"@id":"https://feed.example/new/","@type":["Other","RegistrationsBaseUrl/3.6.0"]},
		{"@id":"file:///etc","@type":"PackageBaseAddress/3.0.0"}]}`}).URL())
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := f.Resource(registrationTypes()...); got != "https://feed.example/new/" || !ok {
		t.Errorf("registration at %q, %v", got, ok)
	}
	if got, ok := f.Resource("SearchQueryService"); ok {
		t.Errorf("search at %q", got)
	}
	if _, err := f.Versions(t.Context(), "A"); err == nil || !strings.Contains(err.Error(), `its scheme is "file"`) {
		t.Errorf("a file address: got error %v", err)
	}
	for _, id := range []string{"../a", "a/b", ""} {
		if _, err := f.Versions(t.Context(), id); err == nil || !strings.Contains(err.Error(), "package id") {
			t.Errorf("id %q: got error %v", id, err)
		}
	}
}

func TestMissingResource(t *testing.T) {
	f, err := Open(t.Context(), nil, answers(t, map[string]string{"/v3/index.json": `{"resources":[{"@id":"https://feed.example/","@type":"X"}]}`}).URL())
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Download(t.Context(), "A", version(t, "1.0"), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "has no PackageBaseAddress/3.0.0") {
		t.Errorf("got error %v", err)
	}
}

// otherFeed is one whose base addresses carry a query, lack a trailing slash, and whose catalog entry is inline.
func otherFeed(t *testing.T, texts map[string]string) *Feed {
	t.Helper()
	texts["/v3/index.json"] = `{"resources":[{"@id":"BASE/flat?sig=1","@type":"PackageBaseAddress/3.0.0"},{"@id":"BASE/reg","@type":"RegistrationsBaseUrl"}]}`
	f, err := Open(t.Context(), nil, answers(t, texts).URL())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRegistrationsOfOtherFeeds(t *testing.T) {
	sum, _, err := nupkg.Hash(strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, leaf string
		want       Registration
		refused    string
	}{
		{"inline", `{"catalogEntry":{"id":"a","version":"1.0","listed":false,"packageHash":"` + sum + `","packageHashAlgorithm":"sha512"},"packageContent":"BASE/x"}`,
			Registration{PackageContent: "BASE/x", SHA512: sum}, ""},
		{"no entry", `{"packageContent":"BASE/x"}`, Registration{Listed: true, PackageContent: "BASE/x"}, ""},
		{"null", `{"catalogEntry":null,"listed":false}`, Registration{}, ""},
		{"another algorithm", `{"catalogEntry":{"packageHash":"00","packageHashAlgorithm":"SHA256"}}`, Registration{Listed: true}, ""},
		{"another package", `{"catalogEntry":{"id":"b"}}`, Registration{}, `it tells about "b"`},
		{"another version", `{"catalogEntry":{"id":"a","version":"1.0.1"}}`, Registration{}, `it tells about version "1.0.1"`},
		{"no hash", `{"catalogEntry":{"packageHash":"AAAA","packageHashAlgorithm":"SHA512"}}`, Registration{}, "its packageHash cannot be used"},
		{"a number", `{"catalogEntry":7}`, Registration{}, "neither an address nor an object"},
		{"a file", `{"catalogEntry":"file:///etc/passwd"}`, Registration{}, `its scheme is "file"`},
		{"no JSON", `<html>`, Registration{}, "not what a feed gives there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := otherFeed(t, map[string]string{"/reg/a/1.0.0.json": test.leaf})
			got, err := f.Registration(t.Context(), "A", version(t, "1.0"))
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("got %+v and error %v, want one with %q", got, err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.PackageContent != "" {
				got.PackageContent = "BASE" + got.PackageContent[strings.LastIndex(got.PackageContent, "/"):]
			}
			if diff := cmp.Diff(test.want, *got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVersionsOfOtherFeeds(t *testing.T) {
	f := otherFeed(t, map[string]string{"/flat/a/index.json": `{"versions":["2.0","1.0.0.0","1.0"]}`, "/flat/b/index.json": `{"versions":["x"]}`})
	versions, err := f.Versions(t.Context(), "A")
	if got := fmt.Sprint(versions); err != nil || got != "[1.0.0 2.0.0]" {
		t.Errorf("versions %s (%v)", got, err)
	}
	if _, err := f.Versions(t.Context(), "B"); err == nil || !strings.Contains(err.Error(), `"x" is not a NuGet version`) || strings.Contains(err.Error(), "sig=1") {
		t.Errorf("got error %v", err)
	}
}

func TestNuspecOfAnotherPackage(t *testing.T) {
	f := otherFeed(t, map[string]string{"/flat/a/1.0.0/a.nuspec": `<package><metadata><id>b</id><version>1.0</version></metadata></package>`})
	if _, err := f.Nuspec(t.Context(), "A", version(t, "1.0")); err == nil || !strings.Contains(err.Error(), "the feed gave that of b 1.0.0") {
		t.Errorf("got error %v", err)
	}
}

func TestDownloadLimits(t *testing.T) {
	size := 100
	announced := true
	server := start(t, &feedtest.Options{Open: true, Packages: [][]byte{pack(t, "A", "1.0")}, Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".nupkg") {
			return false
		}
		if announced {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		} else if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		_, _ = w.Write(make([]byte, min(size, 100)))
		return true
	}})
	f, err := Open(t.Context(), nil, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	f.maxPackage = 100
	download := func() (Content, error) {
		return f.Download(t.Context(), "A", version(t, "1.0"), io.Discard)
	}
	if got, err := download(); err != nil || got.Size != 100 {
		t.Errorf("at the limit: %+v, %v", got, err)
	}
	size = 101
	if _, err := download(); err == nil || !strings.Contains(err.Error(), "has 101 bytes, more than the 100 allowed") {
		t.Errorf("announced too large: got error %v", err)
	}
	f.maxPackage = 200
	if _, err := download(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: got error %v", err)
	}
	f.maxPackage, announced = 99, false
	if _, err := download(); err == nil || !strings.Contains(err.Error(), "has more than the 99 bytes allowed") {
		t.Errorf("too large: got error %v", err)
	}
}

// TestDownloadEndsWithContext cancels while the feed is still sending.
func TestDownloadEndsWithContext(t *testing.T) {
	server := start(t, &feedtest.Options{Open: true, Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, ".nupkg") {
			return false
		}
		_, _ = io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done()
		return true
	}})
	f, err := Open(t.Context(), nil, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = f.Download(ctx, "A", version(t, "1.0"), writerFunc(func(p []byte) (int, error) {
		cancel()
		return len(p), nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestDownloadIsNotCompressed: a package that was packed again on the way would have another length.
func TestDownloadIsNotCompressed(t *testing.T) {
	encodings := make(chan string, 1)
	server := start(t, &feedtest.Options{Open: true, Packages: [][]byte{pack(t, "A", "1.0")}, Intercept: func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".nupkg") {
			encodings <- r.Header.Get("Accept-Encoding")
		}
		return false
	}})
	f, err := Open(t.Context(), nil, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Download(t.Context(), "A", version(t, "1.0"), io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := <-encodings; got != "identity" {
		t.Errorf("accepted encodings: %q", got)
	}
}
