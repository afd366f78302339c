package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

const canary = credential.Secret("c4n4ry")

var key = Key{Origin: "https://feeds.example", Path: "/org", Tenant: "t", Account: "a", Scope: "s", Source: "azure"}

func TestMain(m *testing.M) {
	if dir := os.Getenv("SESSION_TEST_DIR"); dir != "" {
		doOnce(dir)
		return
	}
	os.Exit(withKeyring(m))
}

// doOnce is a child of TestManyProcesses. Its fetching takes until the parent has seen that it fetches.
func doOnce(dir string) {
	fmt.Println("started")
	t, err := New(&Options{Dir: dir}).Do(context.Background(), key, func(context.Context) (Token, error) {
		fmt.Println("fetching")
		os.Stdin.Read(make([]byte, 1))
		return Token{Secret: canary + credential.Secret(os.Getenv("SESSION_TEST_NAME")), Expires: time.Now().Add(time.Hour)}, nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("got " + t.Secret.Reveal())
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

// fetcher counts its calls.
func fetcher(calls *int, t Token) func(context.Context) (Token, error) {
	return func(context.Context) (Token, error) {
		*calls++
		return t, nil
	}
}

// files lists the files below dir and fails the test when one holds the canary in its name or content.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all = append(all, filepath.Base(path))
		text, err := os.ReadFile(path)
		if strings.Contains(string(text)+path, canary.Reveal()) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}
