package clients

import (
	"maps"
	"strings"
)

// environment returns the variables of a process in a sandbox, made from nothing: of the machine
// it takes over only what Windows programs cannot do without. getenv is the machine's environment.
func environment(goos string, l layout, c *Client, getenv func(string) string) map[string]string {
	env := map[string]string{
		"DOTNET_CLI_HOME":          l.home,
		"NUGET_PACKAGES":           l.packages,
		"NUGET_HTTP_CACHE_PATH":    l.httpCache,
		"NUGET_PLUGINS_CACHE_PATH": l.pluginsCache,
		"NUGET_SCRATCH":            l.scratch,
	}
	path := append([]string{l.plugins}, c.path...)
	if goos == "windows" {
		for _, name := range []string{"SystemRoot", "SystemDrive", "ComSpec", "PATHEXT", "ProgramFiles", "ProgramData"} {
			if value := getenv(name); value != "" {
				env[name] = value
			}
		}
		env["USERPROFILE"] = l.home
		env["APPDATA"] = l.home + `\AppData\Roaming`
		env["LOCALAPPDATA"] = l.home + `\AppData\Local`
		env["TEMP"], env["TMP"] = l.tmp, l.tmp
		path = append(path, getenv("SystemRoot")+`\System32`)
		env["PATH"] = strings.Join(path, ";")
	} else {
		env["HOME"] = l.home
		env["TMPDIR"] = l.tmp
		env["LANG"] = "C.UTF-8" // Mono writes '?' for other letters without it
		path = append(path, "/usr/bin", "/bin")
		env["PATH"] = strings.Join(path, ":")
	}
	maps.Copy(env, c.env)
	return env
}
