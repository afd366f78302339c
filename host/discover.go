package host

import (
	"fmt"
	"strings"
)

// Discovery is what a client finds, and what it does not find.
type Discovery struct {
	Client     Client
	Candidates []Candidate // NuGet's list in NuGet's order, with what it passes over where NuGet would meet it
	Download   Download

	// Failure is why NuGet's discovery fails as a whole, empty where it does not. The client then uses no plugin at all,
	// and newer ones do not say so.
	Failure string
}

// Download tells whether the client asks plugins if they can download packages; that is apart from signing in.
type Download struct {
	Asked  bool
	Reason string // one line
}

// Listed gives the candidates that are in NuGet's list, in its order.
func (d Discovery) Listed() []Candidate {
	var listed []Candidate
	for _, c := range d.Candidates {
		if c.Listed() {
			listed = append(listed, c)
		}
	}
	return listed
}

// Discover finds the plugins as the client does. It depends on its arguments alone: with an environment and a file system
// from elsewhere it tells what a client on another machine and another system would find. NuGet does this once a process;
// a file system that changes meanwhile is seen at some moment of the call.
func Discover(client Client, env Env, fsys FS) Discovery {
	d := &discoverer{client: client, env: env, fsys: fsys}
	behind := d.variables()
	d.conventions(behind)
	d.searchPATH(behind)
	d.otherVariable()
	d.settleFailure()
	d.markBlocked()
	return Discovery{Client: client, Candidates: d.found, Download: d.download(), Failure: d.failure}
}

// discoverer is one run of Discover.
type discoverer struct {
	client  Client
	env     Env
	fsys    FS
	found   []Candidate
	failure string // the first one
}

// place is whether the client looks into a place. The zero value means that it does.
type place struct {
	closed State // Hidden or TooNew
	why    string
}

func (p place) open() bool { return p.closed == 0 }

// placeSince closes a place for clients before a version.
func (d *discoverer) placeSince(p place, what string, major, minor int) place {
	if d.client.atLeast(major, minor) {
		return p
	}
	return place{TooNew, fmt.Sprintf("%s since NuGet %d.%d, and this client has %s", what, major, minor, d.client.Version)}
}

// add takes a candidate from a place. What a closed place holds is not listed, whatever it is.
func (d *discoverer) add(c Candidate, p place) {
	switch {
	case p.open():
	case c.Listed():
		c.State, c.Reason, c.Start = p.closed, p.why, Start{}
	default:
		c.Reason += "; and " + p.why
	}
	d.found = append(d.found, c)
}

// fail remembers that NuGet's discovery ends with an error at the place p.
func (d *discoverer) fail(p place, format string, args ...any) {
	if p.open() && d.failure == "" {
		d.failure = fmt.Sprintf(format, args...)
	}
}

// settleFailure empties NuGet's list: the error comes before anyone could use it.
func (d *discoverer) settleFailure() {
	if d.failure == "" {
		return
	}
	for i := range d.found {
		if c := &d.found[i]; c.Listed() {
			c.State, c.Start = Skipped, Start{}
			c.Reason = "this client finds no plugin at all: " + d.failure
		}
	}
}

func (d *discoverer) markBlocked() {
	blocker := ""
	for i := range d.found {
		c := &d.found[i]
		if !c.Listed() {
			continue
		}
		if c.BlockedBy = blocker; blocker != "" {
			c.Reason += "; behind " + blocker + ", which blocks it"
		} else if c.Blocks() {
			blocker = c.Path
		}
	}
}

// ownVariable and otherVariableName are the variable for the client's kind and the one for the other.
func (d *discoverer) ownVariable() string {
	if d.client.Kind == NET {
		return envNETPaths
	}
	return envFrameworkPaths
}

func (d *discoverer) otherVariableName() string {
	if d.client.Kind == NET {
		return envFrameworkPaths
	}
	return envNETPaths
}

func (d *discoverer) lookup(name string) (value string, set bool) {
	return d.env.Lookup(name, d.client.OS)
}

// pluginsSince gives the first version with plugins for the client's kind.
func (d *discoverer) pluginsSince() (major, minor int) {
	if d.client.Kind == NET {
		return 4, 8
	}
	return 4, 3
}

// download follows NuGet's question before it asks any plugin for the claim. It is not the test that discovery uses: since
// 6.13 it takes the first variable that exists, even an empty one.
func (d *discoverer) download() Download {
	own, ownSet := d.lookup(d.ownVariable())
	generic, _ := d.lookup(envPluginPaths)
	variable, value := d.ownVariable(), own
	known := d.client.atLeast(5, 3)
	shadowed := known && d.client.atLeast(6, 13) && ownSet
	if !known || value == "" && !shadowed {
		variable, value = envPluginPaths, generic
	}
	switch {
	case !d.client.atLeast(d.pluginsSince()):
		return Download{Reason: "this client is older than plugins"}
	case value == "" && generic != "":
		return Download{Reason: fmt.Sprintf("%s is set but empty, and for this question that hides %s; unset it", variable, envPluginPaths)}
	case value == "":
		return Download{Reason: fmt.Sprintf("only plugins from %s or %s are asked", d.ownVariable(), envPluginPaths)}
	case d.failure != "":
		return Download{Asked: true, Reason: "the question fails: " + d.failure}
	}
	for _, c := range d.found {
		if c.Blocks() {
			return Download{Asked: true, Reason: fmt.Sprintf("%s is set; the question comes to %s, which cannot be started, and the operation fails", variable, c.Path)}
		}
	}
	return Download{Asked: true, Reason: variable + " is set"}
}

// otherVariable shows what the variable for the other kind of client names.
func (d *discoverer) otherVariable() {
	name := d.otherVariableName()
	value, _ := d.lookup(name)
	for i, item := range strings.Split(value, d.variableSeparator()) {
		if item != "" {
			d.add(Candidate{
				Path: item, State: Skipped, Origin: Origin{Kind: FromVariable, Variable: name, Index: i, Item: item},
				Reason: fmt.Sprintf("only other clients read %s; this one reads %s and %s", name, d.ownVariable(), envPluginPaths),
			}, place{})
		}
	}
}
