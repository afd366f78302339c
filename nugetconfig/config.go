// Package nugetconfig reads the chain of NuGet.Config files as NuGet merges it: package sources, credentials, source
// mapping, trusted signers, proxy, and the settings of the config section with the file each came from.
//
// It only reads. Where NuGet would create a missing user file, this package answers as if that file stood there. Nothing
// is kept between calls of [Load], and a [Config] is never changed after it, so it is safe for use by many goroutines.
//
// What NuGet does differently on another operating system is a matter of [Options]: system, environment and file system
// can be given, so that the answer for Windows can be had on Linux.
//
// Passwords come as [Secret], which prints redacted. Source addresses and settings are plain text, and people do write
// https://user:password@host into them.
package nugetconfig

import (
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"
)

// Options say which chain to read. The zero value is the chain of the current folder on this machine.
type Options struct {
	// Start is the folder in which the walk upwards begins, relative to CurrentFolder or absolute. Empty means
	// CurrentFolder.
	Start string
	// ConfigFile, relative to Start, is NuGet's --configfile: this file alone, without the walk, the user's and the
	// machine's files. The administrator's defaults still apply, and the proxy still comes from the user's files.
	ConfigFile string

	// GOOS is the system whose rules apply. Empty means this one.
	GOOS string
	// Env looks a variable up. It ignores case where the system does. Nil means [os.LookupEnv].
	Env func(name string) (value string, ok bool)
	// FS is where the files are. Nil means this machine's.
	FS FS
	// CurrentFolder is the folder of the process. Empty means [os.Getwd].
	CurrentFolder string
	// Home is the home folder where the environment names none. Empty means what the user database of this machine says,
	// or nothing when Env is given.
	Home string
}

// Config is a chain after the merge.
type Config struct {
	// Files are the files that were read, nearest first.
	Files []*File
	// Sources are the package sources in NuGet's order, disabled ones included.
	Sources []Source
	// AuditSources are the sources that are asked for known vulnerabilities only.
	AuditSources []Source

	env         *environment
	merged      merged
	defaults    merged
	user        merged // of the user's own files alone: the proxy comes from nowhere else
	userErr     error  // why user is empty
	credentials map[string]*item
}

// String says how many files there are.
func (c Config) String() string { return fmt.Sprintf("NuGet.Config chain of %d files", len(c.Files)) }

// Format prints String whatever the verb: what the files hold does not belong in a log.
func (c Config) Format(w fmt.State, _ rune) { io.WriteString(w, c.String()) }

// Load reads and merges the chain. One malformed or unreadable file fails it, as it fails every NuGet command; the
// error is then a [FileError]. Options may be nil.
func Load(opts *Options) (*Config, error) {
	env, err := newEnvironment(opts)
	if err != nil {
		return nil, err
	}
	l := &loader{environment: env}
	chain, err := l.chain()
	if err != nil {
		return nil, err
	}
	c := &Config{env: env, merged: merge(chain.documents), userErr: chain.userErr}
	for _, d := range chain.documents {
		c.Files = append(c.Files, d.file)
	}
	if chain.defaults != nil {
		c.Files = append(c.Files, chain.defaults.file)
		c.defaults = merge([]*document{chain.defaults})
	}
	c.user = merge(chain.user)
	c.Sources = c.packageSources("packageSources")
	c.AuditSources = c.packageSources("auditSources")
	c.credentials = c.credentialItems()
	if err := c.checkCredentials(); err != nil {
		return nil, err
	}
	return c, nil
}

// environment is all that the rules ask of the machine.
type environment struct {
	sys    system
	lookup func(string) (string, bool)
	fs     FS
	cwd    string
	start  string
	config string // absolute, or empty
	home   string // where the environment names none
}

func newEnvironment(opts *Options) (*environment, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	e := &environment{sys: system(o.GOOS), lookup: o.Env, fs: o.FS, cwd: o.CurrentFolder, home: o.Home}
	if o.GOOS == "" {
		e.sys = system(runtime.GOOS)
	}
	if e.lookup == nil {
		e.lookup = os.LookupEnv
		if e.home == "" {
			e.home = databaseHome()
		}
	}
	if e.fs == nil {
		e.fs = OSFS()
	}
	if e.cwd == "" {
		cwd, err := os.Getwd()
		if err != nil {
			return nil, fmt.Errorf("read NuGet.Config: %w", err)
		}
		e.cwd = cwd
	}
	e.start = e.sys.folder(e.cwd, o.Start)
	if o.ConfigFile != "" {
		e.config = e.sys.full(e.start, o.ConfigFile)
	}
	return e, nil
}

// databaseHome is the home folder by the user database, which counts only where HOME is not set.
func databaseHome() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.HomeDir
}

// get is a variable's value, or empty where it is not set.
func (e *environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}
