// Package plugin is the SDK for NuGet plugins: programs named nuget-plugin-* on PATH, which NuGet (6.13 and later) starts
// to get credentials for private feeds or packages themselves.
//
// A [Plugin] is a struct of functions. Set the ones that you have; what the plugin claims to do follows from that.
//
//	func main() {
//		p := plugin.Plugin{
//			Name: "acme",
//			Credentials: func(ctx context.Context, r *plugin.CredentialsRequest) (*plugin.Credentials, error) {
//				if !strings.HasPrefix(r.URI, "https://nuget.acme.example/") {
//					return nil, nil // not ours: the next plugin is asked
//				}
//				return &plugin.Credentials{Username: "ci", Password: os.Getenv("ACME_TOKEN")}, nil
//			},
//		}
//		os.Exit(p.Main())
//	}
//
// # What the SDK takes care of
//
// Standard output belongs to the protocol: Main takes it away first, and whatever else the program or its children print
// goes to standard error. Long work reports progress by itself, so that NuGet keeps waiting. An error never becomes a
// fault of the protocol, which would end the user's whole restore. The program ends within 100 ms when NuGet closes the
// plugin's input, sends Close or is gone; functions at work see their context end.
package plugin

import (
	"cmp"
	"context"

	"github.com/nuplug/nuplug/protocol"
)

// Plugin is what a plugin can do. All functions are optional and run in goroutines of their own, several at a time; NuGet
// asks for credentials one after the other and for packages in parallel. A panic in one becomes an error answer.
type Plugin struct {
	// Name and Version are shown to people: when the program is started by hand, and the name in front of log lines.
	Name    string
	Version string
	// Usage is what Main prints when the program is started without -Plugin; empty for a text made of Name and Version.
	Usage string

	// Credentials gives the credentials for a source; with it the plugin claims Authentication. nil without an error
	// declines: silently, and the next plugin is asked. [ErrNotFound] declines too, and NuGet tells a user whose run is not
	// interactive that an interactive one might help; it asks again, four times in all. Any other error declines and is
	// logged.
	Credentials func(context.Context, *CredentialsRequest) (*Credentials, error)

	// Accepts says whether the plugin downloads packages from a source. With it and Prefetch the plugin claims
	// DownloadPackage for that source. NuGet asks only plugins that a path variable names, never those on PATH, and keeps
	// the answer for 30 days; an error is a no.
	Accepts func(context.Context, *SourceRequest) (bool, error)
	// Versions lists all versions of a package. An unknown package is [ErrNotFound] or an empty list.
	Versions func(context.Context, *VersionsRequest) ([]string, error)
	// Prefetch makes a package available to the plugin; [ErrNotFound] if there is none.
	Prefetch func(context.Context, *PackageRequest) error
	// Files lists the files of a package, with forward slashes, the .nuspec among them.
	Files func(context.Context, *PackageRequest) ([]string, error)
	// CopyFiles copies files of a package under a folder and returns the full paths of the copies in the same order.
	CopyFiles func(context.Context, *CopyFilesRequest) ([]string, error)
	// CopyNupkg copies the .nupkg to an exact path. Without it, or with [ErrNotFound], NuGet does without a .nupkg.
	CopyNupkg func(context.Context, *CopyNupkgRequest) error
	// Hash gives the hash of the .nupkg in base64.
	Hash func(context.Context, *HashRequest) (string, error)

	// Observer sees the conversation as it happens, with passwords redacted. It must return soon.
	Observer func(Event)
}

func (p *Plugin) name() string { return cmp.Or(p.Name, "plugin") }

// Credentials are what NuGet sends to a source. One of Username and Password may be empty.
type Credentials struct {
	Username, Password string
	// Types are the HTTP authentication schemes that the credentials are for; nil stands for Basic, which is what all
	// package feeds take.
	Types []string
}

// String does not show the password. Neither does GoString.
func (c Credentials) String() string   { return c.Username + ":" + protocol.Redacted }
func (c Credentials) GoString() string { return "plugin.Credentials{" + c.String() + "}" }

// CredentialsRequest asks for the credentials of one source.
type CredentialsRequest struct {
	protocol.GetAuthenticationCredentialsRequest
	*Call
}

// SourceRequest asks whether packages of a source come through the plugin.
type SourceRequest struct {
	Source       string        // as configured
	ServiceIndex protocol.JSON // its index.json
	*Call
}

// VersionsRequest asks for the versions of a package.
type VersionsRequest struct {
	protocol.GetPackageVersionsRequest
	*Call
}

// PackageRequest asks for something about one version of a package. The id has the casing of whoever asked for it; the
// version is in NuGet's normal form.
type PackageRequest struct {
	PackageID, PackageVersion, Source string
	*Call
}

// CopyFilesRequest asks for copies of a package's files.
type CopyFilesRequest struct {
	PackageRequest
	Files  []string // relative to the package's root, with forward slashes
	Folder string   // absolute
}

// CopyNupkgRequest asks for a copy of the .nupkg.
type CopyNupkgRequest struct {
	PackageRequest
	Path string // absolute, of the file to write
}

// HashRequest asks for the .nupkg's hash.
type HashRequest struct {
	PackageRequest
	Algorithm string // NuGet asks for SHA512
}
