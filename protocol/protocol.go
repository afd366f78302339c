// Package protocol is NuGet's cross-platform plugin protocol as Go types: the envelope, the eighteen methods with their
// payloads, the enums and value formats, and the one-line JSON codec. It starts no goroutine and knows nothing of
// processes; package conn holds a conversation with it.
//
// # The wire
//
// NuGet (the client) starts a plugin with the one argument -Plugin and writes to its standard input; the plugin writes
// to its standard output. Each message is one JSON object on one line, in UTF-8 without a byte order mark. Both sides
// send requests: every message carries the id of the request that it belongs to.
//
//	{"RequestId":"a1","Type":"Request","Method":"GetOperationClaims","Payload":{}}
//	{"RequestId":"a1","Type":"Response","Method":"GetOperationClaims","Payload":{"Claims":["Authentication"]}}
//
// # Order of a conversation
//
// Both sides send [HandshakeRequest] at once and answer the other's. The client then sends
// [MonitorNuGetProcessExitRequest], [InitializeRequest] and [GetOperationClaimsRequest], each after the answer to the one
// before, and then either [SetLogLevelRequest] and [GetAuthenticationCredentialsRequest], or the download methods. The
// end of the plugin's standard input is the normal end: current clients send no [MethodClose] when they are done.
//
// # Reading and writing
//
// What this package writes is what NuGet's C# writer writes: properties in its order, nulls left out, names of enums in
// their exact case. It refuses to write what a C# peer would reject, with a [FieldError] that names the field. Reading is
// as lenient as what real peers send requires: names and enums in any case, enums as integers, unknown and repeated
// properties, a byte order mark, any of the three line ends. [DecodeStrict] takes the exact form only.
//
// C#'s default reader turns a text in a payload that looks like a date with a time, such as a password
// 2020-01-02T03:04:05Z, into another text, 01/02/2020 03:04:05. A sender can do nothing about it.
//
// # Downloads
//
// GetPackageVersions, PrefetchPackage, GetFilesInPackage, CopyFilesInPackage, CopyNupkgFile and GetPackageHash go from the
// client to a plugin that claimed [ClaimDownloadPackage] for the source, since 1.0.0. Package ids come in the casing of
// whoever asked, versions in NuGet's normal form, sources exactly as configured. Several of them run at once.
//
// # Versions
//
// The protocol has two versions, 1.0.0 (NuGet 4.3: downloads) and 2.0.0 (NuGet 4.8: credentials). The set of messages
// has not changed since.
package protocol

// What both C# sides have announced since NuGet 4.8.
var (
	version1 = Version{Major: 1}
	version2 = Version{Major: 2}
)

// CurrentVersion is the newest version of the protocol, 2.0.0.
func CurrentVersion() Version { return version2 }

// MinimumVersion is the oldest version that both C# sides accept, 1.0.0.
func MinimumVersion() Version { return version1 }

// Negotiate answers a peer's handshake: the lower of the two versions when the ranges of both sides meet, and false when
// they do not, in which case the answer on the wire is [CodeError] without a version. A request whose minimum exceeds
// its version never gets here: [HandshakeRequest] refuses it.
func Negotiate(version, minimum Version, peer HandshakeRequest) (Version, bool) {
	if peer.MinimumProtocolVersion.Compare(peer.ProtocolVersion) > 0 ||
		peer.ProtocolVersion.Compare(minimum) < 0 ||
		peer.MinimumProtocolVersion.Compare(version) > 0 {
		return Version{}, false
	}
	if peer.ProtocolVersion.Compare(version) < 0 {
		return peer.ProtocolVersion, true
	}
	return version, true
}
