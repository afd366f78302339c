package nugetconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func joined(list []string) string { return strings.Join(list, " ") }

func credentials(items ...string) string { return wrap("packageSourceCredentials", items...) }

func clearText(element, user, password string) string {
	return wrap(element, add("Username", user), add("ClearTextPassword", password))
}

func TestCredentialsInFiles(t *testing.T) {
	all := sources(add("a", "http://a/"), add("My Src", "http://b/"), add("1a", "http://c/"), add("a+b", "http://d/"), add("A", "http://e/"))
	tests := []struct {
		name   string
		files  map[string]string
		source string
		want   string // user, password, encrypted, types, line; empty where there are none
	}{
		{"element name", map[string]string{fileU: conf(all, credentials(clearText("a", "u", "p")))}, "a", "u p   :2"},
		{"blank", map[string]string{fileU: conf(all, credentials(clearText("My_x0020_Src", "u", "p")))}, "My Src", "u p   :2"},
		{"first digit", map[string]string{fileU: conf(all, credentials(clearText("_x0031_a", "u", "p")))}, "1a", "u p   :2"},
		{"plus, lower case hex", map[string]string{fileU: conf(all, credentials(clearText("a_x002b_b", "u", "p")))}, "a+b", "u p   :2"},
		{"exact case", map[string]string{fileU: conf(all, credentials(clearText("a", "u", "p")))}, "A", ""},
		{"near replaces far whole", map[string]string{
			fileU: conf(all, credentials(wrap("a", add("Username", "far"), add("ClearTextPassword", "fp"), add("ValidAuthenticationTypes", "basic")))),
			fileQ: conf(credentials(clearText("a", "near", "np")))}, "a", "near np   :1"},
		{"keys in any case, blanks kept, other keys ignored", map[string]string{fileU: conf(all, credentials(
			wrap("a", add("USERNAME", " u "), add("cleartextpassword", " p "), add("validauthenticationtypes", "basic, x"), add("other", ""))))},
			"a", " u   p   basic x :2"},
		{"variables", map[string]string{fileU: conf(all, credentials(clearText("a", "%VAR%", "x%VAR%%NO%")))}, "a", "vee xvee%NO%   :2"},
		{"encrypted", map[string]string{fileU: conf(all, credentials(wrap("a", add("Username", "u"), add("Password", "QUJD"))))}, "a", "u  QUJD  :2"},
		{"the first of two", map[string]string{fileU: conf(all, credentials(clearText("a", "u1", "p"), clearText("a", "u2", "p")))}, "a", "u1 p   :2"},
		{"a source of the defaults, in the defaults", map[string]string{fileU: conf(credentials(clearText("def", "user", "p"))),
			fileD: conf(sources(add("def", "http://d/")), credentials(clearText("def", "defaults", "p")))}, "def", "defaults p   :2"},
		{"a source of the defaults, elsewhere", map[string]string{fileU: conf(credentials(clearText("def", "user", "p"))),
			fileD: conf(sources(add("def", "http://d/")))}, "def", ""},
		{"no such source", map[string]string{fileU: conf(credentials(clearText("z", "u", "p")))}, "z", "u p   :1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := world{files: test.files, env: map[string]string{"VAR": "vee"}}.load(t).Credentials(test.source)
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			if got != nil {
				text = fmt.Sprintf("%s %s %s %s :%d", got.Username, got.Password.Reveal(), got.Encrypted.Reveal(),
					joined(got.ValidAuthenticationTypes), got.Origin.Line)
				if got.IsClearText() != got.Encrypted.IsEmpty() {
					t.Error("IsClearText disagrees with Encrypted")
				}
			}
			diff(t, text, test.want)
		})
	}
}

