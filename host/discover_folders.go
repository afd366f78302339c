package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// pluginPrefix is how the names of plugins in PATH begin, exactly so on every system.
const pluginPrefix = "nuget-plugin-"

// conventions looks into the plugins folder of NuGet's home, and for .NET Framework into that of the preinstalled plugins.
// Each sub-folder holds one plugin of its own name.
func (d *discoverer) conventions(behind place) {
	home, err := nugetHome(d.client, d.env)
	p := d.placeSince(behind, "the plugins folder is used", 4, 8)
	if err != nil {
		d.fail(p, "%v", err)
	} else {
		os := d.client.OS
		plugins := join(os, join(os, home, ".nuget"), "plugins")
		own, other, otherExtension := "netcore", "netfx", ".exe"
		if d.client.Kind == NETFramework {
			own, other, otherExtension = "netfx", "netcore", ".dll"
		}
		have := d.conventionFolder(Origin{Kind: FromConvention, Folder: join(os, plugins, own)}, p)
		if p.open() {
			d.otherConvention(join(os, plugins, other), otherExtension, join(os, plugins, own), have)
		}
	}
	if folder := preinstalledFolder(d.client); folder != "" {
		d.conventionFolder(Origin{Kind: FromPreinstalled, Folder: folder}, p)
	}
}

// conventionFolder gives the names of the sub-folders that it saw.
func (d *discoverer) conventionFolder(origin Origin, p place) (have map[string]bool) {
	root, extension := origin.Folder, d.conventionExtension()
	for _, name := range d.conventionNames(root, p) {
		path := join(d.client.OS, root, name)
		if d.look(path).thing != folder {
			if base, plain := strings.CutSuffix(name, extension); plain {
				d.add(Candidate{Path: path, Origin: origin, State: Skipped, Reason: fmt.Sprintf(
					"it lies in the plugins folder itself; move it with its files into a sub-folder %s", base)}, p)
			}
			continue
		}
		if have == nil {
			have = map[string]bool{}
		}
		have[name] = true
		file := join(d.client.OS, path, name+extension)
		if d.look(file).isFile() {
			d.add(d.fileItem(file, origin), p)
			continue
		}
		d.add(Candidate{Path: file, Origin: origin, State: Skipped, Reason: fmt.Sprintf(
			"its folder %s has no file %s; folder and file must have the same name", path, name+extension)}, p)
	}
	return have
}

// conventionNames lists a root. One that is missing is empty; one that cannot be read ends NuGet's discovery.
func (d *discoverer) conventionNames(root string, p place) []string {
	if d.look(root).thing != folder {
		return nil
	}
	names, err := d.fsys.ReadDir(root)
	if err != nil {
		d.fail(p, "the folder %s cannot be read; correct its permissions", root)
		return nil
	}
	return names
}

func (d *discoverer) conventionExtension() string {
	if d.client.Kind == NET {
		return ".dll"
	}
	return ".exe"
}

// otherConvention shows plugins that are installed for the other kind of client alone.
func (d *discoverer) otherConvention(root, extension, own string, have map[string]bool) {
	if d.look(root).thing != folder {
		return
	}
	names, _ := d.fsys.ReadDir(root) // only for what we tell; NuGet does not look here
	for _, name := range names {
		path := join(d.client.OS, join(d.client.OS, root, name), name+extension)
		if !have[name] && d.look(path).isFile() {
			d.add(Candidate{Path: path, Origin: Origin{Kind: FromConvention, Folder: root}, State: Skipped, Reason: fmt.Sprintf(
				"it is installed for other clients alone; a %s client looks for it in %s", d.client.Kind, own)}, place{})
		}
	}
}

// preinstalledFolder is where the plugins lie that came with the client, or empty.
func preinstalledFolder(c Client) string {
	switch {
	case c.Kind != NETFramework:
		return ""
	case c.MSBuildDir != "":
		path := c.MSBuildDir
		ups := []string{"..", "..", ".."}
		if c.atLeast(6, 3) && strings.HasSuffix(path, "64") { // Bin\amd64, Bin\arm64
			ups = append(ups, "..")
		}
		for _, part := range append(ups, "Common7", "IDE", "CommonExtensions", "Microsoft", "NuGet", "Plugins") {
			path = join(c.OS, path, part)
		}
		return fullPath(path, c.OS)
	case c.AssemblyDir != "":
		return join(c.OS, c.AssemblyDir, "Plugins")
	}
	return ""
}

