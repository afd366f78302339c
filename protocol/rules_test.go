package protocol_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nuplug/nuplug/protocol"
)

// What a C# payload constructor refuses is refused when writing, with the name of the field. That it is refused when
// reading too, the vectors show.
func TestRulesWhenWriting(t *testing.T) {
	const success, failure, undefined = protocol.CodeSuccess, protocol.CodeError, protocol.ResponseCode(3)
	v1, v2 := protocol.MinimumVersion(), protocol.CurrentVersion()
	for _, test := range []struct {
		payload        protocol.Payload
		field, problem string
	}{
		{&protocol.HandshakeRequest{ProtocolVersion: v1, MinimumProtocolVersion: v2}, "MinimumProtocolVersion", "exceeds"},
		{&protocol.HandshakeRequest{ProtocolVersion: protocol.Version{Major: -1}}, "ProtocolVersion", "not a semantic version"},
		{&protocol.HandshakeRequest{ProtocolVersion: protocol.Version{Major: 2, Prerelease: `"`}}, "ProtocolVersion", "not a semantic version"},
		{&protocol.HandshakeRequest{ProtocolVersion: protocol.Version{Major: 2, Prerelease: "a+b"}}, "ProtocolVersion", "not a semantic version"},
		{&protocol.HandshakeRequest{ProtocolVersion: protocol.Version{Major: math.MaxInt32 + 1}}, "ProtocolVersion", "not a semantic version"},
		{&protocol.HandshakeResponse{ResponseCode: success}, "ProtocolVersion", "missing"},
		{&protocol.HandshakeResponse{ResponseCode: failure, ProtocolVersion: &v2}, "ProtocolVersion", "no Success"},
		{&protocol.HandshakeResponse{ResponseCode: success, ProtocolVersion: &protocol.Version{Patch: -1}}, "ProtocolVersion", "not a semantic version"},
		{&protocol.InitializeRequest{ClientVersion: "1", Culture: "en"}, "RequestTimeout", "not between"},
		{&protocol.InitializeRequest{ClientVersion: "1", Culture: "en", RequestTimeout: -time.Second}, "RequestTimeout", "not between"},
		{&protocol.InitializeRequest{ClientVersion: "1", Culture: "en", RequestTimeout: 99}, "RequestTimeout", "not between"},
		{&protocol.InitializeRequest{ClientVersion: "1", Culture: "en", RequestTimeout: protocol.MaxTimeout + 1}, "RequestTimeout", "not between"},
		{&protocol.GetOperationClaimsRequest{ServiceIndex: protocol.JSON(`[]`)}, "ServiceIndex", "not a JSON object"},
		{&protocol.GetOperationClaimsRequest{ServiceIndex: protocol.JSON(``)}, "ServiceIndex", "not valid JSON"},
		{&protocol.GetOperationClaimsRequest{ServiceIndex: protocol.JSON(`{"a":1`)}, "ServiceIndex", "not valid JSON"},
		{&protocol.GetOperationClaimsRequest{ServiceIndex: nested(63)}, "ServiceIndex", "nests deeper"},
		{&protocol.GetOperationClaimsResponse{}, "Claims", "missing"},
		{&protocol.GetOperationClaimsResponse{Claims: []protocol.OperationClaim{0, 2}}, "Claims", "not a defined value"},
		{&protocol.SetLogLevelRequest{LogLevel: 6}, "LogLevel", "not a defined value"},
		{&protocol.SetLogLevelRequest{LogLevel: -1}, "LogLevel", "not a defined value"},
		{&protocol.LogRequest{LogLevel: 6, Message: "x"}, "LogLevel", "not a defined value"},
		{&protocol.LogRequest{}, "Message", "empty"},
		{&protocol.GetCredentialsRequest{PackageSourceRepository: "s"}, "StatusCode", "not a defined value"},
		{&protocol.GetCredentialsRequest{PackageSourceRepository: "s", StatusCode: 599}, "StatusCode", "not a defined value"},
		{&protocol.GetServiceIndexResponse{ResponseCode: success}, "ServiceIndex", "missing"},
		{&protocol.GetPackageVersionsResponse{ResponseCode: success}, "Versions", "empty"},
		{&protocol.GetPackageVersionsResponse{ResponseCode: success, Versions: []string{}}, "Versions", "empty"},
		{&protocol.GetFilesInPackageResponse{ResponseCode: success}, "Files", "empty"},
		{&protocol.CopyFilesInPackageResponse{ResponseCode: success}, "CopiedFiles", "empty"},
		{&protocol.GetPackageHashResponse{ResponseCode: success}, "Hash", "empty"},
		{&protocol.GetPackageHashResponse{ResponseCode: success, Hash: new("")}, "Hash", "empty"},
		{&protocol.CopyFilesInPackageRequest{DestinationFolderPath: "/x", FilesInPackage: []string{}, PackageID: "a",
			PackageSourceRepository: "s", PackageVersion: "1"}, "FilesInPackage", "empty"},
		{&protocol.Progress{Percentage: new(-0.1)}, "Percentage", "0 to 1"},
		{&protocol.Progress{Percentage: new(1.1)}, "Percentage", "0 to 1"},
		{&protocol.Progress{Percentage: new(math.NaN())}, "Percentage", "0 to 1"},
		{&protocol.Progress{Percentage: new(math.Inf(1))}, "Percentage", "0 to 1"},
		{&protocol.HandshakeResponse{ResponseCode: undefined}, "ResponseCode", "not a defined value"},
		{&protocol.Fault{}, "Message", "empty"},
	} {
		checkRefused(t, test.payload, test.field, test.problem)
	}
}

