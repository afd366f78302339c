package clients

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rig = Package{ID: "Rig.Pkg", Version: "1.0.0"}

// folderSource makes a folder with one small package in it.
func folderSource(t *testing.T, p Package) Source {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string]string{
		p.ID + ".nuspec": fmt.Sprintf(`<?xml version="1.0"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
<id>%s</id><version>%s</version><authors>rig</authors><description>A package of the tests.</description>
</metadata></package>`, p.ID, p.Version),
		"lib/netstandard2.0/_._": "",
	} {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, p.ID+"."+p.Version+".nupkg"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return Source{Name: "folder", URL: dir}
}

func TestClientsGetAPackage(t *testing.T) {
	for name, find := range map[string]func(testing.TB) *Client{
		"dotnet10": Dotnet10,
		"dotnet31": Dotnet31,
		"nuget58":  NuGetExe58,
	} {
		t.Run(name, func(t *testing.T) {
			box := NewSandbox(t, find(t))
			box.Config(folderSource(t, rig))
			got := box.Get(rig)
			t.Log(got)
			if got.ExitCode != 0 {
				t.Fatalf("exit code %d", got.ExitCode)
			}
			want := []Package{{ID: "rig.pkg", Version: "1.0.0"}}
			if diff := cmp.Diff(want, box.Installed()); diff != "" {
				t.Errorf("installed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClientsReportFailure(t *testing.T) {
	for name, find := range map[string]func(testing.TB) *Client{
		"dotnet10": Dotnet10,
		"nuget58":  NuGetExe58,
	} {
		t.Run(name, func(t *testing.T) {
			box := NewSandbox(t, find(t))
			box.Config(folderSource(t, rig))
			got := box.Get(Package{ID: "Rig.Other", Version: "1.0.0"})
			if got.ExitCode != 1 || !strings.Contains(got.Output, "Rig.Other") {
				t.Errorf("want exit code 1 and the name of the package, got %v", got)
			}
			if installed := box.Installed(); len(installed) != 0 {
				t.Errorf("installed %v", installed)
			}
		})
	}
}

func TestVersions(t *testing.T) {
	for name, test := range map[string]struct {
		find func(testing.TB) *Client
		want string
	}{
		"dotnet10": {Dotnet10, "10."},
		"dotnet31": {Dotnet31, "3.1."},
	} {
		t.Run(name, func(t *testing.T) {
			got := NewSandbox(t, test.find(t)).Run("--version")
			if got.ExitCode != 0 || !strings.HasPrefix(got.Output, test.want) {
				t.Errorf("want version %s, got %v", test.want, got)
			}
		})
	}
}

func TestReferencePluginShakesHands(t *testing.T) {
	for reader, value := range map[string]string{"Newtonsoft.Json": "false", "System.Text.Json": "true"} {
		t.Run(reader, func(t *testing.T) {
			ref := ReferencePlugin(t)
			box := NewSandbox(t, ref.Client)
			box.Setenv("NUGET_USE_SYSTEM_TEXT_JSON_DESERIALIZATION", value)

			cmd := exec.CommandContext(t.Context(), ref.Dotnet, ref.Assembly, "-Plugin")
			cmd.Dir, cmd.Env, cmd.Stderr = box.Work, box.Environ(), t.Output()
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				// It goes on after end of input, so it is not asked to end.
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}()
			request := `{"RequestId":"h1","Type":"Request","Method":"Handshake","Payload":{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}}`
			if _, err := fmt.Fprintln(stdin, request); err != nil {
				t.Fatal(err)
			}
			// It sends a handshake request of its own as well; the order is not fixed.
			lines := bufio.NewScanner(stdout)
			for lines.Scan() {
				t.Log(lines.Text())
				var m struct {
					RequestID string `json:"RequestId"`
					Type      string
					Payload   struct{ ResponseCode, ProtocolVersion string }
				}
				if err := json.Unmarshal(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")), &m); err != nil {
					t.Fatal(err)
				}
				if m.RequestID != "h1" {
					continue
				}
				if m.Type != "Response" || m.Payload.ResponseCode != "Success" || m.Payload.ProtocolVersion != "2.0.0" {
					t.Errorf("answer %+v", m)
				}
				return
			}
			t.Fatalf("no answer to the handshake (%v)", lines.Err())
		})
	}
}
