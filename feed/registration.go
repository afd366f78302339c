package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nuplug/nuplug/nupkg"
)

// Registration is what a feed tells about one version of a package.
type Registration struct {
	Listed         bool   // true where the feed does not say
	PackageContent string // address of the .nupkg, as the feed gives it
	SHA512         string // packageHash, in base64, or "" where the feed states none
}

// Registration reads the registration leaf of one version and, where the hash is not in it, the catalog
// entry that the leaf points to.
func (f *Feed) Registration(ctx context.Context, id string, version nupkg.Version) (*Registration, error) {
	want := nupkg.Identity{ID: id, Version: version}
	r, err := f.registration(ctx, want)
	if err != nil {
		return nil, fmt.Errorf("read registration of %s: %w", want, err)
	}
	return r, nil
}

// PackageHash returns the SHA-512 that the feed states for a package, in base64, or "" if it states none:
// not every feed does.
func (f *Feed) PackageHash(ctx context.Context, id string, version nupkg.Version) (string, error) {
	r, err := f.Registration(ctx, id, version)
	if err != nil {
		return "", err
	}
	return r.SHA512, nil
}

// leaf is the JSON of a registration leaf. Feeds give the catalog entry as an address or inline.
type leaf struct {
	Listed         *bool           `json:"listed"`
	PackageContent string          `json:"packageContent"`
	CatalogEntry   json.RawMessage `json:"catalogEntry"`
}

// entry is the part of a catalog entry that is used.
type entry struct {
	ID            string `json:"id"`
	Version       string `json:"version"`
	Listed        *bool  `json:"listed"`
	PackageHash   string `json:"packageHash"`
	HashAlgorithm string `json:"packageHashAlgorithm"`
}

func (f *Feed) registration(ctx context.Context, want nupkg.Identity) (*Registration, error) {
	if err := nupkg.ValidateID(want.ID); err != nil {
		return nil, err
	}
	u, err := f.resourceURL(registrationTypes(), nupkg.LowerID(want.ID), want.Version.Lower()+".json")
	if err != nil {
		return nil, err
	}
	var l leaf
	if err := f.readJSON(ctx, u, maxRegistration, &l); err != nil {
		return nil, err
	}
	e, err := f.entry(ctx, u, l.CatalogEntry)
	if err != nil {
		return nil, err
	}
	if err := e.check(want); err != nil {
		return nil, fmt.Errorf("%s: %w", redact(u), err)
	}
	r := &Registration{Listed: true, PackageContent: l.PackageContent}
	switch {
	case l.Listed != nil:
		r.Listed = *l.Listed
	case e.Listed != nil:
		r.Listed = *e.Listed
	}
	if strings.EqualFold(e.HashAlgorithm, "SHA512") {
		r.SHA512 = e.PackageHash
	}
	return r, nil
}

// entry reads the catalog entry of the leaf at u, which may have none.
func (f *Feed) entry(ctx context.Context, u *url.URL, raw json.RawMessage) (entry, error) {
	var e entry
	if len(raw) == 0 || string(raw) == "null" {
		return e, nil
	}
	var address string
	if json.Unmarshal(raw, &address) != nil {
		if err := json.Unmarshal(raw, &e); err != nil {
			return e, fmt.Errorf("read %s: catalogEntry is neither an address nor an object", redact(u))
		}
		return e, nil
	}
	at, err := parseURL(address)
	if err != nil {
		return e, fmt.Errorf("read %s: catalogEntry: %w", redact(u), err)
	}
	return e, f.readJSON(ctx, at, maxRegistration, &e)
}

// check refuses an entry of another package, and a hash that could never be met.
func (e *entry) check(want nupkg.Identity) error {
	if e.ID != "" && !nupkg.EqualID(e.ID, want.ID) {
		return fmt.Errorf("it tells about %.100q", e.ID)
	}
	if e.Version != "" {
		if v, err := nupkg.ParseVersion(e.Version); err != nil || !v.Equal(want.Version) {
			return fmt.Errorf("it tells about version %.100q", e.Version)
		}
	}
	if e.PackageHash == "" || !strings.EqualFold(e.HashAlgorithm, "SHA512") {
		return nil
	}
	if err := nupkg.ValidateHash(e.PackageHash); err != nil {
		return errors.Join(errors.New("its packageHash cannot be used"), err)
	}
	return nil
}
