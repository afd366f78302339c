// Package provider is the ready-made plugin: it turns the machine's configuration into a chain of credential sources and
// the chain into a plugin. A company can import it, add a source of its own and ship its own binary.
package provider

import (
	"net/http"
	"os"
	"runtime/debug"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/plugin"
)

// Options may be nil.
type Options struct {
	Getenv  func(string) string // os.Getenv unless set
	Environ func() []string     // of child processes; os.Environ unless set
	// Sources are asked before all others, whatever the configuration says.
	Sources []credential.Source
	// Transport carries the one request with which a refused secret is tried again; nil for one that knows the machine's
	// proxies and the configured certificates.
	Transport http.RoundTripper
}

func (o *Options) complete() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.Environ == nil {
		c.Environ = os.Environ
	}
	return c
}

// New makes the plugin. It reads nothing before it is asked about a feed.
func New(options *Options) *plugin.Plugin {
	o := options.complete()
	return &plugin.Plugin{
		Name:        "nuplug",
		Version:     Version(),
		Usage:       usage(Version(), o.Getenv),
		Credentials: newAnswerer(o).credentials,
		Observer:    recorder(o.Getenv(RecordVariable)),
	}
}

// Version is the version of the module that the program was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
