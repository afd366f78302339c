package nugetconfig

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestXML(t *testing.T) {
	const x = `<add key="x" value="http://x/"/>`
	long := strings.Repeat("x", 300)
	tests := []struct {
		name, text string
		want       string // the sources, or words of the error
	}{
		{"root in any case", `<CONFIGURATION><packageSources>` + x + `</packageSources></CONFIGURATION>`, "x=http://x/"},
		{"declaration, comments, instructions", `<?xml version="1.0"?><!-- a --><?foo bar?>` + conf(sources("<!-- <clear/> -->", x)) + "\n<!-- b -->\n", "x=http://x/"},
		{"namespaces are ignored", `<n:configuration xmlns:n="u"><n:packageSources><n:add key="x" value="http://x/"/></n:packageSources></n:configuration>`, "x=http://x/"},
		{"line breaks in a value are blanks", conf(sources("<add key='x' value='http://a\nb\tc'/>")), "x=http://a b c"},
		{"references are not", conf(sources("<add key='x' value='http://a&#10;b'/>")), "x=http://a\nb"},
		{"entities", conf(sources(add("x", "http://x/?a=&amp;&lt;"))), "x=http://x/?a=&<"},
		{"text in an item", conf(sources(`<add key="x" value="http://x/">text</add>`)), "x=http://x/"},
		{"unknown things", conf("<foo><bar/></foo>", sources("<bar><baz/></bar>", x)), "x=http://x/"},
		{"alike ignoring case", conf(sources(add("x", "http://x/"), add("X", "HTTP://x/"))), "x=http://x/"},
		{"alike when strung together", conf(sources(add("ab", "/c"), add("a", "b/c"))), "ab=/c"},
		{"sections alike ignoring case", conf(wrap("PackageSources", x), sources(add("y", "1"))), ""},
		{"indented, as files are", "<configuration>\n  <packageSources>\n    <foo>\n      <bar>\n        <baz/>\n      </bar>\n    </foo>\n    " + x + "\n  </packageSources>\n</configuration>\n", "x=http://x/"},
		{"two clears are one", conf(sources(add("z", "http://z/"), "<clear/>", x, "<clear/>", add("y", "http://y/"))), "x=http://x/ y=http://y/"},
		{"two clears that differ", conf(sources(x, `<clear/>`, add("y", "http://y/"), `<clear a="b"/>`)), ""},

		{"empty", "", "no root element"},
		{"blank", " \n", "no root element"},
		{"other root", "<config/>", `root element is not "configuration"`},
		{"blank before the declaration", "\n" + `<?xml version="1.0"?><configuration/>`, "declaration must be the very first"},
		{"declaration inside", `<configuration><?xml version="1.0"?></configuration>`, "declaration must be the very first"},
		{"declaration in capitals", `<?XML version="1.0"?><configuration/>`, "declaration must be the very first"},
		{"version 1.1", `<?xml version="1.1"?><configuration/>`, "declaration or a token"},
		{"text before", "x<configuration/>", "text outside of the root"},
		{"text after", "<configuration/>x", "text outside of the root"},
		{"CDATA after", "<configuration/><![CDATA[ ]]>", "text outside of the root"},
		{"two roots", "<configuration/><configuration/>", "more than one root"},
		{"not closed", "<configuration><a>", `element "a" is not closed`},
		{"closed wrongly", "<configuration><a></b></configuration>", "end tag does not match"},
		{"closed with another prefix", `<configuration xmlns:a="1" xmlns:b="1"><a:x></b:x></configuration>`, "end tag does not match"},
		{"closed twice", "<configuration/></configuration>", "end tag does not match"},
		{"DTD", "<!DOCTYPE configuration><configuration/>", "DTD"},
		{"DTD with entities", `<!DOCTYPE c [<!ENTITY a "b">]><configuration>&a;</configuration>`, "DTD"},
		{"undeclared prefix", "<a:configuration/>", "prefix is not declared"},
		{"prefix out of scope", `<configuration><a xmlns:n="u"/><n:b/></configuration>`, "prefix is not declared"},
		{"undeclared prefix of an attribute", `<configuration><a n:b="c"/></configuration>`, "prefix is not declared"},
		{"attribute twice", `<configuration><a b="1" b="2"/></configuration>`, "stands twice"},
		{"attribute twice in two cases", `<configuration><a b="1" B="2"/></configuration>`, "stands twice"},
		{"attribute without value", `<configuration><a b/></configuration>`, "attribute name without ="},
		{"character", "<configuration>\x01</configuration>", "not allowed here"},
		{"nested too deep", strings.Repeat("<configuration>", maxDepth+1), "nested more than 100 deep"},
		{"too many elements", conf(strings.Repeat("<a/>", maxNodes)), "more than 200000 elements"},
		{"too many attributes", conf("<a" + strings.Repeat(` b=""`, maxNodes) + "/>"), "more than 200000 elements"},

		{"add without key", conf(sources(`<add Key="x" value="1"/>`)), `lacks the attribute "key"`},
		{"add with a prefixed key", `<configuration xmlns:n="u"><a><add n:key="x" value="1"/></a></configuration>`, `lacks the attribute "key"`},
		{"add without value", conf(sources(`<add key="x"/>`)), `lacks the attribute "value"`},
		{"add with a blank key", conf(sources(`<add key=" " value="1"/>`)), `"key" of element "add" is blank`},
		{"add in an unknown section", conf(`<foo><add key="x"/></foo>`), `lacks the attribute "value"`},
		{"add deep inside", conf(`<foo><bar><ADD key="x"/></bar></foo>`), `lacks the attribute "value"`},
		{"add with a child", conf(sources(`<add key="x" value="1"><y/></add>`)), "must not hold other elements"},
		{"clear with a child", conf(sources(`<clear><y/></clear>`)), "must not hold other elements"},
		{"a section twice with attributes", conf(sources(), `<packageSources a="b"/>`), `section "packageSources" stands here a second time`},
		{"long names are cut", "<configuration><" + long + ">", `"` + strings.Repeat("x", 60) + `" is not closed`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := world{files: map[string]string{fileQ: test.text, fileU: conf()}}.tryLoad(t)
			if err != nil {
				wantError(t, err, fileQ, test.want)
				if test.want == "" {
					t.Error(err)
				}
				return
			}
			diff(t, joined(values(c)), test.want)
		})
	}
}

