package plugin

import (
	"errors"
	"slices"
	"strings"
)

// errDate is for credentials that dateProof cannot help.
var errDate = errors.New("this user name or password looks like a date, which NuGet's JSON reader changes on the way; set " +
	"NUGET_USE_SYSTEM_TEXT_JSON_DESERIALIZATION=true (NuGet 7.8 and later) or use another secret")

// dateProof returns a user name and a password that NuGet's default JSON reader leaves alone and that make the same HTTP
// header. That reader takes a string that looks like a date-time for one and gives it back in another form, and no way of
// escaping it on the wire helps, because it looks at the unescaped text. But Basic authentication joins both with a colon,
// so any other colon in the whole divides it as well: "ci" and "2020-01-02T03:04:05Z" are sent as "ci:2020-01-02T03" and
// "04:05Z". ok is false when nothing helps: there is no other colon, or the scheme is not Basic.
func dateProof(c Credentials) (username, password string, ok bool) {
	if !looksLikeDate(c.Username) && !looksLikeDate(c.Password) {
		return c.Username, c.Password, true
	}
	notBasic := func(scheme string) bool { return !strings.EqualFold(scheme, "Basic") }
	if slices.ContainsFunc(c.Types, notBasic) {
		return c.Username, c.Password, false
	}
	whole := c.Username + ":" + c.Password
	for i := range len(whole) {
		if whole[i] == ':' && !looksLikeDate(whole[:i]) && !looksLikeDate(whole[i+1:]) {
			return whole[:i], whole[i+1:], true
		}
	}
	return c.Username, c.Password, false
}

// looksLikeDate says whether Newtonsoft's reader would try to read the text as a date-time, in its ISO 8601 form or the
// old Microsoft one. It need not succeed; taking a few more texts for dates does no harm.
func looksLikeDate(s string) bool {
	if strings.HasPrefix(s, "/Date(") && strings.HasSuffix(s, ")/") {
		return true
	}
	return len(s) >= 19 && len(s) <= 40 && s[0] >= '0' && s[0] <= '9' && s[10] == 'T'
}
