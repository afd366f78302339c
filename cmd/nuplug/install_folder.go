package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// folderOfPATH chooses the folder to install into.
func (s *streams) folderOfPATH() (string, error) {
	home := s.home()
	var rejected []string
	for _, dir := range homeFolders(s.GOOS, s.getenv("PATH"), home) {
		why := unsuitable(s.GOOS, factsOf(dir), os.Geteuid())
		if why == "" {
			return dir, nil
		}
		rejected = append(rejected, fmt.Sprintf("%s (%s)", dir, why))
	}
	if rejected == nil {
		rejected = []string{"it has none in your home folder"}
	}
	suggestion := filepath.Join(home, ".local", "bin")
	if home == "" || s.GOOS != "windows" && os.Geteuid() == 0 {
		suggestion = filepath.FromSlash("/usr/local/bin")
	}
	return "", fmt.Errorf("no folder of PATH is yours alone: %s\n        name one, as in nuplug install --dir %s", strings.Join(rejected, ", "), shell{s.GOOS}.quote(suggestion))
}

func (s *streams) home() string {
	if s.GOOS == "windows" {
		return s.getenv("USERPROFILE")
	}
	return s.getenv("HOME")
}

// usualFolders are those for a user's own programs, relative to the home folder.
func usualFolders() []string { return []string{".local/bin", "bin", ".dotnet/tools"} }

// homeFolders are the absolute folders of PATH that lie in the home folder, the usual ones first, each once. Folders of the
// system are never among them, nor what stands in PATH for the current folder.
func homeFolders(goos, pathVariable, home string) []string {
	var usual, others []string
	for item := range strings.SplitSeq(pathVariable, pathSeparator(goos)) {
		inHome, ok := within(goos, home, item)
		switch {
		case !ok, slices.Contains(usual, item), slices.Contains(others, item):
		case slices.Contains(usualFolders(), inHome):
			usual = append(usual, item)
		default:
			others = append(others, item)
		}
	}
	return append(usual, others...)
}

// within gives the part of an absolute path below a folder, with slashes. The folder itself is not below it.
func within(goos, folder, name string) (rest string, ok bool) {
	for _, p := range []*string{&folder, &name} {
		if !absoluteOn(goos, *p) {
			return "", false
		}
		if goos == "windows" {
			*p = strings.ToLower(strings.ReplaceAll(*p, `\`, "/"))
		}
		*p = path.Clean(*p)
	}
	rest, ok = strings.CutPrefix(name, strings.TrimSuffix(folder, "/")+"/")
	return rest, ok && rest != ""
}

func absoluteOn(goos, p string) bool {
	if goos == "windows" {
		return len(p) >= 3 && p[1] == ':' && (p[2] == '\\' || p[2] == '/')
	}
	return strings.HasPrefix(p, "/")
}

// facts are what the system says about a folder or one above it.
type facts struct {
	name     string
	mode     fs.FileMode
	uid, gid int   // -1 where the system has none
	err      error // why nothing is known; fs.ErrNotExist where it is missing
}

// factsOf looks at a folder and all folders above it, links resolved.
func factsOf(dir string) []facts {
	var all []facts
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	for {
		f := facts{name: dir, uid: -1, gid: -1}
		info, err := os.Stat(dir)
		if f.err = err; err == nil {
			f.mode = info.Mode()
			f.uid, f.gid = owner(info)
		}
		all = append(all, f)
		above := filepath.Dir(dir)
		if above == dir {
			return all
		}
		dir = above
	}
}

const notYours = "it is not yours"

// unsuitable says why a folder is not one that only this user can change, empty if it is. The first of the folders that
// exists has to be the user's own, those above it the user's or the system's. On Windows the rights do not show in the mode,
// and what lies in the home folder is the user's.
func unsuitable(goos string, folders []facts, user int) string {
	own := true
	for _, f := range folders {
		switch {
		case errors.Is(f.err, fs.ErrNotExist) && own:
			continue // it will be made
		case f.err != nil:
			return fmt.Sprintf("%s cannot be looked at", f.name)
		case !f.mode.IsDir():
			return fmt.Sprintf("%s is not a folder", f.name)
		case goos == "windows":
			return ""
		case othersCanWrite(f) && (own || f.mode&fs.ModeSticky == 0):
			return fmt.Sprintf("others can write %s: chmod go-w %[1]s", f.name)
		case own && f.uid != user, f.uid != user && f.uid != 0:
			return notYours
		}
		own = false
	}
	return ""
}

// othersCanWrite takes a group with the number of the owner for the owner's alone: so do the systems that give every user
// such a group, and let it write by default.
func othersCanWrite(f facts) bool {
	return f.mode&0o002 != 0 || f.mode&0o020 != 0 && (f.gid != f.uid || f.uid == 0)
}
