package nupkg

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ContentFile says whether NuGet unpacks the file of this name into a packages folder. What it leaves in
// the package is the packaging around the content ([Content_Types].xml, _rels, package) and the files that it
// writes itself (.nupkg.metadata, .nupkg.sha512).
func ContentFile(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range []string{"_rels/", "package/", "[content_types].xml"} {
		if strings.HasPrefix(lower, prefix) {
			return false
		}
	}
	return lower != "" && !strings.HasSuffix(lower, "/") &&
		!strings.HasSuffix(lower, ".nupkg.sha512") && !strings.HasSuffix(lower, ".nupkg.metadata")
}

// entryName turns the name that stands in the zip file into the one that is used, or says why that
// name is refused. NuGet resolves %XX in names, so they are resolved before they are judged: "%2e%2e%2fx" is
// "../x". A directory keeps its trailing slash.
func entryName(raw string) (string, error) {
	name := unescape(raw)
	if err := checkName(strings.TrimSuffix(name, "/")); err != nil {
		return "", fmt.Errorf("file name %.200q %w", raw, err)
	}
	return name, nil
}

// maxNameLength is far above what NuGet's own gallery takes (260 characters).
const maxNameLength = 1024

// checkName refuses what is no plain relative path on every system. The rules are the same everywhere,
// so that a package that unpacks on one machine is not refused on the next.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > maxNameLength:
		return fmt.Errorf("is longer than %d bytes", maxNameLength)
	case !utf8.ValidString(name):
		return errors.New("is not valid UTF-8")
	case strings.HasPrefix(name, "/"):
		return errors.New("is an absolute path")
	case strings.Contains(name, `\`):
		return errors.New("holds a backslash")
	case strings.Contains(name, ":"):
		return errors.New("holds a colon (a drive or a stream on Windows)")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("holds a control character")
	}
	for segment := range strings.SplitSeq(name, "/") {
		switch {
		case segment == "":
			return errors.New("has an empty segment")
		case segment == "." || segment == "..":
			return fmt.Errorf("has the segment %q", segment)
		case strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " "):
			return errors.New("has a segment that ends in a dot or a space, which Windows drops")
		}
	}
	return nil
}

// unescape resolves each valid %XX and leaves everything else as it is, like NuGet.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			b.WriteByte(byte(unhex(s[i+1])<<4 | unhex(s[i+2])))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// checkDistinct refuses names that one file system would take for two files and another one for one: equal
// ones, ones that differ by case only, and a file that is also the folder of another file. Folders, whose
// names end in a slash, may differ in case: packages of the public gallery do that, and NuGet unpacks
// them. All names must have passed checkName.
func checkDistinct(names []string) error {
	type entry struct{ key, name string }
	entries := make([]entry, len(names))
	for i, name := range names {
		// No name holds a zero byte. With it for the slash, what lies in a folder sorts right behind
		// a file of the folder's name, so that neighbours are all that has to be compared.
		entries[i] = entry{strings.ReplaceAll(foldName(name), "/", "\x00"), name}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.name, b.name))
	})
	for i := range len(entries) - 1 {
		a, b := entries[i], entries[i+1]
		switch {
		case strings.HasSuffix(a.key, "\x00"): // a folder
		case a.name == b.name:
			return fmt.Errorf("two files are named %.200q", a.name)
		case a.key == b.key:
			return fmt.Errorf("file names %.200q and %.200q differ by case only", a.name, b.name)
		case strings.HasPrefix(b.key, a.key+"\x00"):
			return fmt.Errorf("%.200q is a file and, for %.200q, a folder", a.name, b.name)
		}
	}
	return nil
}

// foldName maps every letter to one representative of the letters that differ from it by case only.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		low := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			low = min(low, f)
		}
		return low
	}, name)
}
