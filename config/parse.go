package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// parse reads the text of a file and finds all that is wrong with it.
func parse(file, text string, o *Options) (*Config, Errors) {
	text = strings.TrimPrefix(text, "\ufeff") // as Windows' editors write it
	values, err := decode(file, text)
	if err != nil {
		return nil, Errors{err}
	}
	r := reader{file: file, content: text, o: o, home: homeFolder(o.GOOS, o.Getenv), places: locate(text)}
	c := r.document(values)
	if len(r.problems) > 0 {
		return nil, sorted(r.problems)
	}
	return c, nil
}

// reader turns the library's values into a Config.
type reader struct {
	file, content string
	o             *Options
	home          string
	places        places
	problems      Errors
}

// table is one table of the file.
type table struct {
	name   string // "" for what is above the first header
	path   string
	values map[string]any
}

// problem adds one at an offset.
func (r *reader) problem(at int, format string, args ...any) {
	r.problems = append(r.problems, errorAt(r.file, r.content, at, fmt.Sprintf(format, args...)))
}

// wrong adds a problem with the value of a key.
func (r *reader) wrong(t table, key, format string, args ...any) {
	r.problem(r.places.value(below(t.path, key)), format, args...)
}

// line is where a path stands.
func (r *reader) line(path string) int {
	line, _ := position(r.content, r.places.value(path))
	return line
}

func (r *reader) from(path string) string { return from(r.file, r.line(path)) }

func (r *reader) document(values map[string]any) *Config {
	root := table{values: values}
	r.unknownKeys(root)
	c := &Config{File: r.file, Disable: r.flag(root, "disable"), CAFile: r.path(root, "ca_file"), Sources: slices.Clone(r.o.Sources)}
	if c.CAFile != "" {
		c.CAFileFrom = r.from(below("", "ca_file"))
	}
	if sources, ok := r.sources(root); ok {
		c.Sources, c.SourcesFrom = sources, r.from(below("", "sources"))
	}
	feeds, secretFiles, downloads := duplicates{}, duplicates{}, duplicates{}
	for _, t := range r.tables(root, tableFeed) {
		f := r.feed(t)
		r.once(feeds, t, "url", f.Address.String())
		c.Feeds = append(c.Feeds, f)
	}
	for _, t := range r.tables(root, tableSecretFile) {
		f := r.secretFile(t)
		r.once(secretFiles, t, "path", f.Path+" "+f.Feed.String()) // one token may be for two feeds
		c.SecretFiles = append(c.SecretFiles, f)
	}
	for _, t := range r.tables(root, tableDownload) {
		d := r.download(t)
		r.once(downloads, t, "url", d.Address.String())
		c.Downloads = append(c.Downloads, d)
	}
	return c
}

func (r *reader) feed(t table) FeedConfig {
	r.unknownKeys(t)
	r.required(t, "url")
	f := FeedConfig{
		Address: r.address(t, "url"), From: r.from(t.path),
		Username: r.text(t, "username"), Account: r.text(t, "account"),
		Tenant: r.text(t, "tenant"), ClientID: r.text(t, "client_id"),
		Kind: r.kind(t), Server: r.address(t, "server"), AllowInsecure: r.flag(t, "allow_insecure"),
	}
	f.Helper, f.Program = r.helper(t)
	if sources, ok := r.sources(t); ok {
		f.Sources, f.SourcesFrom = sources, r.from(below(t.path, "sources"))
	}
	r.checkInsecure(t, f)
	switch {
	case t.has("server") && !t.has("kind"):
		r.wrong(t, "server", "server needs a kind beside it, which is its vendor")
	case t.has("kind") && !t.has("server"):
		f.Server = f.Address
	}
	return f
}

// checkInsecure demands a word for every address that secrets would go to in clear text, and no idle ones.
func (r *reader) checkInsecure(t table, f FeedConfig) {
	plain := false
	for _, a := range []struct {
		key  string
		feed credential.Feed
	}{{"url", f.Address}, {"server", f.Server}} {
		if a.feed == (credential.Feed{}) || strings.HasPrefix(a.feed.Origin(), "https://") {
			continue
		}
		plain = true
		if !a.feed.Secure() && !t.has("allow_insecure") {
			r.wrong(t, a.key, "secrets would travel in clear text: write https://, or allow_insecure = true beside it")
		}
	}
	if f.AllowInsecure && !plain && f.Address != (credential.Feed{}) {
		r.wrong(t, "allow_insecure", "allow_insecure is for an address that begins with http://")
	}
}

func (r *reader) secretFile(t table) SecretFile {
	r.unknownKeys(t)
	r.required(t, "path")
	if t.has("username") && !t.has("feed") {
		r.wrong(t, "username", "username needs feed beside it: without feed the file holds user names itself")
	}
	return SecretFile{Path: r.path(t, "path"), Feed: r.address(t, "feed"), Username: r.text(t, "username"), From: r.from(t.path)}
}

func (r *reader) download(t table) Download {
	r.unknownKeys(t)
	r.required(t, "url")
	return Download{Address: r.address(t, "url"), From: r.from(t.path)}
}
