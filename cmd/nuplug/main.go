// Command nuplug uses, explains and tests NuGet's plugins. Started with -Plugin it is itself the plugin.
package main

import "os"

func main() {
	os.Exit(run())
}
