package nugetconfig

import (
	"fmt"
	"strings"
	"testing"
)

func mapping(items ...string) string { return wrap("packageSourceMapping", items...) }

func mapped(name string, patterns ...string) string {
	var text strings.Builder
	for _, p := range patterns {
		fmt.Fprintf(&text, `<package pattern="%s"/>`, p)
	}
	return fmt.Sprintf(`<packageSource key="%s">%s</packageSource>`, name, text.String())
}

func TestMapping(t *testing.T) {
	one := func(items ...string) map[string]string { return map[string]string{fileQ: conf(mapping(items...))} }
	hundred := strings.Repeat("x", 100)
	tests := []struct {
		name  string
		files map[string]string
		id    string
		want  string // sources: pattern
	}{
		{"exact before prefix", one(mapped("a", "Foo.*", "*"), mapped("b", " foo.BAR ")), "Foo.Bar", "b: foo.BAR"},
		{"longest prefix", one(mapped("a", "Foo.*", "*"), mapped("b", "Foo.B*")), "foo.bar", "b: Foo.B*"},
		{"star last", one(mapped("a", "Foo.*"), mapped("b", "*")), "X", "b: *"},
		{"all that hold the winner", one(mapped("a", "fo*"), mapped("b", "FO*"), mapped("c", "f*")), "Foo", "a,b: fo*"},
		{"what follows the star", one(mapped("a", "foo*x")), "FooBar", "a: foo*x"},
		{"the dot counts", one(mapped("a", "Foo.*")), "Foo", ": "},
		{"no match", one(mapped("a", "Foo")), "Bar", ": "},
		{"one source twice", one(mapped("a", "Foo*", "foo*bar")), "Foo", "a: Foo*"},
		{"the whole id against a prefix of its length", one(mapped("a", "Foo*"), mapped("b", "Foo")), "Foo", "b: Foo"},
		{"a hundred characters", one(mapped("a", hundred)), hundred, "a: " + hundred},
		{"longer ids have no source", one(mapped("a", "*")), hundred + "x", ": "},
		{"near replaces far whole, ignoring case", map[string]string{fileP: conf(mapping(mapped("A", "Foo", "Bar"))), fileQ: conf(mapping(mapped("a", "Bar")))}, "Foo", ": "},
		{"near adds", map[string]string{fileP: conf(mapping(mapped("A", "Foo"))), fileQ: conf(mapping(mapped("b", "Foo")))}, "Foo", "A,b: Foo"},
		{"clear", map[string]string{fileP: conf(mapping(mapped("A", "Foo"))), fileQ: conf(mapping("<clear/>", mapped("b", "*")))}, "Foo", "b: *"},
		{"clear inside a source is nothing", one(`<packageSource key="a"><package pattern="Foo"/><clear/></packageSource>`), "foo", "a: Foo"},
		{"any case", one(`<PACKAGESOURCE key="a"><PACKAGE pattern="Foo"/></PACKAGESOURCE>`), "foo", "a: Foo"},
		{"twice with other attributes", one(mapped("a", "Foo"), `<packageSource key="A" x="y"><package pattern="Bar"/></packageSource>`), "Bar", "A: Bar"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := world{files: test.files}.load(t).Mapping()
			if err != nil || !m.Enabled() {
				t.Fatalf("mapping %+v, %v", m, err)
			}
			sources, pattern := m.SourcesFor(test.id)
			diff(t, strings.Join(sources, ",")+": "+pattern, test.want)
		})
	}
	m, err := world{files: map[string]string{fileP: conf(mapping(mapped("A", "Foo"))), fileQ: conf(mapping("<clear/>"))}}.load(t).Mapping()
	if err != nil || m.Enabled() {
		t.Errorf("a cleared mapping: %+v, %v", m, err)
	}
}

