package protocol_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/conformance/vectors"
	"github.com/nuplug/nuplug/protocol"
)

// chunks is a stream that arrives in pieces of the given sizes, again and again.
type chunks struct {
	rest  []byte
	sizes []byte
	next  int
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := len(c.rest)
	if len(c.sizes) > 0 {
		n = min(n, 1+int(c.sizes[c.next%len(c.sizes)]))
		c.next++
	}
	n = copy(p, c.rest[:n])
	c.rest = c.rest[n:]
	return n, nil
}

// splitLines is what a Reader does, for a stream that is there as a whole.
func splitLines(stream string, limit int) (lines []string, tooLong bool) {
	stream = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream)
	for line := range strings.Lines(stream) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > limit {
			return lines, true
		}
		if len(lines) == 0 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		lines = append(lines, line)
	}
	return lines, false
}

// However the bytes arrive, the lines are the same, and no more than the limit and one read is kept.
func FuzzReader(f *testing.F) {
	for _, stream := range []string{"", "a\nb\r\nc\rd", "\ufeffa\n\n", "\r\r\n\n\r", closeLine + "\n" + closeLine, strings.Repeat("x", 9000) + "\r\ny"} {
		f.Add([]byte(stream), []byte{0}, uint16(100))
		f.Add([]byte(stream), []byte{}, uint16(10_000))
		f.Add([]byte(stream), []byte{2, 0, 200}, uint16(8999))
	}
	f.Fuzz(func(t *testing.T, stream, sizes []byte, limit uint16) {
		options := &protocol.ReaderOptions{MaxLine: 1 + int(limit)}
		want, tooLong := splitLines(string(stream), options.MaxLine)
		got, err := lines(protocol.NewReader(&chunks{rest: stream, sizes: sizes}, options))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("lines %q, want %q", got, want)
		}
		if _, ok := errors.AsType[*protocol.LineTooLongError](err); ok != tooLong || !ok && !errors.Is(err, io.EOF) {
			t.Fatalf("%v, too long: %t", err, tooLong)
		}
		results(protocol.NewReader(&chunks{rest: stream, sizes: sizes}, options)) // ends, and does not panic
	})
}

// What is read can be written, and is then read as the same; a strict reader takes nothing that a lenient one refuses.
func FuzzMessage(f *testing.F) {
	for c := range vectors.All() {
		f.Add(c.Bytes())
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := protocol.Decode(line)
		strict, strictErr := protocol.DecodeStrict(line)
		switch {
		case err != nil && !errors.Is(err, protocol.ErrNotMessage):
			t.Fatalf("%v does not match ErrNotMessage", err)
		case err != nil && strictErr == nil:
			t.Fatalf("only a strict reader takes it: %v", err)
		case err != nil:
			return
		case strictErr == nil && !sameMessage(m, strict):
			t.Fatalf("%+v, but strictly %+v", m, strict)
		}
		encoded, err := m.Encode()
		if bytes.ContainsAny(m.Payload, "\r\n") {
			if e, ok := errors.AsType[*protocol.FieldError](err); !ok || e.Field != "Payload" {
				t.Fatalf("a payload of several lines is written: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.IndexAny(encoded, "\r\n"); i != len(encoded)-1 {
			t.Fatalf("a line end within %q", encoded)
		}
		again, err := protocol.Decode(encoded)
		if err != nil || !sameMessage(m, again) {
			t.Fatalf("%+v came back as %+v, %v", m, again, err)
		}
		if shown, err := protocol.Redact(m).Encode(); err != nil {
			t.Fatalf("redacted: %s, %v", shown, err)
		}
	})
}

func sameMessage(a, b protocol.Message) bool {
	return a.RequestID == b.RequestID && a.Type == b.Type && a.Method == b.Method && bytes.Equal(a.Payload, b.Payload)
}

// A payload that is read can be written, or the error names the field; and it is then read as the same. Without rules
// broken, a strict reader takes what we write.
func FuzzPayload(f *testing.F) {
	for c := range vectors.All() {
		if m, err := protocol.Decode(c.Bytes()); err == nil {
			f.Add(byte(m.Method), byte(m.Type), []byte(m.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, method, messageType byte, payload []byte) {
		m := protocol.Message{RequestID: "a", Type: protocol.MessageType(messageType % 5), Method: protocol.Method(method % 18), Payload: payload}
		p, err := m.DecodePayload()
		checkRedacted(t, m)
		if err != nil {
			if _, ok := errors.AsType[*protocol.FieldError](err); !ok {
				t.Fatalf("%v names no field", err)
			}
			return
		}
		if p == nil {
			return
		}
		m.Payload, err = protocol.EncodePayload(p)
		if err != nil { // only where an embedded object nests too deep: the limit is that of a line, which this is not
			if e, ok := errors.AsType[*protocol.FieldError](err); !ok || e.Field != "ServiceIndex" {
				t.Fatal(err)
			}
			return
		}
		line, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		strict, err := protocol.DecodeStrict(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		again, err := strict.DecodePayload()
		if err != nil {
			t.Fatal(err)
		}
		if encoded, err := protocol.EncodePayload(again); err != nil || !bytes.Equal(encoded, m.Payload) {
			t.Fatalf("%s came back as %s, %v", m.Payload, encoded, err)
		}
	})
}

// checkRedacted finds no password in the redacted message.
func checkRedacted(t *testing.T, m protocol.Message) {
	t.Helper()
	p, _ := protocol.Redact(m).DecodePayload()
	var passwords []*string
	switch p := p.(type) {
	case *protocol.SetCredentialsRequest:
		passwords = []*string{p.Password, p.ProxyPassword}
	case *protocol.GetAuthenticationCredentialsResponse:
		passwords = []*string{p.Password}
	case *protocol.GetCredentialsResponse:
		passwords = []*string{p.Password}
	}
	for _, password := range passwords {
		if password != nil && *password != "" && *password != protocol.Redacted {
			t.Fatalf("the password %q shows", *password)
		}
	}
}
