package nupkg

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Archive is an opened package. It is immutable and safe for concurrent use as far as the reader below it
// is; it holds nothing that has to be closed.
type Archive struct {
	nuspec Nuspec
	files  []File
	index  map[string]*zip.File // by File.Name
}

// File describes one file of a package.
type File struct {
	Name     string    // a relative path with '/', checked to be one on every system
	Size     int64     // bytes when unpacked, as declared; reading fails where it is not true
	Modified time.Time // as stored in the package
}

// Read opens the package in the first size bytes of r: it lists the files, judges all names and sizes
// against limits, and reads the .nuspec in the root. A package with one bad entry is refused as a whole.
// The error says what is wrong with the package but not where it came from.
func Read(r io.ReaderAt, size int64, limits *Limits) (*Archive, error) {
	a := &Archive{}
	if err := a.read(r, size, limits.orDefaults()); err != nil {
		return nil, fmt.Errorf("package refused: %w", err)
	}
	return a, nil
}

func (a *Archive) read(r io.ReaderAt, size int64, limits Limits) error {
	// The directory of a zip file is the one thing that is read before anything could be checked.
	counted := &budgetReader{r: r, left: maxDirectory}
	z, err := zip.NewReader(counted, size)
	if errors.Is(err, zip.ErrInsecurePath) {
		err = nil // the names are judged below, with a better message
	}
	if err != nil {
		return fmt.Errorf("not a readable zip file: %w", err)
	}
	counted.left = unlimitedRead
	if err := a.list(z, size, &limits); err != nil {
		return err
	}
	return a.readNuspec()
}

// list fills files and index.
func (a *Archive) list(z *zip.Reader, packed int64, limits *Limits) error {
	if len(z.File) > limits.Files {
		return fmt.Errorf("it holds %d files, more than the %d allowed", len(z.File), limits.Files)
	}
	names := make([]string, 0, len(z.File))
	a.index = make(map[string]*zip.File, len(z.File))
	var total int64
	for _, f := range z.File {
		name, err := entryName(f.Name)
		if err != nil {
			return err
		}
		names = append(names, name)
		if strings.HasSuffix(name, "/") {
			continue
		}
		if mode := f.Mode(); !mode.IsRegular() {
			return fmt.Errorf("%.200q is no regular file (%s)", name, mode.Type())
		}
		if err := limits.checkFile(name, f.UncompressedSize64); err != nil {
			return err
		}
		total += int64(f.UncompressedSize64)
		if err := limits.checkTotal(total, packed); err != nil {
			return err
		}
		a.index[name] = f
		a.files = append(a.files, File{Name: name, Size: int64(f.UncompressedSize64), Modified: f.Modified})
	}
	return checkDistinct(names)
}

// readNuspec finds the one .nuspec in the root. None and two are errors to NuGet too.
func (a *Archive) readNuspec() error {
	found := ""
	for _, f := range a.files {
		if strings.Contains(f.Name, "/") || !strings.HasSuffix(strings.ToLower(f.Name), ".nuspec") {
			continue
		}
		if found != "" {
			return fmt.Errorf("it holds two nuspec files, %.100q and %.100q", found, f.Name)
		}
		if f.Size > maxNuspec {
			return fmt.Errorf("%.100q is larger than %d bytes", f.Name, maxNuspec)
		}
		found = f.Name
	}
	if found == "" {
		return errors.New("it holds no .nuspec in its root")
	}
	rc, err := a.Open(found)
	if err != nil {
		return err
	}
	defer rc.Close()
	data, err := io.ReadAll(rc)
	if err != nil {
		return err
	}
	if a.nuspec, err = ParseNuspec(data); err != nil {
		return fmt.Errorf("%.100q: %w", found, err)
	}
	return nil
}

// Nuspec returns what the package says about itself.
func (a *Archive) Nuspec() Nuspec { return a.nuspec.clone() }

// Identity returns the id and the version that the nuspec states.
func (a *Archive) Identity() Identity { return a.nuspec.Identity }

// Check refuses a package that is not the one that was asked for.
func (a *Archive) Check(want Identity) error {
	if !a.nuspec.Identity.Equal(want) {
		return fmt.Errorf("package refused: it is %s, and %s was asked for", a.nuspec.Identity, want)
	}
	return nil
}

// Files lists the files in the order of the package, folders and nothing else left out. See [ContentFile] for
// those that NuGet unpacks.
func (a *Archive) Files() []File { return append([]File(nil), a.files...) }

// Open reads one file of [Archive.Files]. The reader gives exactly the declared size or an error: more
// data, less data and a wrong checksum all end in one, which archive/zip sees to. The caller closes it.
func (a *Archive) Open(name string) (io.ReadCloser, error) {
	f, ok := a.index[name]
	if !ok {
		return nil, fmt.Errorf("package holds no file %.200q", name)
	}
	rc, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("open %.200q in the package: %w", name, err)
	}
	return rc, nil
}

// budgetReader fails once more than left bytes were read, unless left is unlimitedRead. Only the reading of the
// directory is counted, which happens in one goroutine before anybody else has the reader.
type budgetReader struct {
	r    io.ReaderAt
	left int64
}

func (b *budgetReader) ReadAt(p []byte, off int64) (int, error) {
	if b.left == unlimitedRead {
		return b.r.ReadAt(p, off)
	}
	if int64(len(p)) > b.left {
		return 0, fmt.Errorf("its list of files is larger than %d bytes", maxDirectory)
	}
	b.left -= int64(len(p))
	return b.r.ReadAt(p, off)
}
