package environ

import (
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// sameAzureFeed says whether two addresses are those of one feed of Azure DevOps, which has one for NuGet's old protocol
// (…/nuget/v2), one for the new (…/nuget/v3/index.json), and takes both with and without their ends. Pipelines name one in
// the variable and restore from or push to another.
func sameAzureFeed(a, b credential.Feed) bool {
	rootA, okA := azureRoot(a)
	rootB, okB := azureRoot(b)
	return okA && okB && rootA.Equal(rootB)
}

// azureRoot is the part of the address that all addresses of one feed share. The vendor is known by its host alone,
// compared by whole labels.
func azureRoot(feed credential.Feed) (credential.Feed, bool) {
	host := feed.Host()
	if host != "pkgs.dev.azure.com" && !strings.HasSuffix(host, ".pkgs.visualstudio.com") {
		return credential.Feed{}, false
	}
	path := strings.ToLower(feed.Path())
	packaging, rest, ok := strings.Cut(path, "/nuget/")
	if !ok || !strings.Contains(packaging, "/_packaging/") {
		return credential.Feed{}, false
	}
	switch rest {
	case "v2", "v3", "v3/index.json":
	default:
		return credential.Feed{}, false
	}
	root, err := credential.ParseFeed(feed.Origin() + feed.Path()[:len(packaging)])
	return root, err == nil
}
