package protocol

// Which message carries each payload.

func (*HandshakeRequest) kind() (Method, MessageType)  { return MethodHandshake, TypeRequest }
func (*HandshakeRequest) Method() Method               { return MethodHandshake }
func (*HandshakeRequest) request()                     {}
func (*HandshakeResponse) kind() (Method, MessageType) { return MethodHandshake, TypeResponse }
func (*HandshakeResponse) response()                   {}

func (*MonitorNuGetProcessExitRequest) kind() (Method, MessageType) {
	return MethodMonitorNuGetProcessExit, TypeRequest
}
func (*MonitorNuGetProcessExitRequest) Method() Method { return MethodMonitorNuGetProcessExit }
func (*MonitorNuGetProcessExitRequest) request()       {}
func (*MonitorNuGetProcessExitResponse) kind() (Method, MessageType) {
	return MethodMonitorNuGetProcessExit, TypeResponse
}
func (*MonitorNuGetProcessExitResponse) response() {}

func (*InitializeRequest) kind() (Method, MessageType)  { return MethodInitialize, TypeRequest }
func (*InitializeRequest) Method() Method               { return MethodInitialize }
func (*InitializeRequest) request()                     {}
func (*InitializeResponse) kind() (Method, MessageType) { return MethodInitialize, TypeResponse }
func (*InitializeResponse) response()                   {}

func (*GetOperationClaimsRequest) kind() (Method, MessageType) {
	return MethodGetOperationClaims, TypeRequest
}
func (*GetOperationClaimsRequest) Method() Method { return MethodGetOperationClaims }
func (*GetOperationClaimsRequest) request()       {}
func (*GetOperationClaimsResponse) kind() (Method, MessageType) {
	return MethodGetOperationClaims, TypeResponse
}
func (*GetOperationClaimsResponse) response() {}

func (*SetLogLevelRequest) kind() (Method, MessageType)  { return MethodSetLogLevel, TypeRequest }
func (*SetLogLevelRequest) Method() Method               { return MethodSetLogLevel }
func (*SetLogLevelRequest) request()                     {}
func (*SetLogLevelResponse) kind() (Method, MessageType) { return MethodSetLogLevel, TypeResponse }
func (*SetLogLevelResponse) response()                   {}

func (*LogRequest) kind() (Method, MessageType)  { return MethodLog, TypeRequest }
func (*LogRequest) Method() Method               { return MethodLog }
func (*LogRequest) request()                     {}
func (*LogResponse) kind() (Method, MessageType) { return MethodLog, TypeResponse }
func (*LogResponse) response()                   {}

func (*GetAuthenticationCredentialsRequest) kind() (Method, MessageType) {
	return MethodGetAuthenticationCredentials, TypeRequest
}
func (*GetAuthenticationCredentialsRequest) Method() Method {
	return MethodGetAuthenticationCredentials
}
func (*GetAuthenticationCredentialsRequest) request() {}
func (*GetAuthenticationCredentialsResponse) kind() (Method, MessageType) {
	return MethodGetAuthenticationCredentials, TypeResponse
}
func (*GetAuthenticationCredentialsResponse) response() {}

func (*SetCredentialsRequest) kind() (Method, MessageType) { return MethodSetCredentials, TypeRequest }
func (*SetCredentialsRequest) Method() Method              { return MethodSetCredentials }
func (*SetCredentialsRequest) request()                    {}
func (*SetCredentialsResponse) kind() (Method, MessageType) {
	return MethodSetCredentials, TypeResponse
}
func (*SetCredentialsResponse) response() {}

func (*GetCredentialsRequest) kind() (Method, MessageType) { return MethodGetCredentials, TypeRequest }
func (*GetCredentialsRequest) Method() Method              { return MethodGetCredentials }
func (*GetCredentialsRequest) request()                    {}
func (*GetCredentialsResponse) kind() (Method, MessageType) {
	return MethodGetCredentials, TypeResponse
}
func (*GetCredentialsResponse) response() {}

func (*GetServiceIndexRequest) kind() (Method, MessageType) {
	return MethodGetServiceIndex, TypeRequest
}
func (*GetServiceIndexRequest) Method() Method { return MethodGetServiceIndex }
func (*GetServiceIndexRequest) request()       {}
func (*GetServiceIndexResponse) kind() (Method, MessageType) {
	return MethodGetServiceIndex, TypeResponse
}
func (*GetServiceIndexResponse) response() {}

func (*GetPackageVersionsRequest) kind() (Method, MessageType) {
	return MethodGetPackageVersions, TypeRequest
}
func (*GetPackageVersionsRequest) Method() Method { return MethodGetPackageVersions }
func (*GetPackageVersionsRequest) request()       {}
func (*GetPackageVersionsResponse) kind() (Method, MessageType) {
	return MethodGetPackageVersions, TypeResponse
}
func (*GetPackageVersionsResponse) response() {}

func (*PrefetchPackageRequest) kind() (Method, MessageType) {
	return MethodPrefetchPackage, TypeRequest
}
func (*PrefetchPackageRequest) Method() Method { return MethodPrefetchPackage }
func (*PrefetchPackageRequest) request()       {}
func (*PrefetchPackageResponse) kind() (Method, MessageType) {
	return MethodPrefetchPackage, TypeResponse
}
func (*PrefetchPackageResponse) response() {}

func (*GetFilesInPackageRequest) kind() (Method, MessageType) {
	return MethodGetFilesInPackage, TypeRequest
}
func (*GetFilesInPackageRequest) Method() Method { return MethodGetFilesInPackage }
func (*GetFilesInPackageRequest) request()       {}
func (*GetFilesInPackageResponse) kind() (Method, MessageType) {
	return MethodGetFilesInPackage, TypeResponse
}
func (*GetFilesInPackageResponse) response() {}

func (*CopyFilesInPackageRequest) kind() (Method, MessageType) {
	return MethodCopyFilesInPackage, TypeRequest
}
func (*CopyFilesInPackageRequest) Method() Method { return MethodCopyFilesInPackage }
func (*CopyFilesInPackageRequest) request()       {}
func (*CopyFilesInPackageResponse) kind() (Method, MessageType) {
	return MethodCopyFilesInPackage, TypeResponse
}
func (*CopyFilesInPackageResponse) response() {}

func (*CopyNupkgFileRequest) kind() (Method, MessageType)  { return MethodCopyNupkgFile, TypeRequest }
func (*CopyNupkgFileRequest) Method() Method               { return MethodCopyNupkgFile }
func (*CopyNupkgFileRequest) request()                     {}
func (*CopyNupkgFileResponse) kind() (Method, MessageType) { return MethodCopyNupkgFile, TypeResponse }
func (*CopyNupkgFileResponse) response()                   {}

func (*GetPackageHashRequest) kind() (Method, MessageType) { return MethodGetPackageHash, TypeRequest }
func (*GetPackageHashRequest) Method() Method              { return MethodGetPackageHash }
func (*GetPackageHashRequest) request()                    {}
func (*GetPackageHashResponse) kind() (Method, MessageType) {
	return MethodGetPackageHash, TypeResponse
}
func (*GetPackageHashResponse) response() {}
