package host

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// The variables that say where NuGet keeps its things.
const (
	envPluginsCache = "NUGET_PLUGINS_CACHE_PATH"
	envScratch      = "NUGET_SCRATCH"
	envXDGData      = "XDG_DATA_HOME"
	envLocalAppData = "LOCALAPPDATA"
)

// pluginsCacheFolder is the folder of the claims cache. Its name lost an "s" on Unix when NuGet made its folders private,
// in 2022; a folder of the old name may have been prepared by someone else.
func pluginsCacheFolder(c Client, env Env) (string, error) {
	set, err := folderVariable(c, env, envPluginsCache)
	if set != "" || err != nil {
		return set, err
	}
	name := "plugins-cache"
	if c.OS != windows && c.hasPrivateFolders() {
		name = "plugin-cache"
	}
	return localNuGet(c, env, name)
}

// hasPrivateFolders tells whether the client has the corrections of October 2022 to where it keeps its files, which older
// lines got as well: 6.3.1, 6.2.2 and 6.0.3.
func (c Client) hasPrivateFolders() bool {
	v := c.Version
	if v.Major == 6 && v.Minor <= 3 {
		return v.Minor == 3 && v.Patch >= 1 || v.Minor == 2 && v.Patch >= 2 || v.Minor == 0 && v.Patch >= 3
	}
	return v.Major >= 6
}

// localNuGet is a folder among the user's data that stay on this machine. The paths are put together without being
// cleaned, and XDG_DATA_HOME may be relative, as was seen with NuGet 7.9 and with 5.8 on Mono.
func localNuGet(c Client, env Env, name string) (string, error) {
	data, err := localData(c, env)
	if err != nil {
		return "", err
	}
	return join(c.OS, join(c.OS, data, "NuGet"), name), nil
}

func localData(c Client, env Env) (string, error) {
	if c.OS != windows {
		if data, _ := env.Lookup(envXDGData, c.OS); data != "" {
			return data, nil
		}
		home, err := nugetHome(c, env)
		return join(c.OS, join(c.OS, home, ".local"), "share"), err
	}
	if data, _ := env.Lookup(envLocalAppData, c.OS); data != "" {
		return data, nil
	}
	if c.Kind == NET {
		return "", fmt.Errorf("%s is not set, and NuGet keeps its caches there; set it", envLocalAppData)
	}
	// The .NET Framework asks Windows, whose answer is nearly always this.
	home, err := userHome(c, env)
	return join(c.OS, join(c.OS, home, "AppData"), "Local"), err
}

// folderVariable gives the folder that a variable names, clean and absolute, or "" if the variable is not set or empty.
func folderVariable(c Client, env Env, name string) (string, error) {
	value, _ := env.Lookup(name, c.OS)
	if value == "" {
		return "", nil
	}
	if !isRooted(value, c.OS) {
		return "", fmt.Errorf("%s must be an absolute path, and %.200q is not one; NuGet stops here", name, value)
	}
	if name == envPluginsCache && c.OS != windows {
		value = strings.ReplaceAll(value, `\`, "/") // only for this variable, seen with NuGet 7.9
	}
	return cleanFolder(value, c.OS), nil
}

// isRooted is another test than isAbsolute: on Windows a slash will do behind the drive, on Unix backslashes will not. On
// Windows, NuGet takes what depends on the current folder or drive too; such a variable is refused here.
func isRooted(path, goos string) bool {
	if goos != windows {
		return strings.HasPrefix(path, "/")
	}
	return strings.HasPrefix(path, `\\`) || len(path) >= 3 && isLetter(path[0]) && path[1] == ':' && isSeparator(path[2], goos)
}

// cleanFolder is fullPath for a folder: .NET keeps a separator at the end, and NuGet shows it.
func cleanFolder(path, goos string) string {
	clean := fullPath(path, goos)
	if isSeparator(path[len(path)-1], goos) {
		return join(goos, clean, "")
	}
	return clean
}

// scratchFolder is where NuGet keeps temporary files and its locks. On Linux, where all users share one temporary folder,
// each has his own since the corrections of 2022, by the account's name. It must then be private: mode 0700.
func scratchFolder(c Client, env Env, account string) (path string, private bool) {
	if c.atLeast(6, 2) {
		if scratch, _ := env.Lookup(envScratch, c.OS); scratch != "" {
			return scratch, false
		}
	}
	name := "NuGetScratch"
	if private = c.OS == "linux" && c.hasPrivateFolders(); private {
		name += account
	}
	return join(c.OS, tempFolder(c.OS, env), name), private
}

// tempFolder is the folder for temporary files by the rules of .NET, which are those of the system.
func tempFolder(goos string, env Env) string {
	if goos != windows {
		if dir, _ := env.Lookup("TMPDIR", goos); dir != "" {
			return dir
		}
		return "/tmp"
	}
	for _, name := range []string{"TMP", "TEMP", "USERPROFILE", "SystemRoot"} {
		if dir, _ := env.Lookup(name, goos); dir != "" {
			return dir
		}
	}
	return `C:\Windows`
}

// accountName is the name of the account that this process runs as, from the system's list of users and not from
// the environment, as .NET takes it. An account that is not listed has none.
func accountName() string {
	u, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		return ""
	}
	return u.Username
}
