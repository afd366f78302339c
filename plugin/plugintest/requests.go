package plugintest

import (
	"context"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// Package is one version of a package in a source.
type Package struct{ Source, ID, Version string }

// Call sends any request of NuGet's and returns the answer. It may be used by many goroutines; when ctx ends, the plugin
// gets a Cancel.
func (c *Client) Call(ctx context.Context, r protocol.Request) (protocol.Response, error) {
	if r.Method() == protocol.MethodGetAuthenticationCredentials {
		c.authenticate(1)
		defer c.authenticate(-1)
	}
	return c.conn.Call(ctx, r)
}

func (c *Client) authenticate(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.authenticating += by
}

// ask is Call for the test's goroutine.
func ask[R protocol.Response](c *Client, r protocol.Request) R {
	c.t.Helper()
	var none R
	response, err := c.Call(c.t.Context(), r)
	if err != nil {
		c.t.Fatalf("plugintest: %v", err)
		return none
	}
	typed, ok := response.(R)
	if !ok {
		c.t.Fatalf("plugintest: %s: an answer without payload", r.Method())
	}
	return typed
}

// Claims asks what the plugin does for a source, or for an empty source what it does for all of them. Without a service
// index the source has an empty one.
func (c *Client) Claims(source string, serviceIndex protocol.JSON) []protocol.OperationClaim {
	c.t.Helper()
	r := new(protocol.GetOperationClaimsRequest)
	if source != "" {
		if serviceIndex == nil {
			serviceIndex = protocol.JSON(`{"version":"3.0.0","resources":[]}`)
		}
		r.PackageSourceRepository, r.ServiceIndex = &source, serviceIndex
	}
	claims := ask[*protocol.GetOperationClaimsResponse](c, r).Claims
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, claim := range claims {
		c.bound = c.bound || claim == protocol.ClaimDownloadPackage
	}
	return claims
}

// SetLogLevel says which lines NuGet wants. [Client.Credentials] and [Client.Prefetch] do it by themselves the first
// time, as NuGet does; before it the plugin's lines wait.
func (c *Client) SetLogLevel(level protocol.LogLevel) {
	c.t.Helper()
	c.takeLogs(level)
	ask[*protocol.SetLogLevelResponse](c, &protocol.SetLogLevelRequest{LogLevel: level})
}

// takeLogs comes before SetLogLevel is sent: the first line may come before the answer.
func (c *Client) takeLogs(level protocol.LogLevel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logging, c.level = true, level
}

func (c *Client) takesLogs() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.logging
}

func (c *Client) ensureLog() {
	c.t.Helper()
	if !c.takesLogs() {
		c.SetLogLevel(c.options.LogLevel)
	}
}

// Credentials asks for the credentials of a source. NuGet asks again with IsRetry after the ones that it got were refused.
func (c *Client) Credentials(r *protocol.GetAuthenticationCredentialsRequest) *protocol.GetAuthenticationCredentialsResponse {
	c.t.Helper()
	c.ensureLog()
	response := ask[*protocol.GetAuthenticationCredentialsResponse](c, r)
	c.checkCredentials(response)
	return response
}

// SetCredentials tells the plugin the credentials that NuGet has.
func (c *Client) SetCredentials(r *protocol.SetCredentialsRequest) {
	c.t.Helper()
	ask[*protocol.SetCredentialsResponse](c, r)
}

// Versions asks for the versions of a package. NuGet does that before it takes any log lines.
func (c *Client) Versions(source, id string) *protocol.GetPackageVersionsResponse {
	c.t.Helper()
	response := ask[*protocol.GetPackageVersionsResponse](c, &protocol.GetPackageVersionsRequest{PackageSourceRepository: source, PackageID: id})
	c.checkVersions(response)
	return response
}

// Prefetch asks the plugin to get a package.
func (c *Client) Prefetch(p Package) *protocol.PrefetchPackageResponse {
	c.t.Helper()
	c.ensureLog()
	return ask[*protocol.PrefetchPackageResponse](c, &protocol.PrefetchPackageRequest{PackageSourceRepository: p.Source, PackageID: p.ID, PackageVersion: p.Version})
}

// Files asks for the names of a package's files.
func (c *Client) Files(p Package) *protocol.GetFilesInPackageResponse {
	c.t.Helper()
	response := ask[*protocol.GetFilesInPackageResponse](c, &protocol.GetFilesInPackageRequest{PackageSourceRepository: p.Source, PackageID: p.ID, PackageVersion: p.Version})
	c.checkFiles(response)
	return response
}

// CopyFiles asks for copies of files of a package under a folder.
func (c *Client) CopyFiles(p Package, folder string, files ...string) *protocol.CopyFilesInPackageResponse {
	c.t.Helper()
	response := ask[*protocol.CopyFilesInPackageResponse](c, &protocol.CopyFilesInPackageRequest{
		PackageSourceRepository: p.Source, PackageID: p.ID, PackageVersion: p.Version, DestinationFolderPath: folder, FilesInPackage: files,
	})
	c.checkCopies(response, folder, files)
	return response
}

// CopyNupkg asks for a copy of a package's .nupkg.
func (c *Client) CopyNupkg(p Package, path string) *protocol.CopyNupkgFileResponse {
	c.t.Helper()
	response := ask[*protocol.CopyNupkgFileResponse](c, &protocol.CopyNupkgFileRequest{
		PackageSourceRepository: p.Source, PackageID: p.ID, PackageVersion: p.Version, DestinationFilePath: path,
	})
	c.checkNupkg(response, path)
	return response
}

// Hash asks for the SHA-512 of a package's .nupkg.
func (c *Client) Hash(p Package) *protocol.GetPackageHashResponse {
	c.t.Helper()
	response := ask[*protocol.GetPackageHashResponse](c, &protocol.GetPackageHashRequest{
		PackageSourceRepository: p.Source, PackageID: p.ID, PackageVersion: p.Version, HashAlgorithm: "SHA512",
	})
	c.checkHash(response)
	return response
}

// handlers answer what a plugin asks NuGet.
func (c *Client) handlers() map[protocol.Method]conn.Handler {
	return map[protocol.Method]conn.Handler{
		protocol.MethodLog:             c.log,
		protocol.MethodGetCredentials:  c.getCredentials,
		protocol.MethodGetServiceIndex: c.getServiceIndex,
	}
}
