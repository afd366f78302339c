package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/nuplug/nuplug/internal/atomicfile"
	"github.com/nuplug/nuplug/protocol"
)

// ClaimsCache is what NuGet remembers on disk of the claims of plugins, shared with every NuGet of the same kind and
// version on this machine: same files, same content, same locks. An entry without the wanted claim keeps NuGet from
// starting the plugin at all, for up to 30 days, also after the plugin was replaced by a newer one under the same path.
//
// It may be used by many goroutines and processes, and holds nothing in memory. The path of a plugin is always the one
// that discovery gave, letter by letter; an empty source stands for the claims that hold for every source.
type ClaimsCache struct {
	client  Client
	dir     string // "" where the client has no cache that we know
	scratch string
	private bool // scratch must be ours alone
	now     func() time.Time
}

var _ ClaimsStore = (*ClaimsCache)(nil)

// ClaimsCacheOptions may be nil.
type ClaimsCacheOptions struct {
	// Account is the name of the user's account, which is part of the name of a folder on Linux; by default that of this
	// process.
	Account string
	// Now is the clock that entries grow old by; by default the system's.
	Now func() time.Time
}

// NewClaimsCache finds the cache of a client. The error is that of a variable that is wrong or missing. Clients before
// NuGet 5.0 named their files otherwise or had none: for them the cache is empty and stores nothing. So it is for a client
// of another system than this one, whose names it does tell.
func NewClaimsCache(c Client, env Env, o *ClaimsCacheOptions) (*ClaimsCache, error) {
	if o == nil {
		o = &ClaimsCacheOptions{}
	}
	cache := &ClaimsCache{client: c, now: o.Now}
	if cache.now == nil {
		cache.now = time.Now
	}
	cache.scratch, cache.private = scratchFolder(c, env, cmp.Or(o.Account, accountName()))
	dir, err := pluginsCacheFolder(c, env)
	if err != nil {
		return nil, fmt.Errorf("claims cache: %w", err)
	}
	if c.atLeast(5, 0) {
		cache.dir = dir
	}
	return cache, nil
}

// isOff tells that there is nothing on this machine's disk for the client: names for another system mean something else
// here.
func (cc *ClaimsCache) isOff() bool { return cc.dir == "" || cc.client.OS != runtime.GOOS }

// Dir is the folder of the cache, which may not exist; empty where the client has no cache.
func (cc *ClaimsCache) Dir() string { return cc.dir }

// File is the full name of the file for a plugin and a source; empty where the client has no cache.
func (cc *ClaimsCache) File(pluginPath, source string) string {
	switch {
	case cc.dir == "":
		return ""
	case cc.client.atLeast(5, 8):
		return claimsFile(cc.client.OS, cc.dir, pluginPath, source, claimsHash)
	}
	return claimsFile(cc.client.OS, cc.dir, pluginPath, source, oldClaimsHash)
}

// oldFile is the name of 5.0 to 5.7, or empty where that is the client's own.
func (cc *ClaimsCache) oldFile(pluginPath, source string) string {
	if !cc.client.atLeast(5, 8) {
		return ""
	}
	return claimsFile(cc.client.OS, cc.dir, pluginPath, source, oldClaimsHash)
}

// LockFile is the full name of the lock file that NuGet takes for a file of the cache.
func (cc *ClaimsCache) LockFile(file string) string {
	return join(cc.client.OS, join(cc.client.OS, cc.scratch, "lock"), lockName(cc.client, file))
}

// Entry reads an entry under NuGet's lock. The only error is the end of ctx while someone else holds the lock: anything
// else that is wrong is the Problem of the entry, which then is not Known. If the lock cannot be had for another reason
// the file is read without it.
func (cc *ClaimsCache) Entry(ctx context.Context, pluginPath, source string) (ClaimsEntry, error) {
	if cc.isOff() {
		return ClaimsEntry{}, nil
	}
	release, err := cc.lock(ctx, cc.File(pluginPath, source))
	switch {
	case err == nil:
		defer release()
	case ctx.Err() != nil:
		return ClaimsEntry{}, fmt.Errorf("claims cache: %w", err)
	}
	return cc.Peek(pluginPath, source), nil
}

