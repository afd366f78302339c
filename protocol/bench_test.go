package protocol_test

import (
	"testing"

	"github.com/nuplug/nuplug/protocol"
)

// One request for credentials, from the line to the line: what a plugin and a client do for every message.
func BenchmarkRequest(b *testing.B) {
	line := []byte(`{"RequestId":"ae783153-5a2e-455b-975c-28d928981e66","Type":"Request","Method":"GetAuthenticationCredentials",` +
		`"Payload":{"Uri":"https://feed.example/v3/index.json","IsRetry":false,"IsNonInteractive":true,"CanShowDialog":true}}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		m, err := protocol.Decode(line)
		if err != nil {
			b.Fatal(err)
		}
		p, err := m.DecodePayload()
		if err != nil {
			b.Fatal(err)
		}
		m.Payload, err = protocol.EncodePayload(p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}
