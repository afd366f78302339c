package clients

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// dotnet10Version is the SDK of the archive in the shared folder; .ci/install names it too.
const dotnet10Version = "10.0.401"

// A machine says where clients may lie. Its methods return an error that names what is missing.
type machine struct {
	goos, goarch string
	cache        string // absolute; may not exist
	shared       string // the shared folder; may not exist, "" if there is no place to look for it
	lookPath     func(string) (string, error)
}

func thisMachine() machine {
	return machine{
		goos:     runtime.GOOS,
		goarch:   runtime.GOARCH,
		cache:    cacheFolder(os.Getenv),
		shared:   sharedFolder(os.Getenv),
		lookPath: exec.LookPath,
	}
}

// cacheFolder follows .ci/install.
func cacheFolder(getenv func(string) string) string {
	if dir := getenv("NUPLUG_CI_CACHE"); dir != "" {
		return dir
	}
	if dir := getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "nuplug-ci")
	}
	return filepath.Join(getenv("HOME"), ".cache", "nuplug-ci")
}

// sharedFolder is $NUPLUG_SHARED, else the folder "shared" beside the repository, in which tests run.
func sharedFolder(getenv func(string) string) string {
	if dir := getenv("NUPLUG_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if isFile(filepath.Join(dir, "go.mod")) {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
	}
	return ""
}

func (m machine) dotnet10(ctx context.Context) (*Client, error) {
	prepared, err := m.preparedDotnet10(ctx)
	if err == nil {
		return dotnetClient("dotnet10", prepared), nil
	}
	onPath, pathErr := m.dotnetOnPath(ctx)
	if pathErr == nil {
		return dotnetClient("dotnet10", onPath), nil
	}
	return nil, fmt.Errorf("dotnet 10: %w; %w", err, pathErr)
}

// preparedDotnet10 returns the folder of the dotnet that comes from the shared folder's archive.
func (m machine) preparedDotnet10(ctx context.Context) (string, error) {
	if m.goos != "linux" || m.goarch != "amd64" {
		return "", fmt.Errorf("the prepared dotnet is for linux/amd64, not %s/%s", m.goos, m.goarch)
	}
	dir := filepath.Join(m.cache, "dotnet10")
	if isDotnet10(dir) {
		return dir, nil
	}
	archive := filepath.Join(m.shared, "clients", "dotnet-"+dotnet10Version+"-restore-linux-x64.tar.xz")
	if m.shared == "" || !isFile(archive) {
		return "", fmt.Errorf("neither %s nor %s exists (run .ci/install)", dir, archive)
	}
	if _, err := m.lookPath("xz"); err != nil {
		return "", fmt.Errorf("%s cannot be unpacked without xz (Debian package xz-utils)", archive)
	}
	if err := unpackDotnet10(ctx, archive, dir); err != nil {
		return "", err
	}
	return dir, nil
}

func isDotnet10(dir string) bool {
	return isFile(filepath.Join(dir, "sdk", dotnet10Version, "dotnet.dll"))
}

// dotnetOnPath returns the folder of the dotnet on PATH if its SDK is 10 or later.
func (m machine) dotnetOnPath(ctx context.Context) (string, error) {
	found, err := m.lookPath("dotnet")
	if err != nil {
		return "", errors.New("no dotnet on PATH")
	}
	// DOTNET_ROOT is the folder of the file itself; distributions put a link on PATH.
	if found, err = filepath.EvalSymlinks(found); err != nil {
		return "", fmt.Errorf("dotnet on PATH: %w", err)
	}
	cmd := exec.CommandContext(ctx, found, "--version")
	cmd.Dir = os.TempDir() // a global.json above the repository would choose another SDK
	cmd.Env = append(os.Environ(), "DOTNET_NOLOGO=1", "DOTNET_CLI_TELEMETRY_OPTOUT=1")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", found, err)
	}
	version := strings.TrimSpace(string(out))
	if sdkMajor(version) < 10 {
		return "", fmt.Errorf("%s has SDK %s, older than 10", found, version)
	}
	return filepath.Dir(found), nil
}

// sdkMajor returns 10 for "10.0.401", 0 for what is no version.
func sdkMajor(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}

func (m machine) nugetExe58() (*Client, error) {
	file := filepath.Join(m.cache, "nuget58", "nuget-5.8.0.exe")
	if !isFile(file) {
		return nil, fmt.Errorf("NuGet.exe 5.8: %s does not exist (run .ci/install)", file)
	}
	mono, err := m.lookPath("mono")
	if err != nil {
		return nil, errors.New("NuGet.exe 5.8: no mono on PATH (Debian package mono-runtime)")
	}
	return &Client{
		Name:    "nuget58",
		Command: []string{mono, file},
		kind:    nugetExe,
		path:    []string{filepath.Dir(mono)},
	}, nil
}

func (m machine) dotnet31() (*Client, error) {
	dir := filepath.Join(m.cache, "dotnet31")
	openssl := filepath.Join(dir, "openssl")
	for _, file := range []string{filepath.Join(dir, "dotnet"), filepath.Join(openssl, "libssl.so.1.1")} {
		if !isFile(file) {
			return nil, fmt.Errorf("dotnet 3.1: %s does not exist (run .ci/install)", file)
		}
	}
	c := dotnetClient("dotnet31", dir)
	c.env["LD_LIBRARY_PATH"] = openssl // .NET Core 3.1 does not know OpenSSL 3
	return c, nil
}

func (m machine) reference(ctx context.Context) (*Client, error) {
	dir, err := m.preparedDotnet10(ctx)
	if err != nil {
		return nil, fmt.Errorf("reference plugin: %w", err)
	}
	assembly := filepath.Join(dir, "sdk", dotnet10Version, "nuget-plugin-ref.dll")
	if !isFile(assembly) {
		return nil, fmt.Errorf("reference plugin: %s does not exist", assembly)
	}
	c := dotnetClient("reference", dir)
	c.kind = pluginOnly
	c.Command = append(c.Command, assembly, "-Plugin")
	return c, nil
}

func dotnetClient(name, dir string) *Client {
	return &Client{
		Name:    name,
		Command: []string{filepath.Join(dir, "dotnet")},
		kind:    dotnetCLI,
		path:    []string{dir},
		env: map[string]string{
			"DOTNET_ROOT":                           dir,
			"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
			"DOTNET_CLI_TELEMETRY_OPTOUT":           "1",
			"DOTNET_NOLOGO":                         "1",
			"DOTNET_SKIP_FIRST_TIME_EXPERIENCE":     "1",
			"DOTNET_GENERATE_ASPNET_CERTIFICATE":    "false",
			"DOTNET_CLI_UI_LANGUAGE":                "en",
			// Without these, servers outlive the command: worker nodes, the MSBuild server.
			"MSBUILDDISABLENODEREUSE":       "1",
			"DOTNET_CLI_USE_MSBUILD_SERVER": "0",
			// No sockets of the debugger in TMPDIR, whose path may be too long for one.
			"DOTNET_EnableDiagnostics": "0",
		},
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeType == 0
}
