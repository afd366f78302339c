package host

import "testing"

func TestClaimsHash(t *testing.T) {
	for _, test := range []struct{ s, want string }{
		{"Source-Agnostic", "e31fb857036daf0857c70f5a13956500adde37dc"},                                      // seen with 7.9
		{"/root/.cache/nuplug-try/claims/bin/nuget-plugin-demo", "84848a7d6173df825b76f70daa686c6f4813a61d"}, // seen with 7.9
		{"/opt/plugins/demo/demo", "9d4576b11c9057f1c5d43237af6f2bda682ec333"},
		{"https://feed.example/v3/index.json", "ecb491e9d61f3b1606ca379302e4e0d6e9d57ca0"},
		{"/usr/local/bin/nuget-plugin-demo", "dad21fc3e72954bb94299d02a93f49f73cab82b4"},
		{`C:\tools\nuget-plugin-demo.exe`, "023a2a3c34a7a8385fd656948e2dfcda3d6dac7f"},
		{"/home/zoë/.nuget/plugins/netcore/Demo/Demo.dll", "ddaf138173f2b3697c9f1b31db044cc38e53f375"},
	} {
		if got := claimsHash(test.s); got != test.want {
			t.Errorf("claimsHash(%q) = %s, want %s", test.s, got, test.want)
		}
	}
}

func TestOldClaimsHash(t *testing.T) {
	for _, test := range []struct{ s, want string }{
		{"http://127.0.0.1:23999/v3/index.json", "abe2197ec15eb4fff23bfee4f3018985dc3216e9"}, // seen with 5.4
		{"/opt/plugins/demo/demo.dll", "98dcedc2c8e126cc27c173c92bd6cc1ba56b5740"},
	} {
		if got := oldClaimsHash(test.s); got != test.want {
			t.Errorf("oldClaimsHash(%q) = %s, want %s", test.s, got, test.want)
		}
	}
}

func TestLockName(t *testing.T) {
	const (
		agnostic = "e31fb857036daf0857c70f5a13956500adde37dc.dat"
		cache    = "/home/dev/cache/9d4576b11c9057f1c5d43237af6f2bda682ec333/" + agnostic
		data     = "/home/dev/.local/share/NuGet/plugin-cache/dad21fc3e72954bb94299d02a93f49f73cab82b4/" + agnostic
	)
	for _, test := range []struct{ client, goos, file, want string }{
		{"nuget.exe@5.8", "linux", cache, "9d98184e3c92a447374c1e6361af9d48e319d0b1"},
		{"dotnet@10", "linux", data, "217a2e6ae246b4c42f2e364235e25eaee667639e"},
		{"dotnet@10", "linux", "/home/../HOME/DEV//.local/./share" + data[len("/home/dev/.local/share"):], "217a2e6ae246b4c42f2e364235e25eaee667639e"},
		// Seen with 7.9: which letters have an upper case.
		{"dotnet@10", "linux", "/root/.cache/nuplug-try/claims/run/uc/cıſßµÿŉǅǆᾳ𐐨éΐ/84848a7d6173df825b76f70daa686c6f4813a61d/" + agnostic,
			"828d1c95608e3e4fbec15d8826e18634ee1bf4e1"},
		// Seen with 5.4.
		{"dotnet@3.1.102", "linux", "/root/.cache/nuplug-try/claims/run3/p/NuGet.Config", "82e0e701f9d67b9be905cfcee7d8c8424dc09a90"},
		{"nuget.exe@5.7", "linux", cache, "50bc78174e83797fdc24c8d883173a67620cbaeb"},
		{"dotnet@10", "windows", `c:\x/./y.dat`, "442fb56b2645e1a1ee4ca63c94c1521546f1b858"},
		{"dotnet@10", "linux", "rel/../x.dat", "0223de68013a5126e450609f028f16fe4d3ead54"},
	} {
		got := lockName(mustClient(t, test.client, test.goos), test.file)
		if got != test.want {
			t.Errorf("%s: lockName(%q) = %s, want %s", test.client, test.file, got, test.want)
		}
	}
}