// nugetHome is the folder that holds ".nuget". The dotnet command takes DOTNET_CLI_HOME where it exists, even empty: then
// the folder is relative, as was seen with NuGet 7.9.
func nugetHome(c Client, env Env) (string, error) {
	if home, set := env.Lookup(envCLIHome, c.OS); set && c.Kind == NET {
		return home, nil
	}
	return userHome(c, env)
}

func userHome(c Client, env Env) (string, error) {
	name := "HOME"
	if c.OS == windows {
		name = "USERPROFILE"
	}
	home, _ := env.Lookup(name, c.OS)
	if home == "" && c.OS == windows {
		drive, _ := env.Lookup("HOMEDRIVE", c.OS)
		path, _ := env.Lookup("HOMEPATH", c.OS)
		home = drive + path
	}
	if home == "" {
		return "", fmt.Errorf("%s is not set, and NuGet needs it for its plugins folder; set it", name)
	}
	return home, nil
}

// listFolder takes the plugins of a folder by the rules of PATH.
func (d *discoverer) listFolder(origin Origin, p place) {
	names, err := d.fsys.ReadDir(origin.Folder)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			d.unreadable(origin, p)
		}
		return
	}
	for _, name := range names {
		if !strings.HasPrefix(strings.ToLower(name), pluginPrefix) {
			continue
		}
		c := Candidate{Path: join(d.client.OS, origin.Folder, name), Origin: origin}
		found := d.look(c.Path)
		if d.breaksDiscovery(c.Path, found) {
			d.add(d.broken(c, p), p)
			continue
		}
		if refusal := d.pathRefusal(name, found); refusal != "" {
			c.State, c.Reason = Skipped, refusal
			d.add(c, p)
			continue
		}
		d.add(d.direct(c, found), p)
	}
}

func (d *discoverer) unreadable(origin Origin, p place) {
	if !d.client.atLeast(6, 14) {
		d.fail(p, "NuGet 6.13 stops at the folder %s, which cannot be read; correct its permissions or take it out of %s", origin.Folder, origin.Variable)
	}
	d.add(Candidate{Path: origin.Folder, Origin: origin, State: Skipped,
		Reason: "the folder cannot be read; correct its permissions"}, p)
}

// pathRefusal says why a file is no plugin by the rules of PATH; empty means that it is one.
func (d *discoverer) pathRefusal(name string, found finding) string {
	switch {
	case !found.isFile():
		return "it is not a file that can be seen"
	case !strings.HasPrefix(name, pluginPrefix):
		return "the name must begin with nuget-plugin- in lower case; rename it"
	case d.client.OS == windows:
		if ext := strings.ToLower(extension(name)); ext != ".exe" && ext != ".bat" {
			return "on Windows the name must end in .exe or .bat"
		}
	case found.mode&0o111 == 0:
		return "it has no execute permission; chmod +x it"
	}
	return ""
}

// breaksDiscovery is true for a link to nowhere whose name is a plugin's: .NET on Unix takes it for a file, asks for its
// mode and gets an error that nobody catches. Seen with NuGet 7.9: no plugin is used, wherever it lies, and nothing is said.
// (On Mono a link to nowhere is no file in the first place, see look.)
func (d *discoverer) breaksDiscovery(path string, found finding) bool {
	return found.thing == dangling && d.client.OS != windows &&
		strings.HasPrefix(baseName(path, d.client.OS), pluginPrefix)
}

func (d *discoverer) broken(c Candidate, p place) Candidate {
	d.fail(p, "%s is a link to a file that is missing, and NuGet's search ends there with an error; delete the link", c.Path)
	c.State, c.Reason = Skipped, "it is a link to a file that is missing; delete the link"
	return c
}