func TestErrorHasTheLine(t *testing.T) {
	tests := map[string]int{
		"<configuration>\n<packageSources>\n<add\nkey='x'/></packageSources></configuration>": 3,
		"<configuration>\n\n<a></b></configuration>":                                          3,
		"<configuration>\n<!-- \xff --></configuration>":                                      2,
		"<configuration>\n<a b='&x;'/></configuration>":                                       2,
		"<configuration>\n": 2,
	}
	for text, want := range tests {
		_, err := world{files: map[string]string{fileQ: text}}.tryLoad(t)
		if e := fileError(t, err); e.Line != want {
			t.Errorf("%q: line %d (%v), want %d", text, e.Line, err, want)
		}
	}
}

func utf16Bytes(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func TestEncodings(t *testing.T) {
	declared := func(encoding string) string {
		return `<?xml version="1.0" encoding="` + encoding + `"?>` + conf(sources(add("é😀", "http://x/")))
	}
	bare := conf(sources(add("é😀", "http://x/")))
	latin := func(encoding, name string) string {
		return `<?xml version='1.0' encoding = '` + encoding + `' ?>` + conf(sources(add(name, "http://x/")))
	}
	le, be := binary.LittleEndian, binary.BigEndian
	tests := []struct{ name, text, want string }{
		{"UTF-8", bare, "é😀"},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + declared("UTF-8"), "é😀"},
		{"UTF-16 LE with a mark", "\xff\xfe" + utf16Bytes(le, bare), "é😀"},
		{"UTF-16 BE with a mark", "\xfe\xff" + utf16Bytes(be, declared("utf-16")), "é😀"},
		{"UTF-16 LE declared", utf16Bytes(le, declared("UTF-16")), "é😀"},
		{"UTF-16 LE declared as such", utf16Bytes(le, declared("utf-16LE")), "é😀"},
		{"UTF-16 BE declared", utf16Bytes(be, declared("utf-16")), "é😀"},
		{"UTF-16 LE bare", utf16Bytes(le, bare), "é😀"},
		{"Latin 1", latin("ISO-8859-1", "\xe9"), "é"},
		{"Latin 1 by another name", latin("latin1", "\xe9"), "é"},
		{"Latin 1 behind a mark of UTF-8", "\xef\xbb\xbf" + latin("ISO-8859-1", "é"), "Ã©"},
		{"ASCII", latin("us-ascii", "é"), "??"},

		{"UTF-16 that says UTF-8", "\xff\xfe" + utf16Bytes(le, declared("utf-8")), `is UTF-16, but its declaration says "utf-8"`},
		{"UTF-16 of the other order", "\xfe\xff" + utf16Bytes(be, declared("utf-16LE")), "is UTF-16, but"},
		{"UTF-8 that says UTF-16", declared("utf-16"), "is not UTF-16"},
		{"Windows-1252", declared("windows-1252"), `"windows-1252" is not supported`},
		{"utf8 is no name", declared("utf8"), `"utf8" is not supported`},
		{"invalid UTF-8", conf("<!-- \xff -->"), "invalid UTF-8"},
		{"cut UTF-8", conf() + "\xc3", "invalid UTF-8"},
		{"odd UTF-16", "\xff\xfe" + utf16Bytes(le, bare) + "x", "middle of a character"},
		{"cut pair", "\xff\xfe" + utf16Bytes(le, conf()) + "\x3d\xd8", "middle of a character"},
		{"lone surrogate", "\xff\xfe" + utf16Bytes(le, "<a>") + "\x3d\xd8" + utf16Bytes(le, "</a>"), "invalid UTF-16"},
		{"UTF-32", "\xff\xfe\x00\x00<\x00\x00\x00", "not valid XML"},
		{"mark alone", "\xef\xbb\xbf", "no root element"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := world{files: map[string]string{fileQ: test.text, fileU: conf()}}.tryLoad(t)
			if err != nil {
				wantError(t, err, fileQ, test.want)
				return
			}
			diff(t, joined(names(c)), test.want)
		})
	}
}

