package protocol

// Side is one end of a conversation.
type Side int

const (
	Client Side = iota // NuGet
	Plugin             // the child process
)

func (s Side) String() string {
	if s == Plugin {
		return "plugin"
	}
	return "client"
}

// Other is the opposite end.
func (s Side) Other() Side { return 1 - s }

// MaySend says whether the side may send requests with the method: both send Handshake, the plugin sends Log,
// GetCredentials and GetServiceIndex, the client everything else. Nobody sends None.
func (s Side) MaySend(m Method) bool {
	switch m {
	case MethodNone:
		return false
	case MethodHandshake:
		return true
	case MethodLog, MethodGetCredentials, MethodGetServiceIndex:
		return s == Plugin
	}
	return s == Client && m > MethodNone && int(m) < len(methodNames)
}

// Since is the version of the protocol in which the method came.
func (m Method) Since() Version {
	if m == MethodGetAuthenticationCredentials {
		return version2
	}
	return version1
}

// CheckVersion says whether a request may be sent after v was negotiated. In protocol 1.0.0 there are no authentication
// credentials, and the question for claims must name its source with the service index.
func CheckVersion(r Request, v Version) error {
	m, t := r.kind()
	if v.Compare(version1) > 0 {
		return nil
	}
	if m.Since().Compare(v) > 0 {
		return &FieldError{Method: m, Type: t, Field: "Method", Problem: "needs protocol " + m.Since().String() + ", and " + v.String() + " was negotiated"}
	}
	if r, ok := r.(*GetOperationClaimsRequest); ok && (r.PackageSourceRepository == nil || r.ServiceIndex == nil) {
		return &FieldError{Method: m, Type: t, Field: "PackageSourceRepository", Problem: "and ServiceIndex may not be absent in protocol " + v.String()}
	}
	return nil
}
