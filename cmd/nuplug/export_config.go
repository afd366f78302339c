package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// nugetConfigText is a whole NuGet.Config with nothing but credentials, so that it changes nothing else where it is merged.
func nugetConfigText(r reader, all []exported) (string, []string, error) {
	var notes []string
	err := checkEach(all, func(e exported) error {
		expandable := false
		for _, text := range []string{e.Cred.Username, e.Cred.Password.Reveal()} {
			if !isXMLText(text) {
				return errControl
			}
			names := expandableNames(text)
			for _, name := range names {
				// The name is part of the secret.
				if _, set := r.lookup(name); set {
					return errors.New("between two % in it stands the name of a variable, which NuGet would put in its place: use another format, or rename the variable")
				}
			}
			expandable = expandable || len(names) > 0
		}
		if expandable {
			notes = append(notes, fmt.Sprintf("the credential of %s has two %%: where a variable is named like the text between them, NuGet puts its value there", e.Feed))
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <packageSourceCredentials>\n")
	for _, e := range all {
		element := elementName(e.Name)
		fmt.Fprintf(&b, "    <%s>\n", element)
		fmt.Fprintf(&b, "      <add key=\"Username\" value=\"%s\" />\n", xmlEscape(e.Cred.Username))
		fmt.Fprintf(&b, "      <add key=\"ClearTextPassword\" value=\"%s\" />\n", xmlEscape(e.Cred.Password.Reveal()))
		fmt.Fprintf(&b, "    </%s>\n", element)
	}
	b.WriteString("  </packageSourceCredentials>\n</configuration>\n")
	return b.String(), notes, nil
}

// elementName writes the name of a source as NuGet has it as the name of an element: whatever may be no part of one is
// _xHHHH_, a character beyond the first 65536 _xHHHHHHHH_. Letters other than ASCII's may stay and are encoded all the same;
// nothing then depends on which characters which edition of XML takes for letters.
func elementName(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		escapes := r == '_' && i+1 < len(runes) && runes[i+1]|0x20 == 'x' // or may be taken to
		switch {
		case 'a' <= r|0x20 && r|0x20 <= 'z', r == '_' && !escapes, i > 0 && ('0' <= r && r <= '9' || r == '-' || r == '.'):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, "_x%08X_", r)
		default:
			fmt.Fprintf(&b, "_x%04X_", r)
		}
	}
	return b.String()
}

func xmlEscape(text string) string {
	var b strings.Builder
	// The builder has no errors. Line ends and tabs become references too, without which they would be read as blanks.
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// isXMLText says whether XML 1.0 can hold the text at all, by reference or not.
func isXMLText(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0xfffe || r == 0xffff
	})
}

// expandableNames are the texts that NuGet takes for names of variables: those between one % and the next. There is no
// way to write a % that NuGet does not look at.
func expandableNames(text string) []string {
	parts := strings.Split(text, "%")
	if len(parts) < 3 {
		return nil
	}
	var names []string
	for _, name := range parts[1 : len(parts)-1] {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
