package protocol_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nuplug/nuplug/protocol"
)

func ExampleDecode() {
	line := `{"RequestId":"g1","Type":"Request","Method":"GetAuthenticationCredentials",` +
		`"Payload":{"Uri":"https://feed.example/v3/index.json","IsRetry":false,"IsNonInteractive":true,"CanShowDialog":false}}`

	m, err := protocol.Decode([]byte(line))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := m.DecodePayload()
	if err != nil {
		fmt.Println(err)
		return
	}
	switch p := p.(type) {
	case *protocol.GetAuthenticationCredentialsRequest:
		fmt.Println(m.RequestID, "asks for", p.URI)
	default:
		fmt.Println("something else:", m.Method)
	}
	// Output: g1 asks for https://feed.example/v3/index.json
}

func ExampleMessage_Encode() {
	answer, err := protocol.NewResponse("g1", &protocol.GetAuthenticationCredentialsResponse{
		Username:            new("ann"),
		Password:            new("s3cret"),
		AuthenticationTypes: []string{"basic"},
		ResponseCode:        protocol.CodeSuccess,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	line, err := answer.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = os.Stdout.Write(line) // one Write a message
	// Output: {"RequestId":"g1","Type":"Response","Method":"GetAuthenticationCredentials","Payload":{"Username":"ann","Password":"s3cret","AuthenticationTypes":["basic"],"ResponseCode":"Success"}}
}

// What a C# peer would refuse is not written; the error names the field.
func ExampleFieldError() {
	_, err := protocol.NewResponse("f2", &protocol.GetFilesInPackageResponse{ResponseCode: protocol.CodeSuccess})

	fmt.Println(err)
	if e, ok := errors.AsType[*protocol.FieldError](err); ok {
		fmt.Println(e.Field)
	}
	// Output:
	// invalid Response message for GetFilesInPackage: Files is empty in a Success
	// Files
}

func ExampleReader() {
	stdout := strings.NewReader(`{"RequestId":"a1","Type":"Progress","Method":"PrefetchPackage","Payload":{}}` + "\r\n\n" +
		"Downloading...\n" +
		`{"RequestId":"a1","Type":"Response","Method":"PrefetchPackage","Payload":{"ResponseCode":"Success"}}` + "\n")

	r := protocol.NewReader(stdout, nil)
	for {
		m, err := r.Read()
		if _, ok := errors.AsType[*protocol.LineError](err); ok {
			fmt.Println(err)
			continue // the next line may be a message
		}
		if err != nil { // io.EOF is the normal end
			break
		}
		fmt.Println(m.Type, m.Method)
	}
	// Output:
	// Progress PrefetchPackage
	// not a protocol message: "Downloading..." (a line of 14 bytes)
	// Response PrefetchPackage
}

func ExampleRedact() {
	m, err := protocol.NewRequest("k1", &protocol.SetCredentialsRequest{
		PackageSourceRepository: "https://feed.example/v3/index.json",
		Username:                new("ann"),
		Password:                new("s3cret"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(protocol.Redact(m).Payload))
	// Output: {"PackageSourceRepository":"https://feed.example/v3/index.json","Password":"***","Username":"ann"}
}
