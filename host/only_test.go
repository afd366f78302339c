package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOnly(t *testing.T) {
	tests := []struct {
		client, goos, path string
		env                Env
		want               Start
	}{
		{"dotnet", "linux", "/p/nuget-plugin-x", nil, Start{Program: "/p/nuget-plugin-x", Args: []string{"-Plugin"}}},
		{"dotnet", "linux", "/p/any name", nil, Start{Program: "/p/any name", Args: []string{"-Plugin"}}},
		{"dotnet", "linux", "/p/x.dll", nil, Start{Program: "dotnet", Args: []string{"/p/x.dll", "-Plugin"}, ViaHost: true}},
		{"nuget.exe", "linux", "/p/x.DLL", Env{"DOTNET_HOST_PATH": "/d/dotnet"}, Start{Program: "/d/dotnet", Args: []string{"/p/x.DLL", "-Plugin"}, ViaHost: true}},
		{"dotnet", "windows", `C:\p\x.dll`, nil, Start{Program: "dotnet.exe", Args: []string{`C:\p\x.dll`, "-Plugin"}, ViaHost: true}},
		{"dotnet", "windows", `C:\p\x.exe`, nil, Start{Program: `C:\p\x.exe`, Args: []string{"-Plugin"}}},
	}
	for _, test := range tests {
		client, err := ParseClient(test.client, test.goos)
		if err != nil {
			t.Fatal(err)
		}
		d := Only(client, test.env, test.path)
		listed := d.Listed()
		if d.Client != client || len(listed) != 1 || listed[0].Path != test.path || !listed[0].Startable() || !d.Download.Asked {
			t.Fatalf("%s: %+v", test.path, d)
		}
		if diff := cmp.Diff(test.want, listed[0].Start); diff != "" {
			t.Errorf("%s: %s", test.path, diff)
		}
	}
}
