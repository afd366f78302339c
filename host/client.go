package host

import (
	"cmp"
	"fmt"
	"strings"
)

// ClientKind is the runtime that a client is built for. It decides which variable and which folder are the client's own,
// and whether its plugins are managed libraries that a host program runs.
type ClientKind int

const (
	// NET is the dotnet command: NUGET_NETCORE_PLUGIN_PATHS, plugins/netcore, plugins run by the dotnet host.
	NET ClientKind = iota + 1
	// NETFramework is nuget.exe, MSBuild.exe and Visual Studio, on Mono too: NUGET_NETFX_PLUGIN_PATHS, plugins/netfx,
	// plugins that are programs themselves.
	NETFramework
)

func (k ClientKind) String() string {
	switch k {
	case NET:
		return ".NET"
	case NETFramework:
		return ".NET Framework"
	}
	return fmt.Sprintf("ClientKind(%d)", int(k))
}

// Client is the NuGet client to imitate. [ParseClient] makes one from a name that people use; the fields serve who knows
// NuGet's own version. A Client is a plain value.
type Client struct {
	Name    string        // as it was asked for, like "dotnet@10.0.401"; only for reading
	Kind    ClientKind    // NET or NETFramework
	Version ClientVersion // NuGet's version, not that of the SDK or of MSBuild
	OS      string        // the client's system, a value of runtime.GOOS

	// MSBuildDir is the folder of the MSBuild.exe that nuget.exe selected, AssemblyDir the folder of NuGet's assemblies.
	// Both are only for .NET Framework, which finds the plugins that came with Visual Studio beside the first, or else
	// beside the second. Without either no such plugin is looked for.
	MSBuildDir, AssemblyDir string
}

// String gives the name that was asked for, or the kind, with the NuGet version behind it.
func (c Client) String() string {
	return fmt.Sprintf("%s (NuGet %s)", cmp.Or(c.Name, c.Kind.String()), c.Version)
}

// atLeast tells whether the client's NuGet is M.m or later.
func (c Client) atLeast(major, minor int) bool {
	return c.Version.Compare(ClientVersion{Major: major, Minor: minor}) >= 0
}

// ClientVersion is a version of NuGet.
type ClientVersion struct{ Major, Minor, Patch int }

// Compare orders versions: negative where v is earlier than w, positive where it is later.
func (v ClientVersion) Compare(w ClientVersion) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

// String gives M.m, and the patch where there is one.
func (v ClientVersion) String() string {
	if v.Patch == 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// ParseClient reads the name of a client on the system goos (a value of runtime.GOOS):
//
//	dotnet@10.0.401  dotnet@8.0  dotnet@10  dotnet   the SDK: a version without a feature band is its newest band
//	nuget.exe@5.8.1  nuget.exe@6                     the version is NuGet's own
//	msbuild@17.12    vs@17.13                        NuGet has the same minor version and the major one less 11
//
// A name without a version is the newest one known. An SDK that is newer than all known ones is taken for the newest
// known, whose rules it has until someone sees otherwise; one that is older than all, or that never was, is an error.
func ParseClient(s, goos string) (Client, error) {
	name, version, versioned := strings.Cut(s, "@")
	numbers, err := parseNumbers(version, versioned)
	if err != nil {
		return Client{}, fmt.Errorf("client %.60q: %w", s, err)
	}
	c := Client{Name: s, Kind: NETFramework, OS: goos}
	switch strings.ToLower(name) {
	case "dotnet":
		c.Kind = NET
		c.Version, err = versionOfSDK(numbers)
	case "nuget.exe", "nuget":
		c.Version, err = versionOfNuGet(numbers, 0)
	case "msbuild", "vs":
		c.Version, err = versionOfNuGet(numbers, msbuildAhead)
		c.Version.Patch = 0 // a patch of MSBuild says nothing about NuGet
	default:
		err = fmt.Errorf("%.40q is not a client; use dotnet, nuget.exe, msbuild or vs, as in dotnet@10", name)
	}
	if err != nil {
		return Client{}, fmt.Errorf("client %.60q: %w", s, err)
	}
	return c, nil
}
