package feed

import (
	"context"
	"fmt"
	"io"

	"github.com/nuplug/nuplug/nupkg"
)

// Content says what was downloaded.
type Content struct {
	SHA512 string // of the bytes written, in base64, as in [Registration]
	Size   int64  // in bytes
}

// Download writes a package to w as it comes. It checks that the feed sent all that it announced, and
// nothing else: comparing the hash is left to the caller, who also throws away what was written when
// Download fails.
func (f *Feed) Download(ctx context.Context, id string, version nupkg.Version, w io.Writer) (Content, error) {
	want := nupkg.Identity{ID: id, Version: version}
	content, err := f.download(ctx, want, w)
	if err != nil {
		return Content{}, fmt.Errorf("download %s: %w", want, err)
	}
	return content, nil
}

func (f *Feed) download(ctx context.Context, want nupkg.Identity, w io.Writer) (Content, error) {
	u, err := f.packageURL(want, want.FileName())
	if err != nil {
		return Content{}, err
	}
	// The hash is over the package, not over what a server made of it on the way.
	res, err := f.get(ctx, u, false)
	if err != nil {
		return Content{}, err
	}
	defer res.Body.Close()
	if res.ContentLength > f.maxPackage {
		return Content{}, fmt.Errorf("%s has %d bytes, more than the %d allowed", redact(u), res.ContentLength, f.maxPackage)
	}
	hasher := nupkg.NewHasher()
	n, err := io.Copy(io.MultiWriter(w, hasher), io.LimitReader(res.Body, f.maxPackage+1))
	if err != nil {
		return Content{}, fmt.Errorf("after %d bytes of %s: %w", n, redact(u), err)
	}
	if n > f.maxPackage {
		return Content{}, fmt.Errorf("%s has more than the %d bytes allowed", redact(u), f.maxPackage)
	}
	return Content{SHA512: hasher.Sum(), Size: hasher.Size()}, nil
}
