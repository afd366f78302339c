package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/conformance/vectors"
	"github.com/nuplug/nuplug/protocol"
)

// Every vector, read leniently and strictly, and written again.
func TestVectors(t *testing.T) {
	for c, err := range vectors.All() {
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.Name, func(t *testing.T) {
			m, p, err := read(c.Bytes(), false)
			if got := outcome(err); got != c.Read.Outcome() {
				t.Fatalf("%s: %v, want %s", got, err, c.Read.Outcome())
			}
			if err == nil {
				checkValue(t, c, m, p)
				checkEncoding(t, c, m, p)
				checkSender(t, c, m)
			} else if want := c.Read.Error; want != nil {
				checkError(t, want, err)
			}
			if _, _, err := read(c.Bytes(), true); outcome(err) != c.Strict {
				t.Errorf("strictly %s: %v, want %s", outcome(err), err, c.Strict)
			}
		})
	}
}

// Every kind of message is among the vectors, so that its properties and their order are.
func TestVectorsAreComplete(t *testing.T) {
	missing := map[string]bool{}
	for _, p := range payloads() {
		missing[fmt.Sprintf("%T", p)] = true
	}
	for c := range vectors.All() {
		if _, p, err := read(c.Bytes(), false); err == nil && p != nil && c.Read.Outcome() == vectors.OK {
			delete(missing, fmt.Sprintf("%T", p))
		}
	}
	if len(missing) > 0 {
		t.Errorf("no vector for %v", missing)
	}
}

// read reads the line as the first one of a stream. io.EOF is an ignored line.
func read(line []byte, strict bool) (protocol.Message, protocol.Payload, error) {
	r := protocol.NewReader(bytes.NewReader(append(bytes.Clone(line), '\n')), &protocol.ReaderOptions{Strict: strict})
	m, err := r.Read()
	if err != nil {
		return m, nil, err
	}
	p, err := m.DecodePayload()
	return m, p, err
}

func outcome(err error) vectors.Outcome {
	switch {
	case err == nil:
		return vectors.OK
	case errors.Is(err, io.EOF):
		return vectors.Ignored
	}
	return vectors.Error
}

func checkValue(t *testing.T, c vectors.Case, m protocol.Message, p protocol.Payload) {
	t.Helper()
	var want any
	if err := json.Unmarshal(c.Read.OK, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, any(plainMessage(t, m, p))); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

func checkEncoding(t *testing.T, c vectors.Case, m protocol.Message, p protocol.Payload) {
	t.Helper()
	if p != nil {
		payload, err := protocol.EncodePayload(p)
		if err != nil {
			t.Fatal(err)
		}
		m.Payload = payload
	}
	line, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*c.Encode+"\n", string(line)); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	if _, _, err := read(line[:len(line)-1], true); err != nil {
		t.Errorf("a strict reader refuses what we wrote: %v", err)
	}
}

func checkError(t *testing.T, want *vectors.Problem, err error) {
	t.Helper()
	field := ""
	if e, ok := errors.AsType[*protocol.FieldError](err); ok {
		field = e.Field
	}
	if field != want.Field {
		t.Errorf("field %q, want %q: %v", field, want.Field, err)
	}
	line, isLineError := errors.AsType[*protocol.LineError](err)
	if isLineError {
		err = line.Err // the reason, before the line is quoted
	}
	if isLineError != errors.Is(err, protocol.ErrNotMessage) {
		t.Errorf("%T that matches ErrNotMessage: %t", err, errors.Is(err, protocol.ErrNotMessage))
	}
	if !strings.Contains(err.Error(), want.Problem) {
		t.Errorf("%v, want %q in it", err, want.Problem)
	}
}

// checkSender holds the vectors to the table of who sends which request.
func checkSender(t *testing.T, c vectors.Case, m protocol.Message) {
	t.Helper()
	sides := map[string]protocol.Side{"client": protocol.Client, "plugin": protocol.Plugin}
	if m.Type == protocol.TypeRequest && m.Method != protocol.MethodNone && !sides[c.From].MaySend(m.Method) {
		t.Errorf("a %s may not send %s", c.From, m.Method)
	}
}

// plainMessage gives the message as encoding/json would read it in its exact form, without the writer under test.
func plainMessage(t *testing.T, m protocol.Message, p protocol.Payload) map[string]any {
	t.Helper()
	plain := map[string]any{"RequestId": m.RequestID, "Type": m.Type.String(), "Method": m.Method.String()}
	if p != nil {
		properties := map[string]any{}
		v := reflect.ValueOf(p).Elem()
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("wire"), ",")
			if value := plainValue(t, v.Field(i)); value != nil {
				properties[name] = value
			}
		}
		plain["Payload"] = properties
	}
	return plain
}

func plainValue(t *testing.T, v reflect.Value) any {
	t.Helper()
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil() {
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case protocol.JSON:
		var object any
		if err := json.Unmarshal(x, &object); err != nil {
			t.Fatal(err)
		}
		return object
	case time.Duration:
		return protocol.FormatTimeSpan(x)
	case fmt.Stringer:
		return x.String()
	case int32:
		return float64(x)
	}
	if v.Kind() != reflect.Slice {
		return v.Interface()
	}
	list := []any{}
	for i := range v.Len() {
		list = append(list, plainValue(t, v.Index(i)))
	}
	return list
}
