// Package clients runs real NuGet clients in tests: dotnet 10, NuGet.exe 5.8 on Mono,
// dotnet 3.1, and the reference plugin that is written on NuGet's own C# library.
//
// A test asks for a client and makes a [Sandbox] for it:
//
//	box := clients.NewSandbox(t, clients.Dotnet10(t))
//	box.Config(clients.Source{Name: "rig", URL: feed.URL})
//	box.AddPlugin("nuget-plugin-nuplug", built)
//	if got := box.Get(clients.Package{ID: "Rig.Pkg", Version: "1.0.0"}); got.ExitCode != 0 {
//		t.Fatal(got)
//	}
//
// The clients lie in a cache folder that .ci/install fills: $NUPLUG_CI_CACHE, else nuplug-ci in
// $XDG_CACHE_HOME or ~/.cache. A client that is missing skips the test, naming what is missing;
// with NUPLUG_INTEROP=required in the environment it fails the test.
package clients

import (
	"os"
	"testing"
)

// A Client is a NuGet client, or a plugin, that is installed on this machine.
// It is not changed after it was made and may be used by many sandboxes at once.
type Client struct {
	// Name is the name under which runs are counted: dotnet10, nuget58, dotnet31, reference.
	Name string
	// Command is the program, an absolute path, and the arguments that come before the caller's.
	Command []string

	kind kind
	env  map[string]string // what this client needs besides the sandbox's own variables
	path []string          // folders that follow the plugin folder on PATH
}

type kind int

const (
	dotnetCLI kind = iota
	nugetExe
	pluginOnly
)

// Dotnet10 returns dotnet 10 (NuGet 7.9): from the cache folder, unpacked there first where the
// archive lies in the shared folder; else a dotnet on PATH whose SDK is 10 or later.
func Dotnet10(t testing.TB) *Client {
	t.Helper()
	return require(t)(thisMachine().dotnet10(t.Context()))
}

// NuGetExe58 returns NuGet.exe 5.8 run by Mono, a ".NET Framework" client: it starts native plugin
// files from NUGET_NETFX_PLUGIN_PATHS and the convention folder, and knows no plugins on PATH.
//
// A run takes about a second, but about one in thirty ends 5 to 60 s after its last line with the
// right exit code (seen with Mono 6.8: the main thread waits at exit for an idle thread of the pool,
// until that one's time is up). So nothing may depend on when it ends.
func NuGetExe58(t testing.TB) *Client {
	t.Helper()
	return require(t)(thisMachine().nugetExe58())
}

// Dotnet31 returns dotnet 3.1 (NuGet 5.4), which starts every plugin as "dotnet FILE -Plugin".
func Dotnet31(t testing.TB) *Client {
	t.Helper()
	return require(t)(thisMachine().dotnet31())
}

// A Reference is the plugin on NuGet's own C# library. It gives user/s3cret for any feed; the
// variables REF_DELAY_MS, REF_PROGRESS_MS, REF_ANSWER (NotFound or Error), REF_PACKAGES and
// REF_NO_NUPKG change what it does, and NUGET_USE_SYSTEM_TEXT_JSON_DESERIALIZATION=true its JSON reader.
type Reference struct {
	// Client is the whole command, for NewSandbox, whose Environ the plugin needs.
	*Client
	// Dotnet and Assembly are absolute paths; the plugin is started as "Dotnet Assembly -Plugin".
	Dotnet, Assembly string
}

// ReferencePlugin returns the reference plugin, which is part of the prepared dotnet 10.
// A dotnet on PATH does not have it.
func ReferencePlugin(t testing.TB) Reference {
	t.Helper()
	c := require(t)(thisMachine().reference(t.Context()))
	return Reference{Client: c, Dotnet: c.Command[0], Assembly: c.Command[1]}
}

// require returns a function that ends the test unless there is a client.
func require(t testing.TB) func(*Client, error) *Client {
	return func(c *Client, err error) *Client {
		t.Helper()
		if err == nil {
			return c
		}
		if os.Getenv("NUPLUG_INTEROP") == "required" {
			t.Fatalf("interop client missing: %v", err)
		}
		t.Skipf("interop client missing: %v", err)
		return nil
	}
}
