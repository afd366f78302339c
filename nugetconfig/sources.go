package nugetconfig

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Source is one package source.
type Source struct {
	Name string
	// Value is a URL as it was written, or an absolute path. Variables are expanded. It may be empty, and a URL may hold a
	// password.
	Value string
	// ProtocolVersion is what the file says, or 2.
	ProtocolVersion                 int
	AllowInsecureConnections        bool
	DisableTLSCertificateValidation bool
	Enabled                         bool
	// DisabledBy is the entry of disabledPackageSources where Enabled is false.
	DisabledBy Origin
	Origin     Origin
}

const (
	defaultProtocol = 2
	maxProtocol     = 3
)

// packageSources are those of one section, with the administrator's defaults for those among them that are missing.
func (c *Config) packageSources(section string) []Source {
	sources := c.sourcesOf(c.merged, section)
	names, values := map[string]bool{}, map[string]bool{}
	for _, s := range sources {
		names[foldCase(s.Name)], values[foldCase(s.Value)] = true, true
	}
	added := slices.DeleteFunc(c.sourcesOf(c.defaults, section), func(d Source) bool {
		return names[foldCase(d.Name)] || values[foldCase(d.Value)]
	})
	machine := slices.IndexFunc(sources, func(s Source) bool { return s.Origin.File.Level == LevelMachine })
	if machine < 0 {
		machine = len(sources)
	}
	return slices.Insert(sources, machine, added...)
}

// sourcesOf orders by file, nearest first. Of names that differ in case only the first counts, unless a later one has a
// higher protocol version that is still known; it then takes the place of the first.
func (c *Config) sourcesOf(m merged, section string) []Source {
	disabled := map[string]Origin{}
	for _, i := range m["disabledPackageSources"] {
		if i.kind == kindAdd { // its value is not looked at
			disabled[i.key] = i.origin()
		}
	}
	place := map[string]int{}
	var sources []Source
	for _, i := range c.byFile(m[section]) {
		if i.kind != kindAdd {
			continue
		}
		s := c.source(i)
		s.DisabledBy, s.Enabled = disabled[i.key], disabled[i.key].File == nil
		at, known := place[foldCase(s.Name)]
		switch {
		case !known:
			place[foldCase(s.Name)] = len(sources)
			sources = append(sources, s)
		case sources[at].ProtocolVersion < s.ProtocolVersion && s.ProtocolVersion <= maxProtocol:
			sources[at] = s
		}
	}
	return sources
}

// byFile sorts items by their file, nearest first, and keeps the order inside a file.
func (c *Config) byFile(items []*item) []*item {
	place := make(map[*File]int, len(c.Files))
	for n, f := range c.Files {
		place[f] = n
	}
	return slices.SortedStableFunc(slices.Values(items), func(a, b *item) int {
		return cmp.Compare(place[a.file], place[b.file])
	})
}

func (c *Config) source(i *item) Source {
	return Source{
		Name:                            i.key,
		Value:                           c.path(i),
		ProtocolVersion:                 c.integer(i.element.option("protocolVersion"), defaultProtocol),
		AllowInsecureConnections:        c.boolean(i.element.option("allowInsecureConnections")),
		DisableTLSCertificateValidation: c.boolean(i.element.option("disableTLSCertificateValidation")),
		Origin:                          i.origin(),
	}
}

// path is an item's value as a path or URL: expanded, and relative to the folder of the item's file.
func (c *Config) path(i *item) string {
	return c.env.sys.resolve(c.env.sys.dir(i.file.Path), c.text(i))
}

// text is an item's value, expanded.
func (c *Config) text(i *item) string { return c.env.expand(i.element.option("value")) }

func (c *Config) integer(text string, otherwise int) int {
	n, err := strconv.ParseInt(strings.TrimSpace(c.env.expand(text)), 10, 32)
	if err != nil {
		return otherwise
	}
	return int(n)
}

func (c *Config) boolean(text string) bool {
	return strings.EqualFold(strings.TrimSpace(c.env.expand(text)), "true")
}

// FindSource gives the source of this name, or else the source at this address. Names ignore case, but an exact one goes
// first; so do enabled sources. Addresses ignore case and a slash at the end.
func (c *Config) FindSource(nameOrURL string) (Source, bool) {
	address := func(text string) string { return foldCase(strings.TrimSuffix(strings.TrimSpace(text), "/")) }
	tests := []func(Source) bool{
		func(s Source) bool { return s.Name == nameOrURL },
		func(s Source) bool { return foldCase(s.Name) == foldCase(nameOrURL) },
		func(s Source) bool { return s.Enabled && address(s.Value) == address(nameOrURL) },
		func(s Source) bool { return address(s.Value) == address(nameOrURL) },
	}
	if strings.TrimSpace(nameOrURL) == "" {
		return Source{}, false
	}
	for _, test := range tests {
		if i := slices.IndexFunc(c.Sources, test); i >= 0 {
			return c.Sources[i], true
		}
	}
	return Source{}, false
}
