package nugetconfig

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// maxFiles bounds the work that a folder full of files can cause.
const maxFiles = 1000

// maxChainSize bounds what all files hold together.
const maxChainSize = 64 << 20

// loader finds and reads the files of the chain.
type loader struct {
	*environment
	files int
	bytes int
}

// chain is what was read. The user's files are in documents as well, unless --configfile left them out.
type chain struct {
	documents []*document // nearest first
	user      []*document
	userErr   error
	defaults  *document
}

func (l *loader) chain() (*chain, error) {
	c := &chain{}
	var err error
	if l.config != "" {
		err = l.configFileOnly(c)
	} else {
		err = l.walk(c)
	}
	if err != nil {
		return nil, err
	}
	file := &File{Path: l.sys.join(l.machineFolder(), "NuGet", "NuGetDefaults.config"), Level: LevelDefaults}
	if l.machineFolder() != "" && l.isFile(file.Path) {
		c.defaults, err = l.read(file)
	}
	return c, err
}

// configFileOnly reads one file. The user's files matter for the proxy alone, so a fault in them must not count yet.
func (l *loader) configFileOnly(c *chain) error {
	if !l.isFile(l.config) {
		return fmt.Errorf("configuration file %s does not exist", l.config)
	}
	d, err := l.read(&File{Path: l.config, Level: LevelConfigFile})
	if err != nil {
		return err
	}
	c.documents = []*document{d}
	// NuGet reads the machine's files before it finds that it does not want them, so a malformed one fails here too.
	if _, err := l.readAll(l.machineFiles()); err != nil {
		return err
	}
	c.user, c.userErr = l.readAll(l.userFiles())
	return nil
}

func (l *loader) walk(c *chain) error {
	project, err := l.readAll(l.projectFiles(), nil)
	if err != nil {
		return err
	}
	if c.user, err = l.readAll(l.userFiles()); err != nil {
		return err
	}
	machine, err := l.readAll(l.machineFiles())
	c.documents = slices.Concat(project, c.user, machine)
	return err
}

// projectFiles are those of the start folder and the folders above it, one a folder.
func (l *loader) projectFiles() []*File {
	names := []string{"nuget.config", "NuGet.config", "NuGet.Config"}
	if l.ignoresCase() {
		names = names[2:]
	}
	var files []*File
	for dir := l.start; ; dir = l.sys.dir(dir) {
		for _, name := range names {
			if path := l.sys.join(dir, name); l.isFile(path) {
				files = append(files, &File{Path: path, Level: LevelProject})
				break
			}
		}
		if l.sys.dir(dir) == dir {
			return files
		}
	}
}

// userFiles are the user's own file and those of the folder beside it, the first name nearest.
func (l *loader) userFiles() ([]*File, error) {
	dir := l.userFolder()
	own := &File{Path: l.sys.join(dir, "NuGet.Config"), Level: LevelUser}
	own.Missing = !l.isFile(own.Path)
	more, err := l.configFiles(l.sys.join(dir, "config"), LevelUserFolder)
	// A NuGet.Config in there is left out, in exactly this case where case matters.
	more = slices.DeleteFunc(more, func(f *File) bool {
		name := f.Path[len(l.sys.dir(f.Path))+1:]
		return name == "NuGet.Config" || l.sys.windows() && strings.EqualFold(name, "NuGet.Config")
	})
	return append([]*File{own}, more...), err
}

// machineFiles come in no particular order with NuGet; here in that of their names.
func (l *loader) machineFiles() ([]*File, error) {
	if l.machineFolder() == "" {
		return nil, nil
	}
	return l.configFiles(l.sys.join(l.machineFolder(), "NuGet", "Config"), LevelMachine)
}

