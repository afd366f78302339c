package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Options may be nil; then no source and no kind is known.
type Options struct {
	// File is read instead of the one that Paths finds.
	File string
	// EvenIfDisabled reads the file in spite of NUPLUG_DISABLE, to check it.
	EvenIfDisabled bool
	// Sources are the names of all sources there are, in the order in which they are asked unless the configuration says
	// otherwise.
	Sources []string
	// Kinds are the names of the vendors that a feed can be of.
	Kinds []string
	// Getenv is os.Getenv unless set.
	Getenv func(string) string
	// GOOS is the system whose rules for paths hold: runtime.GOOS unless set.
	GOOS string
}

func (o *Options) complete() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.GOOS == "" {
		c.GOOS = runtime.GOOS
	}
	return c
}

// Load reads the file and the variables. Where there is no file it returns what the variables say; a file that was named and
// is not there is a problem, though. Any error is an [Errors]. There is no Config beside an error, because half a
// configuration might send a secret by a way that the other half excludes.
//
// With NUPLUG_DISABLE=1 it reads no file, so that the variable helps against a broken one too.
func Load(options *Options) (*Config, error) {
	o := options.complete()
	env, problems := readEnvironment(&o)
	if env.disable != nil && *env.disable && !o.EvenIfDisabled && len(problems) == 0 {
		return &Config{Disable: true}, nil
	}
	c, more := o.loadFile()
	if problems = append(problems, more...); len(problems) > 0 {
		return nil, problems
	}
	env.override(c)
	c.inherit()
	return c, nil
}

func (o *Options) loadFile() (*Config, Errors) {
	l := Locate(o)
	switch {
	case l.Path == "" || l.Path == os.DevNull, !l.Exists && !l.Named:
		return &Config{Sources: slices.Clone(o.Sources)}, nil
	case o.File == "" && l.Named && !isAbsolute(o.GOOS, l.Path):
		// NuGet starts a plugin in any folder.
		return nil, Errors{{File: FileVariable, Problem: "not an absolute path"}}
	}
	text, err := readFile(runtime.GOOS, l.Path) // the rights are those of this system
	if errors.Is(err, fs.ErrNotExist) && o.File == "" {
		err = fmt.Errorf("%w, though %s names it", err, FileVariable)
	}
	if err != nil {
		return nil, Errors{{File: l.Path, Problem: err.Error()}}
	}
	return parse(l.Path, text, o)
}

// environment is what the variables say; nil and "" where they say nothing.
type environment struct {
	disable *bool
	sources []string
	caFile  string
	sslFile string
}

func readEnvironment(o *Options) (environment, Errors) {
	var problems Errors
	add := func(variable, format string, args ...any) {
		problems = append(problems, &Error{File: variable, Problem: fmt.Sprintf(format, args...)})
	}
	env := environment{caFile: o.Getenv(CAFileVariable), sslFile: o.Getenv(sslCertFile)}
	if text := strings.TrimSpace(o.Getenv(DisableVariable)); text != "" {
		disable, err := strconv.ParseBool(text)
		if err != nil {
			add(DisableVariable, "neither 1 nor 0")
		}
		env.disable = &disable
	}
	i := 0
	for name := range strings.SplitSeq(o.Getenv(SourcesVariable), ",") {
		i++
		switch name = strings.TrimSpace(name); {
		case name == "":
		case !slices.Contains(o.Sources, name):
			add(SourcesVariable, "entry %d: %s", i, unknownName("source", name, o.Sources))
		case slices.Contains(env.sources, name):
			add(SourcesVariable, "entry %d: named before", i)
		default:
			env.sources = append(env.sources, name)
		}
	}
	if env.caFile != "" && !isAbsolute(o.GOOS, env.caFile) {
		add(CAFileVariable, "not an absolute path")
	}
	return env, problems
}

// override lets the variables beat the file, because who sets one means this run of the program. SourcesVariable beats the
// lists of single feeds too.
func (env *environment) override(c *Config) {
	switch {
	case env.caFile != "":
		c.CAFile, c.CAFileFrom = env.caFile, CAFileVariable
	case c.CAFile == "" && env.sslFile != "":
		c.CAFile, c.CAFileFrom = env.sslFile, sslCertFile
	}
	if env.sources != nil {
		c.Sources, c.SourcesFrom = env.sources, SourcesVariable
		for i := range c.Feeds {
			c.Feeds[i].SourcesFrom = ""
		}
	}
	if env.disable != nil {
		c.Disable = *env.disable
	}
	if c.Disable {
		c.Sources = nil
		for i := range c.Feeds {
			c.Feeds[i].Sources = nil
		}
	}
}

// inherit gives the sources of the whole file to the feeds that have no list of their own.
func (c *Config) inherit() {
	for i := range c.Feeds {
		if f := &c.Feeds[i]; f.SourcesFrom == "" {
			f.Sources, f.SourcesFrom = slices.Clone(c.Sources), c.SourcesFrom
		}
	}
}

// from names a place in a file for people.
func from(file string, line int) string {
	return fmt.Sprintf("%s, line %d", filepath.Base(file), line)
}
