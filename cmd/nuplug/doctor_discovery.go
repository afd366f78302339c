package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/host"
)

const (
	pluginPrefix   = "nuget-plugin-"
	envPluginPaths = "NUGET_PLUGIN_PATHS"
)

// checkDiscovery is about the search for plugins as a whole.
func checkDiscovery(_ context.Context, d *doctor) []finding {
	if d.discovery.Failure != "" {
		f := wrong("the search for plugins fails, and NuGet uses none and says nothing: %s", d.discovery.Failure)
		for _, c := range d.discovery.Candidates {
			if isDangling(c.Path) {
				return []finding{f.by(d.shell().remove(c.Path))}
			}
		}
		return []finding{f}
	}
	listed := d.discovery.Listed()
	if len(listed) == 0 {
		return []finding{note("%s finds no plugin", d.client)}
	}
	names := make([]string, len(listed))
	for i, c := range listed {
		names[i] = c.Path
	}
	return []finding{ok("%s asks %s", d.client, strings.Join(names, ", then "))}
}

// checkNotUsed shows what lies where plugins lie and is not used. It may be meant so, if a feed can be used without.
func checkNotUsed(_ context.Context, d *doctor) []finding {
	blame := unanswered
	if !d.usable() {
		blame |= unknown
	}
	var found []finding
	hidden := 0
	for _, c := range d.discovery.Candidates {
		if !c.Listed() && d.discovery.Failure == "" {
			f := suspect(blame, "%s is not used: %s", c.Path, c.Reason).by(d.useIt(c))
			if c.State == host.Hidden { // it is a plugin, which of the others is not sure
				found = slices.Insert(found, hidden, f)
				hidden++
				continue
			}
			found = append(found, f)
		}
	}
	return found
}

// useIt is the command that has NuGet use a file that it passes over; empty where there is no simple one.
func (d *doctor) useIt(c host.Candidate) string {
	sh, name := d.shell(), filepath.Base(c.Path)
	lower := pluginPrefix + strings.TrimPrefix(strings.ToLower(name), pluginPrefix)
	switch {
	case c.State == host.Hidden:
		return sh.unset(d.hidingVariable())
	case c.State != host.Skipped:
		return ""
	case c.Origin.Kind == host.FromVariable && c.Origin.Variable != envPluginPaths && c.Origin.Variable != d.ownVariable():
		return sh.set(envPluginPaths, c.Path)
	case isDangling(c.Path):
		return sh.remove(c.Path)
	case !exists(c.Path):
		if c.Origin.Kind == host.FromVariable {
			return d.withoutItem(c)
		}
		return ""
	case c.Origin.Kind == host.FromPATH && !filepath.IsAbs(c.Origin.Item):
		folder := c.Origin.Folder
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(d.streams.Dir, folder)
		}
		return d.frontOfPATH(folder)
	case strings.HasPrefix(strings.ToLower(name), pluginPrefix) && name != lower:
		return sh.move(c.Path, filepath.Join(filepath.Dir(c.Path), lower))
	case strings.HasPrefix(name, pluginPrefix) && !isExecutable(c.Path) && !sh.windows():
		return "chmod +x " + sh.quote(c.Path)
	}
	return ""
}

func (d *doctor) frontOfPATH(folder string) string {
	if d.shell().windows() {
		return "$env:PATH = " + d.shell().quote(folder+";") + " + $env:PATH"
	}
	return "export PATH=" + d.shell().quote(folder) + `:"$PATH"`
}

// ownVariable is the path variable of the client's kind.
func (d *doctor) ownVariable() string {
	if d.client.Kind == host.NET {
		return "NUGET_NETCORE_PLUGIN_PATHS"
	}
	return "NUGET_NETFX_PLUGIN_PATHS"
}

// hidingVariable is the path variable that replaces all places behind it: the first that is not empty.
func (d *doctor) hidingVariable() string {
	if value, _ := d.env.Lookup(d.ownVariable(), d.client.OS); value != "" {
		return d.ownVariable()
	}
	return envPluginPaths
}

