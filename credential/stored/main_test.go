package stored

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

const canary = credential.Secret("c4n4ry")

func TestMain(m *testing.M) {
	if dir := os.Getenv("STORED_TEST_DIR"); dir != "" {
		putMany(dir, os.Getenv("STORED_TEST_NAME"))
		return
	}
	os.Exit(withKeyring(m))
}

// putMany is a child of TestManyProcesses.
func putMany(dir, name string) {
	s := New(&Options{Dir: dir})
	for i := range 10 {
		feed, err := credential.ParseFeed(fmt.Sprintf("https://feeds.example/%s/%d", name, i))
		if err == nil {
			_, err = s.Put(context.Background(), feed, credential.Credential{Username: name, Password: canary})
		}
		if err != nil {
			fmt.Println(err)
		}
	}
}

// fake is a keychain in memory. err is what it answers instead.
type fake struct {
	entries map[string]credential.Secret
	err     error
	calls   int
}

func newFake() *fake { return &fake{entries: make(map[string]credential.Secret)} }

func (f *fake) Get(_ context.Context, service, account string) (credential.Secret, error) {
	f.calls++
	if f.err != nil {
		return "", f.err
	}
	secret, ok := f.entries[service+" "+account]
	if !ok {
		return "", keychain.ErrNotFound
	}
	return secret, nil
}

func (f *fake) Set(_ context.Context, service, account string, secret credential.Secret) error {
	f.calls++
	if f.err != nil {
		return f.err
	}
	f.entries[service+" "+account] = secret
	return nil
}

func (f *fake) Delete(_ context.Context, service, account string) error {
	f.calls++
	if f.err != nil {
		return f.err
	}
	if _, ok := f.entries[service+" "+account]; !ok {
		return keychain.ErrNotFound
	}
	delete(f.entries, service+" "+account)
	return nil
}

func mustFeed(t *testing.T, address string) credential.Feed {
	t.Helper()
	feed, err := credential.ParseFeed(address)
	if err != nil {
		t.Fatal(err)
	}
	return feed
}

// put stores and fails the test when it cannot.
func put(t *testing.T, s *Store, address, username string) Where {
	t.Helper()
	where, err := s.Put(t.Context(), mustFeed(t, address), credential.Credential{Username: username, Password: canary + credential.Secret(username)})
	if err != nil {
		t.Fatal(err)
	}
	return where
}

// find says what Find answers, in one line, and checks that no error holds a secret.
func find(t *testing.T, s *Store, address string, refused ...string) string {
	t.Helper()
	r := credential.Request{Feed: mustFeed(t, address), Refused: make(map[string]bool)}
	for _, from := range refused {
		r.Refused[from] = true
	}
	c, err := s.Find(t.Context(), r)
	if err != nil && strings.Contains(err.Error(), canary.Reveal()) {
		t.Errorf("the error holds the secret: %v", err)
	}
	if nothing, ok := errors.AsType[*credential.NothingError](err); ok {
		if nothing.Ours {
			return "ours: " + nothing.Reason
		}
		return "nothing: " + nothing.Reason
	}
	if err != nil {
		return "failed: " + err.Error()
	}
	if r.Refused[c.From] {
		return "refused: " + c.From
	}
	return c.Username + ":" + c.Password.Reveal() + " from " + c.From
}

// leaks lists the files below dir that hold the secret, in name or content.
func leaks(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text)+filepath.Base(path), canary.Reveal()) {
			all = append(all, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
