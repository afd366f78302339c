package nugetconfig

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// toUTF8 decodes a file as .NET's XML reader does: the first bytes tell UTF-16 from the rest, and the declaration names
// the rest. A declaration that contradicts the bytes fails there too, so the file is refused and not guessed at.
func toUTF8(data []byte) ([]byte, error) {
	data, order, name := detect(data)
	if order != nil {
		text, err := fromUTF16(data, order)
		if err != nil {
			return nil, err
		}
		switch declared := declaredEncoding(text); declared {
		case "", "utf-16", "ucs-2", "iso-10646-ucs-2", name:
			return text, nil
		default:
			return nil, faultAt(1, "the file is UTF-16, but its declaration says %.40q; save it as UTF-8", declared)
		}
	}
	switch declared := declaredEncoding(data); declared {
	case "", "utf-8", "unicode-1-1-utf-8", "unicode-2-0-utf-8", "x-unicode-1-1-utf-8", "x-unicode-2-0-utf-8":
		return checkUTF8(data)
	case "utf-16", "utf-16le", "utf-16be", "ucs-2", "iso-10646-ucs-2":
		return nil, faultAt(1, "the declaration says %q, but the file is not UTF-16; save it as UTF-8", declared)
	case "iso-8859-1", "iso_8859-1", "iso8859-1", "iso_8859-1:1987", "iso-ir-100", "latin1", "l1", "cp819", "ibm819", "csisolatin1":
		return mapBytes(data, func(c byte) rune { return rune(c) }), nil
	case "us-ascii", "ascii":
		return mapBytes(data, asciiOrQuestionMark), nil
	default:
		return nil, faultAt(1, "encoding %.40q is not supported; save the file as UTF-8", declared)
	}
}

// detect cuts off the byte order mark and says whether the text is UTF-16, and under which name. Without a mark, a zero
// byte beside the first "<" tells it.
func detect(data []byte) ([]byte, binary.ByteOrder, string) {
	const le, be = "utf-16le", "utf-16be"
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil, ""
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return data[2:], binary.LittleEndian, le
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return data[2:], binary.BigEndian, be
	case bytes.HasPrefix(data, []byte("<\x00")):
		return data, binary.LittleEndian, le
	case bytes.HasPrefix(data, []byte("\x00<")):
		return data, binary.BigEndian, be
	}
	return data, nil, ""
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, errors.New("the UTF-16 text ends in the middle of a character")
	}
	text := make([]byte, 0, len(data))
	for i := 0; i < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			i += 2
			if i == len(data) {
				return nil, errors.New("the UTF-16 text ends in the middle of a character")
			}
			if r = utf16.DecodeRune(r, rune(order.Uint16(data[i:]))); r == utf8.RuneError {
				return nil, faultAt(1+bytes.Count(text, []byte("\n")), "invalid UTF-16")
			}
		}
		text = utf8.AppendRune(text, r)
	}
	return text, nil
}

func checkUTF8(data []byte) ([]byte, error) {
	if utf8.Valid(data) {
		return data, nil
	}
	line, rest := 1, data
	for {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size <= 1 {
			return nil, faultAt(line, "invalid UTF-8; save the file as UTF-8, or declare its encoding")
		}
		if r == '\n' {
			line++
		}
		rest = rest[size:]
	}
}

func mapBytes(data []byte, character func(byte) rune) []byte {
	text := make([]byte, 0, len(data)+len(data)/8)
	for _, c := range data {
		text = utf8.AppendRune(text, character(c))
	}
	return text
}

// asciiOrQuestionMark is what .NET makes of the bytes that ASCII does not have.
func asciiOrQuestionMark(c byte) rune {
	if c < utf8.RuneSelf {
		return rune(c)
	}
	return '?'
}

var encodingAttribute = regexp.MustCompile(`\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')`)

// declaredEncoding is the name in the XML declaration in lower case, empty where there is none.
func declaredEncoding(text []byte) string {
	if !bytes.HasPrefix(text, []byte("<?xml")) {
		return ""
	}
	declaration, _, _ := bytes.Cut(text[:min(len(text), 1024)], []byte("?>"))
	found := encodingAttribute.FindSubmatch(declaration)
	if found == nil {
		return ""
	}
	return strings.ToLower(fmt.Sprintf("%s%s", found[1], found[2]))
}
