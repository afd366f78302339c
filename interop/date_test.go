package interop

import (
	"testing"

	"github.com/nuplug/nuplug/internal/feedtest"
	"github.com/nuplug/nuplug/interop/clients"
)

// NuGet's default JSON reader takes a password that looks like a date-time for one and sends it in another form. Our SDK
// divides user name and password at another colon, which makes the same HTTP header of parts that look like nothing.
func TestDateLikePassword(t *testing.T) {
	const date = "2020-01-02T03:04:05Z"
	for _, c := range []struct {
		name   string
		client func(testing.TB) *clients.Client
		types  string // with another scheme beside Basic the SDK must not divide
		reader string
		ok     bool
	}{
		{"divided, dotnet", clients.Dotnet10, "", "", true},
		{"divided, the other reader", clients.Dotnet10, "", "true", true},
		{"divided, NuGet.exe", clients.NuGetExe58, "", "", true},
		{"whole, dotnet", clients.Dotnet10, "Basic,Digest", "", false},
		{"whole, the other reader", clients.Dotnet10, "Basic,Digest", "true", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := clients.NewSandbox(t, c.client(t))
			feed, err := feedtest.New(&feedtest.Options{Username: "other", Password: date, Packages: packages(t, "Rig.Pkg")})
			if err != nil {
				t.Fatal(err)
			}
			defer feed.Close()
			program := behind(t, box)
			box.Setenv("PATH", program+":"+box.Getenv("PATH"))
			box.Setenv("NUGET_NETFX_PLUGIN_PATHS", program+"/nuget-plugin-other")
			knowOther(t, box, feed.URL(), date)
			box.Setenv("OTHER_TYPES", c.types)
			if c.reader != "" {
				box.Setenv(otherReader, c.reader)
			}
			box.Config(clients.Source{Name: "rig", URL: feed.URL()})
			r := box.Get(rig())
			if c.ok {
				mustInstall(t, box, r, "rig.pkg")
			} else if r.ExitCode == 0 {
				t.Errorf("the password arrived whole, so this client needs no help any more:\n%v", r)
			}
		})
	}
}
