package protocol_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/protocol"
)

// chunkings are ways in which the same bytes may arrive.
func chunkings(s string) map[string]io.Reader {
	return map[string]io.Reader{
		"at once":             strings.NewReader(s),
		"byte by byte":        iotest.OneByteReader(strings.NewReader(s)),
		"in halves":           iotest.HalfReader(strings.NewReader(s)),
		"the end with a byte": iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(s))),
		"the end with all":    iotest.DataErrReader(strings.NewReader(s)),
	}
}

func lines(r *protocol.Reader) (all []string, err error) {
	for {
		line, err := r.Line()
		if err != nil {
			return all, err
		}
		all = append(all, string(line))
	}
}

func TestLineEnds(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for _, test := range []struct {
		stream string
		want   []string
	}{
		{"", nil},
		{"a\nb\n", []string{"a", "b"}},
		{"a\r\nb\r\n", []string{"a", "b"}},
		{"a\rb\r", []string{"a", "b"}},
		{"a\nb", []string{"a", "b"}},
		{"a\r\n\r\nb", []string{"a", "", "b"}},
		{"a\n\rb", []string{"a", "", "b"}},
		{"a\r\rb", []string{"a", "", "b"}},
		{"\n\n", []string{"", ""}},
		{"\r\n", []string{""}},
		{" \n\t", []string{" ", "\t"}},
		{"a\u0085b\u2028c\u2029d\fe\vf\n", []string{"a\u0085b\u2028c\u2029d\fe\vf"}},
		{"\ufeffa\nb", []string{"a", "b"}},
		{"\ufeff\n\ufeffa", []string{"", "\ufeffa"}},
		{"\ufeff\ufeffa", []string{"\ufeffa"}},
		{"\n\ufeffa", []string{"", "\ufeffa"}},
		{"\xef\xbba", []string{"\xef\xbba"}},
		{long + "\r\n" + long + "\na\r" + long, []string{long, long, "a", long}},
	} {
		for how, stream := range chunkings(test.stream) {
			got, err := lines(protocol.NewReader(stream, nil))
			if diff := cmp.Diff(test.want, got); diff != "" || !errors.Is(err, io.EOF) {
				t.Errorf("%.40q %s: %v (-want +got):\n%s", test.stream, how, err, diff)
			}
		}
	}
}

func TestReadKeepsByteOrderMarkWhenStrict(t *testing.T) {
	got, _ := lines(protocol.NewReader(strings.NewReader("\ufeffa"), &protocol.ReaderOptions{Strict: true}))
	if diff := cmp.Diff([]string{"\ufeffa"}, got); diff != "" {
		t.Error(diff)
	}
}

// A carriage return ends a line at once: whether a line feed follows shows only when the peer writes again.
func TestLineDoesNotWaitAfterCarriageReturn(t *testing.T) {
	r, w := io.Pipe()
	reader := protocol.NewReader(r, nil)
	go func() { _, _ = w.Write([]byte("a\r")) }()
	if line, err := reader.Line(); string(line) != "a" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	go func() { _, _ = w.Write([]byte("\nb\n")) }()
	if line, err := reader.Line(); string(line) != "b" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
}

// The lines that were returned stay as they are when reading goes on.
func TestLinesAreTheCallers(t *testing.T) {
	r := protocol.NewReader(strings.NewReader("first\nsecond\n"), nil)
	first, _ := r.Line()
	_ = append(first, "XXXXXX"...)
	second, _ := r.Line()
	if string(first) != "first" || string(second) != "second" {
		t.Errorf("%q, %q", first, second)
	}
}

func TestLineLimit(t *testing.T) {
	const limit = 10
	for stream, want := range map[string][]string{
		"0123456789\nb\n":     {"0123456789", "b"},
		"0123456789\r\nb":     {"0123456789", "b"},
		"0123456789":          {"0123456789"},
		"a\n01234567890\nb\n": {"a"},
		"a\n01234567890":      {"a"},
	} {
		for how, r := range chunkings(stream) {
			reader := protocol.NewReader(r, &protocol.ReaderOptions{MaxLine: limit})
			got, err := lines(reader)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", stream, how, diff)
			}
			tooLong, ok := errors.AsType[*protocol.LineTooLongError](err)
			if ok != (len(want) == 1 && want[0] == "a") || ok && (tooLong.Limit != limit || tooLong.Error() != "line longer than 10 bytes") {
				t.Errorf("%q %s: %v", stream, how, err)
			}
			if _, again := reader.Line(); !errors.Is(again, err) {
				t.Errorf("%q %s: then %v", stream, how, again)
			}
		}
	}
}

// endless is a line without end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte{'x'}, len(p))), nil
}

func TestMemoryOfEndlessLine(t *testing.T) {
	const limit = 4 << 20
	stream := &endless{}
	r := protocol.NewReader(stream, &protocol.ReaderOptions{MaxLine: limit})
	allocated := allocatedBy(func() {
		if _, err := r.Line(); err == nil {
			t.Error("an endless line ended")
		}
	})
	if stream.read > limit+8192 {
		t.Errorf("%d bytes were read for a limit of %d", stream.read, limit)
	}
	// The stream itself allocates a byte for each that is read. The rest are buffers: one at the limit, one that may be
	// nearly as large before it, and their smaller forerunners. Only two of them live at a time.
	if own := allocated - uint64(stream.read); own > 3*limit+limit/8 {
		t.Errorf("%d bytes were allocated for a limit of %d", own, limit)
	}
}

