package nugetconfig

import (
	"errors"
	"io/fs"
)

// homeFolder is NuGet's idea of home. A variable DOTNET_CLI_HOME that is set but empty, and a home folder that does not
// exist, both make it the current folder.
func (e *environment) homeFolder() string {
	if dir, ok := e.lookup("DOTNET_CLI_HOME"); ok {
		return e.sys.folder(e.cwd, dir)
	}
	name := "HOME"
	if e.sys.windows() {
		name = "USERPROFILE"
	}
	dir := e.get(name)
	if dir == "" {
		dir = e.home
	}
	dir = e.sys.folder(e.cwd, dir)
	if mode, err := e.fs.Stat(dir); err != nil || !mode.IsDir() {
		return e.cwd
	}
	return dir
}

// userFolder is where the user's own file stands.
func (e *environment) userFolder() string {
	if !e.sys.windows() {
		return e.sys.join(e.homeFolder(), ".nuget", "NuGet")
	}
	if dir := e.get("APPDATA"); dir != "" {
		return e.sys.join(e.sys.folder(e.cwd, dir), "NuGet")
	}
	return e.sys.join(e.homeFolder(), "AppData", "Roaming", "NuGet")
}

// machineFolder is where the machine's folder NuGet stands; empty where the system does not say.
func (e *environment) machineFolder() string {
	dir := "/etc/opt"
	switch {
	case e.sys.windows():
		if dir = e.get("ProgramFiles(x86)"); dir == "" {
			dir = e.get("ProgramFiles")
		}
		if dir == "" {
			return ""
		}
	case e.sys == "darwin":
		return "/Library/Application Support"
	case e.get("NUGET_COMMON_APPLICATION_DATA") != "":
		dir = e.get("NUGET_COMMON_APPLICATION_DATA")
	}
	return e.sys.folder(e.cwd, dir)
}

// plainCause leaves the path out of an error of the file system, for messages that begin with it.
func plainCause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
