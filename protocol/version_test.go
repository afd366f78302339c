package protocol_test

import (
	"errors"
	"testing"

	"github.com/nuplug/nuplug/protocol"
)

func mustParse(t *testing.T, s string) protocol.Version {
	t.Helper()
	v, err := protocol.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The answers that NuGet 2.0.0 / 1.0.0 gives, and those of other ranges. Requests whose payload is refused never get
// here: the vectors have them.
func TestNegotiate(t *testing.T) {
	for _, test := range []struct{ version, minimum, peer, peerMinimum, want string }{
		{"2.0.0", "1.0.0", "2.0.0", "1.0.0", "2.0.0"},
		{"2.0.0", "1.0.0", "1.0.0", "1.0.0", "1.0.0"},
		{"2.0.0", "1.0.0", "3.0.0", "2.0.0", "2.0.0"},
		{"2.0.0", "1.0.0", "3.0.0", "2.1.0", ""},
		{"2.0.0", "1.0.0", "0.9.0", "0.1.0", ""},
		{"2.0.0", "1.0.0", "2.0.0-beta", "1.0.0", "2.0.0-beta"},
		{"2.0.0", "1.0.0", "1.0.0", "2.0.0", ""},
		{"2.0.0", "1.0.0", "1.0.0-beta", "0.1.0", ""},
		{"2.0.0", "2.0.0", "1.0.0", "1.0.0", ""},
		{"2.0.0", "2.0.0", "2.0.0", "2.0.0", "2.0.0"},
		{"1.0.0", "1.0.0", "2.0.0", "1.0.0", "1.0.0"},
	} {
		got, ok := protocol.Negotiate(mustParse(t, test.version), mustParse(t, test.minimum), protocol.HandshakeRequest{
			ProtocolVersion: mustParse(t, test.peer), MinimumProtocolVersion: mustParse(t, test.peerMinimum)})
		if ok != (test.want != "") || ok && got.String() != test.want || !ok && got != (protocol.Version{}) {
			t.Errorf("%+v: %s, %t", test, got, ok)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	ascending := []string{"0.0.0", "0.0.1", "0.1.0", "1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-99999999999999999999", "1.0.0-alpha",
		"1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-alpha-", "1.0.0-BETA", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc", "1.0.0", "1.0.9",
		"1.9.0", "1.10.0", "2.0.0-beta", "2.0.0", "10.0.0"}
	for i, a := range ascending {
		for j, b := range ascending {
			want := min(max(i-j, -1), 1)
			if got := mustParse(t, a).Compare(mustParse(t, b)); got != want {
				t.Errorf("%s to %s: %d, want %d", a, b, got, want)
			}
		}
		if got := mustParse(t, a).String(); got != a {
			t.Errorf("%s came back as %s", a, got)
		}
	}
	if mustParse(t, "1.0.0-BETA").Compare(mustParse(t, "1.0.0-beta+x")) != 0 {
		t.Error("labels do not ignore case, as NuGet's do")
	}
}

func TestMaySend(t *testing.T) {
	both, client, plugin, nobody := "both", "client", "plugin", "nobody"
	want := map[protocol.Method]string{
		protocol.MethodNone:                         nobody,
		protocol.MethodClose:                        client,
		protocol.MethodCopyFilesInPackage:           client,
		protocol.MethodCopyNupkgFile:                client,
		protocol.MethodGetCredentials:               plugin,
		protocol.MethodGetFilesInPackage:            client,
		protocol.MethodGetOperationClaims:           client,
		protocol.MethodGetPackageHash:               client,
		protocol.MethodGetPackageVersions:           client,
		protocol.MethodGetServiceIndex:              plugin,
		protocol.MethodHandshake:                    both,
		protocol.MethodInitialize:                   client,
		protocol.MethodLog:                          plugin,
		protocol.MethodMonitorNuGetProcessExit:      client,
		protocol.MethodPrefetchPackage:              client,
		protocol.MethodSetCredentials:               client,
		protocol.MethodSetLogLevel:                  client,
		protocol.MethodGetAuthenticationCredentials: client,
		-1: nobody,
		18: nobody,
	}
	if len(want) != 20 {
		t.Fatalf("the table has %d rows", len(want))
	}
	for method, who := range want {
		if got := protocol.Client.MaySend(method); got != (who == client || who == both) {
			t.Errorf("client may send %s: %t", method, got)
		}
		if got := protocol.Plugin.MaySend(method); got != (who == plugin || who == both) {
			t.Errorf("plugin may send %s: %t", method, got)
		}
	}
	if protocol.Client.Other() != protocol.Plugin || protocol.Plugin.Other() != protocol.Client {
		t.Error("Other")
	}
}

func TestCheckVersion(t *testing.T) {
	index := protocol.JSON(`{}`)
	for _, test := range []struct {
		request protocol.Request
		version string
		field   string // empty for no error
	}{
		{&protocol.GetAuthenticationCredentialsRequest{}, "2.0.0", ""},
		{&protocol.GetAuthenticationCredentialsRequest{}, "2.0.0-beta", ""},
		{&protocol.GetAuthenticationCredentialsRequest{}, "1.0.0", "Method"},
		{&protocol.GetOperationClaimsRequest{}, "2.0.0", ""},
		{&protocol.GetOperationClaimsRequest{}, "1.0.0", "PackageSourceRepository"},
		{&protocol.GetOperationClaimsRequest{PackageSourceRepository: new(source)}, "1.0.0", "PackageSourceRepository"},
		{&protocol.GetOperationClaimsRequest{ServiceIndex: index}, "1.0.0", "PackageSourceRepository"},
		{&protocol.GetOperationClaimsRequest{PackageSourceRepository: new(source), ServiceIndex: index}, "1.0.0", ""},
		{&protocol.PrefetchPackageRequest{}, "1.0.0", ""},
	} {
		err := protocol.CheckVersion(test.request, mustParse(t, test.version))
		e, _ := errors.AsType[*protocol.FieldError](err)
		if (err != nil) != (test.field != "") || e != nil && e.Field != test.field {
			t.Errorf("%T in %s: %v, want %q", test.request, test.version, err, test.field)
		}
	}
}

// The only method that protocol 1.0.0 does not have is the one for credentials.
func TestSince(t *testing.T) {
	for method := range protocol.MethodGetAuthenticationCredentials + 1 {
		want := "1.0.0"
		if method == protocol.MethodGetAuthenticationCredentials {
			want = "2.0.0"
		}
		if got := method.Since().String(); got != want {
			t.Errorf("%s came with %s, want %s", method, got, want)
		}
	}
}

func TestResponseFor(t *testing.T) {
	for _, p := range payloads() {
		request, ok := p.(protocol.Request)
		if !ok {
			continue
		}
		m, err := protocol.NewResponse("a1", protocol.ResponseFor(request))
		if m.Method != request.Method() {
			t.Errorf("%T is answered by %s (%v)", request, m.Method, err)
		}
	}
}
