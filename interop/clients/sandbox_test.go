package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A recorder is a test whose failures are kept instead of reported.
type recorder struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) end() {
	for _, f := range r.cleanups {
		f()
	}
}

// shell returns a sandbox whose client is a shell script; its runs are not counted.
func shell(t *testing.T, script string) (*Sandbox, *recorder) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no sh on Windows")
	}
	t.Setenv("NUPLUG_INTEROP_COUNT", "")
	r := &recorder{TB: t}
	return NewSandbox(r, &Client{Name: "shell", Command: []string{"/bin/sh", "-c", script, "sh"}}), r
}

func TestRun(t *testing.T) {
	box, r := shell(t, `echo "out $1 $RIG"; echo err >&2; pwd; env | grep -c ^GOFLAGS=; exit 3`)
	t.Setenv("GOFLAGS", "-mod=readonly") // a variable of the machine, which must not come through
	box.Setenv("RIG", "set")
	got := box.Run("argument")
	r.end()
	if want := "out argument set\nerr\n" + box.Work + "\n0\n"; got.Output != want || got.ExitCode != 3 {
		t.Errorf("got %v", got)
	}
	if len(r.errors) != 0 {
		t.Errorf("errors %q", r.errors)
	}
	if _, err := os.Stat(box.Dir); !os.IsNotExist(err) {
		t.Errorf("the sandbox is still there (%v)", err)
	}
}

func TestRunEndsAtTheDeadline(t *testing.T) {
	box, r := shell(t, `echo begun; sleep 301 & sleep 302`)
	box.Deadline = 300 * time.Millisecond
	got := box.Run()
	if got.ExitCode != -1 || got.Output != "begun\n" {
		t.Errorf("got %v", got)
	}
	if left := box.Processes(); len(left) != 0 {
		t.Errorf("still running: %v", left)
	}
	r.end()
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "the limit of this run") {
		t.Errorf("errors %q", r.errors)
	}
}

func TestLeftoverFailsTheTestAndIsEnded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("processes are found on Linux only")
	}
	for name, script := range map[string]string{
		"by its environment":    `cd / && setsid sleep 303 &`,
		"by its working folder": `env -i setsid sleep 304 &`,
		"by its program":        `cp /bin/sleep mine && cd / && env -i setsid "$OLDPWD/mine" 305 &`,
	} {
		t.Run(name, func(t *testing.T) {
			box, r := shell(t, script)
			box.grace = 50 * time.Millisecond
			if got := box.Run(); got.ExitCode != 0 {
				t.Fatal(got)
			}
			r.end()
			if len(r.errors) != 1 || !strings.Contains(r.errors[0], "process left behind") || !strings.Contains(r.errors[0], " 30") {
				t.Errorf("errors %q", r.errors)
			}
			if left := box.Processes(); len(left) != 0 {
				t.Errorf("still running: %v", left)
			}
		})
	}
}

func TestProcessThatEndsInTimeIsNoLeftover(t *testing.T) {
	box, r := shell(t, `sleep 0.3 &`)
	box.Run()
	r.end()
	if len(r.errors) != 0 {
		t.Errorf("errors %q", r.errors)
	}
}

func TestCount(t *testing.T) {
	file := filepath.Join(t.TempDir(), "count")
	t.Setenv("NUPLUG_INTEROP_COUNT", file)
	for _, name := range []string{"dotnet10", "nuget58"} {
		NewSandbox(t, &Client{Name: name})
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("dotnet10 TestCount\nnuget58 TestCount\n", string(got)); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	if err := count("relative", "dotnet10", "TestCount"); err == nil {
		t.Error("a relative path was taken")
	}
}

func TestConfigAndProject(t *testing.T) {
	box, r := shell(t, "")
	defer r.end()
	box.Config(Source{Name: "a & b", URL: "http://127.0.0.1:1/index.json?a=1&b"}, Source{Name: "dir", URL: "/srv/x"})
	box.Project(rig, Package{ID: "Rig.Dep", Version: "[2.0.0]"})
	for name, want := range map[string]string{
		"NuGet.Config": `<configuration>
  <packageSources>
    <clear></clear>
    <add key="a &amp; b" value="http://127.0.0.1:1/index.json?a=1&amp;b" protocolVersion="3" allowInsecureConnections="true"></add>
    <add key="dir" value="/srv/x"></add>
  </packageSources>
</configuration>
`,
		"app.csproj": `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Rig.Pkg" Version="1.0.0"></PackageReference>
    <PackageReference Include="Rig.Dep" Version="[2.0.0]"></PackageReference>
  </ItemGroup>
</Project>
`,
	} {
		got, err := os.ReadFile(filepath.Join(box.Work, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAddPlugin(t *testing.T) {
	box, r := shell(t, "nuget-plugin-x hello")
	defer r.end()
	echo, err := exec.LookPath("echo")
	if err != nil {
		t.Fatal(err)
	}
	box.AddPlugin("nuget-plugin-x", echo)
	if got := box.Run(); got.ExitCode != 0 || got.Output != "hello\n" {
		t.Error(got)
	}
}

func TestInstalled(t *testing.T) {
	box, r := shell(t, "")
	defer r.end()
	for _, name := range []string{
		"packages/rig.pkg/1.0.0/rig.pkg.1.0.0.nupkg", "packages/rig.pkg/1.0.0/.nupkg.metadata",
		"packages/rig.half/1.0.0/rig.half.1.0.0.nupkg", // no metadata: not complete
		"out/Rig.Pkg.2.Net.1.0.0-rc.1/Rig.Pkg.2.Net.1.0.0-rc.1.nupkg",
		"out/Rig.Half.1.0.0/Rig.Half.nuspec",
	} {
		box.Write("../"+name, "")
	}
	got := map[string][]Package{}
	got["dotnet"] = box.Installed()
	box.Client = &Client{kind: nugetExe}
	got["NuGet.exe"] = box.Installed()
	want := map[string][]Package{
		"dotnet":    {{ID: "rig.pkg", Version: "1.0.0"}},
		"NuGet.exe": {{ID: "rig.pkg.2.net", Version: "1.0.0-rc.1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("installed (-want +got):\n%s", diff)
	}
}
