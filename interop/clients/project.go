package clients

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	configFile  = "NuGet.Config"
	projectFile = "app.csproj"
)

// A Source is a package source in NuGet.Config.
type Source struct {
	Name string
	// URL is the address of a v3 service index, or the path of a folder of .nupkg files.
	URL string
}

// A Package names a package. Version "" is the newest, which only NuGet.exe understands.
type Package struct {
	ID, Version string
}

type configuration struct {
	XMLName xml.Name  `xml:"configuration"`
	Clear   struct{}  `xml:"packageSources>clear"`
	Sources []element `xml:"packageSources>add"`
}

type element struct {
	Key      string `xml:"key,attr"`
	Value    string `xml:"value,attr"`
	Protocol string `xml:"protocolVersion,attr,omitempty"`
	Insecure string `xml:"allowInsecureConnections,attr,omitempty"`
}

// Config writes Work/NuGet.Config with these sources and no others, in this order.
func (s *Sandbox) Config(sources ...Source) {
	s.t.Helper()
	var c configuration
	for _, source := range sources {
		e := element{Key: source.Name, Value: source.URL}
		if strings.HasPrefix(source.URL, "http") {
			e.Protocol = "3"
			e.Insecure = "true" // dotnet 9 and later refuse http without it; older clients ignore it
		}
		c.Sources = append(c.Sources, e)
	}
	s.writeXML(configFile, c)
}

type project struct {
	XMLName    xml.Name    `xml:"Project"`
	SDK        string      `xml:"Sdk,attr"`
	Framework  string      `xml:"PropertyGroup>TargetFramework"`
	NoImplicit bool        `xml:"PropertyGroup>DisableImplicitFrameworkReferences"`
	References []reference `xml:"ItemGroup>PackageReference"`
}

type reference struct {
	Include string `xml:"Include,attr"`
	Version string `xml:"Version,attr"`
}

// Project writes the project that Restore restores. It needs these packages and no others:
// netstandard2.0 without the implicit references is all that needs nothing from a public gallery.
func (s *Sandbox) Project(packages ...Package) {
	s.t.Helper()
	p := project{SDK: "Microsoft.NET.Sdk", Framework: "netstandard2.0", NoImplicit: true}
	for _, pkg := range packages {
		p.References = append(p.References, reference{Include: pkg.ID, Version: pkg.Version})
	}
	s.writeXML(projectFile, p)
}

func (s *Sandbox) writeXML(name string, document any) {
	s.t.Helper()
	text, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		s.t.Fatalf("write %s: %v", name, err)
	}
	s.Write(name, string(text)+"\n")
}

// Installed returns the packages that stand complete where the client installs: dotnet's global
// packages folder, NuGet.exe's output folder. IDs are in lower case; sorted by ID.
func (s *Sandbox) Installed() []Package {
	s.t.Helper()
	found := inGlobalPackages(s.env["NUGET_PACKAGES"])
	if s.Client.kind == nugetExe {
		found = inOutput(s.layout.out)
	}
	slices.SortFunc(found, func(a, b Package) int {
		return strings.Compare(a.ID+"/"+a.Version, b.ID+"/"+b.Version)
	})
	return found
}

// inGlobalPackages lists root/ID/VERSION/.nupkg.metadata: the file that NuGet writes last.
func inGlobalPackages(root string) []Package {
	var found []Package
	complete, _ := filepath.Glob(filepath.Join(root, "*", "*", ".nupkg.metadata")) // the pattern is well formed
	for _, file := range complete {
		dir := filepath.Dir(file)
		p := Package{ID: filepath.Base(filepath.Dir(dir)), Version: filepath.Base(dir)}
		if isFile(filepath.Join(dir, p.ID+"."+p.Version+".nupkg")) {
			found = append(found, p)
		}
	}
	return found
}

// The version begins at the first two numbers in a row: Rig.Pkg.1.0.0 is Rig.Pkg in 1.0.0.
var outputFolder = regexp.MustCompile(`^(.+?)\.(\d+\.\d+.*)$`)

// inOutput lists root/ID.VERSION/ID.VERSION.nupkg.
func inOutput(root string) []Package {
	var found []Package
	entries, _ := os.ReadDir(root) // a folder that is not there has no packages
	for _, e := range entries {
		name := outputFolder.FindStringSubmatch(e.Name())
		if name != nil && isFile(filepath.Join(root, e.Name(), e.Name()+".nupkg")) {
			found = append(found, Package{ID: strings.ToLower(name[1]), Version: name[2]})
		}
	}
	return found
}
