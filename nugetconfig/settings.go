package nugetconfig

import (
	"fmt"
	"strings"
)

// Setting is one value of the section config, or one that a variable gives.
type Setting struct {
	Key    string // as it was written
	Value  string // variables expanded; may hold a password, as http_proxy may
	Origin Origin
}

// Value gives the setting of this name; names ignore case. Where two files spell a name in two ways, NuGet takes the
// farther one, and so does Value.
func (c *Config) Value(key string) (Setting, bool) {
	if i := configItem(c.merged, key); i != nil {
		return Setting{i.key, c.text(i), i.origin()}, true
	}
	return Setting{}, false
}

// PathValue is Value for settings that are paths, such as repositoryPath: a relative one belongs to the folder of its
// file.
func (c *Config) PathValue(key string) (Setting, bool) {
	if i := configItem(c.merged, key); i != nil {
		return Setting{i.key, c.path(i), i.origin()}, true
	}
	return Setting{}, false
}

func configItem(m merged, key string) *item {
	for _, i := range m["config"] {
		if i.kind == kindAdd && foldCase(i.key) == foldCase(key) {
			return i
		}
	}
	return nil
}

// GlobalPackagesFolder is the folder in which NuGet keeps unpacked packages, absolute, in NuGet's own spelling: the default
// ends with a separator. NUGET_PACKAGES goes before the files, and it is an error if it is not an absolute path.
func (c *Config) GlobalPackagesFolder() (Setting, error) {
	const key, variable = "globalPackagesFolder", "NUGET_PACKAGES"
	sys, cwd := c.env.sys, c.env.cwd
	if path := c.env.get(variable); path != "" {
		if !sys.isRooted(path) {
			return Setting{}, fmt.Errorf("variable %s must hold an absolute path, not %q", variable, path)
		}
		return Setting{key, sys.full(cwd, path), Origin{Variable: variable}}, nil
	}
	if s, _ := c.PathValue(key); s.Value != "" {
		s.Value = sys.full(cwd, s.Value)
		return s, nil
	}
	return Setting{Key: key, Value: sys.join(c.env.homeFolder(), ".nuget", "packages") + sys.separator()}, nil
}

// FallbackFolders are further folders of unpacked packages, which NuGet only reads from, nearest file first.
// NUGET_FALLBACK_PACKAGES (absolute paths with ";" between) replaces them.
// An empty path, or one in the variable that is not absolute, is an error.
func (c *Config) FallbackFolders() ([]Setting, error) {
	const variable = "NUGET_FALLBACK_PACKAGES"
	var folders []Setting
	if list := c.env.get(variable); list != "" {
		for path := range strings.SplitSeq(list, ";") {
			if path == "" {
				continue
			}
			if !c.env.sys.isRooted(path) {
				return nil, fmt.Errorf("variable %s must hold absolute paths, not %q", variable, path)
			}
			folders = append(folders, Setting{Value: c.env.sys.full(c.env.cwd, path), Origin: Origin{Variable: variable}})
		}
		return folders, nil
	}
	for _, i := range c.byFile(c.merged["fallbackPackageFolders"]) {
		if i.kind != kindAdd {
			continue
		}
		path := c.path(i)
		if path == "" {
			return nil, inFile(i.file, faultAt(i.element.line, "fallbackPackageFolders has an empty path"))
		}
		folders = append(folders, Setting{i.key, c.env.sys.full(c.env.cwd, path), i.origin()})
	}
	return folders, nil
}

// MaxHTTPRequestsPerSource limits the requests that run at once; 0 leaves it to the client.
func (c *Config) MaxHTTPRequestsPerSource() int {
	s, _ := c.Value("maxHttpRequestsPerSource")
	return c.integer(s.Value, 0)
}

// DefaultPushSource is where packages are pushed to, a source's name, URL or path, from the chain or else from the
// administrator's defaults. Value is empty where nobody says.
func (c *Config) DefaultPushSource() Setting {
	if s, ok := c.Value("defaultPushSource"); ok && s.Value != "" {
		return s
	}
	if i := configItem(c.defaults, "DefaultPushSource"); i != nil {
		return Setting{i.key, c.text(i), i.origin()}
	}
	return Setting{Key: "defaultPushSource"}
}
