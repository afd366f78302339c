package nupkg

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
)

// Hash returns the SHA-512 of all that r gives, in base64 as NuGet and its feeds write it, and the number of
// bytes.
func Hash(r io.Reader) (sum string, size int64, err error) {
	h := NewHasher()
	size, err = io.Copy(h, r)
	if err != nil {
		return "", size, err
	}
	return h.Sum(), size, nil
}

// Hasher is an io.Writer that hashes what passes through it, for a package that is on its way elsewhere.
// It is not safe for concurrent use.
type Hasher struct {
	h    hash.Hash
	size int64
}

// NewHasher returns a Hasher that has seen nothing.
func NewHasher() *Hasher { return &Hasher{h: sha512.New()} }

// Write never fails.
func (h *Hasher) Write(p []byte) (int, error) {
	h.size += int64(len(p))
	return h.h.Write(p)
}

// Sum returns the SHA-512 of what was written so far, in base64.
func (h *Hasher) Sum() string { return base64.StdEncoding.EncodeToString(h.h.Sum(nil)) }

// Size returns how many bytes were written.
func (h *Hasher) Size() int64 { return h.size }

// ValidateHash says why s is no SHA-512 in base64, or returns nil.
func ValidateHash(s string) error {
	sum, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(sum) != sha512.Size {
		return fmt.Errorf("%.100q is no SHA-512 in base64", s)
	}
	return nil
}
