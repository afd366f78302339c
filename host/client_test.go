package host

import (
	"strings"
	"testing"
)

func TestParseClient(t *testing.T) {
	for _, test := range []struct {
		in   string
		kind ClientKind
		want string // NuGet's version
	}{
		// Each row of Microsoft's table, first and last feature band.
		{"dotnet@3.1.102", NET, "5.4"},
		{"dotnet@3.1.201", NET, "5.5"},
		{"dotnet@3.1.302", NET, "5.6"},
		{"dotnet@3.1.426", NET, "5.7"},
		{"dotnet@5.0.100", NET, "5.8"},
		{"dotnet@5.0.408", NET, "5.11"},
		{"dotnet@6.0.100", NET, "6.0"},
		{"dotnet@6.0.428", NET, "6.3"},
		{"dotnet@7.0.100", NET, "6.4"},
		{"dotnet@7.0.200", NET, "6.5"},
		{"dotnet@7.0.317", NET, "6.6"},
		{"dotnet@7.0.410", NET, "6.7"},
		{"dotnet@8.0.100", NET, "6.8"},
		{"dotnet@8.0.200", NET, "6.9"},
		{"dotnet@8.0.300", NET, "6.10"},
		{"dotnet@8.0.404", NET, "6.11"},
		{"dotnet@9.0.100", NET, "6.12"},
		{"dotnet@9.0.200", NET, "6.13"},
		{"dotnet@9.0.300", NET, "6.14"},
		{"dotnet@10.0.100", NET, "7.0"},
		{"dotnet@10.0.200", NET, "7.3"},
		{"dotnet@10.0.300", NET, "7.6"},
		{"dotnet@10.0.401", NET, "7.9"},
		{"dotnet@10.0.100-rc.1.25451.107", NET, "7.0"},
		// Without a band: the newest.
		{"dotnet@8.0", NET, "6.11"},
		{"dotnet@8", NET, "6.11"},
		{"dotnet@9.0", NET, "6.14"},
		{"dotnet@10", NET, "7.9"},
		{"dotnet", NET, "7.9"},
		{"DotNet@10", NET, "7.9"},
		// Newer than known: the newest rules.
		{"dotnet@11", NET, "7.9"},
		{"dotnet@12.0.100", NET, "7.9"},
		{"dotnet@10.0.900", NET, "7.9"},
		{"dotnet@8.0.500", NET, "6.11"},

		{"nuget.exe@5.8", NETFramework, "5.8"},
		{"nuget.exe@6.3.1", NETFramework, "6.3.1"},
		{"nuget@6.12.1.1", NETFramework, "6.12.1"},
		{"nuget.exe@4", NETFramework, "4.9"},
		{"nuget.exe@5", NETFramework, "5.11"},
		{"nuget.exe@6", NETFramework, "6.14"},
		{"nuget.exe", NETFramework, "7.9"},

		{"msbuild@15.9", NETFramework, "4.9"},
		{"msbuild@16.11.2", NETFramework, "5.11"},
		{"msbuild@17.12", NETFramework, "6.12"},
		{"msbuild@17", NETFramework, "6.14"},
		{"msbuild@18.9", NETFramework, "7.9"},
		{"vs@17.13", NETFramework, "6.13"},
	} {
		got, err := ParseClient(test.in, "linux")
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if got.Kind != test.kind || got.Version.String() != test.want || got.OS != "linux" || got.Name != test.in {
			t.Errorf("%s: got %+v, want NuGet %s, kind %s", test.in, got, test.want, test.kind)
		}
	}
}

func TestParseClientErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "is not a client",
		"paket@9":                     "use dotnet, nuget.exe, msbuild or vs",
		"dotnet@":                     "is not numbers",
		"dotnet@ten":                  "is not numbers",
		"dotnet@10..1":                "is not numbers",
		"dotnet@-1":                   "is not numbers",
		"dotnet@10.0.99":              "100 or more",
		"dotnet@2.1.818":              "older than 3.1",
		"dotnet@4.0":                  "no such SDK",
		"dotnet@3.0":                  "no such SDK",
		"dotnet@8.1.100":              "no such SDK",
		"nuget.exe@3.5":               "not a later one",
		"msbuild@14":                  "major version 15",
		"vs@2022":                     "not a later one",
		"dotnet@99999999999999999999": "is not numbers",
	} {
		if got, err := ParseClient(in, "linux"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want an error with %q", in, got, err, want)
		}
	}
}

func TestClientString(t *testing.T) {
	named := Client{Name: "dotnet@10", Kind: NET, Version: ClientVersion{7, 9, 0}}
	if got, want := named.String(), "dotnet@10 (NuGet 7.9)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	nameless := Client{Kind: NETFramework, Version: ClientVersion{6, 3, 1}}
	if got, want := nameless.String(), ".NET Framework (NuGet 6.3.1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClientVersionCompare(t *testing.T) {
	ordered := []ClientVersion{{4, 9, 0}, {5, 0, 0}, {5, 3, 0}, {5, 3, 1}, {5, 11, 0}, {6, 2, 9}, {6, 13, 0}}
	for i, v := range ordered {
		for j, w := range ordered {
			if got, want := v.Compare(w) < 0, i < j; got != want {
				t.Errorf("%s before %s: got %v, want %v", v, w, got, want)
			}
		}
	}
}