// Peek is Entry without the lock: it waits for nobody and leaves no trace on disk. While NuGet is writing an entry it may
// see none.
func (cc *ClaimsCache) Peek(pluginPath, source string) ClaimsEntry {
	if cc.isOff() {
		return ClaimsEntry{}
	}
	entry := cc.read(cc.File(pluginPath, source))
	if old := cc.oldFile(pluginPath, source); !entry.Found && entry.Problem == nil && old != "" {
		// What is wrong with an old file troubles nobody who reads the new ones.
		if e := cc.read(old); e.Known {
			e.Old = true
			return e
		}
	}
	return entry
}

// Load is Entry for a [Manager]: what the client would go by. An entry with a problem is not known, but for one of names,
// and neither is one under an old name. The note is the problem, or that waiting for the lock ended; else empty.
func (cc *ClaimsCache) Load(ctx context.Context, pluginPath, source string) (claims []protocol.OperationClaim, known bool, note string) {
	entry, err := cc.Entry(ctx, pluginPath, source)
	if err := cmp.Or(err, entry.Problem); err != nil {
		note = err.Error()
	}
	if !entry.Known || entry.Old {
		return nil, false, note
	}
	return entry.Claims, true, note
}

// Store is Write for a [Manager], for which a cache that cannot be written is no error: the plugin is asked again.
func (cc *ClaimsCache) Store(ctx context.Context, pluginPath, source string, claims []protocol.OperationClaim) {
	_ = cc.Write(ctx, pluginPath, source, claims)
}

// Write stores what a plugin answered, under NuGet's lock, whole or not at all. An empty list says that the plugin has no
// claims, and turns it off for 30 days. A nil one is refused: it is no answer, and NuGet, which does store an empty list
// for it, turns plugins off by that.
func (cc *ClaimsCache) Write(ctx context.Context, pluginPath, source string, claims []protocol.OperationClaim) error {
	if claims == nil {
		return errors.New("claims cache: a plugin that did not answer has no claims to store; store an empty list if it claimed nothing")
	}
	if cc.isOff() {
		return nil
	}
	file := cc.File(pluginPath, source)
	release, err := cc.lock(ctx, file)
	if err != nil {
		return fmt.Errorf("claims cache: %w", err)
	}
	defer release()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return fmt.Errorf("claims cache: %w", err)
	}
	if err := atomicfile.Write(file, claimsContent(claims, cc.client.OS), 0o666); err != nil {
		return fmt.Errorf("claims cache: %w", err)
	}
	return nil
}

// Remove forgets an entry, its old file as well. It is no error if there is none.
func (cc *ClaimsCache) Remove(ctx context.Context, pluginPath, source string) error {
	if cc.isOff() {
		return nil
	}
	file := cc.File(pluginPath, source)
	release, err := cc.lock(ctx, file)
	if err != nil {
		return fmt.Errorf("claims cache: %w", err)
	}
	defer release()
	for _, name := range []string{file, cc.oldFile(pluginPath, source)} {
		if err := os.Remove(name); name != "" && err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("claims cache: %w", err)
		}
	}
	return nil
}

// lock takes NuGet's lock for a file. The folder of the locks may vanish at any time: NuGet clears it on request.
func (cc *ClaimsCache) lock(ctx context.Context, file string) (release func() error, err error) {
	name := cc.LockFile(file)
	const tries = 3
	for range tries {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return nil, err
		}
		if cc.private {
			if err := os.Chmod(cc.scratch, 0o700); err != nil {
				return nil, fmt.Errorf("%w; another user made that folder, set %s to one of yours", err, envScratch)
			}
		}
		if release, err = atomicfile.Lock(ctx, name); !errors.Is(err, fs.ErrNotExist) {
			return release, err
		}
	}
	return nil, err
}
