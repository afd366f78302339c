package host

import (
	"strconv"
	"strings"
	"time"
)

// Timeouts are NuGet's limits for plugins. A zero field is the default.
type Timeouts struct {
	Handshake time.Duration // 30 s
	Request   time.Duration // 30 s, restarted by progress
	Idle      time.Duration // 60 s
}

// The variables that set them, in whole seconds.
const (
	HandshakeTimeoutVariable = "NUGET_PLUGIN_HANDSHAKE_TIMEOUT_IN_SECONDS"
	RequestTimeoutVariable   = "NUGET_PLUGIN_REQUEST_TIMEOUT_IN_SECONDS"
	IdleTimeoutVariable      = "NUGET_PLUGIN_IDLE_TIMEOUT_IN_SECONDS"
)

// maxSeconds is the largest number of seconds that NuGet takes: 2147483647 ms.
const maxSeconds = 2147483

// TimeoutsFrom reads the variables as NuGet does: blanks and a sign are allowed, and what is no whole number from 1 to
// 2147483 leaves the default without a word.
func TimeoutsFrom(env Env, goos string) Timeouts {
	read := func(name string) time.Duration {
		value, _ := env.Lookup(name, goos)
		n, err := strconv.Atoi(strings.Trim(value, " \t\n\v\f\r"))
		if err != nil || n < 1 || n > maxSeconds {
			return 0
		}
		return time.Duration(n) * time.Second
	}
	return Timeouts{read(HandshakeTimeoutVariable), read(RequestTimeoutVariable), read(IdleTimeoutVariable)}.withDefaults()
}

func (t Timeouts) withDefaults() Timeouts {
	if t.Handshake <= 0 {
		t.Handshake = 30 * time.Second
	}
	if t.Request <= 0 {
		t.Request = 30 * time.Second
	}
	if t.Idle <= 0 {
		t.Idle = 60 * time.Second
	}
	return t
}
