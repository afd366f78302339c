package nugetconfig

import "strings"

// system is a value of runtime.GOOS. Its methods know the paths of that system, because the one whose rules apply need
// not be ours.
type system string

func (s system) windows() bool { return s == "windows" }

func (s system) separator() string {
	if s.windows() {
		return `\`
	}
	return "/"
}

func (s system) isSeparator(c byte) bool { return c == '/' || c == '\\' && s.windows() }

func (s system) startsWithSeparator(path string) bool { return path != "" && s.isSeparator(path[0]) }

// isRooted is .NET's Path.IsPathRooted: a drive without a separator counts.
func (s system) isRooted(path string) bool {
	return s.startsWithSeparator(path) || s.volume(path) != ""
}

// volume is the drive or the share at the start of a path on Windows; elsewhere there is none.
func (s system) volume(path string) string {
	switch {
	case !s.windows():
		return ""
	case len(path) >= 2 && isLetter(path[0]) && path[1] == ':':
		return path[:2]
	case len(path) >= 2 && s.isSeparator(path[0]) && s.isSeparator(path[1]):
		server, rest := s.cutSegment(path[2:])
		share, _ := s.cutSegment(rest)
		return path[:min(len(path), 2+len(server)+1+len(share))]
	}
	return ""
}

func (s system) cutSegment(path string) (segment, rest string) {
	if i := strings.IndexAny(path, `\/`); i >= 0 {
		return path[:i], path[i+1:]
	}
	return path, ""
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// join puts one separator between a folder and what stands in it.
func (s system) join(dir string, names ...string) string {
	for _, name := range names {
		if dir == "" || s.isSeparator(dir[len(dir)-1]) {
			dir += name
		} else {
			dir += s.separator() + name
		}
	}
	return dir
}

// full is .NET's Path.GetFullPath: absolute, without "." and "..", links not looked at, a separator at the end kept.
func (s system) full(cwd, path string) string {
	volume, rest := s.volume(path), path[len(s.volume(path)):]
	switch {
	case path == "":
		volume, rest = s.volume(cwd), cwd[len(s.volume(cwd)):]
	case s.startsWithSeparator(rest):
		if volume == "" {
			volume = s.volume(cwd)
		}
	case volume == "":
		return s.clean(s.volume(cwd), s.join(cwd[len(s.volume(cwd)):], rest))
	case strings.EqualFold(volume, s.volume(cwd)):
		rest = s.join(cwd[len(volume):], rest)
	}
	return s.clean(volume, rest)
}

func (s system) clean(volume, rest string) string {
	var parts []string
	for part := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r < 0x80 && s.isSeparator(byte(r)) }) {
		switch part {
		case ".":
		case "..":
			parts = parts[:max(len(parts)-1, 0)]
		default:
			parts = append(parts, part)
		}
	}
	sep := s.separator()
	if s.windows() {
		volume = strings.ReplaceAll(volume, "/", `\`)
	}
	path := volume + sep + strings.Join(parts, sep)
	if len(parts) > 0 && s.isSeparator(rest[len(rest)-1]) {
		path += sep
	}
	return path
}

// folder is full without a separator at the end, unless the path is a root.
func (s system) folder(cwd, path string) string {
	path = s.full(cwd, path)
	if end := len(path) - 1; s.isSeparator(path[end]) && s.dir(path) != path {
		return path[:end]
	}
	return path
}

// dir is the folder of an absolute clean path; that of a root is the root.
func (s system) dir(path string) string {
	volume := s.volume(path)
	rest := path[len(volume):]
	i := len(rest) - 1
	for i >= 0 && !s.isSeparator(rest[i]) {
		i--
	}
	return volume + rest[:max(i, min(1, len(rest)))]
}

// resolve makes an absolute path of a value that stands in a file in dir. A URL stays as it is, and so does nothing.
func (s system) resolve(dir, value string) string {
	if value == "" || isURL(value) {
		return value
	}
	// On Windows a drive or a share is a URI for .NET, which then leaves the text alone.
	if s.volume(value) != "" {
		return value
	}
	return s.full(dir, value)
}

// isURL says whether .NET takes a text for an absolute URI, as far as it was seen: "foo:bar" is one, and so is "c:foo"
// where there are no drives, but C:\x is a relative name there. The web's own schemes need their two slashes.
func isURL(value string) bool {
	value = strings.TrimLeft(value, " \t\r\n")
	scheme, rest, ok := strings.Cut(value, ":")
	if !ok || !isScheme(scheme) {
		return false
	}
	if len(scheme) == 1 {
		return rest != "" && rest[0] != '/' && rest[0] != '\\'
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ftp", "ws", "wss":
		return strings.HasPrefix(rest, "//")
	}
	return true
}

func isScheme(text string) bool {
	if text == "" || !isLetter(text[0]) {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !isLetter(c) && !('0' <= c && c <= '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
