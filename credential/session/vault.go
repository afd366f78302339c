package session

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
	"github.com/nuplug/nuplug/internal/atomicfile"
)

// The name of the key in the keychain.
const (
	keyService = "nuplug"
	keyAccount = "key of the session cache"
)

// The files. There is one cache for each of the two kinds of key, so that a desktop session and one without a keychain do
// not take turns at making each other's cache unreadable.
const (
	keychainCacheName = "session.dat"
	fileCacheName     = "session-nokeychain.dat"
	keyFileName       = "session-nokeychain.key"
)

const keySize = 32 // AES-256

// vault is a file with its key.
type vault struct {
	path string
	aead cipher.AEAD
}

// open finds the key and so which file is used. create says whether to make a key where there is none, for which the caller
// holds the lock; without it nil is returned. What the keychain said holds for the life of the process; a key in a file is
// read each time, because another process may have had to replace it.
func (c *Cache) open(ctx context.Context, create bool) (*vault, error) {
	select {
	case c.opening <- struct{}{}:
		defer func() { <-c.opening }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	c.mu.Lock()
	v, reason := c.vault, c.noKey
	c.mu.Unlock()
	if v != nil {
		return v, nil
	}
	if reason == "" {
		key, err := c.keychainKey(ctx, create)
		switch {
		case err == nil:
			v, err = newVault(c.path(keychainCacheName), key)
			c.settle(v, "")
			return v, err
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, keychain.ErrNotFound): // the keychain works, and nothing is in the cache
			return nil, nil
		}
		c.settle(nil, err.Error())
	}
	key, err := c.fileKey(create)
	if key == nil || err != nil {
		return nil, err
	}
	return newVault(c.path(fileCacheName), key)
}

func (c *Cache) settle(v *vault, noKey string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vault, c.noKey = v, noKey
}

func newVault(path string, key []byte) (*vault, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &vault{path, aead}, nil
}

// keychainKey gets the key from the keychain. When it makes one, it reads it back: another folder of another process may
// have been faster.
func (c *Cache) keychainKey(ctx context.Context, create bool) ([]byte, error) {
	if c.o.Keychain == nil {
		return nil, keychain.ErrNoKeychain
	}
	text, err := c.o.Keychain.Get(ctx, keyService, keyAccount)
	if err == nil {
		if key, ok := decodeKey(text.Reveal()); ok {
			return key, nil
		}
		err = keychain.ErrNotFound // what is there is nobody's key
	}
	if !errors.Is(err, keychain.ErrNotFound) || !create {
		return nil, err
	}
	if err := c.o.Keychain.Set(ctx, keyService, keyAccount, newKey()); err != nil {
		return nil, err
	}
	if text, err = c.o.Keychain.Get(ctx, keyService, keyAccount); err != nil {
		return nil, unreadable(err)
	}
	key, ok := decodeKey(text.Reveal())
	if !ok {
		return nil, errors.New("the keychain does not keep what it was given")
	}
	return key, nil
}

// unreadable is not ErrNotFound, after something was written.
func unreadable(err error) error {
	return fmt.Errorf("the keychain does not keep what it was given: %v", err)
}

// fileKey reads the key from its file. One that others can reach is replaced, and so is one that is damaged.
func (c *Cache) fileKey(create bool) ([]byte, error) {
	text, err := readPrivate(c.goos, c.path(keyFileName))
	if err == nil {
		if key, ok := decodeKey(string(text)); ok {
			return key, nil
		}
	}
	if !create {
		return nil, nil
	}
	secret := newKey()
	if err := atomicfile.Write(c.path(keyFileName), []byte(secret.Reveal()), 0o600); err != nil {
		return nil, err
	}
	key, _ := decodeKey(secret.Reveal())
	return key, nil
}

func newKey() credential.Secret {
	key := make([]byte, keySize)
	rand.Read(key) // never fails
	return credential.Secret(base64.StdEncoding.EncodeToString(key))
}

func decodeKey(text string) ([]byte, bool) {
	key, err := base64.StdEncoding.DecodeString(text)
	return key, err == nil && len(key) == keySize
}

func (c *Cache) path(name string) string { return filepath.Join(c.o.Dir, name) }

// maxSize is more than the file has, in bytes.
const maxSize = 8 << 20

// readPrivate reads a file that nobody but its user can read or write. On Windows the rights do not show in the mode; there
// the folder is the user's own.
func readPrivate(goos, path string) ([]byte, error) {
	info, err := os.Stat(path) // first, because opening a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil { // again, because it is this one that is read
		return nil, err
	}
	if goos != "windows" && info.Mode()&0o066 != 0 {
		return nil, fmt.Errorf("%s can be read or written by others: %w", path, fs.ErrPermission)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s is larger than 8 MiB", path)
	}
	return text, err
}
