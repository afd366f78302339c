package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// usage is what the plugin prints when a person starts it: what it is, whether NuGet will find it, how to try it.
func usage(version string, getenv func(string) string) string {
	self, err := os.Executable()
	if err != nil {
		self = "nuget-plugin-nuplug"
	}
	return fmt.Sprintf(`nuget-plugin-nuplug %s: signs NuGet in to private feeds.

NuGet 6.13 and later (dotnet 9.0.200) starts it by itself when it lies on PATH under a name that begins with
nuget-plugin-. %s
Try it, without NuGet:

    nuplug credentials URL --plugin %s
`, version, place(self, getenv("PATH"), runtime.GOOS), self)
}

// place says whether NuGet finds the file.
func place(self, path, goos string) string {
	separator := ":"
	if goos == "windows" {
		separator = ";"
	}
	folder, name := filepath.Split(self)
	if !strings.HasPrefix(name, "nuget-plugin-") {
		return "This file is called " + name + ", so it will not be found."
	}
	for item := range strings.SplitSeq(path, separator) {
		if item != "" && filepath.Clean(item) == filepath.Clean(folder) {
			return "It does, at " + self + "."
		}
	}
	return "It does not: " + filepath.Clean(folder) + " is not in PATH."
}
