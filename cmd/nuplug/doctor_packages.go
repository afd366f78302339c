package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

const (
	metadataFile = ".nupkg.metadata"
	// maxPackages and maxScan bound the look at a packages folder; a large one has some ten thousand.
	maxPackages = 20000
	maxScan     = 5 * time.Second
	// maxMetadata is far more than NuGet writes.
	maxMetadata = 1 << 20
)

// checkPackages looks for packages whose metadata NuGet cannot read: they fail every restore that needs them, and NuGet does
// not mend them itself.
func checkPackages(ctx context.Context, d *doctor) []finding {
	if d.config == nil {
		return nil
	}
	folder, err := d.config.GlobalPackagesFolder()
	if err != nil {
		return []finding{wrong("the packages folder: %v", err).by(d.shell().unset("NUGET_PACKAGES"))}
	}
	root, err := os.OpenRoot(folder.Value)
	if errors.Is(err, fs.ErrNotExist) {
		return []finding{ok("no packages folder yet: %s", folder.Value)}
	}
	if err != nil {
		return []finding{wrong("the packages folder: %v", err)}
	}
	defer root.Close()
	ctx, cancel := context.WithTimeout(ctx, maxScan)
	defer cancel()
	seen, broken := scanPackages(ctx, root)
	var found []finding
	for _, b := range broken {
		found = append(found, d.brokenPackage(folder.Value, b))
	}
	more := ""
	if ctx.Err() != nil || seen >= maxPackages {
		more = "; the rest was not looked at"
	}
	if len(found) == 0 || more != "" {
		found = append(found, ok("%d packages in %s have readable metadata%s", seen-len(broken), folder.Value, more))
	}
	return found
}

type brokenPackage struct {
	folder string // below the root, with slashes
	why    error
}

// scanPackages reads the metadata of ID/VERSION below a root.
func scanPackages(ctx context.Context, root *os.Root) (seen int, broken []brokenPackage) {
	files := root.FS()
	ids, _ := fs.ReadDir(files, ".") // what cannot be read is not scanned
	for _, id := range ids {
		versions, _ := fs.ReadDir(files, id.Name())
		for _, version := range versions {
			if seen >= maxPackages || ctx.Err() != nil {
				return seen, broken
			}
			folder := path.Join(id.Name(), version.Name())
			content, err := readMetadata(files, path.Join(folder, metadataFile))
			if errors.Is(err, fs.ErrNotExist) {
				continue // NuGet takes the package for not installed
			}
			seen++
			if err == nil {
				err = judgeMetadata(content)
			}
			if err != nil {
				broken = append(broken, brokenPackage{folder, err})
			}
		}
	}
	return seen, broken
}

func readMetadata(files fs.FS, name string) ([]byte, error) {
	f, err := files.Open(name)
	if e, is := errors.AsType[*fs.PathError](err); is {
		return nil, e.Err
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return io.ReadAll(io.LimitReader(f, maxMetadata))
}

// judgeMetadata says why NuGet cannot read a metadata file; the rules were seen with NuGet 7.9, of which older versions want
// less. Names ignore case, contentHash must be there and a text, version must be a number if it is there; a byte order mark
// is allowed, comments and a comma too many are not.
func judgeMetadata(content []byte) error {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if len(bytes.TrimSpace(content)) == 0 {
		return errors.New("the file is empty")
	}
	var metadata struct {
		Version     *int32
		ContentHash *string
	}
	err := json.Unmarshal(content, &metadata)
	if e, is := errors.AsType[*json.UnmarshalTypeError](err); is && e.Field != "" {
		return fmt.Errorf("its %s is of the wrong kind", strings.ToLower(e.Field))
	}
	switch {
	case err != nil:
		return errors.New("the file is not a JSON object")
	case metadata.ContentHash == nil:
		return errors.New("it has no contentHash")
	}
	return nil
}

func (d *doctor) brokenPackage(root string, b brokenPackage) finding {
	folder := filepath.Join(root, filepath.FromSlash(b.folder))
	f := wrong("NuGet cannot read %s, and every restore that needs the package fails: %v", filepath.Join(folder, metadataFile), b.why)
	if errors.Is(b.why, fs.ErrPermission) {
		return f // somebody may have meant it; deleting it would not help who may not read it
	}
	f.mend = func(context.Context) (string, error) {
		r, err := os.OpenRoot(root)
		if err != nil {
			return "", err
		}
		defer r.Close()
		if err := r.RemoveAll(filepath.FromSlash(b.folder)); err != nil {
			return "", err
		}
		return fmt.Sprintf("the packages folder: deleted %s, which NuGet fetches again", folder), nil
	}
	return f.by(d.shell().removeTree(folder))
}
