package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nuplug/nuplug/protocol"
)

func TestClaimsContent(t *testing.T) {
	const download, authentication = protocol.ClaimDownloadPackage, protocol.ClaimAuthentication
	for _, test := range []struct {
		claims []protocol.OperationClaim
		goos   string
		want   string
	}{
		{[]protocol.OperationClaim{authentication}, "linux", "[\n  1\n]"},
		{[]protocol.OperationClaim{download, authentication}, "linux", "[\n  0,\n  1\n]"},
		{[]protocol.OperationClaim{authentication}, "windows", "[\r\n  1\r\n]"},
		{[]protocol.OperationClaim{}, "linux", "[]"},
		{[]protocol.OperationClaim{}, "windows", "[]"},
	} {
		got := claimsContent(test.claims, test.goos)
		if string(got) != test.want {
			t.Errorf("%v on %s: %q, want %q", test.claims, test.goos, got, test.want)
		}
		if back, err := parseClaims(got); err != nil || !cmp.Equal(back, test.claims) {
			t.Errorf("%q read back: %v, %v", got, back, err)
		}
	}
}

// Each of these was given to dotnet 10, which started the plugin for the ones without an error, if the wanted claim was
// in the list.
func TestParseClaims(t *testing.T) {
	const fine = ""
	for _, test := range []struct {
		content string
		want    []protocol.OperationClaim
		err     string
	}{
		{"[1]", []protocol.OperationClaim{1}, fine},
		{"[\r\n  1\r\n]", []protocol.OperationClaim{1}, fine},
		{"[\n  0\n]", []protocol.OperationClaim{0}, fine},
		{"\ufeff[\n  1\n]", []protocol.OperationClaim{1}, fine},
		{"[]", []protocol.OperationClaim{}, fine},
		{"[7,1]", []protocol.OperationClaim{7, 1}, fine},
		{"null", nil, fine},
		{"", nil, "is empty"},
		{"\ufeff", nil, "is empty"},
		{" \n", nil, "is not a list in JSON"},
		{"{{{", nil, "is not a list in JSON"},
		{`{"a":1}`, nil, "is not a list in JSON"},
		{"1", nil, "is not a list in JSON"},
		{"[1] x", nil, "is not a list in JSON"},
		{"[1,]", nil, "is not a list in JSON"},
		{"/* a */ [1]", nil, "is not a list in JSON"},
		{`["1"]`, nil, `holds something that is not a claim: "1"`},
		{"[1.0]", nil, "holds something that is not a claim: 1.0"},
		{"[null]", nil, "holds something that is not a claim: null"},
		{`["Authentication"]`, []protocol.OperationClaim{1}, "holds names instead of numbers"},
		{`["downloadpackage", 1]`, []protocol.OperationClaim{0, 1}, "holds names instead of numbers"},
	} {
		got, err := parseClaims([]byte(test.content))
		text := fine
		if err != nil {
			text = err.Error()
		}
		if diff := cmp.Diff(test.want, got); diff != "" || text != test.err {
			t.Errorf("%q: %v, error %q; want %v, %q", test.content, got, text, test.want, test.err)
		}
	}
}
