package protocol

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Version is a version of the protocol: a semantic version with exactly three numeric parts. Build metadata is read and
// forgotten; the C# writer never sends it.
type Version struct {
	Major, Minor, Patch int
	Prerelease          string // dot-separated labels without the leading hyphen, empty for a release
}

// ParseVersion reads a version as strictly as the C# side, which refuses "2.0".
func ParseVersion(s string) (Version, error) {
	rest, metadata, hasMetadata := strings.Cut(s, "+")
	core, prerelease, hasPrerelease := strings.Cut(rest, "-")
	parts := strings.Split(core, ".")
	if len(parts) != 3 || hasPrerelease && !validLabels(prerelease, true) || hasMetadata && !validLabels(metadata, false) {
		return Version{}, versionError(s)
	}
	v := Version{Prerelease: prerelease}
	for i, number := range []*int{&v.Major, &v.Minor, &v.Patch} {
		n, err := strconv.ParseInt(parts[i], 10, 32)
		if err != nil || !isNumber(parts[i]) || parts[i] != "0" && parts[i][0] == '0' {
			return Version{}, versionError(s)
		}
		*number = int(n)
	}
	return v, nil
}

func versionError(s string) error {
	return fmt.Errorf("%.64q is not a semantic version of three numbers, such as 2.0.0", s)
}

func (v Version) String() string {
	s := fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	if v.Prerelease != "" {
		s += "-" + v.Prerelease
	}
	return s
}

// Compare orders by SemVer precedence: 2.0.0-beta sorts below 2.0.0 and above 1.0.0.
func (v Version) Compare(w Version) int {
	if c := cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch)); c != 0 {
		return c
	}
	switch {
	case v.Prerelease == w.Prerelease:
		return 0
	case v.Prerelease == "":
		return 1
	case w.Prerelease == "":
		return -1
	}
	a, b := strings.Split(v.Prerelease, "."), strings.Split(w.Prerelease, ".")
	for i := range min(len(a), len(b)) {
		if c := compareLabels(a[i], b[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareLabels puts numbers before words, numbers by value and words ignoring case, which is NuGet's order.
func compareLabels(a, b string) int {
	switch na, nb := isNumber(a), isNumber(b); {
	case na && nb:
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	case na:
		return -1
	case nb:
		return 1
	}
	return cmp.Compare(strings.ToUpper(a), strings.ToUpper(b))
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func validLabels(s string, prerelease bool) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || prerelease && len(label) > 1 && label[0] == '0' && isNumber(label) {
			return false
		}
		for _, c := range []byte(label) {
			if lower(c) < 'a' || lower(c) > 'z' {
				if (c < '0' || c > '9') && c != '-' {
					return false
				}
			}
		}
	}
	return true
}
