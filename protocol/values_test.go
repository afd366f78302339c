package protocol_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// The odd forms that .NET reads are among the vectors.
func TestTimeSpanRoundTrip(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0:                         "00:00:00",
		5 * time.Second:           "00:00:05",
		30 * time.Second:          "00:00:30",
		1500 * time.Millisecond:   "00:00:01.5000000",
		100:                       "00:00:00.0000001",
		90 * time.Minute:          "01:30:00",
		day:                       "1.00:00:00",
		-day - time.Second:        "-1.00:00:01",
		protocol.MaxTimeout:       "24.20:31:23.6470000",
		math.MaxInt64 / 100 * 100: "106751.23:47:16.8547758",
		math.MinInt64 / 100 * 100: "-106751.23:47:16.8547758",
	} {
		if got := protocol.FormatTimeSpan(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
		if got, err := protocol.ParseTimeSpan(want); err != nil || got != d {
			t.Errorf("%s is read %v, %v, want %v", want, got, err, d)
		}
	}
	for d, want := range map[time.Duration]string{199: "00:00:00.0000001", 99: "00:00:00", -99: "00:00:00", math.MinInt64: "-106751.23:47:16.8547758"} {
		if got := protocol.FormatTimeSpan(d); got != want {
			t.Errorf("%d ns, less than a tick cut off, is written %s, want %s", d, got, want)
		}
	}
}

// A TimeSpan may be longer than a Duration.
func TestTimeSpanOverflow(t *testing.T) {
	for _, s := range []string{"106752.00:00:00", "106751.23:47:16.8547759", "10675199.02:48:05.4775807", "99999999999999999999"} {
		if d, err := protocol.ParseTimeSpan(s); err == nil {
			t.Errorf("%s is read %v", s, d)
		}
	}
}

func TestStrings(t *testing.T) {
	for want, value := range map[string]fmt.Stringer{
		"Response":                     protocol.TypeResponse,
		"9":                            protocol.MessageType(9),
		"GetAuthenticationCredentials": protocol.MethodGetAuthenticationCredentials,
		"-1":                           protocol.Method(-1),
		"NotFound":                     protocol.CodeNotFound,
		"3":                            protocol.ResponseCode(3),
		"Authentication":               protocol.ClaimAuthentication,
		"2":                            protocol.OperationClaim(2),
		"Error":                        protocol.LevelError,
		"6":                            protocol.LogLevel(6),
		"ProxyAuthenticationRequired":  protocol.StatusProxyAuthenticationRequired,
		"599":                          protocol.HTTPStatus(599),
		"client":                       protocol.Client,
		"plugin":                       protocol.Plugin,
		"2.0.0":                        protocol.CurrentVersion(),
		"1.0.0":                        protocol.MinimumVersion(),
		"1.2.3-rc.1":                   protocol.Version{Major: 1, Minor: 2, Patch: 3, Prerelease: "rc.1"},
	} {
		if got := value.String(); got != want {
			t.Errorf("%T: %s, want %s", value, got, want)
		}
	}
}

func TestParseLogLevel(t *testing.T) {
	for s, want := range map[string]protocol.LogLevel{"Debug": 0, "verbose": 1, "INFORMATION": 2, "Minimal": 3, "warning": 4, "Error": 5, "5": 5} {
		if got, err := protocol.ParseLogLevel(s); err != nil || got != want {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "loud", "6", "-1"} {
		if got, err := protocol.ParseLogLevel(s); err == nil || !strings.Contains(err.Error(), "one of Debug, Verbose") {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}
