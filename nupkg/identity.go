// Package nupkg knows NuGet packages: how they are named, how their versions are written and ordered,
// and how a .nupkg file is read, unpacked and written.
//
// A package comes from somebody else. Reading one never panics, never reads or allocates more than its
// [Limits] allow, and refuses every file name that could leave the folder it is unpacked into or that two
// operating systems would understand differently. Nothing here looks at the network, and only
// [Archive.Extract] writes to disk, through an [os.Root].
//
// How ids and versions are compared, lowered and checked was taken from NuGet 7.9 itself: the vector
// tables of the tests hold what its NuGet.Versioning and NuGet.Packaging libraries answered.
package nupkg

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identity names one package: an id and a version. Ids are compared ignoring case, so two identities
// are compared with [Identity.Equal], not with ==.
type Identity struct {
	ID      string // as its author wrote it, for example "Contoso.Core"
	Version Version
}

// String returns "ID VERSION", the version in its normalized form.
func (i Identity) String() string { return i.ID + " " + i.Version.Normalized() }

// Equal says whether both name the same package: ids ignoring case, versions as NuGet compares them.
func (i Identity) Equal(other Identity) bool {
	return EqualID(i.ID, other.ID) && i.Version.Equal(other.Version)
}

// FileName returns the name that NuGet gives the package file in its folders and that a feed serves it
// under: "id.version.nupkg", all lower case.
func (i Identity) FileName() string {
	return LowerID(i.ID) + "." + i.Version.Lower() + ".nupkg"
}

// maxIDLength is NuGet's own limit, in UTF-16 code units; ids beyond it are refused when packing.
const maxIDLength = 100

// ValidateID says why id cannot be a package id, or returns nil. An id that passes holds letters, digits
// and connectors such as '_', in groups separated by single '.' or '-': it is safe as a path segment
// on every system, but for the few device names of Windows ("con").
func ValidateID(id string) error {
	switch {
	case id == "":
		return errors.New("package id is empty")
	case !utf8.ValidString(id):
		return fmt.Errorf("package id %q is not valid UTF-8", id)
	case utf16Length(id) > maxIDLength:
		return fmt.Errorf("package id %.20q… is longer than %d characters", id, maxIDLength)
	}
	separated := true // a separator may stand neither first nor behind another one
	for _, r := range id {
		switch {
		case isWordRune(r):
			separated = false
		case (r == '.' || r == '-') && !separated:
			separated = true
		default:
			return fmt.Errorf("package id %q must be letters, digits and '_', separated by single '.' or '-'", id)
		}
	}
	if separated {
		return fmt.Errorf("package id %q ends in a separator", id)
	}
	return nil
}

// isWordRune is what \w matches in .NET, which NuGet's own check is made of.
func isWordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Mn, unicode.Nd, unicode.Pc)
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// EqualID says whether two package ids are the same to NuGet, which compares them with .NET's
// OrdinalIgnoreCase. strings.EqualFold is not that: it takes the Kelvin sign for a 'k' and so would let
// one id stand in for another.
func EqualID(a, b string) bool { return strings.Map(upperRune, a) == strings.Map(upperRune, b) }

// LowerID returns id as it stands in the URLs of a feed and in the folders of NuGet (.NET's
// ToLowerInvariant).
func LowerID(id string) string { return strings.Map(lowerRune, id) }

// upperRune and lowerRune are .NET's invariant case mappings. They differ from Go's where a letter outside
// ASCII has its counterpart inside: the dotless i, the long s and the dotted capital I map to themselves.
func upperRune(r rune) rune {
	if u := unicode.ToUpper(r); u >= utf8.RuneSelf || r < utf8.RuneSelf {
		return u
	}
	return r
}

func lowerRune(r rune) rune {
	if r == '\u0130' {
		return r
	}
	return unicode.ToLower(r)
}
