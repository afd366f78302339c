package config

import (
	"slices"
	"strings"
)

// The variables of the environment. What they say beats the file.
const (
	FileVariable    = "NUPLUG_CONFIG"  // the file, by its absolute path
	SourcesVariable = "NUPLUG_SOURCES" // the sources, in their order, separated by commas
	DisableVariable = "NUPLUG_DISABLE" // 1: ask no source for any feed
	CAFileVariable  = "NUPLUG_CA_FILE" // the file with certificates
)

// sslCertFile is the name under which OpenSSL, curl and many others look for certificates. As it is not meant for us alone,
// the file beats it.
const sslCertFile = "SSL_CERT_FILE"

const windows = "windows"

// Paths lists where the configuration file may be on a system (a value of runtime.GOOS); the first that is there is read
// and no other:
//
//   - the file that NUPLUG_CONFIG names, and then nothing else;
//   - on Windows %APPDATA%\nuplug\config.toml;
//   - elsewhere $XDG_CONFIG_HOME/nuplug/config.toml, which is ~/.config/nuplug/config.toml where the variable is not set or
//     not absolute;
//   - on macOS after that ~/Library/Application Support/nuplug/config.toml. It comes second because the other tools that
//     people sign in with there (git, gh, glab) keep theirs in ~/.config, because only that place can be the same on all of
//     one's machines, and because who sets XDG_CONFIG_HOME does it on purpose.
//
// It is empty where no home is known. It looks at no file.
func Paths(goos string, getenv func(string) string) []string {
	if path := getenv(FileVariable); path != "" {
		return []string{path}
	}
	home := homeFolder(goos, getenv)
	var folders []string
	switch {
	case goos == windows && isAbsolute(goos, getenv("APPDATA")):
		folders = append(folders, getenv("APPDATA"))
	case goos == windows && home != "":
		folders = append(folders, join(goos, home, "AppData", "Roaming"))
	case goos == windows:
	case isAbsolute(goos, getenv("XDG_CONFIG_HOME")): // its specification says to ignore a relative one
		folders = append(folders, getenv("XDG_CONFIG_HOME"))
	case home != "":
		folders = append(folders, join(goos, home, ".config"))
	}
	if goos == "darwin" && home != "" {
		folders = append(folders, join(goos, home, "Library", "Application Support"))
	}
	paths := make([]string, len(folders))
	for i, folder := range folders {
		paths[i] = join(goos, folder, "nuplug", "config.toml")
	}
	return slices.Compact(paths)
}

// homeFolder is "" where it is not known.
func homeFolder(goos string, getenv func(string) string) string {
	name := "HOME"
	if goos == windows {
		name = "USERPROFILE"
	}
	if home := getenv(name); isAbsolute(goos, home) {
		return home
	}
	return ""
}

// join puts one separator of the system between the parts.
func join(goos, folder string, names ...string) string {
	separator, cut := "/", "/"
	if goos == windows {
		separator, cut = `\`, `\/`
	}
	return strings.TrimRight(folder, cut) + separator + strings.Join(names, separator)
}

// isAbsolute says whether a path means the same file in every folder.
func isAbsolute(goos, path string) bool {
	if goos != windows {
		return strings.HasPrefix(path, "/")
	}
	isSlash := func(i int) bool { return path[i] == '\\' || path[i] == '/' }
	switch {
	case len(path) >= 2 && isSlash(0) && isSlash(1):
		return true
	case len(path) >= 3 && path[1] == ':' && isSlash(2):
		return 'a' <= path[0]|0x20 && path[0]|0x20 <= 'z'
	}
	return false
}

// expandHome replaces the ~ of a path that begins with ~/, or ~\ on Windows. ok is false when there is no home to put there.
func expandHome(goos, home, path string) (expanded string, ok bool) {
	rest, found := strings.CutPrefix(path, "~/")
	if !found && goos == windows {
		rest, found = strings.CutPrefix(path, `~\`)
	}
	if !found {
		return path, true
	}
	return join(goos, home, rest), home != ""
}
