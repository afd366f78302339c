package protocol_test

import (
	"time"

	"github.com/nuplug/nuplug/protocol"
)

const source = "https://feed.example/v3/index.json"

// payloads gives a new, sound and full payload of every type.
func payloads() []protocol.Payload {
	version := protocol.CurrentVersion()
	index := protocol.JSON(`{"version":"3.0.0","resources":[]}`)
	return []protocol.Payload{
		&protocol.HandshakeRequest{ProtocolVersion: version, MinimumProtocolVersion: protocol.MinimumVersion()},
		&protocol.HandshakeResponse{ProtocolVersion: &version},
		&protocol.MonitorNuGetProcessExitRequest{ProcessID: 4711},
		&protocol.MonitorNuGetProcessExitResponse{},
		&protocol.InitializeRequest{ClientVersion: "6.12.1", Culture: "en", RequestTimeout: 30 * time.Second},
		&protocol.InitializeResponse{},
		&protocol.GetOperationClaimsRequest{PackageSourceRepository: new(source), ServiceIndex: index},
		&protocol.GetOperationClaimsResponse{Claims: []protocol.OperationClaim{protocol.ClaimAuthentication}},
		&protocol.SetLogLevelRequest{LogLevel: protocol.LevelDebug},
		&protocol.SetLogLevelResponse{},
		&protocol.LogRequest{LogLevel: protocol.LevelMinimal, Message: "hello"},
		&protocol.LogResponse{},
		&protocol.SetCredentialsRequest{PackageSourceRepository: source, Password: new("s3cret"),
			ProxyPassword: new("pr0xy-s3cret"), ProxyUsername: new("bob"), Username: new("ann")},
		&protocol.SetCredentialsResponse{},
		&protocol.GetAuthenticationCredentialsRequest{URI: source, IsRetry: true},
		&protocol.GetAuthenticationCredentialsResponse{Username: new("ann"), Password: new("s3cret"), Message: new("hello"),
			AuthenticationTypes: []string{"basic"}},
		&protocol.GetCredentialsRequest{PackageSourceRepository: source, StatusCode: protocol.StatusUnauthorized},
		&protocol.GetCredentialsResponse{Password: new("s3cret"), Username: new("ann"), AuthenticationTypes: []string{"basic"}},
		&protocol.GetServiceIndexRequest{PackageSourceRepository: source},
		&protocol.GetServiceIndexResponse{ServiceIndex: index},
		&protocol.GetPackageVersionsRequest{PackageID: "Contoso.Core", PackageSourceRepository: source},
		&protocol.GetPackageVersionsResponse{Versions: []string{"1.0.0"}},
		&protocol.PrefetchPackageRequest{PackageID: "Contoso.Core", PackageSourceRepository: source, PackageVersion: "1.0.0"},
		&protocol.PrefetchPackageResponse{},
		&protocol.GetFilesInPackageRequest{PackageID: "Contoso.Core", PackageSourceRepository: source, PackageVersion: "1.0.0"},
		&protocol.GetFilesInPackageResponse{Files: []string{"Contoso.Core.nuspec"}},
		&protocol.CopyFilesInPackageRequest{DestinationFolderPath: "/tmp/x", FilesInPackage: []string{"Contoso.Core.nuspec"},
			PackageID: "Contoso.Core", PackageSourceRepository: source, PackageVersion: "1.0.0"},
		&protocol.CopyFilesInPackageResponse{CopiedFiles: []string{"/tmp/x/Contoso.Core.nuspec"}},
		&protocol.CopyNupkgFileRequest{DestinationFilePath: "/tmp/x.nupkg", PackageID: "Contoso.Core",
			PackageSourceRepository: source, PackageVersion: "1.0.0"},
		&protocol.CopyNupkgFileResponse{},
		&protocol.GetPackageHashRequest{HashAlgorithm: "SHA512", PackageID: "Contoso.Core", PackageSourceRepository: source,
			PackageVersion: "1.0.0"},
		&protocol.GetPackageHashResponse{Hash: new("aGFzaA==")},
		&protocol.Fault{Message: "unsupported algorithm"},
		&protocol.Progress{Percentage: new(0.5)},
	}
}

// message makes a message of any payload. A fault and a progress belong to some method.
func message(p protocol.Payload) (protocol.Message, error) {
	switch p := p.(type) {
	case protocol.Request:
		return protocol.NewRequest("a1", p)
	case protocol.Response:
		return protocol.NewResponse("a1", p)
	case *protocol.Fault:
		return protocol.NewFault("a1", protocol.MethodPrefetchPackage, p.Message), nil
	case *protocol.Progress:
		return protocol.NewProgress("a1", protocol.MethodPrefetchPackage, *p)
	}
	panic("a payload that is none of the four")
}