// configFiles are the files *.config of a folder, sorted; on Unix *.Config as well, but no other case.
func (l *loader) configFiles(dir string, level Level) ([]*File, error) {
	if mode, err := l.fs.Stat(dir); err != nil || !mode.IsDir() {
		return nil, nil
	}
	names, err := l.fs.ReadDir(dir)
	if err != nil {
		return nil, &FileError{Path: dir, Err: plainCause(err)}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !l.isConfigName(name) })
	slices.SortFunc(names, func(a, b string) int {
		if l.sys.windows() {
			a, b = foldCase(a), foldCase(b)
		}
		return strings.Compare(a, b)
	})
	var files []*File
	for _, name := range names {
		if path := l.sys.join(dir, name); l.isFile(path) {
			files = append(files, &File{Path: path, Level: level})
		}
	}
	return files, nil
}

func (l *loader) isConfigName(name string) bool {
	if l.sys.windows() {
		return strings.HasSuffix(strings.ToLower(name), ".config")
	}
	return strings.HasSuffix(name, ".config") || strings.HasSuffix(name, ".Config")
}

// isFile is .NET's File.Exists: no folder, no error, and a link that leads nowhere counts.
func (l *loader) isFile(path string) bool {
	mode, err := l.fs.Stat(path)
	return err == nil && !mode.IsDir()
}

// isDir is .NET's Directory.Exists.
func (l *loader) isDir(path string) bool {
	mode, err := l.fs.Stat(path)
	return err == nil && mode.IsDir()
}

// ignoresCase is NuGet's judgement of the file system, from which folder names it finds in both cases. It asks for the
// .nuget folder, its scratch folder and the current folder, and all must agree.
func (l *loader) ignoresCase() bool {
	if l.sys.windows() {
		return true
	}
	scratch := l.get("NUGET_SCRATCH")
	if scratch == "" {
		scratch = l.get("TMPDIR")
	}
	if scratch == "" {
		scratch = "/tmp"
	}
	return l.foundInBothCases(l.sys.join(l.homeFolder(), ".nuget")) && l.foundInBothCases(scratch) && l.foundInBothCases(l.cwd)
}

func (l *loader) foundInBothCases(path string) bool {
	path = l.sys.folder(l.cwd, path)
	for !l.isDir(path) && l.sys.dir(path) != path {
		path = l.sys.dir(path)
	}
	return l.isDir(strings.ToLower(path)) && l.isDir(strings.ToUpper(path))
}

// readAll stops at the first fault. Its second argument is that of the function that found the files.
func (l *loader) readAll(files []*File, err error) ([]*document, error) {
	if err != nil {
		return nil, err
	}
	var documents []*document
	for _, file := range files {
		d, err := l.read(file)
		if err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	return documents, nil
}

// newUserFile is what NuGet writes where the user has no file: the public gallery.
const newUserFile = `<configuration><packageSources>` +
	`<add key="nuget.org" value="https://api.nuget.org/v3/index.json" protocolVersion="3" />` +
	`</packageSources></configuration>`

func (l *loader) read(file *File) (*document, error) {
	if l.files++; l.files > maxFiles {
		return nil, inFile(file, fmt.Errorf("more than %d configuration files", maxFiles))
	}
	// NuGet creates the file that a link promises, too.
	if mode, err := l.fs.Stat(file.Path); err == nil && mode&fs.ModeSymlink != 0 {
		file.Missing = true
	}
	if file.Missing {
		return parseDocument(file, []byte(newUserFile))
	}
	data, err := l.fs.ReadPrefix(file.Path, maxFileSize+1)
	if err != nil {
		return nil, inFile(file, plainCause(err))
	}
	if len(data) > maxFileSize {
		return nil, inFile(file, fmt.Errorf("file is larger than %d MiB", maxFileSize>>20))
	}
	if l.bytes += len(data); l.bytes > maxChainSize {
		return nil, inFile(file, fmt.Errorf("the configuration files together are larger than %d MiB", maxChainSize>>20))
	}
	text, err := toUTF8(data)
	if err != nil {
		return nil, inFile(file, err)
	}
	return parseDocument(file, text)
}
