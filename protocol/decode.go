package protocol

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	errNotJSON   = errors.New("is not valid JSON")
	errNotObject = errors.New("is not a JSON object")
	errTooDeep   = errors.New("nests deeper than a C# reader allows (64)")
	errNotString = errors.New("is not a string")
	errNotNumber = errors.New("is not a number")
)

// decoder reads the object of one envelope or payload and knows what to call it in an error.
type decoder struct {
	method      Method
	messageType MessageType
	strict      bool
}

func (d decoder) fail(field, problem string) error {
	return &FieldError{Method: d.method, Type: d.messageType, Field: field, Problem: problem}
}

// object reads valid JSON into a struct with wire tags. Of a repeated property the last one counts and the others may say
// anything; an unknown one is passed over. Both were seen with NuGet's readers.
func (d decoder) object(valid []byte, all []field) error {
	if valid[0] != '{' {
		return d.fail("Payload", "is not a JSON object")
	}
	for rawName, raw := range members(valid) {
		name := unescape(rawName)
		i := d.find(all, name)
		switch {
		case i < 0 && d.strict:
			return d.fail(string(name), "is not a property of this message")
		case i < 0:
			continue
		case d.strict && all[i].raw != nil:
			return d.fail(string(name), "stands twice")
		}
		all[i].raw = raw
	}
	for _, f := range all {
		if err := d.value(f); err != nil {
			return d.fail(f.name, err.Error())
		}
	}
	return nil
}

// find gives the place of a property, the exact name first, or -1.
func (d decoder) find(all []field, name []byte) int {
	if i := slices.IndexFunc(all, func(f field) bool { return f.name == string(name) }); i >= 0 || d.strict {
		return i
	}
	return slices.IndexFunc(all, func(f field) bool { return equalFoldASCII(f.name, string(name)) })
}

// value reads one property. For an optional one null is the same as none.
func (d decoder) value(f field) error {
	raw, v := f.raw, f.value
	switch {
	case !f.required && (raw == nil || raw[0] == 'n'):
		return nil
	case raw == nil:
		return errors.New("is missing")
	case raw[0] == 'n':
		return errors.New("is null")
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	var err error
	switch x := v.Addr().Interface().(type) {
	case enum:
		err = d.enum(raw, x)
	case *string:
		if *x, err = d.text(raw); err == nil && *x == "" && f.required {
			err = errors.New("is empty")
		}
	case *bool:
		*x, err = d.bool(raw)
	case *int32:
		*x, err = d.int32(raw)
	case *float64:
		*x, err = d.double(raw)
	case *time.Duration:
		*x, err = d.timeSpan(raw)
	case *Version:
		var s string
		if s, err = readString(raw); err == nil {
			*x, err = ParseVersion(s)
		}
	case *JSON:
		if raw[0] != '{' {
			return errNotObject
		}
		*x = raw
	case *[]string:
		*x, err = list(raw, d.text)
	case *[]OperationClaim:
		*x, err = list(raw, func(raw []byte) (c OperationClaim, err error) { err = d.enum(raw, &c); return })
	default:
		panic("protocol: no decoding for " + v.Type().String()) // a payload type of ours with a new kind of field
	}
	return err
}

func list[T any](raw []byte, read func([]byte) (T, error)) ([]T, error) {
	if raw[0] != '[' {
		return nil, errors.New("is not a list")
	}
	all := []T{} // an empty list is not an absent one
	for raw := range elements(raw) {
		if string(raw) == "null" {
			return nil, errors.New("holds a null")
		}
		one, err := read(raw)
		if err != nil {
			return nil, fmt.Errorf("holds something that %w", err)
		}
		all = append(all, one)
	}
	return all, nil
}

func (d decoder) enum(raw []byte, x enum) error {
	if raw[0] == '{' || raw[0] == '[' {
		return errors.New("is neither a name nor a number")
	}
	text := raw
	if raw[0] == '"' {
		text = unescape(raw)
	}
	i, ok := parseEnumText(x.names(), string(text))
	if !ok {
		return fmt.Errorf("is unknown: %.64q", text)
	}
	if d.strict && (raw[0] != '"' || x.names()[i] != string(text)) {
		return fmt.Errorf("is not written exactly as %s", x.names()[i])
	}
	x.set(i)
	return nil
}

// text reads a string, and from a lenient peer a number or a boolean as its text.
func (d decoder) text(raw []byte) (string, error) {
	switch {
	case raw[0] == '"':
		return readString(raw)
	case d.strict || raw[0] == '{' || raw[0] == '[':
		return "", errNotString
	case raw[0] == 't':
		return "True", nil // the text that .NET gives it
	case raw[0] == 'f':
		return "False", nil
	}
	return string(raw), nil
}

func (d decoder) bool(raw []byte) (bool, error) {
	switch s := string(raw); {
	case s == "true":
		return true, nil
	case s == "false":
		return false, nil
	case d.strict:
	case s == "1" || equalFoldASCII(s, `"true"`):
		return true, nil
	case s == "0" || equalFoldASCII(s, `"false"`):
		return false, nil
	}
	return false, errors.New("is not true or false")
}

func (d decoder) int32(raw []byte) (int32, error) {
	f, err := d.double(raw)
	if err != nil || f != math.Trunc(f) || f < math.MinInt32 || f > math.MaxInt32 {
		return 0, errors.New("is not a 32-bit integer")
	}
	return int32(f), nil
}

func (d decoder) double(raw []byte) (float64, error) {
	if d.strict && raw[0] == '"' {
		return 0, errNotNumber
	}
	f, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil {
		return 0, errNotNumber
	}
	return f, nil
}

func (d decoder) timeSpan(raw []byte) (time.Duration, error) {
	s, err := readString(raw)
	if err != nil {
		return 0, err
	}
	return ParseTimeSpan(s)
}

func readString(raw []byte) (string, error) {
	if raw[0] != '"' {
		return "", errNotString
	}
	return string(unescape(raw)), nil
}

// unescape gives the text of a JSON string. Invalid UTF-8 and half surrogates become U+FFFD, as in .NET.
func unescape(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' || c >= 0x80 {
			var s string
			_ = json.Unmarshal(quoted, &s) // it is valid: json.Valid has passed it
			return []byte(s)
		}
	}
	return inner
}
