package host

import (
	"fmt"
	"strings"
)

// variables reads the path variables. It gives what the places behind them are: the first variable that names something
// replaces everything behind it.
func (d *discoverer) variables() (behind place) {
	for _, name := range []string{d.ownVariable(), envPluginPaths} {
		value, _ := d.lookup(name)
		if value == "" {
			continue // an empty variable is as good as none
		}
		major, minor := d.pluginsSince()
		if name != envPluginPaths {
			major, minor = 5, 3
		}
		here := d.placeSince(behind, name+" is read", major, minor)
		d.items(name, value, here)
		if here.open() {
			behind = place{Hidden, fmt.Sprintf("%s is set, which hides this place; unset it, or name the file there", name)}
		}
	}
	return behind
}

// variableSeparator was the same on every system until 6.13 made it that of PATH.
func (d *discoverer) variableSeparator() string {
	if d.client.atLeast(6, 13) {
		return listSeparator(d.client.OS)
	}
	return ";"
}

func (d *discoverer) items(name, value string, p place) {
	for i, item := range strings.Split(value, d.variableSeparator()) {
		origin := Origin{Kind: FromVariable, Variable: name, Index: i, Item: item}
		switch {
		case item == "" && name == envPluginPaths && d.client.atLeast(6, 13) && !d.client.atLeast(6, 14):
			d.fail(p, "NuGet 6.13 stops at an empty item in %s; remove the separator at the end, or the doubled one", name)
		case item == "":
		case name == envPluginPaths && d.client.atLeast(6, 13):
			d.anyItem(item, origin, p)
		default:
			d.add(d.fileItem(item, origin), p)
		}
	}
}

// fileItem is an item that can be nothing but a file, by the rule for all variables before 6.13, for the variables of one
// kind of client and for the plugins folders.
func (d *discoverer) fileItem(path string, origin Origin) Candidate {
	c := Candidate{Path: path, Origin: origin}
	if !isAbsolute(path, d.client) {
		return d.invalid(c)
	}
	found := d.look(path)
	if found.isFile() {
		return d.classic(c, found)
	}
	c.State, c.Start = NotFound, d.classicStart(path)
	c.Reason = "there is no such file, which is an error here; correct or remove it" + d.separatorHint(origin)
	if found.thing == folder {
		c.Reason = "it is a folder and a file is needed; a folder of nuget-plugin-* files goes into PATH, or since NuGet 6.13 into " + envPluginPaths
	}
	return c
}

// anyItem is an item of NUGET_PLUGIN_PATHS since 6.13: a file, or a folder of files that could lie in PATH. What exists
// is listed with its path made clean, as was seen with NuGet 7.9.
func (d *discoverer) anyItem(item string, origin Origin, p place) {
	c := Candidate{Path: item, Origin: origin}
	if !isAbsolute(item, d.client) {
		d.add(d.invalid(c), p)
		return
	}
	found := d.look(item)
	switch {
	case found.isFile():
		c.Path = fullPath(item, d.client.OS)
		d.add(d.namedFile(c, found, p), p)
	case found.thing == folder:
		before := len(d.found)
		origin.Folder = fullPath(item, d.client.OS)
		d.listFolder(origin, p)
		if len(d.found) == before {
			c.State, c.Reason = Skipped, "the folder holds no nuget-plugin-* file; name the plugin's file instead"
			d.add(c, p)
		}
	default:
		c.State = Skipped
		c.Reason = "there is no such file or folder, which NuGet passes over here; correct or remove it" + d.separatorHint(origin)
		d.add(c, p)
	}
}

// namedFile is a file in NUGET_PLUGIN_PATHS since 6.13. One that could lie in PATH is a program, any other is started
// like all plugins before.
func (d *discoverer) namedFile(c Candidate, found finding, p place) Candidate {
	if d.breaksDiscovery(c.Path, found) {
		return d.broken(c, p)
	}
	refusal := d.pathRefusal(baseName(c.Path, d.client.OS), found)
	if refusal == "" {
		return d.direct(c, found)
	}
	c = d.classic(c, found)
	if c.State == CannotStart && c.Start.ViaHost {
		c.Reason += "; to start without dotnet: " + refusal
	}
	return c
}

func (d *discoverer) invalid(c Candidate) Candidate {
	c.State, c.Start = InvalidFilePath, d.classicStart(c.Path)
	c.Reason = "the path is not absolute, which is an error here; write the whole path" + d.separatorHint(c.Origin)
	if c.Origin.Kind == FromConvention {
		c.Reason = "NuGet's home is not an absolute path, which is an error here; correct DOTNET_CLI_HOME or HOME"
	}
	if d.client.OS == windows && strings.Contains(c.Path, "/") {
		c.Reason += ", with backslashes"
	}
	return c
}

// separatorHint is for who used the separator of other versions.
func (d *discoverer) separatorHint(origin Origin) string {
	if origin.Kind != FromVariable || d.client.OS == windows {
		return ""
	}
	if d.variableSeparator() == ";" && strings.Contains(origin.Item, ":") {
		return "; before NuGet 6.13 the separator is ';' and not ':'"
	}
	if d.variableSeparator() == ":" && strings.Contains(origin.Item, ";") {
		return "; since NuGet 6.13 the separator is ':' and not ';'"
	}
	return ""
}
