// Package mounted is the source of secrets that Docker, Kubernetes and the like mount as files: those in /run/secrets whose
// names begin with nuplug or nuget, and the files that the configuration names. No other file is opened.
//
// A file holds the same JSON as the variable for static endpoints, or, where the configuration says for which feed, a bare
// token.
package mounted

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/credential/environ"
)

// Options may be nil.
type Options struct {
	// Dir is looked through for files that begin with nuplug or nuget: /run/secrets unless set, and nothing on Windows.
	Dir string
	// Files are read besides, before those of Dir.
	Files []File
}

// File is one that the configuration names.
type File struct {
	// Path is absolute.
	Path string
	// Feed is the address, or the beginning of it, that the bare token in the file is for. Without it the file has to hold
	// JSON.
	Feed string
	// Username goes with a bare token: "token" unless set.
	Username string
}

// Source reads the files once, when it is first asked. It is safe for concurrent use.
type Source struct {
	o    Options
	goos string
	load func() environ.Entries

	mu       sync.Mutex
	warnings []string // of what was read so far
}

// New makes the source.
func New(o *Options) *Source { return newFor(runtime.GOOS, o) }

func newFor(goos string, o *Options) *Source {
	s := &Source{goos: goos}
	if o != nil {
		s.o = *o
		s.o.Files = slices.Clone(o.Files)
	}
	if s.o.Dir == "" {
		s.o.Dir = defaultDir(goos)
	}
	s.load = sync.OnceValue(s.read)
	return s
}

// defaultDir is "" on Windows, where /run/secrets would be a folder that any user can make.
func defaultDir(goos string) string {
	if goos == "windows" {
		return ""
	}
	return "/run/secrets"
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "mounted" }

// Warnings names the files and entries that cannot be used, with the reason. It reads no file: it is empty until a Find did.
func (s *Source) Warnings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.warnings)
}

// Find looks for the entry of exactly this address first, and then for the one with the longest path above it. A feed that
// the configuration names is ours even when its file cannot be used.
func (s *Source) Find(_ context.Context, r credential.Request) (credential.Credential, error) {
	entries := s.load()
	if c, ok := entries.Find(r); ok {
		return c, nil
	}
	for _, file := range s.o.Files {
		if feed, err := credential.ParseFeed(file.Feed); err == nil && feed.Folder().Contains(r.Feed) {
			return credential.Credential{}, &credential.NothingError{Ours: true,
				Reason: fmt.Sprintf("%s is for this feed and cannot be used", file.Path)}
		}
	}
	if len(entries) == 0 {
		return credential.Credential{}, credential.Nothing("no secret is mounted")
	}
	return credential.Credential{}, credential.Nothing("no entry for this feed among %d", len(entries))
}

func (s *Source) read() environ.Entries {
	var all environ.Entries
	for _, file := range s.o.Files {
		text, err := readFile(s.goos, file.Path)
		all = append(all, s.entries(file, text, err)...)
	}
	names, err := list(s.o.Dir)
	if err != nil {
		s.warn("%s: %v", s.o.Dir, err)
	}
	for _, name := range names {
		text, err := readIn(s.goos, s.o.Dir, name)
		all = append(all, s.entries(File{Path: filepath.Join(s.o.Dir, name)}, text, err)...)
	}
	return all
}

// entries makes of one file what it holds.
func (s *Source) entries(file File, text string, err error) environ.Entries {
	if err != nil {
		s.warn("%s is not used: %v", file.Path, reason(err))
		return nil
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if strings.HasPrefix(text, "{") { // no token; if it were sent as one, every secret in it would go to one feed
		entries, warnings := environ.ParseEndpoints(file.Path, text)
		for _, line := range warnings {
			s.warn("%s", line)
		}
		return entries
	}
	entry, err := token(file, text)
	if err != nil {
		s.warn("%s is not used: %v", file.Path, err)
		return nil
	}
	return environ.Entries{entry}
}

// token reads a file that holds nothing else.
func token(file File, text string) (environ.Entry, error) {
	switch {
	case text == "":
		return environ.Entry{}, errors.New("it is empty")
	case file.Feed == "":
		return environ.Entry{}, errors.New("it holds no endpoint JSON: if it is a token, name the file and its feed in the configuration")
	case strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return environ.Entry{}, errors.New("it has to hold one token and nothing else, and has several lines or control characters")
	}
	feed, err := credential.ParseFeed(file.Feed)
	if err != nil {
		return environ.Entry{}, errors.New("the feed that it is for is not an https or http address")
	}
	username := file.Username
	if username == "" {
		username = "token"
	}
	return environ.Entry{Feed: feed, Credential: credential.Credential{
		Username: username, Password: credential.Secret(text), From: file.Path,
	}}, nil
}

func (s *Source) warn(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}