func TestMappingErrors(t *testing.T) {
	load := map[string]string{
		mapping(mapped("a")):                                                                   "without a package pattern",
		mapping(mapped("a", "x"), mapped("A", "y")):                                            "names one source twice",
		mapping(`<packageSource Key="a"><package pattern="x"/></packageSource>`):               `lacks the attribute "key"`,
		mapping(`<packageSource key="a"><package Pattern="x"/></packageSource>`):               `lacks the attribute "pattern"`,
		mapping(`<packageSource key="a"><package pattern="x"><y/></package></packageSource>`):  "must not hold other elements",
		mapping(`<packageSource key="a"><package pattern="x"/><add key="b"/></packageSource>`): `lacks the attribute "value"`,
	}
	for section, want := range load {
		_, err := world{files: map[string]string{fileQ: conf(section)}}.tryLoad(t)
		wantError(t, err, fileQ+":1", want)
	}
	later := map[string]string{
		" ":                            "pattern is blank",
		"":                             "pattern is blank",
		strings.Repeat("x", 101):       "longer than 100",
		strings.Repeat("x", 100) + "*": "longer than 100",
	}
	for pattern, want := range later {
		_, err := world{files: map[string]string{fileQ: conf("", mapping(mapped("a", pattern)))}}.load(t).Mapping()
		wantError(t, err, fileQ+":2", want)
	}
}

const (
	certificateAB = `<certificate fingerprint="AB" hashAlgorithm="sha256" allowUntrustedRoot="True"/>`
	author        = `<author name="n">` + certificateAB + `</author>`
)

func signers(items ...string) string { return wrap("trustedSigners", items...) }

func signerTexts(c *Config) []string {
	var out []string
	for _, s := range c.TrustedSigners() {
		out = append(out, fmt.Sprintf("%s %s %s %v %v", s.Kind, s.Name, s.ServiceIndex, s.Owners, s.Certificates))
	}
	return out
}

func TestTrustedSigners(t *testing.T) {
	repository := func(name, index, more string) string {
		return fmt.Sprintf(`<repository name="%s" serviceIndex="%s">%s%s</repository>`, name, index, certificateAB, more)
	}
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"both kinds", map[string]string{fileQ: conf(signers(author, repository("r", "https://r/", "<owners>a; b;;c</owners>")))},
			[]string{"author n  [] [{AB SHA256 true}]", "repository r https://r/ [a b c] [{AB SHA256 true}]"}},
		{"authors by exact name", map[string]string{fileU: conf(signers(`<author name="N">` + certificateAB + `</author>`)), fileP: conf(signers(author)),
			fileQ: conf(signers(`<author name="n"><certificate fingerprint="%V%" hashAlgorithm="SHA384" allowUntrustedRoot="x"/></author>`))},
			[]string{"author N  [] [{AB SHA256 true}]", "author n  [] [{%V% SHA384 false}]"}},
		{"repositories by exact service index", map[string]string{fileP: conf(signers(repository("r", "https://a/", ""), repository("s", "https://A/", ""))),
			fileQ: conf(signers(repository("x", "https://a/", "")))},
			[]string{"repository s https://A/ [] [{AB SHA256 true}]", "repository x https://a/ [] [{AB SHA256 true}]"}},
		{"clear", map[string]string{fileP: conf(signers(author)), fileQ: conf(signers("<clear/>"))}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			diff(t, signerTexts(world{files: test.files, env: map[string]string{"V": "vee"}}.load(t)), test.want)
		})
	}
	faults := map[string]string{
		`<author name="n"/>`:                                      "has no certificate",
		`<author>` + certificateAB + `</author>`:                  `lacks the attribute "name"`,
		`<repository name="r">` + certificateAB + `</repository>`: `lacks the attribute "serviceIndex"`,
		`<author name="n"><certificate fingerprint="A" hashAlgorithm="MD5" allowUntrustedRoot="true"/></author>`: "unknown hashAlgorithm",
		`<author name="n"><certificate fingerprint="A" hashAlgorithm="SHA256"/></author>`:                        `lacks the attribute "allowUntrustedRoot"`,
		repository("r", "x", "<owners>a</owners><owners>b</owners>"):                                             `more than one "owners"`,
		repository("r", "x", "<owners> </owners>"):                                                               `"owners" must hold text`,
		repository("r", "x", "<owners><![CDATA[a]]></owners>"):                                                   `"owners" must hold text`,
		repository("r", "x", "<owners>a<b/></owners>"):                                                           `"owners" must hold text`,
	}
	for text, want := range faults {
		_, err := world{files: map[string]string{fileQ: conf(signers(text))}}.tryLoad(t)
		wantError(t, err, fileQ+":1", want)
		// Unknown sections are held to the same.
		_, err = world{files: map[string]string{fileQ: conf(wrap("foo", wrap("bar", text)))}}.tryLoad(t)
		wantError(t, err, fileQ+":1", want)
	}
}
