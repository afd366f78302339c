package host

import (
	"testing"
	"time"
)

func TestTimeoutsFrom(t *testing.T) {
	const s = time.Second
	tests := []struct {
		value string
		want  time.Duration // 0 for the default
	}{
		{"", 0}, {"1", s}, {"5", 5 * s}, {" 7\t", 7 * s}, {"\r\n8", 8 * s}, {"+9", 9 * s}, {"010", 10 * s},
		{"2147483", 2147483 * s}, {"2147484", 0}, {"2147483647", 0}, {"99999999999999999999", 0},
		{"0", 0}, {"-1", 0}, {"1.5", 0}, {"1,5", 0}, {"1e3", 0}, {"0x10", 0}, {"1_0", 0}, {"5 s", 0}, {"fast", 0},
		{"\u00a05", 0}, {"+ 5", 0}, {"٥", 0},
	}
	for _, test := range tests {
		env := Env{HandshakeTimeoutVariable: test.value, RequestTimeoutVariable: test.value, IdleTimeoutVariable: test.value}
		want := Timeouts{test.want, test.want, test.want}
		if test.want == 0 {
			want = Timeouts{30 * s, 30 * s, 60 * s}
		}
		if got := TimeoutsFrom(env, "linux"); got != want {
			t.Errorf("%q: %+v, want %+v", test.value, got, want)
		}
	}
}

func TestTimeoutsFromEach(t *testing.T) {
	env := Env{
		"NUGET_PLUGIN_HANDSHAKE_TIMEOUT_IN_SECONDS": "1", "NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS": "2",
		"nuget_plugin_idle_timeout_in_seconds": "3",
	}
	if got, want := TimeoutsFrom(env, windows), (Timeouts{time.Second, 2 * time.Second, 3 * time.Second}); got != want {
		t.Errorf("Windows: %+v, want %+v", got, want)
	}
	if got, want := TimeoutsFrom(env, "linux"), (Timeouts{time.Second, 2 * time.Second, 60 * time.Second}); got != want {
		t.Errorf("Linux: %+v, want %+v", got, want)
	}
}
