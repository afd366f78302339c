package host_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"runtime"

	"github.com/nuplug/nuplug/feed"
	"github.com/nuplug/nuplug/host"
)

// The versions of a package on a private feed, with whatever plugin signs in to it.
func ExampleTransport() {
	source, end := privateFeed() // with a plugin on PATH that knows its password
	defer end()

	client, err := host.ParseClient("dotnet", runtime.GOOS) // find plugins as the newest dotnet does
	if err != nil {
		log.Fatal(err)
	}
	manager := host.NewManager(host.Discover(client, host.ParseEnv(os.Environ()), host.OSFS()), nil)
	defer manager.Close()
	transport, err := host.NewTransport(manager, &host.TransportOptions{Sources: []string{source}})
	if err != nil {
		log.Fatal(err)
	}
	private, err := feed.Open(context.Background(), &http.Client{Transport: transport}, source)
	if err != nil {
		log.Fatal(err)
	}
	versions, err := private.Versions(context.Background(), "Acme.Tools")
	fmt.Println(versions, err)
	// Output: [1.0.0 1.2.0-beta 2.0.0] <nil>
}

// The credentials of a private feed, from the plugins that NuGet would ask, in its order.
func ExampleManager_Credentials() {
	source, end := privateFeed() // with a plugin on PATH that knows its password
	defer end()

	client, err := host.ParseClient("dotnet", runtime.GOOS)
	if err != nil {
		log.Fatal(err)
	}
	manager := host.NewManager(host.Discover(client, host.ParseEnv(os.Environ()), host.OSFS()), nil)
	defer manager.Close()
	c, _, err := manager.Credentials(context.Background(), host.CredentialsRequest{URI: source, NonInteractive: true})
	if err != nil {
		log.Fatal(err) // says plugin by plugin what happened
	}
	fmt.Println(c.Username, c.Password, len(c.Password.Reveal()))
	// Output: ann *** 6
}
