package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// pluginArgument is the only argument of a plugin.
const pluginArgument = "-Plugin"

// thing is what a path leads to, as File.Exists and Directory.Exists of the client's runtime see it.
type thing int

const (
	nothing thing = iota
	file
	folder
	dangling // a link to nowhere, which counts as a file
)

type finding struct {
	thing thing
	mode  fs.FileMode
}

func (f finding) isFile() bool { return f.thing == file || f.thing == dangling }

func (d *discoverer) look(path string) finding {
	mode, err := d.fsys.Stat(path)
	switch {
	case err != nil: // also where permission is missing: to .NET that is the same
		return finding{}
	case mode.IsDir():
		return finding{folder, mode}
	case mode&fs.ModeSymlink != 0:
		if d.client.Kind == NETFramework && d.client.OS != windows {
			return finding{} // Mono asks for the target
		}
		return finding{dangling, mode}
	case path != "" && isSeparator(path[len(path)-1], d.client.OS):
		return finding{} // a file's name cannot end so
	}
	return finding{file, mode}
}

// classic makes a candidate of an existing file that is started as all plugins were before 6.13.
func (d *discoverer) classic(c Candidate, found finding) Candidate {
	c.Start = d.classicStart(c.Path)
	return d.judge(c, found)
}

// direct makes a candidate of an existing file that is a program itself.
func (d *discoverer) direct(c Candidate, found finding) Candidate {
	c.Start = directStart(c.Path)
	return d.judge(c, found)
}

func directStart(path string) Start {
	return Start{Program: path, Args: []string{pluginArgument}}
}

// classicStart runs the file by the dotnet host, whatever it is, where the client is the dotnet command. NuGet takes the
// host that DOTNET_HOST_PATH names, and "dotnet" without it. (dotnet restore sets the variable to itself, whatever it was
// and in every version, so that a NuGet before 5.7, which knows no other host, always has one.)
func (d *discoverer) classicStart(path string) Start {
	if d.client.Kind != NET {
		return directStart(path)
	}
	host, _ := d.lookup(envHostPath)
	switch {
	case host != "":
	case d.client.OS == windows:
		host = "dotnet.exe"
	default:
		host = "dotnet"
	}
	return Start{Program: host, Args: []string{path, pluginArgument}, ViaHost: true}
}

// judge says what comes of starting the file c.Path by c.Start.
func (d *discoverer) judge(c Candidate, found finding) Candidate {
	c.State, c.Reason = Valid, "found by "+c.Origin.String()
	if d.checksSignature() {
		c.State = SignatureUnchecked
		c.Reason += "; the signature is checked by this client, which refuses a file without a trusted Authenticode signature"
	}
	var trouble error
	switch {
	case found.thing == dangling:
		trouble = errors.New("it is a link to a file that is missing; mend or delete the link")
	case !c.Start.ViaHost:
		trouble = d.directTrouble(c.Path, found)
	case d.isFileBasedApp(c.Path):
		c.State = FileBasedApp
		c.Reason = "dotnet would take it for a file-based app, and building that starts the plugin again, without end; " + d.withoutHost()
	default:
		trouble = d.hostTrouble(c.Path)
	}
	if trouble != nil {
		c.State, c.Reason = CannotStart, trouble.Error()
	}
	return c
}

// checksSignature is for clients that want every plugin to be signed; 6.13 ended that on Windows, 4.9 on Mono.
func (d *discoverer) checksSignature() bool {
	if d.client.OS == windows {
		return !d.client.atLeast(6, 13)
	}
	return d.client.Kind == NETFramework && !d.client.atLeast(4, 9)
}

// isFileBasedApp is about SDK 10, which came with NuGet 7: dotnet FILE builds a C# source file, and takes any file that
// begins with #! for one.
func (d *discoverer) isFileBasedApp(path string) bool {
	if !d.client.atLeast(7, 0) || isAssemblyName(path) {
		return false
	}
	return strings.EqualFold(extension(baseName(path, d.client.OS)), ".cs") || contentOf(d.fsys, path) == script
}

// isAssemblyName tells whether dotnet takes FILE for an assembly to run. Anything else is the name of a command to it.
func isAssemblyName(path string) bool {
	lower := strings.ToLower(path)
	return strings.HasSuffix(lower, ".dll") || strings.HasSuffix(lower, ".exe")
}

// hostTrouble says why "dotnet FILE" fails, nil where it does not.
func (d *discoverer) hostTrouble(path string) error {
	if strings.Contains(path, `"`) {
		return errors.New("its path has a double quote, which NuGet passes to dotnet without escape; move it elsewhere")
	}
	if !isAssemblyName(path) {
		return errors.New("this client runs it by dotnet, which runs nothing but a .dll or .exe; " + d.withoutHost())
	}
	switch contentOf(d.fsys, path) {
	case unknownContent:
		return nil
	case managed:
		config := path[:len(path)-len(".dll")] + ".runtimeconfig.json"
		if !d.look(config).isFile() {
			return fmt.Errorf("dotnet needs %s beside it; copy all files of the plugin", baseName(config, d.client.OS))
		}
		return nil
	}
	return errors.New("this client runs it by dotnet, and it is no .NET assembly; " + d.withoutHost())
}

// withoutHost is how to have a program of any language started by the dotnet command.
func (d *discoverer) withoutHost() string {
	if d.client.atLeast(6, 13) {
		return "name it nuget-plugin-NAME and put it into PATH or " + envPluginPaths
	}
	return "use a .NET assembly, or an SDK with NuGet 6.13 or later"
}

// directTrouble says why the system cannot start the file as a program, nil where it may.
func (d *discoverer) directTrouble(path string, found finding) error {
	is := contentOf(d.fsys, path)
	if d.client.OS != windows {
		// Mono runs a managed program itself, with or without the permission.
		if found.mode&0o111 == 0 && is != managed {
			return errors.New("it has no execute permission; chmod +x it")
		}
		return nil
	}
	switch ext := strings.ToLower(extension(baseName(path, windows))); {
	case ext == ".bat", ext == ".cmd":
		return nil
	case ext == ".dll":
		return errors.New("this client starts the file itself, and a .dll cannot be started; use the .exe for .NET Framework")
	case is == script, is == otherContent:
		return errors.New("it is no Windows program; use an .exe")
	}
	return nil
}
