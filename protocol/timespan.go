package protocol

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	day  = 24 * time.Hour
	tick = 100 * time.Nanosecond // the unit of a .NET TimeSpan
)

// MaxTimeout is the longest time-out that a C# peer accepts: 2147483647 ms, a little under 25 days. The shortest is one
// tick of 100 ns.
const MaxTimeout = math.MaxInt32 * time.Millisecond

// FormatTimeSpan writes a duration as .NET does, "[d.]hh:mm:ss[.fffffff]", cut to ticks of 100 ns.
func FormatTimeSpan(d time.Duration) string {
	d = d / tick * tick // cut first: the shortest duration has no positive counterpart
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	if days := d / day; days > 0 {
		sign += strconv.FormatInt(int64(days), 10) + "."
	}
	s := fmt.Sprintf("%s%02d:%02d:%02d", sign, d%day/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	if ticks := d % time.Second / tick; ticks > 0 {
		s += fmt.Sprintf(".%07d", ticks)
	}
	return s
}

// ParseTimeSpan reads what .NET's invariant TimeSpan parser reads. A bare number is a number of days, and so is the first
// of three numbers when it is no hour: "24:00:00" is 24 days.
func ParseTimeSpan(s string) (time.Duration, error) {
	text := strings.TrimSpace(s)
	text, negative := strings.CutPrefix(text, "-")
	days, hours, minutes, seconds, fraction, ok := splitTimeSpan(text)
	total := time.Duration(0)
	for _, part := range []struct {
		text        string
		limit, unit time.Duration
	}{{days, math.MaxInt64 / day, day}, {hours, 23, time.Hour}, {minutes, 59, time.Minute}, {seconds, 59, time.Second}, {fraction, 9999999, tick}} {
		n, err := strconv.ParseInt(part.text, 10, 64)
		if !ok || err != nil || !isNumber(part.text) || time.Duration(n) > part.limit || total > math.MaxInt64-time.Duration(n)*part.unit {
			return 0, fmt.Errorf("%.64q is not a TimeSpan such as 00:00:30", s)
		}
		total += time.Duration(n) * part.unit
	}
	if negative {
		total = -total
	}
	return total, nil
}

// splitTimeSpan takes d, [d.]hh:mm, [d.]hh:mm:ss[.f], d:hh:mm and d:hh:mm:ss[.f] apart; the fraction is brought to seven
// digits. NuGet's readers were seen to accept all of them.
func splitTimeSpan(s string) (days, hours, minutes, seconds, fraction string, ok bool) {
	parts := strings.Split(s, ":")
	days, seconds, fraction = "0", "0", "0"
	if len(parts) == 1 {
		return s, "0", "0", "0", "0", true
	}
	if len(parts) == 4 {
		days, parts = parts[0], parts[1:]
	} else if hour, err := strconv.Atoi(parts[0]); len(parts) == 3 && err == nil && hour > 23 {
		days, parts = parts[0], parts[1:]
	} else if d, h, found := strings.Cut(parts[0], "."); found {
		days, parts[0] = d, h
	}
	if len(parts) > 3 {
		return
	}
	if len(parts) == 3 {
		var found bool
		if seconds, fraction, found = strings.Cut(parts[2], "."); !found {
			fraction = "0"
		} else if len(fraction) == 0 || len(fraction) > 7 {
			return
		} else {
			fraction += strings.Repeat("0", 7-len(fraction))
		}
	}
	return days, parts[0], parts[1], seconds, fraction, true
}