func TestCredentialsErrors(t *testing.T) {
	a := sources(add("a", "http://a/"))
	user, password := add("Username", "s3cret-user"), add("ClearTextPassword", "s3cret")
	tests := []struct {
		name, section, want string
	}{
		{"no user", credentials(wrap("a", password)), "lack a Username"},
		{"no password", credentials(wrap("a", user)), "lack a Username"},
		{"clear is a source", credentials("<clear/>"), `credentials of source "clear" lack`},
		{"two users", credentials(wrap("a", user, user, password)), "more than one Username"},
		{"two passwords", credentials(wrap("a", user, password, password)), "more than one Password"},
		{"both passwords", credentials(wrap("a", user, password, add("Password", "s3cret"))), "more than one Password"},
		{"two lists of types", credentials(wrap("a", user, password, add("ValidAuthenticationTypes", "x"), add("ValidAuthenticationTypes", "y"))), "more than one Valid"},
		{"empty user", credentials(wrap("a", add("Username", ""), password)), "empty user name or password"},
		{"empty clear text", credentials(wrap("a", user, add("ClearTextPassword", ""))), "empty user name or password"},
		{"empty encrypted", credentials(wrap("a", user, add("Password", ""))), "empty user name or password"},
		{"any child must be whole", credentials(wrap("a", user, password, `<add key="x"/>`)), `lacks the attribute "value"`},
		{"bare ampersand", credentials(wrap("a", user, add("ClearTextPassword", "x&s3cret"))), "&amp;"},
		{"named entity", credentials(wrap("a", user, add("ClearTextPassword", "x&s3cret;"))), "&amp;"},
		{"less than", credentials(wrap("a", user, add("ClearTextPassword", "x<s3cret"))), "unescaped <"},
		{"control character", credentials(wrap("a", user, add("ClearTextPassword", "s3cret\x01"))), "not allowed here"},
		{"unquoted", credentials(wrap("a", user, `<add key="ClearTextPassword" value=s3cret/>`)), "unquoted"},
		{"quote inside", credentials(wrap("a", user, `<add key="ClearTextPassword" value="x"s3cret"/>`)), "attribute name without ="},
		{"tag", credentials(wrap("a", user, "<add s3cret")), "not valid XML"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := world{files: map[string]string{fileQ: conf(a, test.section)}}.tryLoad(t)
			wantError(t, err, fileQ, test.want)
			if e := fileError(t, err); e.Line != 2 {
				t.Errorf("line %d, want 2", e.Line)
			}
		})
	}
	// What is never used does no harm, and the variable goes first.
	empty := conf(a, credentials(clearText("b", "", "x")), "")
	world{files: map[string]string{fileQ: empty}}.load(t)
	empty = conf(a, credentials(clearText("a", "", "x")), "")
	world{files: map[string]string{fileQ: empty}, env: map[string]string{credentialsVariable + "a": "Username=u;Password=p"}}.load(t)
}

func TestVariableOfWindowsIgnoresCase(t *testing.T) {
	w := world{goos: "windows", files: map[string]string{`C:\w\p\NuGet.Config`: conf(sources(add("a", "http://a/")))},
		env: map[string]string{"NUGETPACKAGESOURCECREDENTIALS_A": "Username=u;Password=p", "USERPROFILE": `C:\w`}}
	if got, err := w.load(t).Credentials("a"); err != nil || got == nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c := world{files: map[string]string{fileQ: conf(sources(add("a", "http://a/")), credentials(clearText("a", "u", "s3cret")))}}.load(t)
	cred, err := c.Credentials("a")
	if err != nil || cred.Password.Reveal() != "s3cret" {
		t.Fatalf("got %v, %v", cred, err)
	}
	var out bytes.Buffer
	hidden := struct{ p Secret }{cred.Password}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%p"} {
		fmt.Fprintf(&out, verb+"\n", cred.Password)
		fmt.Fprintf(&out, verb+"\n", *cred)
		fmt.Fprintf(&out, verb+"\n", hidden)
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", *c)
	}
	if err := json.NewEncoder(&out).Encode([]any{cred, c, map[string]any{"p": cred.Password}}); err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "p", cred.Password, "c", cred, "config", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "p", cred.Password, "c", cred, "config", c)
	text, _ := cred.Password.MarshalText()
	out.Write(text)
	if s := out.String(); strings.Contains(s, "s3cret") || strings.Contains(s, fmt.Sprintf("%x", "s3cret")) {
		t.Errorf("the secret is in:\n%s", s)
	}
	if !strings.Contains(out.String(), redacted) {
		t.Error("nothing was printed")
	}
	diff(t, fmt.Sprintf("%s|%v|%#v", Secret{}, Secret{}, Secret{}), `||""`)
}
