package interop

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/interop/clients"
	"github.com/nuplug/nuplug/protocol"
)

// sharedCache is one claims cache for several clients and us.
type sharedCache struct {
	cache  *host.ClaimsCache
	plugin string // the path under which all know the plugin
}

// share makes a sandbox use the folders of another one for claims, locks and the plugin.
func share(t *testing.T, first *clients.Sandbox, more ...*clients.Sandbox) sharedCache {
	t.Helper()
	path := first.AddPlugin("nuget-plugin-nuplug", ourPlugin())
	for _, box := range append(more, first) {
		box.Setenv("NUGET_PLUGINS_CACHE_PATH", filepath.Join(first.Dir, "claims"))
		box.Setenv("NUGET_SCRATCH", filepath.Join(first.Dir, "scratch"))
		box.Setenv("PATH", filepath.Dir(path)+":"+box.Getenv("PATH"))
		box.Setenv("NUGET_NETFX_PLUGIN_PATHS", path)
	}
	client, err := host.ParseClient("dotnet@10", "linux")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := host.NewClaimsCache(client, host.ParseEnv(first.Environ()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sharedCache{cache, path}
}

func (s sharedCache) want(t *testing.T, when string, claims ...protocol.OperationClaim) {
	t.Helper()
	if entry := s.cache.Peek(s.plugin, ""); !entry.Known || !slices.Equal(entry.Claims, claims) || entry.Problem != nil {
		t.Errorf("%s: the cache has %+v, want %v", when, entry, claims)
	}
}

// dotnet, NuGet.exe and we use one cache in turn, and believe what the others wrote.
func TestClaimsCacheInTurn(t *testing.T) {
	feed := newFeed(t)
	dotnet := clients.NewSandbox(t, clients.Dotnet10(t))
	nuget, later := clients.NewSandbox(t, clients.NuGetExe58(t)), clients.NewSandbox(t, clients.NuGetExe58(t))
	shared := share(t, dotnet, nuget, later)
	for _, box := range []*clients.Sandbox{dotnet, nuget, later} {
		know(box, feed.URL(), user, password)
		box.Config(clients.Source{Name: "rig", URL: feed.URL()})
	}
	mustInstall(t, dotnet, dotnet.Get(rig()), "rig.dep", "rig.pkg")
	shared.want(t, "after dotnet", protocol.ClaimAuthentication)

	// Our host goes by what dotnet wrote, and leaves it as it is.
	env := host.ParseEnv(dotnet.Environ())
	m := host.NewManager(host.Discover(mustClient(t, "dotnet@10"), env, host.OSFS()), &host.ManagerOptions{
		Cache: shared.cache, Launch: host.LaunchOptions{Env: dotnet.Environ(), Dir: dotnet.Work},
	})
	defer m.Close()
	if c, _, err := m.Credentials(t.Context(), host.CredentialsRequest{URI: feed.URL(), NonInteractive: true}); err != nil || c.Username != user {
		t.Errorf("our host got %+v, %v", c, err)
	}
	shared.want(t, "after our host", protocol.ClaimAuthentication)

	mustInstall(t, nuget, nuget.Get(rig()), "rig.dep", "rig.pkg")
	shared.want(t, "after NuGet.exe", protocol.ClaimAuthentication)

	// What we write is believed too: without the claim NuGet.exe does not start the plugin.
	if err := shared.cache.Write(t.Context(), shared.plugin, "", []protocol.OperationClaim{}); err != nil {
		t.Fatal(err)
	}
	if r := later.Get(rig()); r.ExitCode == 0 {
		t.Errorf("NuGet.exe used a plugin that claims nothing:\n%v", r)
	}
	shared.want(t, "after NuGet.exe saw no claims")
	if err := shared.cache.Remove(t.Context(), shared.plugin, ""); err != nil {
		t.Fatal(err)
	}
	mustInstall(t, later, later.Get(rig()), "rig.dep", "rig.pkg")
	shared.want(t, "in the end", protocol.ClaimAuthentication)
}

func mustClient(t *testing.T, name string) host.Client {
	t.Helper()
	c, err := host.ParseClient(name, "linux")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// We rewrite an entry all the time while dotnet processes read and write it: nobody ever sees half a file.
func TestClaimsCacheAtOnce(t *testing.T) {
	feed := newFeed(t)
	boxes := []*clients.Sandbox{clients.NewSandbox(t, clients.Dotnet10(t)), clients.NewSandbox(t, clients.Dotnet10(t)), clients.NewSandbox(t, clients.Dotnet10(t))}
	shared := share(t, boxes[0], boxes[1:]...)
	stop := make(chan struct{})
	var ours, theirs sync.WaitGroup
	for range 2 {
		ours.Go(func() {
			for rounds := 0; ; rounds++ {
				select {
				case <-stop:
					t.Logf("%d rounds", rounds)
					return
				default:
				}
				if err := shared.cache.Write(t.Context(), shared.plugin, "", []protocol.OperationClaim{protocol.ClaimAuthentication}); err != nil {
					t.Errorf("write: %v", err)
					return
				}
				if entry, err := shared.cache.Entry(t.Context(), shared.plugin, ""); err != nil || entry.Problem != nil {
					t.Errorf("read: %+v, %v", entry, err)
					return
				}
			}
		})
	}
	for _, box := range boxes {
		know(box, feed.URL(), user, password)
		box.Config(clients.Source{Name: "rig", URL: feed.URL()})
		box.Project(rig())
		theirs.Go(func() {
			if r := box.Restore(); r.ExitCode != 0 {
				t.Errorf("%v", r)
			}
		})
	}
	theirs.Wait()
	close(stop)
	ours.Wait()
}
