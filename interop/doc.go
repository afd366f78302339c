// Package interop holds the tests that run real NuGet clients and NuGet's own plugin library against ours. The clients
// come from package clients; a test whose client is missing is skipped with its name, or fails where NUPLUG_INTEROP is
// "required".
package interop
