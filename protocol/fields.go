package protocol

import (
	"reflect"
	"strings"
	"time"
)

// field is a struct field with what its wire tag says: the name on the wire; that it may not be absent; and for a list
// that it may not be empty either.
type field struct {
	name               string
	required, nonempty bool
	value              reflect.Value
	raw                []byte // what a message that is being read says; nil for nothing
}

// fields lists the fields of the struct that p points to, in wire order.
func fields(p any) []field {
	v := reflect.ValueOf(p).Elem()
	all := make([]field, v.NumField())
	for i := range all {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("wire"), ",")
		all[i] = field{name: name, required: options != "", nonempty: strings.HasSuffix(options, "nonempty"), value: v.Field(i)}
	}
	return all
}

// checkRules applies what C#'s payload constructors check, which they do for writing and reading alike.
func (d decoder) checkRules(p Payload, all []field) error {
	for _, f := range all {
		if problem := f.problem(); problem != "" {
			return d.fail(f.name, problem)
		}
	}
	if p, ok := p.(ruled); ok {
		if field, problem := p.rule(); problem != "" {
			return d.fail(field, problem)
		}
	}
	return nil
}

func (f field) problem() string {
	v := f.value
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch x := v.Addr().Interface().(type) {
	case enum:
		return undefined(x)
	case *string:
		if f.required && *x == "" {
			return "is empty"
		}
	case *Version:
		if parsed, err := ParseVersion(x.String()); err != nil || parsed != *x {
			return "is not a semantic version"
		}
	case *time.Duration: // its range is the payload's own rule
	case *[]string:
		if f.required && *x == nil || f.nonempty && len(*x) == 0 {
			return "is empty"
		}
	case *[]OperationClaim:
		if *x == nil {
			return "is missing"
		}
		for i := range *x {
			if problem := undefined(&(*x)[i]); problem != "" {
				return problem
			}
		}
	}
	return ""
}

func undefined(x enum) string {
	if !defined(x.names(), x.value()) {
		return "is not a defined value"
	}
	return ""
}
