package protocol

import "time"

// HandshakeRequest is sent by both sides at once, without waiting for the other's (since 1.0.0). Each answers the
// other's; a side is connected when the answer to its own request is [CodeSuccess] with a version in its range and it
// has sent its own answer. Progress does not extend it. A second one is answered with a Fault.
type HandshakeRequest struct {
	ProtocolVersion        Version `wire:"ProtocolVersion,required"`
	MinimumProtocolVersion Version `wire:"MinimumProtocolVersion,required"` // at most ProtocolVersion
}

// HandshakeResponse answers with CodeSuccess and the version to speak, or CodeError and none, which ends the plugin.
type HandshakeResponse struct {
	ResponseCode    ResponseCode `wire:"ResponseCode,required"`
	ProtocolVersion *Version     `wire:"ProtocolVersion"` // present if and only if CodeSuccess
}

// MonitorNuGetProcessExitRequest is the client's first request (client to plugin, since 1.0.0): the plugin is to end
// when this process ends.
type MonitorNuGetProcessExitRequest struct {
	ProcessID int32 `wire:"ProcessId,required"` // of the client
}

// MonitorNuGetProcessExitResponse is CodeSuccess, or CodeNotFound when there is no such process. The client ignores it.
type MonitorNuGetProcessExitResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// InitializeRequest is the client's second request, once a process (client to plugin, since 1.0.0).
type InitializeRequest struct {
	ClientVersion string `wire:"ClientVersion,required"` // of NuGet, normalised, without a pre-release label: 6.12.1
	Culture       string `wire:"Culture,required"`       // name of the user interface's culture, such as en or fr-FR
	// RequestTimeout is how long the client waits for an answer, or for the next Progress. More than zero, at most
	// [MaxTimeout]. Plugins on NuGet's C# library do not apply it by themselves.
	RequestTimeout time.Duration `wire:"RequestTimeout,required"`
}

// InitializeResponse is CodeSuccess; anything else makes the client give the plugin up. No payload counts as success.
type InitializeResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// GetOperationClaimsRequest asks what the plugin can do (client to plugin, since 1.0.0). Without both fields the
// question is for all sources (2.0.0 only); in 1.0.0 both are mandatory. Asked once a plugin path and source.
type GetOperationClaimsRequest struct {
	PackageSourceRepository *string `wire:"PackageSourceRepository"` // optional: the source as configured
	ServiceIndex            JSON    `wire:"ServiceIndex"`            // optional: the source's index.json
}

// GetOperationClaimsResponse lists what the plugin can do: for the question without a source [ClaimAuthentication] or
// nothing, for a source [ClaimDownloadPackage] or nothing. NuGet keeps the answer on disk for 30 days; with an empty one
// it does not start the plugin at all. It has no ResponseCode, whatever NuGet's documentation lists.
type GetOperationClaimsResponse struct {
	Claims []OperationClaim `wire:"Claims,required"` // may be empty
}

// SetLogLevelRequest names the least severe level that the client wants in Log (client to plugin, since 1.0.0). It comes
// once a process, before the first credential, version or prefetch work; before it, a Log is answered with a Fault.
type SetLogLevelRequest struct {
	LogLevel LogLevel `wire:"LogLevel,required"`
}

// SetLogLevelResponse is ignored by the client.
type SetLogLevelResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// LogRequest shows a line to the user (plugin to client, since 1.0.0, at any time after SetLogLevel). Lines keep their
// order.
type LogRequest struct {
	LogLevel LogLevel `wire:"LogLevel,required"`
	Message  string   `wire:"Message,required"`
}

// LogResponse is CodeSuccess for a line that was logged and CodeError for one below the client's level.
type LogResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

func (r *HandshakeRequest) rule() (field, problem string) {
	if r.MinimumProtocolVersion.Compare(r.ProtocolVersion) > 0 {
		return "MinimumProtocolVersion", "exceeds ProtocolVersion"
	}
	return "", ""
}

func (r *HandshakeResponse) rule() (field, problem string) {
	switch {
	case r.ResponseCode == CodeSuccess && r.ProtocolVersion == nil:
		return "ProtocolVersion", "is missing from a Success"
	case r.ResponseCode != CodeSuccess && r.ProtocolVersion != nil:
		return "ProtocolVersion", "stands in an answer that is no Success"
	}
	return "", ""
}

func (r *InitializeRequest) rule() (field, problem string) {
	if r.RequestTimeout < tick || r.RequestTimeout > MaxTimeout {
		return "RequestTimeout", "is not between 00:00:00.0000001 and 24.20:31:23.6470000"
	}
	return "", ""
}
