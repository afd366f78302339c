package plugin

import (
	"context"
	"fmt"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// run is guard for a function that may be missing.
func (s *session) run(ctx context.Context, have bool, what string, f func() error) (protocol.ResponseCode, error) {
	if !have {
		return protocol.CodeNotFound, nil
	}
	return s.guard(ctx, what, f)
}

func (s *session) versions(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.GetPackageVersionsRequest), s.plugin.Versions
	response := new(protocol.GetPackageVersionsResponse)
	var err error
	response.ResponseCode, err = s.run(ctx, f != nil, "versions of "+request.PackageID, func() (err error) {
		response.Versions, err = f(ctx, &VersionsRequest{*request, &Call{s, r}})
		return orNotFound(len(response.Versions), err)
	})
	return response, err
}

func (s *session) prefetch(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.PrefetchPackageRequest), s.plugin.Prefetch
	code, err := s.run(ctx, f != nil, "prefetch of "+request.PackageID, func() error {
		return f(ctx, &PackageRequest{request.PackageID, request.PackageVersion, request.PackageSourceRepository, &Call{s, r}})
	})
	return &protocol.PrefetchPackageResponse{ResponseCode: code}, err
}

func (s *session) files(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.GetFilesInPackageRequest), s.plugin.Files
	response := new(protocol.GetFilesInPackageResponse)
	var err error
	response.ResponseCode, err = s.run(ctx, f != nil, "files of "+request.PackageID, func() (err error) {
		response.Files, err = f(ctx, &PackageRequest{request.PackageID, request.PackageVersion, request.PackageSourceRepository, &Call{s, r}})
		return orNotFound(len(response.Files), err)
	})
	return response, err
}

func (s *session) copyFiles(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.CopyFilesInPackageRequest), s.plugin.CopyFiles
	response := new(protocol.CopyFilesInPackageResponse)
	var err error
	response.ResponseCode, err = s.run(ctx, f != nil, "copy of files of "+request.PackageID, func() (err error) {
		response.CopiedFiles, err = f(ctx, &CopyFilesRequest{
			PackageRequest{request.PackageID, request.PackageVersion, request.PackageSourceRepository, &Call{s, r}},
			request.FilesInPackage, request.DestinationFolderPath,
		})
		if n := len(response.CopiedFiles); err == nil && n != len(request.FilesInPackage) {
			// NuGet throws when it asked for one file and does not get exactly one path.
			return fmt.Errorf("%d files were asked for and %d copied", len(request.FilesInPackage), n)
		}
		return err
	})
	return response, err
}

func (s *session) copyNupkg(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.CopyNupkgFileRequest), s.plugin.CopyNupkg
	code, err := s.run(ctx, f != nil, "copy of "+request.PackageID, func() error {
		return f(ctx, &CopyNupkgRequest{
			PackageRequest{request.PackageID, request.PackageVersion, request.PackageSourceRepository, &Call{s, r}},
			request.DestinationFilePath,
		})
	})
	return &protocol.CopyNupkgFileResponse{ResponseCode: code}, err
}

func (s *session) hash(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request, f := r.Payload.(*protocol.GetPackageHashRequest), s.plugin.Hash
	response := new(protocol.GetPackageHashResponse)
	var err error
	response.ResponseCode, err = s.run(ctx, f != nil, "hash of "+request.PackageID, func() error {
		hash, err := f(ctx, &HashRequest{
			PackageRequest{request.PackageID, request.PackageVersion, request.PackageSourceRepository, &Call{s, r}},
			request.HashAlgorithm,
		})
		if err == nil && hash != "" {
			response.Hash = &hash
		}
		return orNotFound(len(hash), err)
	})
	return response, err
}

// orNotFound turns a success with nothing in it, which a C# client takes for a broken message, into ErrNotFound.
func orNotFound(length int, err error) error {
	if err == nil && length == 0 {
		return ErrNotFound
	}
	return err
}
