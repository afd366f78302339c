package plugintest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/nupkg"
	"github.com/nuplug/nuplug/protocol"
)

// The checks here are for answers that are good messages and that NuGet cannot use all the same.

func (c *Client) checkCredentials(r *protocol.GetAuthenticationCredentialsResponse) {
	c.t.Helper()
	blank := func(s *string) bool { return s == nil || strings.TrimSpace(*s) == "" }
	if r.ResponseCode == protocol.CodeSuccess && blank(r.Username) && blank(r.Password) {
		c.t.Errorf("plugintest: a Success without user name and password")
	}
}

func (c *Client) checkVersions(r *protocol.GetPackageVersionsResponse) {
	c.t.Helper()
	for _, v := range r.Versions {
		if _, err := nupkg.ParseVersion(v); err != nil {
			c.t.Errorf("plugintest: Versions: %v", err)
		}
	}
}

func (c *Client) checkFiles(r *protocol.GetFilesInPackageResponse) {
	c.t.Helper()
	if r.ResponseCode != protocol.CodeSuccess {
		return
	}
	for _, name := range r.Files {
		if strings.Contains(name, `\`) || !filepath.IsLocal(filepath.FromSlash(name)) {
			c.t.Errorf("plugintest: Files: %q is no path inside a package, with forward slashes", name)
		}
	}
	isNuspec := func(name string) bool {
		return !strings.Contains(name, "/") && strings.HasSuffix(strings.ToLower(name), ".nuspec")
	}
	if !slices.ContainsFunc(r.Files, isNuspec) {
		c.t.Errorf("plugintest: Files: no .nuspec in the root of the package")
	}
}

func (c *Client) checkCopies(r *protocol.CopyFilesInPackageResponse, folder string, files []string) {
	c.t.Helper()
	if r.ResponseCode != protocol.CodeSuccess {
		return
	}
	for i, name := range files {
		want := filepath.Join(folder, filepath.FromSlash(name))
		if i >= len(r.CopiedFiles) || filepath.Clean(r.CopiedFiles[i]) != want {
			c.t.Errorf("plugintest: CopyFiles: copies are %q, want %s as number %d", r.CopiedFiles, want, i)
		}
		c.checkExists("CopyFiles", want)
	}
}

func (c *Client) checkNupkg(r *protocol.CopyNupkgFileResponse, path string) {
	c.t.Helper()
	if r.ResponseCode == protocol.CodeSuccess {
		c.checkExists("CopyNupkg", path)
	}
}

func (c *Client) checkExists(what, path string) {
	c.t.Helper()
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		c.t.Errorf("plugintest: %s: a Success without the file %s", what, path)
	}
}

func (c *Client) checkHash(r *protocol.GetPackageHashResponse) {
	c.t.Helper()
	if r.ResponseCode != protocol.CodeSuccess {
		return
	}
	if err := nupkg.ValidateHash(*r.Hash); err != nil {
		c.t.Errorf("plugintest: Hash: %v", err)
	}
}
