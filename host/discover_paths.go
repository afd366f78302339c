package host

import "strings"

// The functions of this file know paths of any system by its name (a value of runtime.GOOS), because the client that is
// imitated need not run on ours.

const windows = "windows"

func separator(goos string) string {
	if goos == windows {
		return `\`
	}
	return "/"
}

func isSeparator(c byte, goos string) bool { return c == '/' || c == '\\' && goos == windows }

// listSeparator is what stands between the items of PATH.
func listSeparator(goos string) string {
	if goos == windows {
		return ";"
	}
	return ":"
}

// isAbsolute is NuGet's own test and not the system's: on Windows a drive needs a backslash behind it (C:/x does not
// pass), and two backslashes pass on every system. The .NET Framework on Windows refuses some characters as well.
func isAbsolute(path string, c Client) bool {
	if c.OS == windows && c.Kind == NETFramework && strings.ContainsFunc(path, isRefusedRune) {
		return false
	}
	if strings.HasPrefix(path, `\\`) {
		return true
	}
	if c.OS == windows {
		return len(path) >= 3 && isLetter(path[0]) && path[1:3] == `:\`
	}
	return strings.HasPrefix(path, "/")
}

func isRefusedRune(r rune) bool { return r < ' ' || strings.ContainsRune(`"<>|`, r) }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// join puts one separator between two paths where the first does not end with one, and changes nothing else.
func join(goos, dir, name string) string {
	if dir == "" || isSeparator(dir[len(dir)-1], goos) {
		return dir + name
	}
	return dir + separator(goos) + name
}

// baseName is what stands behind the last separator.
func baseName(path, goos string) string {
	i := len(path)
	for i > 0 && !isSeparator(path[i-1], goos) {
		i--
	}
	return path[i:]
}

// extension is the end of a name from its last dot on.
func extension(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// fullPath makes an absolute path clean as .NET does where it wraps a path into an object: "." and ".." and repeated
// separators go, a separator at the end too, links are not looked at.
func fullPath(path, goos string) string {
	if goos == windows && strings.HasPrefix(path, `\\?\`) {
		return path
	}
	root, rest := splitRoot(path, goos)
	var parts []string
	for part := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r < 0x80 && isSeparator(byte(r), goos) }) {
		switch {
		case part == ".":
		case part == "..":
			parts = parts[:max(len(parts)-1, 0)]
		default:
			parts = append(parts, part)
		}
	}
	return root + strings.Join(parts, separator(goos))
}

// splitRoot cuts off what ".." cannot leave: the slash, the drive, the share with the separator behind it.
func splitRoot(path, goos string) (root, rest string) {
	switch {
	case goos != windows:
		return "/", strings.TrimPrefix(path, "/")
	case strings.HasPrefix(path, `\\`):
		server, rest := cutSegment(path[2:])
		share, rest := cutSegment(rest)
		root = `\\` + server + `\` + share
		if rest != "" {
			root += `\`
		}
		return root, rest
	case len(path) >= 2 && path[1] == ':':
		return path[:2] + `\`, path[2:]
	}
	return `\`, path
}

// cutSegment cuts at the first separator of Windows.
func cutSegment(path string) (segment, rest string) {
	if i := strings.IndexAny(path, `\/`); i >= 0 {
		return path[:i], path[i+1:]
	}
	return path, ""
}
