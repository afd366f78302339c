package protocol

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// EncodePayload checks the payload's rules and writes it as C# does: properties in declaration order, absent ones left
// out. The error is a [FieldError].
func EncodePayload(p Payload) (JSON, error) {
	d := decoder{}
	d.method, d.messageType = p.kind()
	all := fields(p)
	if err := d.checkRules(p, all); err != nil {
		return nil, err
	}
	b := append(make([]byte, 0, 128), '{')
	for _, field := range all {
		encoded, err := appendValue(b, field)
		if err != nil {
			return nil, d.fail(field.name, err.Error())
		}
		b = encoded
	}
	return append(b, '}'), nil
}

// appendValue appends a comma where one is due, the name and the value, or nothing for an absent optional value.
func appendValue(b []byte, f field) ([]byte, error) {
	v := f.value
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil() {
		return b, nil
	}
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(append(b, '"'), f.name...), '"', ':')
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch x := v.Addr().Interface().(type) {
	case enum:
		return append(append(append(b, '"'), x.names()[x.value()]...), '"'), nil
	case *string:
		return appendString(b, *x), nil
	case *bool:
		return strconv.AppendBool(b, *x), nil
	case *int32:
		return strconv.AppendInt(b, int64(*x), 10), nil
	case *float64:
		return appendDouble(b, *x), nil
	case *time.Duration:
		return append(append(append(b, '"'), FormatTimeSpan(*x)...), '"'), nil
	case *Version:
		return appendString(b, x.String()), nil
	case *JSON:
		return appendJSON(b, *x)
	case *[]string:
		b = append(b, '[')
		for i, s := range *x {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']'), nil
	case *[]OperationClaim:
		b = append(b, '[')
		for i, claim := range *x {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, '"'), claim.String()...), '"')
		}
		return append(b, ']'), nil
	}
	panic("protocol: no encoding for " + v.Type().String()) // a payload type of ours with a new kind of field
}

// appendString escapes what Newtonsoft's writer escapes and nothing else: no HTML, and U+0085 beside the two separators.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendASCII(b, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '\u0085', '\u2028', '\u2029':
			b = append(b, `\u`...)
			for shift := 12; shift >= 0; shift -= 4 {
				b = append(b, hexDigits[r>>shift&0xf])
			}
		default: // a broken byte is written as U+FFFD, as .NET's encoder does
			b = utf8.AppendRune(b, r)
		}
		i += size
	}
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

func appendASCII(b []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c >= 0x20:
		return append(b, c)
	}
	if short := strings.IndexByte("\b\f\n\r\t", c); short >= 0 {
		return append(b, '\\', "bfnrt"[short])
	}
	return append(append(b, `\u00`...), hexDigits[c>>4], hexDigits[c&0xf])
}

// appendDouble writes a percentage as .NET does: always with a fraction or an exponent.
func appendDouble(b []byte, f float64) []byte {
	if f != 0 && f < 1e-4 {
		return strconv.AppendFloat(b, f, 'E', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if bytes.IndexByte(b[start:], '.') < 0 {
		b = append(b, ".0"...)
	}
	return b
}

// appendJSON embeds an object compactly, with its strings as they are.
func appendJSON(b []byte, raw JSON) ([]byte, error) {
	start := len(b)
	buffer := bytes.NewBuffer(b)
	if err := json.Compact(buffer, raw); err != nil {
		return nil, errNotJSON
	}
	b = buffer.Bytes()
	if b[start] != '{' {
		return nil, errNotObject
	}
	if depth(b[start:]) > maxDepth-2 { // inside the payload, inside the envelope
		return nil, errTooDeep
	}
	return b, nil
}

// depth tells how deep valid JSON nests.
func depth(valid []byte) int {
	deepest, now := 0, 0
	for i := 0; i < len(valid); i++ {
		switch valid[i] {
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		case '"':
			i = stringEnd(valid, i) - 1
		}
	}
	return deepest
}
