package trace

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/protocol"
)

const secret = "canary-s3cret"

// conversation is a question for credentials and its answer, as the plugin sees them.
func conversation(t *testing.T) []protocol.Message {
	t.Helper()
	question, err := protocol.NewRequest("a1", &protocol.GetAuthenticationCredentialsRequest{URI: "https://feed.example/v3/index.json"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := protocol.NewResponse("a1", &protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new(secret)})
	if err != nil {
		t.Fatal(err)
	}
	return []protocol.Message{question, answer}
}

func TestRecordingHasNoPassword(t *testing.T) {
	name := filepath.Join(t.TempDir(), "recording.jsonl")
	file, err := OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	recorder := NewRecorder(file, protocol.Plugin)
	at := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	for i, m := range conversation(t) {
		if err := recorder.Record(at.Add(time.Duration(i)*time.Second), i == 1, m, ""); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(content), secret) {
		t.Errorf("the recording has the password:\n%s", content)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the recording has mode %v, %v", info.Mode(), err)
	}

	records, err := Read(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var drawn strings.Builder
	if err := NewText(&drawn).Records(records); err != nil {
		t.Fatal(err)
	}
	want := `   0.0 ms  client → plugin  Request  GetAuthenticationCredentials {"Uri":"https://feed.example/v3/index.json","IsRetry":false,"IsNonInteractive":false,"CanShowDialog":false}
1000.0 ms  client ← plugin  Response GetAuthenticationCredentials {"Username":"ann","Password":"***","ResponseCode":"Success"}  (1000.0 ms)
`
	if diff := cmp.Diff(want, drawn.String()); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

func TestReadNamesBadLine(t *testing.T) {
	_, err := Read(strings.NewReader("{}\nnothing\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "line 2 of the recording: ") {
		t.Errorf("got %v", err)
	}
}

// A service index may have megabytes; a drawing shows its beginning.
func TestTextCutsLongPayloads(t *testing.T) {
	m := protocol.Message{RequestID: "a", Type: protocol.TypeRequest, Method: protocol.MethodGetServiceIndex, Payload: protocol.JSON(`{"x":"` + strings.Repeat("y", 1000) + `"}`)}
	var drawn strings.Builder
	NewText(&drawn).Message(time.Time{}, protocol.Client, m)
	if got := drawn.String(); len(got) > 400 || !strings.HasSuffix(got, "… (1008 bytes)\n") {
		t.Errorf("got %q", got)
	}
}
