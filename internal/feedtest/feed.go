// Package feedtest is a private NuGet v3 feed on loopback, for the tests and for `nuplug demo`.
//
// It serves what real clients ask of a feed: the service index, the flat container, registrations with the
// SHA-512 of each package, and search; NuGet.exe 5.8 and dotnet 10 restore from it. It asks for Basic
// authentication on all of it, writes down every request without its password, and can be told to
// misbehave. It is strict: a request that no NuGet client would send is refused and shows in the log.
package feedtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nuplug/nuplug/nupkg"
)

// Options say what a feed asks for and what it has. Either Username and Password are set, or Open.
type Options struct {
	Username, Password string
	Open               bool     // no credentials are asked for; those that come are not looked at
	Packages           [][]byte // whole .nupkg files

	// Intercept, when set, sees each request before it is authenticated. When it returns true it has
	// answered and the feed does nothing more; the log then says "intercepted". It is called
	// concurrently.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
}

// Feed is one running feed. Its methods are safe for concurrent use.
type Feed struct {
	server   *server
	prefix   string // "" or "/name": what stands before /v3
	username string
	password string
	open     bool

	intercept func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	packages []*storedPackage // in the order of id, then version
	log      []Request
}

// server is shared by all feeds of one process that were added to each other.
type server struct {
	base string // "http://127.0.0.1:port"
	http *http.Server
	done chan struct{} // closed when the accepting goroutine has ended

	mu    sync.Mutex
	feeds map[string]*Feed // by prefix
}

// New starts a feed on a free port of 127.0.0.1. The caller closes it.
func New(opts *Options) (*Feed, error) {
	s := &server{feeds: map[string]*Feed{}, done: make(chan struct{})}
	f, err := newFeed(s, "", opts)
	if err != nil {
		return nil, fmt.Errorf("start feed: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start feed: %w", err)
	}
	s.base = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: log.New(io.Discard, "", 0)} // a client that goes away is nobody's news
	s.feeds[""] = f
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener) // ends with http.ErrServerClosed when Close is called
	}()
	return f, nil
}

// Add starts another feed on the same address, below /name, with its own credentials, packages, log and counts.
// It ends with the feed it was added to.
func (f *Feed) Add(name string, opts *Options) (*Feed, error) {
	// "v3" would stand where the first feed is.
	if err := nupkg.ValidateID(name); err != nil || name == "v3" {
		return nil, fmt.Errorf("add feed: %q cannot be its name", name)
	}
	added, err := newFeed(f.server, "/"+name, opts)
	if err != nil {
		return nil, fmt.Errorf("add feed %s: %w", name, err)
	}
	s := f.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.feeds[added.prefix] != nil {
		return nil, fmt.Errorf("add feed: there is one named %q already", name)
	}
	s.feeds[added.prefix] = added
	return added, nil
}

func newFeed(s *server, prefix string, opts *Options) (*Feed, error) {
	if opts == nil {
		opts = &Options{}
	}
	switch {
	case opts.Open && (opts.Username != "" || opts.Password != ""):
		return nil, errors.New("an open feed has neither user name nor password")
	case !opts.Open && (opts.Username == "" || opts.Password == ""):
		return nil, errors.New("a private feed needs a user name and a password (or set Open)")
	case strings.Contains(opts.Username, ":"):
		return nil, errors.New("a user name cannot hold a colon in Basic authentication")
	}
	f := &Feed{
		server: s, prefix: prefix, username: opts.Username, password: opts.Password,
		open: opts.Open, intercept: opts.Intercept,
	}
	for _, content := range opts.Packages {
		if _, err := f.AddPackage(content); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// URL returns the address of the service index, the one that goes into NuGet.Config.
func (f *Feed) URL() string { return f.base() + "/v3/index.json" }

func (f *Feed) base() string { return f.server.base + f.prefix }

// Close stops the server with all its feeds, cuts what is still being sent, and returns when the port is free.
// It can be called more than once.
func (f *Feed) Close() error {
	err := f.server.http.Close()
	<-f.server.done
	return err
}

// AddPackage reads a .nupkg and serves it from now on. The same package twice is an error.
func (f *Feed) AddPackage(content []byte) (nupkg.Identity, error) {
	p, err := newStoredPackage(content)
	if err != nil {
		return nupkg.Identity{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	at, found := slices.BinarySearchFunc(f.packages, p, (*storedPackage).compare)
	if found {
		return nupkg.Identity{}, fmt.Errorf("package %s is there already", p.id())
	}
	f.packages = slices.Insert(f.packages, at, p)
	return p.id(), nil
}

// Corrupt flips one bit in the bytes that are served for a package, while the registration keeps telling the
// hash of the good ones. The bit is one that no zip reader looks at, in the time stamp of the first
// entry: whoever does not compare the hash notices nothing.
func (f *Feed) Corrupt(id nupkg.Identity) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.packages {
		if p.id().Equal(id) {
			f.packages[i] = p.corrupted()
			return nil
		}
	}
	return fmt.Errorf("corrupt package: feed has no %s", id)
}

// versions returns the packages of one id, oldest first, or none. The id is in lower case.
func (f *Feed) versions(id string) []*storedPackage {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*storedPackage
	for _, p := range f.packages {
		if p.lowerID == id {
			found = append(found, p)
		}
	}
	return found
}

func (f *Feed) find(id, version string) *storedPackage {
	for _, p := range f.versions(id) {
		if p.lowerVersion == version {
			return p
		}
	}
	return nil
}
