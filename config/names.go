package config

import (
	"fmt"
	"slices"
	"strings"
)

// The tables of a file. The empty name stands for what is above the first of them.
const (
	tableFeed       = "feed"
	tableSecretFile = "secret_file"
	tableDownload   = "download"
)

// keysOf lists the keys that a table can have, in the order in which people are told of them.
func keysOf(table string) []string {
	switch table {
	case "":
		return []string{"sources", "disable", "ca_file", tableFeed, tableSecretFile, tableDownload}
	case tableFeed:
		return []string{"url", "sources", "username", "account", "tenant", "client_id", "kind", "server", "allow_insecure", "helper"}
	case tableSecretFile:
		return []string{"path", "feed", "username"}
	case tableDownload:
		return []string{"url"}
	}
	return nil
}

// unknownKey says what to do about a key that the table does not have. It names the key only where that cannot be a secret
// that somebody pasted.
func unknownKey(table, key string) string {
	home := homesOf(key)
	inTables := slices.DeleteFunc(slices.Clone(home), func(name string) bool { return name == "" })
	switch {
	case isSecret(key):
		return "secrets do not belong into this file: run nuplug login URL, or put it into a file that a [[secret_file]] names"
	case slices.Contains(home, "") && keysOf(key) != nil:
		return fmt.Sprintf("a table of its own: write [[%s]] on a line of its own", key)
	case slices.Equal(home, []string{""}):
		return fmt.Sprintf("%q belongs above the first line with [[", key)
	case home != nil:
		return fmt.Sprintf("%q belongs into [[%s]]", key, strings.Join(inTables, "]] or [["))
	}
	problem := "unknown key"
	if isWord(key) {
		problem += fmt.Sprintf(" %q", key)
	}
	return problem + advice(key, keysOf(table))
}

// homesOf lists the tables that have the key.
func homesOf(key string) []string {
	var homes []string
	for _, table := range []string{"", tableFeed, tableSecretFile, tableDownload} {
		if slices.Contains(keysOf(table), key) {
			homes = append(homes, table)
		}
	}
	return homes
}

// unknownName says what to do about a value that is none of some names. It does not quote the value.
func unknownName(what, name string, known []string) string {
	return "unknown " + what + advice(name, known)
}

// advice names the nearest of the known names, or else all of them.
func advice(name string, known []string) string {
	nearest, best := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < best && d < len(k) {
			nearest, best = k, d
		}
	}
	switch {
	case nearest != "":
		return fmt.Sprintf(": did you mean %q?", nearest)
	case len(known) == 0:
		return ""
	}
	return "; there are " + strings.Join(known, ", ")
}

// isWord says whether a key looks like one: tokens are longer or have digits.
func isWord(key string) bool {
	return key != "" && len(key) <= 20 && !strings.ContainsFunc(key, func(c rune) bool {
		return (c|0x20 < 'a' || c|0x20 > 'z') && c != '_' && c != '-'
	})
}

// isSecret says whether a key names a secret, as far as one can guess.
func isSecret(key string) bool {
	name := strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(key))
	if strings.HasPrefix(name, "secretfile") {
		return false
	}
	for _, word := range []string{"password", "passwd", "passphrase", "pwd", "token", "secret", "apikey", "privatekey", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "pat" || name == "pass" || name == "pw"
}

// distance is how many characters have to be put in, left out or replaced to make b of a.
func distance(a, b string) int {
	if len(a) > len(b)+8 { // far away; a key can be as long as the file
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
