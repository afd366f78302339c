package stored

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/atomicfile"
)

// version is that of both files. A file of another version is neither used nor replaced.
const version = 1

// indexFile lists the logins.
type indexFile struct {
	Version int          `json:"version"`
	Logins  []indexEntry `json:"logins"`
}

type indexEntry struct {
	Feed     string    `json:"feed"`
	Username string    `json:"username"`
	Stored   time.Time `json:"storedAt"`
	Expires  time.Time `json:"expires,omitzero"`
	Place    Place     `json:"secretIn"`
}

// secretsFile holds the secrets that no keychain took, by feed.
type secretsFile struct {
	Version int               `json:"version"`
	Secrets map[string]record `json:"secrets"`
}

func (s *Store) readIndex() ([]Login, error) {
	var file indexFile
	if err := s.readJSON(indexName, 0o022, &file, &file.Version); err != nil {
		return nil, err
	}
	var all []Login
	for i, e := range file.Logins {
		feed, err := credential.ParseFeed(e.Feed)
		if err != nil || e.Place != InKeychain && e.Place != InFile {
			return nil, fmt.Errorf("%s is damaged in entry %d: delete it and run nuplug login again", s.path(indexName), i+1)
		}
		all = append(all, Login{feed, e.Username, e.Stored, e.Expires, e.Place})
	}
	return all, nil
}

func (s *Store) writeIndex(all []Login) error {
	slices.SortFunc(all, func(a, b Login) int { return a.Stored.Compare(b.Stored) })
	file := indexFile{Version: version, Logins: []indexEntry{}}
	for _, l := range all {
		file.Logins = append(file.Logins, indexEntry{l.Feed.String(), l.Username, l.Stored, l.Expires, l.Place})
	}
	return s.writeJSON(indexName, file)
}

func (s *Store) fileGet(feed credential.Feed) (record, error) {
	file, err := s.readSecrets()
	if err != nil {
		return record{}, err
	}
	r, ok := file.Secrets[feed.String()]
	if !ok || r.Secret == "" {
		return record{}, ErrNotStored
	}
	return r, nil
}

func (s *Store) filePut(feed credential.Feed, r record) error {
	file, err := s.readSecrets()
	if err != nil {
		return err
	}
	file.Secrets[feed.String()] = r
	return s.writeJSON(secretsName, file)
}

// fileDelete deletes the file with its last secret.
func (s *Store) fileDelete(feed credential.Feed) error {
	file, err := s.readSecrets()
	if err != nil {
		return err
	}
	if _, ok := file.Secrets[feed.String()]; !ok {
		return nil
	}
	delete(file.Secrets, feed.String())
	if len(file.Secrets) == 0 {
		return os.Remove(s.path(secretsName))
	}
	return s.writeJSON(secretsName, file)
}

func (s *Store) readSecrets() (secretsFile, error) {
	file := secretsFile{Version: version}
	err := s.readJSON(secretsName, 0o066, &file, &file.Version)
	if file.Secrets == nil {
		file.Secrets = make(map[string]record)
	}
	return file, err
}

// readJSON reads a file into a pointer. One that is not there is empty. Bits of the mode that are set in forbidden make it
// unusable.
func (s *Store) readJSON(name string, forbidden fs.FileMode, into any, got *int) error {
	if s.o.Dir == "" {
		return nil
	}
	path := s.path(name)
	text, err := readFile(s.goos, path, forbidden)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	*got = 0
	if err := json.Unmarshal(text, into); err != nil { // whose text may quote the file
		return fmt.Errorf("%s is damaged: delete it and run nuplug login again", path)
	}
	if *got != version {
		return fmt.Errorf("%s is of another version of nuplug: use that one, or delete the file and run nuplug login again", path)
	}
	return nil
}

func (s *Store) writeJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return err
	}
	return atomicfile.Write(s.path(name), append(text, '\n'), 0o600)
}

// maxSize is more than any of the files has, in bytes.
const maxSize = 16 << 20

func readFile(goos, path string, forbidden fs.FileMode) ([]byte, error) {
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
	if err := judge(goos, path, info.Mode(), forbidden); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSize+1))
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s is larger than 16 MiB", path)
	}
	return text, err
}

// judge refuses a file by its mode. On Windows the rights do not show in it; there the folder is the user's own.
func judge(goos, path string, mode, forbidden fs.FileMode) error {
	bad := mode & forbidden
	if goos == "windows" || bad == 0 {
		return nil
	}
	others, more := "write", ""
	if bad&0o044 != 0 {
		others, more = "read", ", and change the passwords in it"
	}
	return fmt.Errorf("%s is not used because others can %s it: run chmod 600 %s%s", path, others, path, more)
}
