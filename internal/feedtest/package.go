package feedtest

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/nuplug/nuplug/nupkg"
)

// storedPackage is one package with all that the feed tells about it. It never changes.
type storedPackage struct {
	content               []byte // what is served
	hash                  string // SHA-512 of what was added, in base64
	lowerID, lowerVersion string
	nuspec                nupkg.Nuspec
	nuspecText            []byte
}

func newStoredPackage(content []byte) (*storedPackage, error) {
	archive, err := nupkg.Read(bytes.NewReader(content), int64(len(content)), nil)
	if err != nil {
		return nil, err
	}
	p := &storedPackage{content: bytes.Clone(content), nuspec: archive.Nuspec()}
	p.lowerID, p.lowerVersion = nupkg.LowerID(p.nuspec.ID), p.nuspec.Version.Lower()
	if p.hash, _, err = nupkg.Hash(bytes.NewReader(content)); err != nil {
		return nil, err
	}
	for _, f := range archive.Files() {
		if !strings.Contains(f.Name, "/") && strings.HasSuffix(strings.ToLower(f.Name), ".nuspec") {
			p.nuspecText, err = readFile(archive, f.Name)
		}
	}
	return p, err
}

func readFile(archive *nupkg.Archive, name string) ([]byte, error) {
	rc, err := archive.Open(name)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	return io.ReadAll(rc)
}

func (p *storedPackage) id() nupkg.Identity { return p.nuspec.Identity }

func (p *storedPackage) compare(q *storedPackage) int {
	if c := strings.Compare(p.lowerID, q.lowerID); c != 0 {
		return c
	}
	if c := p.nuspec.Version.Compare(q.nuspec.Version); c != 0 {
		return c
	}
	return strings.Compare(p.lowerVersion, q.lowerVersion)
}

// timeOffset is where a zip file's first entry holds the low byte of its time of day.
const timeOffset = 10

func (p *storedPackage) corrupted() *storedPackage {
	q := *p
	q.content = bytes.Clone(p.content)
	q.content[timeOffset] ^= 1
	return &q
}

// etag names the bytes that are served.
func (p *storedPackage) etag() string {
	sum, _, err := nupkg.Hash(bytes.NewReader(p.content))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%q", sum[:22])
}
