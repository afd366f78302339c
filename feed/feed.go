// Package feed reads a NuGet v3 feed over HTTP: its service index, the versions of a package, the hash that
// the feed states for one, and the package itself.
//
// It sends no credentials of its own and retries nothing: both are the business of the http.Client that the
// caller gives. Whatever a feed answers is read up to a limit and checked before it is used.
package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/nuplug/nuplug/nupkg"
)

// Limits on what a feed may make us read, in bytes.
const (
	maxServiceIndex = 4 << 20
	maxVersions     = 16 << 20
	maxRegistration = 16 << 20
	maxNuspec       = 1 << 20
	maxPackage      = 4 << 30
)

// packageBaseAddress is the resource type of the flat container.
const packageBaseAddress = "PackageBaseAddress/3.0.0"

// registrationTypes are the resource types of registrations, the preferred ones first: the older hives leave out
// versions that are SemVer 2 only.
func registrationTypes() []string {
	return []string{"RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/Versioned", "RegistrationsBaseUrl/3.4.0",
		"RegistrationsBaseUrl/3.0.0-rc", "RegistrationsBaseUrl/3.0.0-beta", "RegistrationsBaseUrl"}
}

// Feed is a feed whose service index was read. It is safe for concurrent use and holds nothing to close.
type Feed struct {
	client     *http.Client
	url        string // redacted, for messages
	raw        json.RawMessage
	resources  []resource
	maxPackage int64
}

type resource struct {
	ID   string      `json:"@id"`
	Type stringsList `json:"@type"`
}

// stringsList is a JSON string or an array of them, as JSON-LD has it.
type stringsList []string

func (l *stringsList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = stringsList{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

// Open reads the service index at address, which must be http or https; a user name and password in it are
// not used. A nil client is http.DefaultClient. An answer other than 200 is a [*StatusError].
func Open(ctx context.Context, client *http.Client, address string) (*Feed, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, fmt.Errorf("open feed: %w", err)
	}
	if client == nil {
		client = http.DefaultClient
	}
	f := &Feed{client: client, url: redact(u), maxPackage: maxPackage}
	if f.raw, err = f.read(ctx, u, maxServiceIndex); err != nil {
		return nil, fmt.Errorf("read service index: %w", err)
	}
	var index struct {
		Resources []resource `json:"resources"`
	}
	if err := json.Unmarshal(f.raw, &index); err != nil {
		return nil, fmt.Errorf("read service index: %s is not the index of a NuGet v3 feed: %w", f.url, err)
	}
	if len(index.Resources) == 0 {
		return nil, fmt.Errorf("read service index: %s lists no resources; a v3 feed's address usually ends in /index.json", f.url)
	}
	f.resources = index.Resources
	return f, nil
}

// ServiceIndex returns the service index as the feed sent it, a JSON object.
func (f *Feed) ServiceIndex() json.RawMessage { return slices.Clone(f.raw) }

// Resource returns the address of the first of the types that the feed has, exactly as the feed gives it.
func (f *Feed) Resource(types ...string) (address string, ok bool) {
	for _, want := range types {
		for _, r := range f.resources {
			if slices.Contains(r.Type, want) {
				return r.ID, true
			}
		}
	}
	return "", false
}

// resourceURL is the address of a file below a resource.
func (f *Feed) resourceURL(types []string, path ...string) (*url.URL, error) {
	address, ok := f.Resource(types...)
	if !ok {
		return nil, fmt.Errorf("feed %s has no %s in its service index", f.url, types[0])
	}
	u, err := parseURL(address)
	if err != nil {
		return nil, fmt.Errorf("feed %s, resource %s: %w", f.url, types[0], err)
	}
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	return u.JoinPath(path...), nil
}

// Versions lists all versions of a package, the unlisted ones too, oldest first. A package that the feed does not
// have is a [*StatusError] with code 404.
func (f *Feed) Versions(ctx context.Context, id string) ([]nupkg.Version, error) {
	versions, err := f.versions(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list versions of %.100s: %w", id, err)
	}
	return versions, nil
}

func (f *Feed) versions(ctx context.Context, id string) ([]nupkg.Version, error) {
	if err := nupkg.ValidateID(id); err != nil {
		return nil, err
	}
	u, err := f.resourceURL([]string{packageBaseAddress}, nupkg.LowerID(id), "index.json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Versions []string `json:"versions"`
	}
	if err := f.readJSON(ctx, u, maxVersions, &list); err != nil {
		return nil, err
	}
	versions := make([]nupkg.Version, len(list.Versions))
	for i, s := range list.Versions {
		if versions[i], err = nupkg.ParseVersion(s); err != nil {
			return nil, fmt.Errorf("%s: %w", redact(u), err)
		}
	}
	slices.SortStableFunc(versions, nupkg.Version.Compare)
	return slices.CompactFunc(versions, nupkg.Version.Equal), nil
}

// Nuspec reads the nuspec of a package, with its dependencies, without the package. A nuspec that
// speaks of another package is an error.
func (f *Feed) Nuspec(ctx context.Context, id string, version nupkg.Version) (nupkg.Nuspec, error) {
	want := nupkg.Identity{ID: id, Version: version}
	nuspec, err := f.nuspec(ctx, want)
	if err != nil {
		return nupkg.Nuspec{}, fmt.Errorf("read nuspec of %s: %w", want, err)
	}
	return nuspec, nil
}

func (f *Feed) nuspec(ctx context.Context, want nupkg.Identity) (nupkg.Nuspec, error) {
	u, err := f.packageURL(want, nupkg.LowerID(want.ID)+".nuspec")
	if err != nil {
		return nupkg.Nuspec{}, err
	}
	text, err := f.read(ctx, u, maxNuspec)
	if err != nil {
		return nupkg.Nuspec{}, err
	}
	nuspec, err := nupkg.ParseNuspec(text)
	if err == nil && !nuspec.Identity.Equal(want) {
		err = fmt.Errorf("the feed gave that of %s", nuspec.Identity)
	}
	return nuspec, err
}

// packageURL is the address of a file in the flat container.
func (f *Feed) packageURL(id nupkg.Identity, file string) (*url.URL, error) {
	if err := nupkg.ValidateID(id.ID); err != nil {
		return nil, err
	}
	return f.resourceURL([]string{packageBaseAddress}, nupkg.LowerID(id.ID), id.Version.Lower(), file)
}

// parseURL takes absolute http and https addresses. What cannot be parsed is not repeated in the error:
// a password with a stray character is the likeliest reason. A user name and password in the address are
// dropped: net/http would send them, NuGet does not.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("the address is not a URL")
	case u.Scheme == "":
		return nil, errors.New("the address is not an http or https URL: it has no scheme (a folder is no v3 feed)")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the address is not an http or https URL: its scheme is %.20q", u.Scheme)
	case u.Host == "":
		return nil, errors.New("the address names no host")
	}
	u.User = nil
	return u, nil
}
