package protocol

// GetPackageVersionsRequest asks for all versions of a package (client to plugin, since 1.0.0). In a restore it
// comes before SetLogLevel.
type GetPackageVersionsRequest struct {
	PackageID               string `wire:"PackageId,required"`
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
}

// GetPackageVersionsResponse is CodeSuccess with at least one version, or CodeNotFound for an unknown package. The client
// ends the operation on CodeError.
type GetPackageVersionsResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
	Versions     []string     `wire:"Versions"` // not empty if CodeSuccess
}

// PrefetchPackageRequest asks the plugin to make a package available to itself (client to plugin, since 1.0.0).
type PrefetchPackageRequest struct {
	PackageID               string `wire:"PackageId,required"`
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
	PackageVersion          string `wire:"PackageVersion,required"`
}

// PrefetchPackageResponse is CodeSuccess, or CodeNotFound when there is no such package; a restore takes CodeError for
// the same.
type PrefetchPackageResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// GetFilesInPackageRequest asks for the names of a package's files (client to plugin, since 1.0.0).
type GetFilesInPackageRequest struct {
	PackageID               string `wire:"PackageId,required"`
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
	PackageVersion          string `wire:"PackageVersion,required"`
}

// GetFilesInPackageResponse lists names relative to the package's root, with forward slashes; one is the .nuspec in the
// root. The client ends the operation on CodeError.
type GetFilesInPackageResponse struct {
	Files        []string     `wire:"Files"` // not empty if CodeSuccess
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// CopyFilesInPackageRequest asks for copies of some files under a folder, with their package-relative paths (client
// to plugin, since 1.0.0).
type CopyFilesInPackageRequest struct {
	DestinationFolderPath   string   `wire:"DestinationFolderPath,required"`
	FilesInPackage          []string `wire:"FilesInPackage,required,nonempty"`
	PackageID               string   `wire:"PackageId,required"`
	PackageSourceRepository string   `wire:"PackageSourceRepository,required"`
	PackageVersion          string   `wire:"PackageVersion,required"`
}

// CopyFilesInPackageResponse lists the full paths of the copies: exactly one where one file was asked for. The client
// ends the operation on CodeError.
type CopyFilesInPackageResponse struct {
	CopiedFiles  []string     `wire:"CopiedFiles"` // not empty if CodeSuccess
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// CopyNupkgFileRequest asks for a copy of the .nupkg at an exact path (client to plugin, since 1.0.0).
type CopyNupkgFileRequest struct {
	DestinationFilePath     string `wire:"DestinationFilePath,required"`
	PackageID               string `wire:"PackageId,required"`
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
	PackageVersion          string `wire:"PackageVersion,required"`
}

// CopyNupkgFileResponse is CodeSuccess when the file is there, and CodeNotFound from a plugin that serves files only:
// the client then leaves a marker file in its place.
type CopyNupkgFileResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// GetPackageHashRequest asks for the hash of the .nupkg (client to plugin, since 1.0.0).
type GetPackageHashRequest struct {
	HashAlgorithm           string `wire:"HashAlgorithm,required"` // the client sends SHA512
	PackageID               string `wire:"PackageId,required"`
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
	PackageVersion          string `wire:"PackageVersion,required"`
}

// GetPackageHashResponse is CodeSuccess with the hash in base64; the client does without one on any other code.
type GetPackageHashResponse struct {
	Hash         *string      `wire:"Hash"` // not empty if CodeSuccess
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

func (r *GetPackageVersionsResponse) rule() (field, problem string) {
	return ifSuccess(r.ResponseCode, "Versions", len(r.Versions))
}

func (r *GetFilesInPackageResponse) rule() (field, problem string) {
	return ifSuccess(r.ResponseCode, "Files", len(r.Files))
}

func (r *CopyFilesInPackageResponse) rule() (field, problem string) {
	return ifSuccess(r.ResponseCode, "CopiedFiles", len(r.CopiedFiles))
}

func (r *GetPackageHashResponse) rule() (field, problem string) {
	if r.Hash == nil {
		return ifSuccess(r.ResponseCode, "Hash", 0)
	}
	return ifSuccess(r.ResponseCode, "Hash", len(*r.Hash))
}

func ifSuccess(code ResponseCode, name string, length int) (field, problem string) {
	if code == CodeSuccess && length == 0 {
		return name, "is empty in a Success"
	}
	return "", ""
}
