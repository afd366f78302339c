package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// claimsMaxAge is for how long NuGet believes an entry, counted from the last change of its file.
const claimsMaxAge = 30 * 24 * time.Hour

// claimsMaxBytes is far more than any list of claims has.
const claimsMaxBytes = 64 << 10

// ClaimsEntry is what the cache says about a plugin and a source.
type ClaimsEntry struct {
	File  string        // the full name of the file, also where there is none
	Found bool          // there is a file
	Age   time.Duration // since the file was last changed; 0 without a file, negative where its time is in the future

	// Known tells that Claims are what the plugin answered within the last 30 days. The list may be empty.
	Known  bool
	Claims []protocol.OperationClaim

	// Old tells that File has the name that NuGet 5.0 to 5.7 gave it, and that there is none under the client's own name.
	// The client does not look at such a file.
	Old bool
	// Problem is what is wrong with the file, what the client makes of it, and how to mend it; nil if nothing is wrong.
	Problem error
}

// read gives the entry in a file.
func (cc *ClaimsCache) read(name string) ClaimsEntry {
	entry := ClaimsEntry{File: name}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(name); err != nil {
			return entry
		}
		err = errors.New("it is a link that leads nowhere") // for .NET that is a file
	}
	entry.Found = true
	if err != nil {
		entry.Problem = cc.problem(name, fmt.Errorf("cannot be read: %w", causeOf(err)))
		return entry
	}
	entry.Age = cc.now().Sub(info.ModTime())
	if info.IsDir() {
		entry.Problem = fmt.Errorf("claims cache: %s is a folder; NuGet then starts the plugin but does not use it; delete the folder", name)
		return entry
	}
	if entry.Age >= claimsMaxAge {
		return entry
	}
	content, err := readSmall(name)
	if err != nil {
		entry.Problem = cc.problem(name, fmt.Errorf("cannot be read: %w", causeOf(err)))
		return entry
	}
	claims, err := parseClaims(content)
	switch {
	case err == errClaimsNames:
		entry.Claims, entry.Known = claims, true
	case err == nil:
		entry.Claims, entry.Known = claims, claims != nil
	}
	entry.Problem = cc.problem(name, err)
	return entry
}

// readSmall reads a regular file of no more than claimsMaxBytes.
func readSmall(name string) ([]byte, error) {
	b, err := OSFS().ReadPrefix(name, claimsMaxBytes+1)
	if err == nil && len(b) > claimsMaxBytes {
		return nil, fmt.Errorf("it has more than %d bytes", claimsMaxBytes)
	}
	return b, err
}

// problem tells what the client makes of a file with which something is wrong. Seen: 7.9 turns the plugin off and prints
// nothing, 5.8 takes an empty file for none and stops at a broken one.
func (cc *ClaimsCache) problem(name string, wrong error) error {
	effect := "NuGet then does not start the plugin and says nothing about it"
	switch {
	case wrong == nil:
		return nil
	case cc.client.atLeast(7, 0):
	case wrong == errClaimsEmpty:
		return nil
	case wrong == errClaimsNames:
		effect = "NuGet 7 then does not start the plugin and says nothing about it"
	default:
		effect = "NuGet then fails"
	}
	return fmt.Errorf("claims cache: %s %w; %s; delete the file", name, wrong, effect)
}

// causeOf leaves out the name of the file, which the message around it gives.
func causeOf(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
