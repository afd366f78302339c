package config

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/nuplug/nuplug/credential"
)

func (t table) has(key string) bool {
	_, ok := t.values[key]
	return ok
}

// value is the value of a key if it is there and of the right type; what says for people what it should be.
func value[T any](r *reader, t table, key, what string) (v T, ok bool) {
	found, there := t.values[key]
	if v, ok = found.(T); there && !ok {
		r.wrong(t, key, "%s is to be %s", key, what)
	}
	return v, ok
}

func (r *reader) flag(t table, key string) bool {
	v, _ := value[bool](r, t, key, "true or false, without quotes")
	return v
}

func (r *reader) text(t table, key string) string {
	v, ok := value[string](r, t, key, "text in quotes")
	switch {
	case !ok:
	case strings.TrimSpace(v) == "":
		r.wrong(t, key, "%s is empty: give it a value or leave it out", key)
	case strings.ContainsFunc(v, unicode.IsControl):
		r.wrong(t, key, "%s has a control character in it", key)
	default:
		return v
	}
	return ""
}

// tables lists the tables [[key]].
func (r *reader) tables(root table, key string) []table {
	path := below(root.path, key)
	var all []table
	switch v := root.values[key].(type) {
	case nil:
	case []map[string]any:
		for i, values := range v {
			all = append(all, table{key, element(path, i), values})
		}
	case []any: // key = [{…}, {…}]
		for i, one := range v {
			values, ok := one.(map[string]any)
			if !ok {
				r.problem(r.places.value(element(path, i)), "not a table: write [[%s]] on a line of its own", key)
				continue
			}
			all = append(all, table{key, element(path, i), values})
		}
	default:
		r.problem(r.places.keys[path], "not a list of tables: write [[%s]], with two brackets, on a line of its own", key)
	}
	return all
}

// unknownKeys finds the keys that the table cannot have.
func (r *reader) unknownKeys(t table) {
	for key := range t.values {
		if !slices.Contains(keysOf(t.name), key) {
			r.problem(r.places.keys[below(t.path, key)], "%s", unknownKey(t.name, key))
		}
	}
}

func (r *reader) required(t table, key string) {
	if !t.has(key) {
		r.problem(r.places.value(t.path), "%s is missing in this [[%s]]", key, t.name)
	}
}

// duplicates are the lines of what was there before.
type duplicates map[string]int

// once finds two tables for one thing. The empty text stands for none.
func (r *reader) once(seen duplicates, t table, key, thing string) {
	thing = strings.ToLower(strings.TrimSpace(thing))
	if before, ok := seen[thing]; ok {
		r.wrong(t, key, "the same as in the [[%s]] of line %d: put both into one", t.name, before)
		return
	}
	if thing != "" {
		seen[thing] = r.line(t.path)
	}
}

// sources is a list of sources, which can be empty. ok is false when there is none.
func (r *reader) sources(t table) (names []string, ok bool) {
	const key = "sources"
	list, ok := value[[]any](r, t, key, `a list of names in quotes: ["a", "b"]`)
	for i, one := range list {
		at := r.places.value(element(below(t.path, key), i))
		name, isText := one.(string)
		switch {
		case !isText:
			r.problem(at, "the name of a source is to be text in quotes")
		case !slices.Contains(r.o.Sources, name):
			r.problem(at, "%s", unknownName("source", name, r.o.Sources))
		case slices.Contains(names, name):
			r.problem(at, "this source is in the list before")
		default:
			names = append(names, name)
		}
	}
	return names, ok
}

func (r *reader) kind(t table) string {
	name := r.text(t, "kind")
	if name != "" && !slices.Contains(r.o.Kinds, name) {
		r.wrong(t, "kind", "%s", unknownName("kind", name, r.o.Kinds))
		return ""
	}
	return name
}

// address reads the address of a feed, or the beginning of one.
func (r *reader) address(t table, key string) credential.Feed {
	text := r.text(t, key)
	if text == "" {
		return credential.Feed{}
	}
	feed, err := credential.ParseFeed(text)
	u, urlErr := url.Parse(strings.TrimSpace(text))
	switch {
	case !strings.Contains(text, "://"):
		r.wrong(t, key, "%s is to be a whole address, with https:// before it", key)
	case err != nil || urlErr != nil: // whose text may quote the address
		r.wrong(t, key, "%s is not an https or http address", key)
	case u.User != nil:
		r.wrong(t, key, "%s has a user name or a password in it, which do not belong into this file: leave out what stands before the @", key)
	case strings.ContainsAny(text, "?#"):
		r.wrong(t, key, "%s is to be without ? and #", key)
	case strings.Contains(text, "*"):
		r.wrong(t, key, "%s has a * in it: leave it out, since an address covers all that is below it", key)
	default:
		return feed.Folder()
	}
	return credential.Feed{}
}

// path reads the path of a file, in which ~/ stands for the home folder.
func (r *reader) path(t table, key string) string {
	path := r.text(t, key)
	expanded, ok := expandHome(r.o.GOOS, r.home, path)
	switch {
	case path == "":
	case !ok:
		r.wrong(t, key, "%s begins with ~, and the home folder is not known", key)
	case !isAbsolute(r.o.GOOS, expanded): // NuGet starts a plugin in any folder
		r.wrong(t, key, "%s is to be an absolute path, or one that begins with ~/", key)
	default:
		return expanded
	}
	return ""
}

// helper reads what to start: the end of the name of a Docker credential helper, or the path of a program.
func (r *reader) helper(t table) (name, program string) {
	const key = "helper"
	text := r.text(t, key)
	isName := !strings.ContainsFunc(text, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("._-", c)
	})
	if isName {
		return text, ""
	}
	program = r.path(t, key)
	if ext := strings.ToLower(program[max(len(program)-4, 0):]); r.o.GOOS == windows && (ext == ".bat" || ext == ".cmd") {
		r.wrong(t, key, "helper cannot be a batch file: name the program itself")
		return "", ""
	}
	return "", program
}
