package protocol

import "fmt"

// A Payload is the content of a message: a pointer to one of the XRequest and XResponse types of this package, or to
// [Fault] or [Progress]. The set is closed.
//
// Fields are declared in the order in which they go over the wire, and the wire tag holds the name that they have there.
// A field is required unless its comment says optional or names a condition; a required string or list of strings must
// not be empty. Optional strings are pointers, because the C# side tells an empty string, which it writes, from none,
// which it leaves out; nil lists differ from empty ones for the same reason.
type Payload interface {
	kind() (Method, MessageType)
}

// A Request is the payload of a request. There is none for [MethodClose], a request without a payload: see [NewClose].
type Request interface {
	Payload
	// Method is the method that the request belongs to.
	Method() Method
	request()
}

// A Response is the payload of a response.
type Response interface {
	Payload
	response()
}

// ruled is implemented by payloads whose rules a field's type alone does not express.
type ruled interface {
	// rule returns the field and what is wrong with it, or two empty strings.
	rule() (field, problem string)
}

// FieldError says that a message breaks a rule of the protocol, whether it was read or was about to be written.
type FieldError struct {
	Method Method
	Type   MessageType
	Field  string // a property of the payload, or "Payload", "RequestId", "Type", "Method" for the envelope
	// Problem completes the sentence "Field …". It quotes no value that might be a secret.
	Problem string
}

func (e *FieldError) Error() string {
	if e.Method == MethodNone && e.Type != TypeFault {
		return fmt.Sprintf("invalid message: %s %s", e.Field, e.Problem)
	}
	return fmt.Sprintf("invalid %s message for %s: %s %s", e.Type, e.Method, e.Field, e.Problem)
}

// Fault says that something failed for which the protocol has no other words. A C# peer that receives one gives the
// whole connection up, whatever the fault belongs to; NuGet then ends the restore with "a task was canceled". So an
// ordinary failure is answered with [CodeError] or [CodeNotFound], never with a Fault.
type Fault struct {
	Message string `wire:"Message,required"`
}

// Progress says that the responder is still at work; its arrival restarts the requester's time-out (except for a
// handshake) and NuGet's idle timer, and that is all. A Progress after the response ends the connection with a C# peer.
type Progress struct {
	// Percentage is a fraction from 0 to 1, optional, and shown to nobody.
	Percentage *float64 `wire:"Percentage"`
}

func (p *Progress) rule() (field, problem string) {
	if p.Percentage != nil && !(*p.Percentage >= 0 && *p.Percentage <= 1) { // the negation catches NaN
		return "Percentage", "is not a number from 0 to 1"
	}
	return "", ""
}

func (*Fault) kind() (Method, MessageType)    { return MethodNone, TypeFault }
func (*Progress) kind() (Method, MessageType) { return MethodNone, TypeProgress }

// newPayload returns an empty payload for a message, or nil where the protocol has none.
func newPayload(m Method, t MessageType) Payload {
	switch t {
	case TypeFault:
		return new(Fault)
	case TypeProgress:
		return new(Progress)
	case TypeRequest:
		return newRequest(m)
	case TypeResponse:
		return newResponse(m)
	}
	return nil
}

// ResponseFor returns an empty response of the type that answers the request.
func ResponseFor(r Request) Response {
	response, _ := newResponse(r.Method()).(Response)
	return response
}

func newRequest(m Method) Payload {
	switch m {
	case MethodHandshake:
		return new(HandshakeRequest)
	case MethodMonitorNuGetProcessExit:
		return new(MonitorNuGetProcessExitRequest)
	case MethodInitialize:
		return new(InitializeRequest)
	case MethodGetOperationClaims:
		return new(GetOperationClaimsRequest)
	case MethodSetLogLevel:
		return new(SetLogLevelRequest)
	case MethodLog:
		return new(LogRequest)
	case MethodSetCredentials:
		return new(SetCredentialsRequest)
	case MethodGetAuthenticationCredentials:
		return new(GetAuthenticationCredentialsRequest)
	case MethodGetCredentials:
		return new(GetCredentialsRequest)
	case MethodGetServiceIndex:
		return new(GetServiceIndexRequest)
	case MethodGetPackageVersions:
		return new(GetPackageVersionsRequest)
	case MethodPrefetchPackage:
		return new(PrefetchPackageRequest)
	case MethodGetFilesInPackage:
		return new(GetFilesInPackageRequest)
	case MethodCopyFilesInPackage:
		return new(CopyFilesInPackageRequest)
	case MethodCopyNupkgFile:
		return new(CopyNupkgFileRequest)
	case MethodGetPackageHash:
		return new(GetPackageHashRequest)
	}
	return nil
}

func newResponse(m Method) Payload {
	switch m {
	case MethodHandshake:
		return new(HandshakeResponse)
	case MethodMonitorNuGetProcessExit:
		return new(MonitorNuGetProcessExitResponse)
	case MethodInitialize:
		return new(InitializeResponse)
	case MethodGetOperationClaims:
		return new(GetOperationClaimsResponse)
	case MethodSetLogLevel:
		return new(SetLogLevelResponse)
	case MethodLog:
		return new(LogResponse)
	case MethodSetCredentials:
		return new(SetCredentialsResponse)
	case MethodGetAuthenticationCredentials:
		return new(GetAuthenticationCredentialsResponse)
	case MethodGetCredentials:
		return new(GetCredentialsResponse)
	case MethodGetServiceIndex:
		return new(GetServiceIndexResponse)
	case MethodGetPackageVersions:
		return new(GetPackageVersionsResponse)
	case MethodPrefetchPackage:
		return new(PrefetchPackageResponse)
	case MethodGetFilesInPackage:
		return new(GetFilesInPackageResponse)
	case MethodCopyFilesInPackage:
		return new(CopyFilesInPackageResponse)
	case MethodCopyNupkgFile:
		return new(CopyNupkgFileResponse)
	case MethodGetPackageHash:
		return new(GetPackageHashResponse)
	}
	return nil
}