func TestDecodeName(t *testing.T) {
	tests := map[string]string{
		"plain": "plain", "My_x0020_Src": "My Src", "_x0031_a": "1a", "a_X002B_b": "a+b", "_x41_": "_x41_", "_x0041": "_x0041",
		"_x00g1_": "_x00g1_", "_xD83D__xDE00_": "😀", "_x0001F600_": "😀", "_x00000041_": "_x00000041_", "_x005F_x0020_": "_x0020_",
		"_x_x0020_": "_x ", "_x+041_": "_x+041_", "é_x0020_": "é ",
	}
	for name, want := range tests {
		if got := decodeName(name); got != want {
			t.Errorf("decodeName(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzParse checks that no bytes make the reader panic, and that what it reads can be read in full.
func FuzzParse(f *testing.F) {
	f.Add([]byte(conf(sources(`<add key="a" value="%A%" protocolVersion="3"/>`, "<clear/>"), credentials(clearText("a_x0020_", "u", "p")))))
	f.Add([]byte(conf(wrap("packageSourceMapping", `<packageSource key="a"><package pattern="A.*"/></packageSource>`), signers(author))))
	f.Add([]byte("\xff\xfe" + utf16Bytes(binary.LittleEndian, conf(wrap("config", add("http_proxy", "http://u:p@h:1/"))))))
	f.Add([]byte(`<?xml version="1.0" encoding="iso-8859-1"?><n:configuration xmlns:n="u">&#xe9;<![CDATA[x]]></n:configuration>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := world{files: map[string]string{fileU: string(data)}}.tryLoad(t)
		if err != nil {
			fileError(t, err)
			return
		}
		for _, s := range c.Sources {
			if _, err := c.Credentials(s.Name); err != nil {
				t.Errorf("credentials of a source that was loaded: %v", err)
			}
			c.FindSource(s.Name)
		}
		if m, err := c.Mapping(); err == nil {
			m.SourcesFor("A.B")
		}
		c.TrustedSigners()
		c.GlobalPackagesFolder()
		c.FallbackFolders()
		c.Proxy()
	})
}