// A large limit costs nothing by itself.
func TestMemoryOfShortLines(t *testing.T) {
	stream := strings.NewReader(strings.Repeat("0123456789\n", 10_000))
	r := protocol.NewReader(stream, &protocol.ReaderOptions{MaxLine: 1 << 40})
	if allocated := allocatedBy(func() { _, _ = lines(r) }); allocated > 2<<20 {
		t.Errorf("%d bytes were allocated for short lines", allocated)
	}
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

const closeLine = `{"RequestId":"c0","Type":"Request","Method":"Close"}`

// results reads to the end and tells what every Read gave.
func results(r *protocol.Reader) (all []string) {
	for {
		m, err := r.Read()
		_, isLineError := errors.AsType[*protocol.LineError](err)
		switch {
		case err == nil:
			all = append(all, m.Method.String())
		case isLineError:
			all = append(all, "LineError")
		default:
			return append(all, err.Error())
		}
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ stream, lenient, strict string }{
		{"", "EOF", "EOF"},
		{closeLine + "\n", "Close EOF", "Close EOF"},
		{closeLine + "\r\n" + closeLine, "Close Close EOF", "Close Close EOF"},
		{"\n\r\n" + closeLine + "\n\n", "Close EOF", "Close EOF"},
		{" \t\n" + closeLine + "\n \n", "Close EOF", "LineError Close LineError EOF"},
		{"null\n " + closeLine, "Close EOF", "LineError LineError EOF"},
		{"\ufeff" + closeLine, "Close EOF", "LineError EOF"},
		{closeLine + "\n\ufeff" + closeLine + "\n", "Close LineError EOF", "Close LineError EOF"},
		{"hello\n" + closeLine + "\n[]\n" + closeLine, "LineError Close LineError Close EOF", "LineError Close LineError Close EOF"},
		{closeLine + "\n" + closeLine[:20], "Close unexpected EOF", "Close unexpected EOF"},
		{"{", "unexpected EOF", "unexpected EOF"},
		{"{}", "LineError EOF", "LineError EOF"},
		{"hello", "LineError EOF", "LineError EOF"},
		{"  ", "EOF", "LineError EOF"},
		{closeLine[:20] + "\n" + closeLine, "LineError Close EOF", "LineError Close EOF"},
	} {
		for how, r := range chunkings(test.stream) {
			if got := strings.Join(results(protocol.NewReader(r, nil)), " "); got != test.lenient {
				t.Errorf("%q %s: %s, want %s", test.stream, how, got, test.lenient)
			}
		}
		strict := protocol.NewReader(strings.NewReader(test.stream), &protocol.ReaderOptions{Strict: true})
		if got := strings.Join(results(strict), " "); got != test.strict {
			t.Errorf("%q strictly: %s, want %s", test.stream, got, test.strict)
		}
	}
}

func TestReadGivesTheStreamsError(t *testing.T) {
	broken := errors.New("pipe broken")
	r := protocol.NewReader(io.MultiReader(strings.NewReader(closeLine+"\n{"), iotest.ErrReader(broken)), nil)
	if _, err := r.Read(); err != nil {
		t.Error(err)
	}
	for range 2 {
		if _, err := r.Read(); !errors.Is(err, broken) {
			t.Errorf("%v, want %v", err, broken)
		}
	}
}

// A plain text is quoted, so that whoever printed it can be found; a message, or a piece of one, never is.
func TestLineErrorQuotesTextOnly(t *testing.T) {
	for line, want := range map[string]string{
		"Starting up...":                    `not a protocol message: "Starting up..." (a line of 14 bytes)`,
		"\x1b[32mok\x1b[0m":                 `not a protocol message: "\x1b[32mok\x1b[0m" (a line of 11 bytes)`,
		"[1,2]":                             `not a protocol message: "[1,2]" (a line of 5 bytes)`,
		strings.Repeat("é", 100):            `not a protocol message: "` + strings.Repeat("é", 80) + `" (a line of 200 bytes)`,
		`done {"Password":"s3cret"}`:        `not a protocol message: "done" (a line of 26 bytes)`,
		`{"Password":"s3cret"`:              `not a protocol message: no valid JSON (a line of 20 bytes)`,
		` {"Password":"s3cret"}`:            `not a protocol message: invalid message: RequestId is missing (a line of 22 bytes)`,
		`  "Password": "s3cret",`:           `not a protocol message: no valid JSON (a line of 23 bytes)`,
		`"s3cret"`:                          `not a protocol message: JSON, but not an object (a line of 8 bytes)`,
		`["s3cret"]`:                        `not a protocol message: "[" (a line of 10 bytes)`,
		closeLine + `{"Password":"s3cret"}`: `not a protocol message: no valid JSON (a line of 73 bytes)`,
	} {
		_, err := protocol.NewReader(strings.NewReader(line+"\n"), nil).Read()
		e, ok := errors.AsType[*protocol.LineError](err)
		if !ok || e.Error() != want || !errors.Is(err, protocol.ErrNotMessage) || string(e.Line) != line {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
		if strings.Contains(fmt.Sprintf("%v %s %q", err, err, err), "s3cret") {
			t.Errorf("a secret shows: %v", err)
		}
	}
}

// An error about a value never quotes what may be a secret in the wrong place.
func TestErrorsHideSecrets(t *testing.T) {
	for _, payload := range []string{
		`{"Password":["s3cret"],"ResponseCode":"Success"}`,
		`{"Password":{"a":"s3cret"},"ResponseCode":"Success"}`,
		`{"AuthenticationTypes":"s3cret","ResponseCode":"Success"}`,
		`{"Password":"s3cret","ResponseCode":{"a":"s3cret"}}`,
		`{"Password":"s3cret","ResponseCode":["s3cret"]}`,
		`{"Password":"s3cret"}`,
		`["s3cret"]`,
		`"s3cret"`,
	} {
		_, _, err := read([]byte(`{"RequestId":"a1","Type":"Response","Method":"GetAuthenticationCredentials","Payload":`+payload+`}`), false)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", payload, err)
		}
	}
}
