package host

import (
	"maps"
	"slices"
	"strings"
)

// The variables that steer discovery and launch.
const (
	envNETPaths       = "NUGET_NETCORE_PLUGIN_PATHS"
	envFrameworkPaths = "NUGET_NETFX_PLUGIN_PATHS"
	envPluginPaths    = "NUGET_PLUGIN_PATHS"
	envHostPath       = "DOTNET_HOST_PATH"
	envCLIHome        = "DOTNET_CLI_HOME"
	envPATH           = "PATH"
)

// Env is an environment: values by name. A variable that is set but empty is in the map; NuGet tells it from one that is
// not set in some places.
type Env map[string]string

// ParseEnv reads lines of the form NAME=value, as os.Environ gives them. Of two lines with the same name the first counts,
// as it does for a program that asks its system.
func ParseEnv(environ []string) Env {
	env := make(Env, len(environ))
	for _, line := range environ {
		if line == "" {
			continue
		}
		// Windows keeps the current folders of drives in variables whose names begin with "=".
		i := strings.IndexByte(line[1:], '=') + 1
		if i == 0 {
			continue
		}
		if _, have := env[line[:i]]; !have {
			env[line[:i]] = line[i+1:]
		}
	}
	return env
}

// Lookup gives a variable as a program on the system goos sees it: names ignore case on Windows. Set tells a variable that
// is set but empty from one that is not set.
func (e Env) Lookup(name, goos string) (value string, set bool) {
	if value, set = e[name]; set || goos != windows {
		return value, set
	}
	for _, have := range slices.Sorted(maps.Keys(e)) {
		if strings.EqualFold(have, name) {
			return e[have], true
		}
	}
	return "", false
}
