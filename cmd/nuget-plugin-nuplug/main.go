// Command nuget-plugin-nuplug signs NuGet in to private feeds. NuGet finds it on PATH and starts it with -Plugin.
package main

import (
	"os"

	"github.com/nuplug/nuplug/provider"
)

func main() {
	os.Exit(provider.New(nil).Main())
}
