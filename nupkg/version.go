package nupkg

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Version is a NuGet version: one to four numbers, an optional prerelease and optional metadata. The zero
// value is 0.0.0. Versions are compared with [Version.Compare] or [Version.Equal], not with ==.
type Version struct {
	major, minor, patch, revision int32
	prerelease, metadata          string // without their '-' and '+'
}

// ParseVersion reads a version as leniently as NuGet does: one to four numbers up to 2147483647,
// leading zeros, and white space around the whole and around each number.
func ParseVersion(s string) (Version, error) {
	v, err := parseVersion(strings.TrimSpace(s))
	if err != nil {
		return Version{}, fmt.Errorf("%.80q is not a NuGet version: %w", s, err)
	}
	return v, nil
}

func parseVersion(s string) (Version, error) {
	var v Version
	// The first '+' begins the metadata, the first '-' before it the prerelease.
	rest, metadata, hasMetadata := strings.Cut(s, "+")
	numbers, prerelease, hasPrerelease := strings.Cut(rest, "-")
	if hasPrerelease {
		if err := checkLabels(prerelease, true); err != nil {
			return v, fmt.Errorf("prerelease: %w", err)
		}
	}
	if hasMetadata {
		if err := checkLabels(metadata, false); err != nil {
			return v, fmt.Errorf("metadata: %w", err)
		}
	}
	v.prerelease, v.metadata = prerelease, metadata
	parts := strings.Split(numbers, ".")
	if len(parts) > 4 {
		return v, fmt.Errorf("it has %d numbers, at most 4 are allowed", len(parts))
	}
	for i, to := range []*int32{&v.major, &v.minor, &v.patch, &v.revision}[:len(parts)] {
		n, err := parseNumber(strings.TrimSpace(parts[i]))
		if err != nil {
			return v, err
		}
		*to = n
	}
	return v, nil
}

func parseNumber(s string) (int32, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, fmt.Errorf("%.40q is not a number", s)
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%.40q is larger than %d", s, math.MaxInt32)
	}
	return int32(n), nil
}

// checkLabels checks the dot-separated labels of a prerelease or of metadata. Only a prerelease refuses
// numbers with leading zeros.
func checkLabels(s string, refuseLeadingZeros bool) error {
	for label := range strings.SplitSeq(s, ".") {
		switch {
		case label == "":
			return fmt.Errorf("%.40q has an empty label", s)
		case strings.ContainsFunc(label, func(r rune) bool { return !isLabelRune(r) }):
			return fmt.Errorf("%.40q may hold letters, digits and '-' only", label)
		case refuseLeadingZeros && len(label) > 1 && label[0] == '0' && strings.Trim(label, "0123456789") == "":
			return fmt.Errorf("number %.40q has a leading zero", label)
		}
	}
	return nil
}

func isLabelRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-'
}

// Normalized returns the form that NuGet writes and that feeds and folders are named by: three numbers, the
// fourth only when it is not zero, no leading zeros, the prerelease in its own case, no metadata.
func (v Version) Normalized() string {
	s := fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch)
	if v.revision != 0 {
		s += "." + strconv.Itoa(int(v.revision))
	}
	if v.prerelease != "" {
		s += "-" + v.prerelease
	}
	return s
}

// Lower returns the normalized form in lower case, as it stands in URLs and folder names.
func (v Version) Lower() string { return strings.ToLower(v.Normalized()) }

// Full returns the normalized form followed by the metadata.
func (v Version) Full() string {
	if v.metadata == "" {
		return v.Normalized()
	}
	return v.Normalized() + "+" + v.metadata
}

// String is [Version.Normalized].
func (v Version) String() string { return v.Normalized() }

// Prerelease returns what follows the '-', in its own case, or "".
func (v Version) Prerelease() string { return v.prerelease }

// IsPrerelease says whether v comes before the release of the same number.
func (v Version) IsPrerelease() bool { return v.prerelease != "" }

// Metadata returns what follows the '+', or "".
func (v Version) Metadata() string { return v.metadata }

// Equal says whether both are the same version to NuGet: metadata is ignored, and so is the case of the
// prerelease. Unlike Compare it compares labels as text, so that "--05" and "--5" are two versions.
func (v Version) Equal(w Version) bool {
	return v.compareNumbers(w) == 0 && strings.EqualFold(v.prerelease, w.prerelease)
}

// Compare orders versions as NuGet does, with a result below, equal to or above zero: by number, then a
// prerelease before its release, then label by label, ignoring case. Metadata does not count.
func (v Version) Compare(w Version) int {
	if c := v.compareNumbers(w); c != 0 {
		return c
	}
	switch {
	case v.prerelease == w.prerelease:
		return 0
	case v.prerelease == "":
		return 1
	case w.prerelease == "":
		return -1
	}
	return comparePrerelease(v.prerelease, w.prerelease)
}

func (v Version) compareNumbers(w Version) int {
	return cmp.Or(cmp.Compare(v.major, w.major), cmp.Compare(v.minor, w.minor),
		cmp.Compare(v.patch, w.patch), cmp.Compare(v.revision, w.revision))
}

func comparePrerelease(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		if c := compareLabel(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// compareLabel puts numbers before text. A number is what fits into 32 bits, sign included: that is how
// NuGet reads a label, so 2147483648 and "-5" are ordered differently than SemVer would have it.
func compareLabel(a, b string) int {
	m, errA := strconv.ParseInt(a, 10, 32)
	n, errB := strconv.ParseInt(b, 10, 32)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(m, n)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(strings.ToUpper(a), strings.ToUpper(b))
}
