package stored

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/keychain"
)

func clock() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC) }

func newStore(t *testing.T, k Keychain) *Store {
	t.Helper()
	return New(&Options{Dir: t.TempDir(), Keychain: k, Now: clock})
}

// places are the ways in which logins are kept on disk.
func places(t *testing.T) map[Place]*Store {
	return map[Place]*Store{InKeychain: newStore(t, newFake()), InFile: newStore(t, nil)}
}

// Two organisations on one host have two accounts, and a project in one of them may have a third.
func TestLongestPath(t *testing.T) {
	for place, s := range places(t) {
		for address, username := range map[string]string{
			"https://feeds.example/OrgA/v3/index.json": "a", "https://feeds.example/orgb": "b", "https://feeds.example/orgb/project/": "project",
			"https://other.example": "other",
		} {
			if where := put(t, s, address, username); where.Place != place {
				t.Errorf("%s: %v", place, where)
			}
		}
		for address, want := range map[string]string{
			"https://feeds.example/orga/v3/index.json":       "a:c4n4rya from login for https://feeds.example/OrgA/v3",
			"https://feeds.example/orgb/v3":                  "b:c4n4ryb from login for https://feeds.example/orgb",
			"https://feeds.example/orgb/PROJECT/v3":          "project:c4n4ryproject from login for https://feeds.example/orgb/project",
			"https://feeds.example/orgb/project2":            "b:c4n4ryb from login for https://feeds.example/orgb",
			"https://other.example/a/b/c":                    "other:c4n4ryother from login for https://other.example",
			"https://feeds.example/orgc":                     "",
			"https://feeds.example":                          "",
			"https://feeds.example:8443/orgb":                "",
			"http://feeds.example/orgb":                      "",
			"https://feeds.example.evil.example/orgb":        "",
			"https://other.example@feeds.example/orga":       "",
			"https://feeds.example/orgb%2F..%2Forga/v3":      "",
			"https://feeds.example/x/../orgb/project%2F../v": "b:c4n4ryb from login for https://feeds.example/orgb",
		} {
			if want == "" {
				want = "nothing: no login is stored for this feed"
			} else {
				name, _, _ := strings.Cut(want, ":")
				want += fmt.Sprintf(" as %q of 2026-01-02 03:04:05 in the %s", name, place)
			}
			if got := find(t, s, address); got != want {
				t.Errorf("%s:\n%s\n%s", address, got, want)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	s := newStore(t, newFake())
	put(t, s, "https://feeds.example/org", "u")
	const long = `login for https://feeds.example/org as "u" of 2026-01-02 03:04:05 in the keychain`
	if got := find(t, s, "https://feeds.example/org", long); got != "refused: "+long {
		t.Error(got)
	}
	put(t, s, "https://feeds.example", "root")
	if got := find(t, s, "https://feeds.example/org", long); !strings.HasPrefix(got, "root:") {
		t.Error(got)
	}
	// A new login is another, whatever was refused before.
	s.o.Now = func() time.Time { return clock().Add(time.Minute) }
	put(t, s, "https://feeds.example/org", "u")
	if got := find(t, s, "https://feeds.example/org", long); !strings.HasPrefix(got, "u:") {
		t.Error(got)
	}
}

func TestExpired(t *testing.T) {
	s := newStore(t, newFake())
	feed := mustFeed(t, "https://feeds.example/org")
	if _, err := s.Put(t.Context(), feed, credential.Credential{Username: "u", Password: canary, Expires: clock().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	c, err := s.Find(t.Context(), credential.Request{Feed: feed})
	if err != nil || !c.Expires.Equal(clock().Add(time.Hour)) {
		t.Errorf("%v, %v", c.Expires, err)
	}
	s.o.Now = func() time.Time { return clock().Add(time.Hour) }
	if got := find(t, s, "https://feeds.example/org"); got != "ours: the login for https://feeds.example/org expired on 2026-01-02 04:04:05: run nuplug login https://feeds.example/org" {
		t.Error(got)
	}
	put(t, s, "https://feeds.example", "root")
	if got := find(t, s, "https://feeds.example/org"); !strings.HasPrefix(got, "root:") {
		t.Error(got)
	}
}

func TestListPutDelete(t *testing.T) {
	for place, s := range places(t) {
		put(t, s, "https://b.example/ORG", "old")
		put(t, s, "https://a.example/index.json", "a")
		put(t, s, "https://b.example/org", "b")
		stored := clock().Truncate(time.Second)
		want := []Login{
			{Feed: mustFeed(t, "https://a.example"), Username: "a", Stored: stored, Place: place},
			{Feed: mustFeed(t, "https://b.example/ORG"), Username: "b", Stored: stored, Place: place},
		}
		equal := cmp.Comparer(func(a, b credential.Feed) bool { return a == b })
		if got, err := s.List(); err != nil || cmp.Diff(want, got, equal) != "" {
			t.Errorf("%v\n%s", err, cmp.Diff(want, got, equal))
		}
		for _, address := range []string{"https://b.example", "https://b.example/org/v3", "http://a.example"} {
			if err := s.Delete(t.Context(), mustFeed(t, address)); !errors.Is(err, ErrNotStored) {
				t.Errorf("%s: %v", address, err)
			}
		}
		for _, address := range []string{"https://b.example/Org/index.json", "https://a.example"} {
			if err := s.Delete(t.Context(), mustFeed(t, address)); err != nil {
				t.Errorf("%s: %v", address, err)
			}
		}
		if got, err := s.List(); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
		if k, ok := s.o.Keychain.(*fake); ok && len(k.entries) != 0 {
			t.Errorf("the keychain holds %d", len(k.entries))
		}
		if got := leaks(t, s.o.Dir); got != nil {
			t.Errorf("%q hold secrets", got)
		}
	}
}

// A login that moves from one place to the other is nowhere twice.
func TestKeychainComesAndGoes(t *testing.T) {
	for _, absent := range []error{keychain.ErrNoKeychain, keychain.ErrLocked, keychain.ErrTooBig, keychain.ErrTimeout} {
		k := newFake()
		s := newStore(t, k)
		k.err = absent
		if where := put(t, s, "https://feeds.example", "u"); where != (Where{InFile, s.path(secretsName), absent.Error()}) {
			t.Error(where)
		}
		k.err = nil
		if where := put(t, s, "https://feeds.example", "u"); where != (Where{Place: InKeychain}) {
			t.Error(where)
		}
		if got := leaks(t, s.o.Dir); got != nil {
			t.Errorf("%q hold the secret", got)
		}
		k.err = absent
		if got := find(t, s, "https://feeds.example"); strings.HasPrefix(got, "u:") || strings.HasPrefix(got, "nothing") {
			t.Error(got)
		}
		if err := s.Delete(t.Context(), mustFeed(t, "https://feeds.example")); !errors.Is(err, absent) {
			t.Errorf("a secret that stays in the keychain: %v", err)
		}
		if all, err := s.List(); err != nil || len(all) != 1 {
			t.Errorf("%v, %v", all, err)
		}
		put(t, s, "https://feeds.example", "u")
		if err := s.Delete(t.Context(), mustFeed(t, "https://feeds.example")); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretIsGone(t *testing.T) {
	const want = "ours: the secret of the login for https://feeds.example is gone: run nuplug login https://feeds.example"
	k := newFake()
	s := newStore(t, k)
	put(t, s, "https://feeds.example", "u")
	for _, text := range []credential.Secret{"", "{}", "c4n4ry", `{"secret":""}`} {
		k.entries = map[string]credential.Secret{service + " https://feeds.example": text}
		if got := find(t, s, "https://feeds.example"); got != want {
			t.Errorf("%q: %s", text.Reveal(), got)
		}
	}
	clear(k.entries)
	if got := find(t, s, "https://feeds.example"); got != want {
		t.Error(got)
	}
	s = newStore(t, nil)
	put(t, s, "https://feeds.example", "u")
	if err := os.Remove(s.path(secretsName)); err != nil {
		t.Fatal(err)
	}
	if got := find(t, s, "https://feeds.example"); got != want {
		t.Error(got)
	}
}

// What costs nothing is done first: a feed without a login, and one whose login was refused, open no keychain.
func TestKeychainIsLeftAlone(t *testing.T) {
	k := newFake()
	s := newStore(t, k)
	put(t, s, "https://feeds.example", "u")
	k.calls = 0
	all, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	find(t, s, "https://nuget.example")
	find(t, s, "https://feeds.example", all[0].from())
	if k.calls != 0 {
		t.Errorf("%d calls", k.calls)
	}
}

func TestMemory(t *testing.T) {
	for name, s := range map[string]*Store{
		"no folder": New(nil), "a file for a folder": New(&Options{Dir: os.Args[0], Keychain: newFake()}),
	} {
		feed := mustFeed(t, "https://feeds.example/Org")
		where, err := s.Put(t.Context(), feed, credential.Credential{Username: "u", Password: canary})
		if where != (Where{Place: InMemory}) || !errors.Is(err, ErrMemoryOnly) || strings.Contains(err.Error(), canary.Reveal()) {
			t.Errorf("%s: %v, %v", name, where, err)
		}
		if got := find(t, s, "https://feeds.example/org/v3"); !strings.HasPrefix(got, "u:c4n4ry from login for https://feeds.example/Org ") {
			t.Errorf("%s: %s", name, got)
		}
		if all, _ := s.List(); len(all) != 1 || all[0].Place != InMemory {
			t.Errorf("%s: %v", name, all)
		}
	}
	s := New(nil)
	s.Put(t.Context(), mustFeed(t, "https://feeds.example/Org"), credential.Credential{Username: "u", Password: canary})
	if err := s.Delete(t.Context(), mustFeed(t, "https://feeds.example/org")); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), mustFeed(t, "https://feeds.example/org")); !errors.Is(err, ErrNotStored) {
		t.Error(err)
	}
}

func TestPutRefuses(t *testing.T) {
	s := newStore(t, newFake())
	feed := mustFeed(t, "https://feeds.example")
	for name, c := range map[string]credential.Credential{"empty": {Username: "u"}, "bytes": {Password: canary + "\xff"}} {
		if _, err := s.Put(t.Context(), feed, c); err == nil || strings.Contains(err.Error(), canary.Reveal()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Put(t.Context(), credential.Feed{}, credential.Credential{Password: canary}); err == nil {
		t.Error("a login for no feed")
	}
}

// A damaged file is neither used nor replaced, and its text is quoted nowhere.
func TestDamagedFiles(t *testing.T) {
	for _, text := range []string{
		"", "{", "null", "[]", `"c4n4ry"`, `{"version":2}`, `{"version":"c4n4ry"}`, `{"version":1,"logins":[{"feed":"c4n4ry"}],"secrets":[]}`,
		`{"version":1,"logins":[{"feed":"https://a.example","secretIn":"c4n4ry"}],"secrets":{"a":1}}`,
	} {
		for _, name := range []string{indexName, secretsName} {
			s := newStore(t, nil)
			put(t, s, "https://feeds.example", "u")
			if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := find(t, s, "https://feeds.example")
			if !strings.Contains(got, s.path(name)) || strings.HasPrefix(got, "u:") {
				t.Errorf("%s with %s: %s", name, text, got)
			}
			_, err := s.Put(t.Context(), mustFeed(t, "https://feeds.example/2"), credential.Credential{Password: canary})
			if err == nil || !strings.Contains(err.Error(), s.path(name)) || strings.Contains(err.Error(), "c4n4ry") {
				t.Errorf("%s with %s: %v", name, text, err)
			}
			if now, err := os.ReadFile(s.path(name)); err != nil || string(now) != text {
				t.Errorf("%s was changed: %v", name, err)
			}
		}
	}
}

func TestManyProcesses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nuplug")
	var children []*exec.Cmd
	var outputs []*strings.Builder
	for i := range 4 {
		child, output := exec.Command(os.Args[0]), new(strings.Builder)
		child.Env = append(os.Environ(), "STORED_TEST_DIR="+dir, fmt.Sprintf("STORED_TEST_NAME=p%d", i))
		child.Stdout, child.Stderr = output, output
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children, outputs = append(children, child), append(outputs, output)
	}
	for i, child := range children {
		if err := child.Wait(); err != nil || outputs[i].Len() > 0 {
			t.Errorf("%v: %s", err, outputs[i])
		}
	}
	s := New(&Options{Dir: dir})
	all, err := s.List()
	if err != nil || len(all) != 40 {
		t.Errorf("%d logins, %v", len(all), err)
	}
	if got := find(t, s, "https://feeds.example/p3/9"); !strings.HasPrefix(got, "p3:c4n4ry from ") {
		t.Error(got)
	}
	if got := leaks(t, dir); !slices.Equal(got, []string{secretsName}) {
		t.Errorf("%q hold secrets", got)
	}
}
