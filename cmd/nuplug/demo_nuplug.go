package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/feed"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/nupkg"
	"github.com/nuplug/nuplug/protocol"
	"github.com/nuplug/nuplug/trace"
)

// demoNuplug installs with our own host as the client.
func demoNuplug(ctx context.Context, s *streams, f *feedtest.Feed, password, folder string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the plugin, which is this program: %w", err)
	}
	client, err := host.ParseClient("dotnet", s.GOOS)
	if err != nil {
		return err
	}
	d := &demo{text: trace.NewText(s.Out), clock: newStopwatch()}
	launch := s.launchOptions(true)
	launch.Log = nil // its lines show in the conversation
	launch.Env = append(append([]string{}, s.Env...), endpoint(f.URL(), password))
	launch.Observer = d.observe
	manager := host.NewManager(host.Only(client, host.ParseEnv(s.Env), self), &host.ManagerOptions{Launch: launch})
	defer manager.Close()
	transport, err := host.NewTransport(manager, &host.TransportOptions{
		Sources: []string{f.URL()}, NonInteractive: true, CanShowDialog: true, Base: d,
		Asked: func(_ string, _ []host.Attempt, err error) {
			d.clock.lap("sign-in")
			d.signIn = err
		},
	})
	if err != nil {
		return err
	}
	if err := d.install(ctx, &http.Client{Transport: transport}, f.URL(), folder); err != nil {
		return cmp.Or(d.signIn, err) // without credentials the rest is a consequence
	}
	if err := manager.Close(); err != nil {
		return err
	}
	d.clock.lap("plugin exit")
	fmt.Fprintf(s.Out, "installed %s and checked their SHA-512: %s\n", strings.Join(d.installed, " and "), d.clock)
	return nil
}

// demo shows what happens. It is the bottom of the HTTP client, so that requests show in their place.
type demo struct {
	text      *trace.Text
	clock     *stopwatch
	installed []string
	signIn    error // why there are no credentials
}

func (d *demo) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	as := ""
	if user, _, ok := r.BasicAuth(); ok {
		as = " as " + user
	}
	if err == nil {
		d.text.Note(time.Now(), fmt.Sprintf("client → feed    GET %s%s: %s", r.URL.Path, as, response.Status))
		if response.StatusCode == http.StatusUnauthorized {
			d.clock.lap("first request")
		}
	}
	return response, err
}

func (d *demo) observe(e conn.Event) {
	from := protocol.Plugin
	if e.Sent {
		from = protocol.Client
		if e.Message.Method == protocol.MethodGetAuthenticationCredentials {
			d.clock.lap("plugin start")
		}
	}
	d.text.Message(e.Time, from, e.Message)
}

// install fetches the package and what it needs.
func (d *demo) install(ctx context.Context, client *http.Client, url, folder string) error {
	source, err := feed.Open(ctx, client, url)
	if err != nil {
		return err
	}
	wanted := []nupkg.Identity{demoLib()}
	for len(wanted) > 0 {
		next := wanted[0]
		wanted = wanted[1:]
		archive, err := d.installOne(ctx, source, next, folder)
		if err != nil {
			return fmt.Errorf("install %s: %w", next, err)
		}
		d.installed = append(d.installed, next.String())
		for _, group := range archive.Nuspec().Dependencies {
			for _, dependency := range group.Dependencies {
				wanted = append(wanted, identity(dependency.ID, dependency.Range))
			}
		}
	}
	d.clock.lap("download")
	return nil
}

// installOne downloads one package, checks it against the hash that the feed published, and only then unpacks it.
func (d *demo) installOne(ctx context.Context, source *feed.Feed, id nupkg.Identity, folder string) (*nupkg.Archive, error) {
	want, err := source.PackageHash(ctx, id.ID, id.Version)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	got, err := source.Download(ctx, id.ID, id.Version, &content)
	if err != nil {
		return nil, err
	}
	if got.SHA512 != want {
		return nil, fmt.Errorf("the SHA-512 of what was downloaded is %.16s…, and the feed published %.16s…: the package is damaged or was replaced", got.SHA512, want)
	}
	place := filepath.Join(folder, nupkg.LowerID(id.ID), id.Version.Normalized())
	if err := os.MkdirAll(place, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(place)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return nupkg.Extract(root, bytes.NewReader(content.Bytes()), int64(content.Len()), nil)
}