// checkCannotStart shows plugins of NuGet's list that cannot be started. NuGet raises an error when it comes to one, and the
// feed that asked gets nothing, not even from the plugins behind; with a path variable every restore comes to all of
// them, because NuGet asks the plugins of variables for packages too.
func checkCannotStart(_ context.Context, d *doctor) []finding {
	var found []finding
	for _, c := range d.discovery.Candidates {
		if !c.Blocks() {
			continue
		}
		f := suspect(blocked|unknown, "%s cannot be started: %s; NuGet stops there and asks no plugin behind it", place(c), c.Reason)
		if d.discovery.Download.Asked {
			f.Status = statusWrong
		}
		found = append(found, f.by(d.outOfTheWay(c)))
	}
	return found
}

// outOfTheWay is the command that makes a plugin startable, or else has NuGet find it no more.
func (d *doctor) outOfTheWay(c host.Candidate) string {
	sh := d.shell()
	switch {
	case isDangling(c.Path):
		return sh.remove(c.Path)
	case c.State == host.CannotStart && !c.Start.ViaHost && exists(c.Path) && !isExecutable(c.Path) && !sh.windows():
		return "chmod +x " + sh.quote(c.Path)
	}
	return d.turnOff(c)
}

// turnOff is the command after which NuGet finds the plugin no more.
func (d *doctor) turnOff(c host.Candidate) string {
	sh := d.shell()
	switch {
	case c.Origin.Kind == host.FromVariable && c.Origin.Folder == "":
		return d.withoutItem(c)
	case c.Origin.Kind == host.FromConvention || c.Origin.Kind == host.FromPreinstalled:
		return sh.move(filepath.Dir(c.Path), filepath.Dir(c.Path)+".off")
	case sh.windows():
		return sh.move(c.Path, filepath.Join(filepath.Dir(c.Path), "off-"+filepath.Base(c.Path)))
	}
	return "chmod -x " + sh.quote(c.Path)
}

// withoutItem takes an item out of a path variable, or mends it where that is plain: a native plugin in a variable whose
// files dotnet runs, a relative path.
func (d *doctor) withoutItem(c host.Candidate) string {
	sh := d.shell()
	items := strings.Split(d.env[c.Origin.Variable], d.separator())
	i := c.Origin.Index
	if i >= len(items) {
		return ""
	}
	absolute := filepath.Join(d.streams.Dir, items[i])
	native := c.State == host.CannotStart && c.Start.ViaHost && strings.HasPrefix(path.Base(filepath.ToSlash(c.Path)), pluginPrefix)
	switch {
	case c.State == host.InvalidFilePath && isExecutable(absolute):
		items[i] = absolute
	case native && c.Origin.Variable != envPluginPaths && len(items) == 1 && isExecutable(c.Path):
		return sh.both(sh.unset(c.Origin.Variable), sh.set(envPluginPaths, c.Path))
	default:
		items = slices.Delete(items, i, i+1)
	}
	items = slices.DeleteFunc(items, func(item string) bool { return item == "" })
	if len(items) == 0 {
		return sh.unset(c.Origin.Variable)
	}
	return sh.set(c.Origin.Variable, strings.Join(items, d.separator()))
}

// separator is that of the path variables, which was the same on every system before NuGet 6.13.
func (d *doctor) separator() string {
	if d.client.OS != "windows" && d.client.Version.Compare(host.ClientVersion{Major: 6, Minor: 13}) >= 0 {
		return ":"
	}
	return ";"
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func isDangling(file string) bool {
	info, err := os.Lstat(file)
	return err == nil && info.Mode()&os.ModeSymlink != 0 && !exists(file)
}

func isExecutable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || filepath.Separator == '\\')
}

// place is a candidate with where it was found.
func place(c host.Candidate) string { return fmt.Sprintf("%s (%s)", c.Path, c.Origin) }
