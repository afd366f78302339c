package host

import (
	"fmt"
	"strings"
)

// searchPATH takes the plugins from the folders of PATH.
func (d *discoverer) searchPATH(behind place) {
	p := d.placeSince(behind, "PATH is searched", 6, 13)
	value, _ := d.lookup(envPATH)
	for i, item := range strings.Split(value, listSeparator(d.client.OS)) {
		origin := Origin{Kind: FromPATH, Variable: envPATH, Index: i, Item: item}
		switch {
		case item == "":
		case isAbsolute(item, d.client):
			origin.Folder = fullPath(item, d.client.OS)
			if d.look(origin.Folder).thing == folder {
				d.listFolder(origin, p)
			}
		default:
			d.passedOver(origin, p)
		}
	}
}

// passedOver shows the plugins in a folder of PATH that NuGet does not take because its path is not absolute. Shells know
// what "~" and quotes mean, NuGet does not.
func (d *discoverer) passedOver(origin Origin, p place) {
	origin.Folder = origin.Item
	if d.client.OS == windows {
		origin.Folder = strings.Trim(origin.Item, `"`)
	}
	if rest, tilde := strings.CutPrefix(origin.Folder, "~"); tilde && rest != "" && isSeparator(rest[0], d.client.OS) {
		home, err := userHome(d.client, d.env)
		if err != nil {
			return
		}
		origin.Folder = home + rest
	}
	if d.look(origin.Folder).thing != folder {
		return
	}
	names, _ := d.fsys.ReadDir(origin.Folder) // only for what we tell; NuGet does not look here
	for _, name := range names {
		path := join(d.client.OS, origin.Folder, name)
		if d.pathRefusal(name, d.look(path)) == "" {
			d.add(Candidate{Path: path, Origin: origin, State: Skipped, Reason: fmt.Sprintf(
				"NuGet passes over the PATH item %q, which is not an absolute path; write it out", origin.Item)}, p)
		}
	}
}
