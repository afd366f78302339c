package protocol

import (
	"fmt"
	"strconv"
	"strings"
)

// MessageType says what a message is to the request whose id it carries.
type MessageType int

const (
	TypeCancel   MessageType = iota // from the requester: please stop; from the responder: I stopped
	TypeFault                       // an error that no response describes; see [Fault]
	TypeProgress                    // from the responder: still at work; see [Progress]
	TypeRequest
	TypeResponse
)

// Method names the operation of a message. Everything but a request repeats the method of the request it belongs to;
// receivers do not check that.
type Method int

const (
	MethodNone Method = iota // only in a Fault that belongs to no request
	MethodClose
	MethodCopyFilesInPackage
	MethodCopyNupkgFile
	MethodGetCredentials
	MethodGetFilesInPackage
	MethodGetOperationClaims
	MethodGetPackageHash
	MethodGetPackageVersions
	MethodGetServiceIndex
	MethodHandshake
	MethodInitialize
	MethodLog
	MethodMonitorNuGetProcessExit
	MethodPrefetchPackage
	MethodSetCredentials
	MethodSetLogLevel
	MethodGetAuthenticationCredentials
)

// ResponseCode is the outcome that nearly every response carries. What a client makes of each code differs from method
// to method; the response types say it.
type ResponseCode int

const (
	CodeSuccess ResponseCode = iota
	CodeError
	CodeNotFound
)

// OperationClaim is one thing that a plugin can do.
type OperationClaim int

const (
	// ClaimDownloadPackage is claimed for one source at a time. Clients ask only when a plugin path variable is set.
	ClaimDownloadPackage OperationClaim = iota
	// ClaimAuthentication is claimed for all sources at once, in the answer to the question without a source.
	ClaimAuthentication
)

// LogLevel is the severity of a [LogRequest] and the threshold of a [SetLogLevelRequest], least severe first.
type LogLevel int

const (
	LevelDebug LogLevel = iota
	LevelVerbose
	LevelInformation
	LevelMinimal
	LevelWarning // shown as a warning: fails a build that runs with -warnaserror
	LevelError   // fails a dotnet restore, even one that restored everything
)

// The names on the wire, indexed by value. Tables, never written to.
var (
	typeNames   = []string{"Cancel", "Fault", "Progress", "Request", "Response"}
	methodNames = []string{"None", "Close", "CopyFilesInPackage", "CopyNupkgFile", "GetCredentials", "GetFilesInPackage",
		"GetOperationClaims", "GetPackageHash", "GetPackageVersions", "GetServiceIndex", "Handshake", "Initialize", "Log",
		"MonitorNuGetProcessExit", "PrefetchPackage", "SetCredentials", "SetLogLevel", "GetAuthenticationCredentials"}
	codeNames  = []string{"Success", "Error", "NotFound"}
	claimNames = []string{"DownloadPackage", "Authentication"}
	levelNames = []string{"Debug", "Verbose", "Information", "Minimal", "Warning", "Error"}
)

// enum is implemented by pointers to all enum types, so that the codec treats them alike.
type enum interface {
	names() []string
	value() int
	set(int)
}

func (t *MessageType) names() []string    { return typeNames }
func (t *MessageType) value() int         { return int(*t) }
func (t *MessageType) set(i int)          { *t = MessageType(i) }
func (m *Method) names() []string         { return methodNames }
func (m *Method) value() int              { return int(*m) }
func (m *Method) set(i int)               { *m = Method(i) }
func (c *ResponseCode) names() []string   { return codeNames }
func (c *ResponseCode) value() int        { return int(*c) }
func (c *ResponseCode) set(i int)         { *c = ResponseCode(i) }
func (c *OperationClaim) names() []string { return claimNames }
func (c *OperationClaim) value() int      { return int(*c) }
func (c *OperationClaim) set(i int)       { *c = OperationClaim(i) }
func (l *LogLevel) names() []string       { return levelNames }
func (l *LogLevel) value() int            { return int(*l) }
func (l *LogLevel) set(i int)             { *l = LogLevel(i) }

// String gives the name on the wire, or the number of a value that has none.
func (t MessageType) String() string { return enumText(typeNames, int(t)) }

// String gives the name on the wire, or the number of a value that has none.
func (m Method) String() string { return enumText(methodNames, int(m)) }

// String gives the name on the wire, or the number of a value that has none.
func (c ResponseCode) String() string { return enumText(codeNames, int(c)) }

// String gives the name on the wire, or the number of a value that has none.
func (c OperationClaim) String() string { return enumText(claimNames, int(c)) }

// String gives the name on the wire, or the number of a value that has none.
func (l LogLevel) String() string { return enumText(levelNames, int(l)) }

// ParseLogLevel reads a level: its name in any case, or its number, 0 for [LevelDebug].
func ParseLogLevel(s string) (LogLevel, error) {
	i, ok := parseEnumText(levelNames, s)
	if !ok {
		return 0, fmt.Errorf("unknown log level %q (one of %s)", s, strings.Join(levelNames, ", "))
	}
	return LogLevel(i), nil
}

func enumText(names []string, i int) string {
	if defined(names, i) {
		return names[i]
	}
	return strconv.Itoa(i)
}

// parseEnumText reads an enum as .NET does: one number, or names in any case, of which a comma list is or-ed together.
// The result must be defined.
func parseEnumText(names []string, s string) (int, bool) {
	s = strings.TrimSpace(s)
	if s != "" && strings.IndexByte("+-0123456789", s[0]) >= 0 {
		value, err := strconv.Atoi(s)
		return value, err == nil && defined(names, value)
	}
	value := 0
	for name := range strings.SplitSeq(s, ",") {
		i := indexFold(names, strings.TrimSpace(name))
		if i < 0 {
			return 0, false
		}
		value |= i
	}
	return value, defined(names, value)
}

func defined(names []string, i int) bool { return i >= 0 && i < len(names) && names[i] != "" }

func indexFold(names []string, s string) int {
	if s == "" {
		return -1
	}
	for i, name := range names {
		if equalFoldASCII(name, s) {
			return i
		}
	}
	return -1
}

// equalFoldASCII compares like .NET's OrdinalIgnoreCase for the names of this protocol, which are all ASCII. Unicode
// folding would also take the Kelvin sign for a k.
func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
