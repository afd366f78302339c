package main

import (
	"errors"
	"fmt"
	"strings"
)

// netrcText is one line for each host. An entry knows neither port nor path.
func netrcText(_ reader, all []exported) (string, []string, error) {
	var b strings.Builder
	var notes []string
	first := map[string]exported{}
	err := checkEach(all, func(e exported) error {
		host := e.Feed.Host()
		have, again := first[host]
		switch {
		case e.Feed.Origin() != "https://"+bracketed(host):
			return errors.New("a .netrc is for https on port 443 only: use another format")
		case again && (have.Cred.Username != e.Cred.Username || have.Cred.Password != e.Cred.Password):
			return fmt.Errorf("a .netrc knows hosts only, and %s on the same host has another: export one of them, or use another format", have.Feed)
		case again:
			return nil
		}
		first[host] = e
		words := []string{"machine", host, "login", e.Cred.Username, "password", e.Cred.Password.Reveal()}
		quoted := false
		for i := 1; i < len(words); i += 2 {
			word, err := netrcWord(words[i])
			if err != nil {
				return err
			}
			quoted = quoted || word != words[i]
			words[i] = word
		}
		if quoted {
			notes = append(notes, fmt.Sprintf("the entry of %s needs quotation marks, which curl reads since 7.84 and older tools do not", host))
		}
		b.WriteString(strings.Join(words, " ") + "\n")
		return nil
	})
	return b.String(), notes, err
}

// bracketed is a host as it stands in an address.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// netrcWord writes a word as curl reads it, and as it is where every tool reads that alike. A backslash is an escape to some
// even outside of quotation marks.
func netrcWord(text string) (string, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0x7f }) {
		return "", errControl
	}
	if text != "" && text[0] != '#' && !strings.ContainsAny(text, " \t\r\n\"\\") {
		return text, nil
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + `"`, nil
}
