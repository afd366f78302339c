package host

import (
	"crypto/sha1" // for names, and because old NuGet uses it
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"unicode"
)

// sourceAgnostic is the key of the claims that hold for every source.
const sourceAgnostic = "Source-Agnostic"

// hashLength is what NuGet keeps of its hashes, in bytes: as much as SHA-1 gave it before.
const hashLength = 20

// claimsFile is the name of a file of the claims cache in the folder dir.
func claimsFile(goos, dir, pluginPath, source string, hash func(string) string) string {
	if source == "" {
		source = sourceAgnostic
	}
	return join(goos, join(goos, dir, hash(pluginPath)), hash(source)+".dat")
}

// claimsHash makes a file name of a path or key. NuGet 5.8 and later.
func claimsHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:hashLength])
}

// oldClaimsHash is that of NuGet 5.0 to 5.7, which wrote the bytes of the hash last first.
func oldClaimsHash(s string) string {
	sum := sha1.Sum([]byte(s))
	slices.Reverse(sum[:])
	return hex.EncodeToString(sum[:])
}

// lockName is the name of the lock file for a file: the same for all names that differ by case only. A relative name is
// taken as it is.
func lockName(c Client, file string) string {
	if isRooted(file, c.OS) {
		file = fullPath(file, c.OS)
	}
	var utf32 []byte
	for _, r := range file {
		utf32 = binary.LittleEndian.AppendUint32(utf32, uint32(upperInvariant(r)))
	}
	if c.atLeast(5, 8) {
		sum := sha256.Sum256(utf32)
		return hex.EncodeToString(sum[:hashLength])
	}
	sum := sha1.Sum(utf32)
	return hex.EncodeToString(sum[:])
}

// upperInvariant is the upper case of .NET's invariant culture, which leaves the two letters alone whose upper case is
// ASCII.
func upperInvariant(r rune) rune {
	const dotlessI, longS = 'ı', 'ſ'
	if r == dotlessI || r == longS {
		return r
	}
	return unicode.ToUpper(r)
}