// Every required text and list may not be empty, and every code must be defined, in each payload that has one.
func TestRequiredFieldsWhenWriting(t *testing.T) {
	for i, sample := range payloads() {
		v := reflect.ValueOf(sample).Elem()
		for j := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(j).Tag.Get("wire"), ",")
			p := payloads()[i]
			field := reflect.ValueOf(p).Elem().Field(j)
			switch {
			case field.Kind() == reflect.String && options != "":
				field.SetString("")
				checkRefused(t, p, name, "empty")
			case name == "FilesInPackage":
				field.SetZero()
				checkRefused(t, p, name, "empty")
			case name == "ResponseCode":
				field.SetInt(-1)
				checkRefused(t, p, name, "not a defined value")
			}
		}
	}
}

func checkRefused(t *testing.T, p protocol.Payload, field, problem string) {
	t.Helper()
	_, encodeErr := protocol.EncodePayload(p)
	errs := []error{encodeErr}
	if _, isFault := p.(*protocol.Fault); !isFault {
		_, messageErr := message(p)
		errs = append(errs, messageErr)
	}
	for _, err := range errs {
		e, ok := errors.AsType[*protocol.FieldError](err)
		if !ok || e.Field != field || !strings.Contains(e.Problem, problem) {
			t.Errorf("%T%+v: %v, want %s ... %s", p, p, err, field, problem)
		}
	}
}

// The samples themselves break no rule, and every payload survives the way over the wire.
func TestPayloadsRoundTrip(t *testing.T) {
	for _, p := range payloads() {
		m, err := message(p)
		if err != nil {
			t.Fatal(err)
		}
		line, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := read(line[:len(line)-1], true)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %+v, %v", line, got, err)
		}
	}
}

func TestFieldErrorNamesMessageAndField(t *testing.T) {
	_, err := protocol.NewRequest("a1", &protocol.LogRequest{})
	if got, want := fmt.Sprint(err), "invalid Request message for Log: Message is empty"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	_, err = protocol.EncodePayload(&protocol.Fault{})
	if got, want := fmt.Sprint(err), "invalid Fault message for None: Message is empty"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	_, err = protocol.Decode([]byte(`{"Type":"Request","Method":"Close"}`))
	if got, want := fmt.Sprint(err), "not a protocol message: invalid message: RequestId is missing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEncodeRefusesBrokenEnvelopes(t *testing.T) {
	sound := protocol.NewCancel("a1", protocol.MethodLog)
	for _, test := range []struct {
		change func(*protocol.Message)
		field  string
	}{
		{func(m *protocol.Message) { m.RequestID = "" }, "RequestId"},
		{func(m *protocol.Message) { m.Type = -1 }, "Type"},
		{func(m *protocol.Message) { m.Type = 5 }, "Type"},
		{func(m *protocol.Message) { m.Method = -1 }, "Method"},
		{func(m *protocol.Message) { m.Method = 18 }, "Method"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("") }, "Payload"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("[]") }, "Payload"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("{") }, "Payload"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("{}{}") }, "Payload"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("{\n}") }, "Payload"},
		{func(m *protocol.Message) { m.Payload = protocol.JSON("{\r}") }, "Payload"},
	} {
		m := sound
		test.change(&m)
		line, err := m.Encode()
		if e, ok := errors.AsType[*protocol.FieldError](err); !ok || e.Field != test.field {
			t.Errorf("%+v: %q, %v, want an error about %s", m, line, err, test.field)
		}
	}
}

// A message that a program put together itself is not trusted to hold JSON.
func TestDecodePayloadOfBrokenJSON(t *testing.T) {
	for _, payload := range []string{"", "{", `{"Message":"a}`, `{"Message"`, "x"} {
		m := protocol.Message{RequestID: "a1", Type: protocol.TypeRequest, Method: protocol.MethodLog, Payload: protocol.JSON(payload)}
		_, err := m.DecodePayload()
		if e, ok := errors.AsType[*protocol.FieldError](err); !ok || e.Field != "Payload" {
			t.Errorf("%q: %v", payload, err)
		}
	}
}

func TestNewFaultNeverFails(t *testing.T) {
	for text, want := range map[string]string{"": "unknown error", "no": "no", "a\xff": "a\ufffd"} {
		line, err := protocol.NewFault("a1", protocol.MethodLog, text).Encode()
		if err != nil || !strings.HasSuffix(string(line), `"Payload":{"Message":"`+want+"\"}}\n") {
			t.Errorf("%q: %s, %v", text, line, err)
		}
	}
}

// nested is an object of so many levels.
func nested(levels int) protocol.JSON {
	return protocol.JSON(strings.Repeat(`{"a":`, levels-1) + "{}" + strings.Repeat("}", levels-1))
}
