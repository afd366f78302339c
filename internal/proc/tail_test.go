package proc

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	text := strings.Repeat("0123456789", 20)
	for _, limit := range []int{1, 2, 7, 64, 199, 200, 201, 1000} {
		for _, step := range []int{1, 3, 64, 150, 200} {
			tail := &tail{max: limit}
			for at := 0; at < len(text); at += step {
				part := text[at:min(at+step, len(text))]
				if n, err := tail.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatalf("Write: %d, %v", n, err)
				}
				if len(tail.buf) > 2*limit {
					t.Fatalf("limit %d, step %d: %d bytes are kept", limit, step, len(tail.buf))
				}
				seen := text[:at+len(part)]
				if got, want := tail.String(), seen[max(0, len(seen)-limit):]; got != want {
					t.Fatalf("limit %d, step %d after %d bytes: %q, want %q", limit, step, len(seen), got, want)
				}
			}
		}
	}
}

func TestExitStateString(t *testing.T) {
	crash := uint32(0xc0000005) // which does not fit an int everywhere
	for want, state := range map[string]ExitState{
		"ended, and the system did not":   {Code: -1},
		"exited with code 0":              {},
		"exited with code 3":              {Code: 3},
		"exited with code 0xc0000005":     {Code: int(crash)},
		"was killed by us":                {Code: -1, Signal: 9, Killed: true},
		"was ended by signal 11 (" + segv: {Code: -1, Signal: 11},
	} {
		if got := state.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%+v: %q, want %q", state, got, want)
		}
	}
}

// segv is the beginning of what every system calls signal 11.
const segv = "segmentation"

func TestKindString(t *testing.T) {
	for kind, want := range map[Kind]string{Other: "Other", NotFound: "NotFound", BadDir: "BadDir", BadDir + 1: "Kind(11)", -1: "Kind(-1)"} {
		if got := kind.String(); got != want {
			t.Errorf("%d: %s, want %s", int(kind), got, want)
		}
	}
}
