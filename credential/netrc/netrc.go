// Package netrc is the source of the credentials in a .netrc file.
//
// An entry says the name of a host and nothing of port or protocol, so it is taken for https on port 443 alone. The entry
// "default" would send a password to every host that asks and is never used.
package netrc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/credential"
)

// Source reads the file once, when it is first asked for an https feed. It is safe for concurrent use.
type Source struct {
	getenv func(string) string
	goos   string
	load   func() contents

	mu       sync.Mutex
	warnings []string // of what was read so far
}

// contents is what the file holds.
type contents struct {
	entries []entry
	path    string // "" where there is no file
	missing string // why there are no entries
	refused string // why the entries must not be used
}

// New makes the source for the file that $NETRC names or, without it, ~/.netrc, on Windows also ~/_netrc. getenv is
// os.Getenv or a stand-in.
func New(getenv func(string) string) *Source { return newFor(runtime.GOOS, getenv) }

func newFor(goos string, getenv func(string) string) *Source {
	s := &Source{getenv: getenv, goos: goos}
	s.load = sync.OnceValue(s.read)
	return s
}

// Name is what the trail calls the source.
func (s *Source) Name() string { return "netrc" }

// Warnings names what is wrong with the file and its entries. It reads no file: it is empty until a Find did.
func (s *Source) Warnings() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.warnings...)
}

// Find returns the first entry for the feed's host that the feed has not refused. It fails when there is an entry in a file
// that others can write.
func (s *Source) Find(_ context.Context, r credential.Request) (credential.Credential, error) {
	host := r.Feed.Host()
	if r.Feed.Origin() != "https://"+bracketed(host) {
		return credential.Credential{}, credential.Nothing("entries are for https on port 443 only")
	}
	c := s.load()
	if c.missing != "" {
		return credential.Credential{}, credential.Nothing("%s", c.missing)
	}
	var found *entry
	known := false
	for i, e := range c.entries {
		if !strings.EqualFold(strings.TrimSuffix(e.machine, "."), host) {
			continue
		}
		known = true
		usable := e.login != "" && e.password != ""
		if usable && (found == nil || r.Refused[c.from(*found)] && !r.Refused[c.from(e)]) {
			found = &c.entries[i]
		}
	}
	switch {
	case known && c.refused != "":
		return credential.Credential{}, errors.New(c.refused)
	case found != nil:
		return credential.Credential{Username: found.login, Password: credential.Secret(found.password), From: c.from(*found)}, nil
	case known:
		return credential.Credential{}, &credential.NothingError{Ours: true,
			Reason: fmt.Sprintf("the entry for %s in %s lacks a login or a password", host, c.path)}
	}
	return credential.Credential{}, credential.Nothing("no entry for %s in %s", host, c.path)
}

func (c *contents) from(e entry) string { return fmt.Sprintf("%s, line %d", c.path, e.line) }

// bracketed is a host as it stands in an address.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func (s *Source) read() contents {
	paths := paths(s.goos, s.getenv)
	for i, path := range paths {
		text, mode, err := readFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && (i < len(paths)-1 || s.getenv("NETRC") == ""):
			continue
		case err != nil:
			s.warn("%s is not used: %v", path, reason(err))
			return contents{missing: fmt.Sprintf("%s: %v", path, reason(err))}
		}
		c := contents{path: path}
		var problems []string
		c.entries, problems = parse(string(text))
		var note string
		c.refused, note = judge(s.goos, path, mode)
		for _, line := range []string{c.refused, note} {
			if line != "" {
				s.warn("%s", line)
			}
		}
		for _, problem := range problems {
			s.warn("%s, %s", path, problem)
		}
		return c
	}
	return contents{missing: "there is no .netrc file"}
}

func (s *Source) warn(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// reason leaves out the name of the file, which stands before it.
func reason(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// paths lists where the file may be. curl looks for both names on Windows, git and Go for the second.
func paths(goos string, getenv func(string) string) []string {
	if path := getenv("NETRC"); path != "" {
		return []string{path}
	}
	home := getenv("HOME")
	if goos == "windows" && home == "" {
		home = getenv("USERPROFILE")
	}
	switch {
	case home == "":
		return nil
	case goos == "windows":
		return []string{filepath.Join(home, ".netrc"), filepath.Join(home, "_netrc")}
	}
	return []string{filepath.Join(home, ".netrc")}
}

// judge says what the rights on the file mean. On Windows they do not show in the mode.
func judge(goos, path string, mode fs.FileMode) (refused, warning string) {
	switch {
	case goos == "windows":
	case mode&0o022 != 0:
		return fmt.Sprintf("%s is not used because others can write it: run chmod 600 %s", path, path), ""
	case mode&0o044 != 0:
		return "", fmt.Sprintf("%s can be read by others: run chmod 600 %s", path, path)
	}
	return "", ""
}

// maxSize is more than any such file has; so no device is read without end.
const maxSize = 1 << 20

func readFile(path string) ([]byte, fs.FileMode, error) {
	info, err := os.Stat(path) // first, because opening a pipe would wait for its writer
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, errors.New("it is not a regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil { // again, because it is this one that is read
		return nil, 0, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if len(text) > maxSize {
		return nil, 0, errors.New("it is larger than 1 MiB")
	}
	return text, info.Mode(), err
}
