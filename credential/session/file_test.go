package session

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/nuplug/nuplug/internal/atomicfile"
)

// damaged checks that a cache with wrong files has nothing, and takes a token as if they were not there.
func damaged(t *testing.T, what string, o *Options) {
	t.Helper()
	c := New(o)
	if got, ok := c.Get(t.Context(), key); ok {
		t.Errorf("%s: %v", what, got)
	}
	if err := c.Put(t.Context(), key, Token{Secret: canary + "2"}); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if got, ok := New(o).Get(t.Context(), key); !ok || got.Secret != canary+"2" {
		t.Errorf("%s: it is not in use again: %t", what, ok)
	}
}

func TestDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"empty": func([]byte) []byte { return nil }, "header": func(b []byte) []byte { return b[:len(header)] },
		"cut": func(b []byte) []byte { return b[:len(b)-1] }, "longer": func(b []byte) []byte { return append(b, 0) },
		"first bit": func(b []byte) []byte { b[0] ^= 1; return b }, "last bit": func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"nonce": func(b []byte) []byte { b[len(header)] ^= 1; return b }, "text": func([]byte) []byte { return []byte(`{"token":"c4n4ry"}`) },
		"huge": func([]byte) []byte { return bytes.Repeat([]byte(header), maxSize/len(header)+1) },
	} {
		for _, file := range []string{fileCacheName, keyFileName} {
			o := &Options{Dir: t.TempDir()}
			path := filepath.Join(o.Dir, file)
			if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if file == keyFileName && (name == "first bit" || name == "last bit" || name == "nonce" || name == "header" || name == "longer") {
				continue // for base64
			}
			if err := os.WriteFile(path, damage(text), 0o600); err != nil {
				t.Fatal(err)
			}
			damaged(t, name+" "+file, o)
		}
	}
}

// A file for another key, as after the keychain was deleted.
func TestForeignFile(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Keychain: newFake()}
	if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
		t.Fatal(err)
	}
	o.Keychain = newFake()
	damaged(t, "another key", o)
}

func TestEncryptionDiffersEachTime(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Now: newClock().Now}
	var seen [2][]byte
	for i := range seen {
		if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
			t.Fatal(err)
		}
		var err error
		if seen[i], err = os.ReadFile(filepath.Join(o.Dir, fileCacheName)); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(seen[0], seen[1]) {
		t.Error("the nonce was used twice")
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // where the rights do not show in the mode
	}
	o := &Options{Dir: filepath.Join(t.TempDir(), "cache", "nuplug")}
	for _, file := range []string{fileCacheName, keyFileName} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			if err := New(o).Put(t.Context(), key, Token{Secret: canary}); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]os.FileMode{"": 0o700 | os.ModeDir, fileCacheName: 0o600, keyFileName: 0o600} {
				if info, err := os.Stat(filepath.Join(o.Dir, name)); err != nil || info.Mode() != want {
					t.Errorf("%q: %v, %v", name, info.Mode(), err)
				}
			}
			if err := os.Chmod(filepath.Join(o.Dir, file), mode); err != nil {
				t.Fatal(err)
			}
			damaged(t, mode.String()+" "+file, o)
		}
	}
}

// FuzzOpen feeds the file, as it is and as what the encryption protects.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(header))
	f.Add([]byte("null"))
	f.Add([]byte("[null]"))
	f.Add([]byte(`[{"key":{"origin":"https://feeds.example"},"secret":"x","expires":"2026-01-02T03:04:05Z","stored":"x"}]`))
	f.Add([]byte(`[{"key":{"source":"azure"},"secret":"x"},{"key":{"source":"azure"},"secret":"y"}]`))
	dir := f.TempDir()
	o := &Options{Dir: dir, Now: newClock().Now}
	if err := New(o).Put(f.Context(), Key{}, Token{Secret: canary}); err != nil {
		f.Fatal(err)
	}
	v, err := New(o).open(f.Context(), false)
	if err != nil || v == nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		sealed := v.aead.Seal([]byte(header), nil, text, []byte(header))
		for _, content := range [][]byte{text, append([]byte(header), text...), sealed} {
			if err := atomicfile.Write(filepath.Join(dir, fileCacheName), content, 0o600); err != nil {
				t.Fatal(err)
			}
			c := New(o)
			c.List(t.Context())
			c.Get(t.Context(), key)
			if err := c.Put(t.Context(), key, Token{Secret: canary}); err != nil {
				t.Fatal(err)
			}
			if got, ok := New(o).Get(t.Context(), key); !ok || got.Secret != canary {
				t.Fatalf("%v, %t", got, ok)
			}
		}
	})
}
