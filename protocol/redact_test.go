package protocol_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nuplug/nuplug/protocol"
)

// No password of any payload shows, and all else does.
func TestRedactHidesPasswordsOnly(t *testing.T) {
	for _, p := range payloads() {
		m, err := message(p)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("pr0xy-s3cret", protocol.Redacted, "s3cret", protocol.Redacted).Replace(string(m.Payload))
		if got := string(protocol.Redact(m).Payload); got != want {
			t.Errorf("%T:\n got %s\nwant %s", p, got, want)
		}
	}
}

func TestRedactHidesWhatItCannotRead(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{`{"RequestId":"a","Type":"Response","Method":"GetAuthenticationCredentials","Payload":{"Password":"s3cret","ResponseCode":"Maybe"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Response","Method":"GetCredentials","Payload":{"Password":["s3cret"],"ResponseCode":"Success"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Request","Method":"SetCredentials","Payload":{"Password":"s3cret"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Response","Method":"GetCredentials","Payload":{"passWORD":"s3cret","Pass":"s3cret","ResponseCode":0}}`,
			`{"Password":"***","ResponseCode":"Success"}`},
		{`{"RequestId":"a","Type":"Response","Method":"Log","Payload":{"Password":"s3cret","ResponseCode":"Success"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Response","Method":"None","Payload":{"pass\u0077ord":"s3cret","ResponseCode":"Success"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Cancel","Method":"SetCredentials","Payload":{"ProxyPassword":"s3cret"}}`,
			`{"redacted":"***"}`},
		{`{"RequestId":"a","Type":"Response","Method":"Initialize","Payload":{"ResponseCode":"Maybe","Extra":1}}`,
			`{"ResponseCode":"Maybe","Extra":1}`},
		{`{"RequestId":"a","Type":"Response","Method":"GetCredentials"}`, ``},
		{`{"RequestId":"a","Type":"Response","Method":"GetCredentials","Payload":{"Password":"","ResponseCode":"Success"}}`,
			`{"Password":"","ResponseCode":"Success"}`},
	} {
		m, err := protocol.Decode([]byte(test.line))
		if err != nil {
			t.Fatal(err)
		}
		before := bytes.Clone(m.Payload)
		if got := protocol.Redact(m).Payload; string(got) != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.line, got, test.want)
		}
		if !bytes.Equal(m.Payload, before) {
			t.Errorf("%s: the message itself was changed", test.line)
		}
	}
}

func TestRedactHidesBrokenJSON(t *testing.T) {
	for _, method := range []protocol.Method{protocol.MethodLog, protocol.MethodGetCredentials} {
		for _, payload := range []string{`{"Password":"s3cret"`, `"s3cret"`, ``} {
			m := protocol.Message{RequestID: "a", Type: protocol.TypeResponse, Method: method, Payload: protocol.JSON(payload)}
			if got := string(protocol.Redact(m).Payload); got != `{"redacted":"***"}` {
				t.Errorf("%s %s: %s", method, payload, got)
			}
		}
	}
}

// Addresses may hold a user name and a password, or a token in the query.
func TestRedactAddresses(t *testing.T) {
	for before, after := range map[string]string{
		"https://ann:" + "pw" + "@feed.example/v3/index.json?sig=tok": "https://***@feed.example/v3/index.json?***",
		"https://feed.example/a@b/c":                                  "https://feed.example/a@b/c",
		"https://x@y@feed.example":                                    "https://***@feed.example",
		"no address":                                                  "no address",
	} {
		m, err := protocol.NewRequest("a", &protocol.GetAuthenticationCredentialsRequest{URI: before})
		if err != nil {
			t.Fatal(err)
		}
		p, err := protocol.Redact(m).DecodePayload()
		if err != nil {
			t.Fatal(err)
		}
		if got := p.(*protocol.GetAuthenticationCredentialsRequest).URI; got != after {
			t.Errorf("%s: %s, want %s", before, got, after)
		}
	}
}
