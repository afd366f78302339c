package nugetconfig

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// decodeName undoes the encoding of source names as element names: _xHHHH_ is a UTF-16 unit and _xHHHHHHHH_ a character
// beyond the first 65536. Everything else stays, so "_x41_" is itself.
func decodeName(name string) string {
	if !strings.Contains(name, "_x") && !strings.Contains(name, "_X") {
		return name
	}
	units := utf16.Encode([]rune(name))
	out := make([]uint16, 0, len(units))
	for len(units) > 0 {
		decoded, size := decodeUnit(units)
		out = append(out, decoded...)
		units = units[size:]
	}
	return string(utf16.Decode(out))
}

func decodeUnit(units []uint16) (decoded []uint16, size int) {
	if n, ok := hexBetween(units, 4); ok {
		return []uint16{uint16(n)}, 7
	}
	if n, ok := hexBetween(units, 8); ok && n >= 0x10000 && n <= 0x10ffff {
		return utf16.AppendRune(nil, rune(n)), 11
	}
	return units[:1], 1
}

// hexBetween reads "_x", digits, "_".
func hexBetween(units []uint16, digits int) (uint64, bool) {
	end := 2 + digits
	if len(units) <= end || units[0] != '_' || units[1]|0x20 != 'x' || units[end] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(utf16.Decode(units[2:end])), 16, 32)
	return n, err == nil
}
