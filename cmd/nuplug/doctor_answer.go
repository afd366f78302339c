package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// judge looks at the answer that is not about credentials any more.
func (v *visitor) judge(ctx context.Context, a *answer) outcome {
	name := title(v.source)
	switch {
	case a.status == http.StatusForbidden && v.login != nil:
		v.say(wrong("source %s answers 403: the account of %s may not read it", name, v.login.from))
		return refused
	case a.status == http.StatusForbidden:
		v.say(wrong("source %s answers 403 without asking for credentials; it may allow other networks only", name))
		return otherwise
	case a.status == http.StatusOK && isIndex(a.body):
		return v.foundIndex()
	case a.status >= 500:
		v.say(wrong("source %s answers %d %s; the trouble is the server's", name, a.status, http.StatusText(a.status)))
		return otherwise
	}
	if index := v.findIndex(ctx); index != "" {
		v.say(wrong("source %s is not the address of the feed's index, which is %s", name, withoutSecrets(index)).by(v.correct(index)))
		return otherwise
	}
	switch {
	case a.status == http.StatusOK && speaksV2(v.source) && isXML(a.body):
		v.say(note("source %s is a feed of the old protocol (v2), for which plugins sign in all the same", name))
		return fine
	case a.status == http.StatusOK && isWebPage(a):
		v.say(wrong("source %s answers with a web page instead of a feed's index: the address is wrong, or somebody on the way wants you to log in", name))
	case a.status == http.StatusOK:
		v.say(wrong("source %s answers with something that is no feed's index", name))
	case speaksV2(v.source):
		v.say(note("source %s does not end in index.json, so that NuGet takes it for a feed of the old protocol (v2); it answers %d", name, a.status))
		return otherwise
	default:
		v.say(wrong("source %s answers %d %s: there is no feed at this address", name, a.status, http.StatusText(a.status)))
	}
	return otherwise
}

// foundIndex is for a feed that answered well.
func (v *visitor) foundIndex() outcome {
	if speaksV2(v.source) && v.source.Name != "" {
		v.say(wrong("source %s is a feed of the new protocol (v3), but NuGet takes it for one of the old (v2), because its address does not end in .json and protocolVersion is not 3", title(v.source)).
			by(v.d.shell().nuget(configFileOf(v.source.Origin), "update", "source", v.source.Name, "--source", withoutSecrets(v.source.Value), "--protocol-version", "3")))
		return otherwise
	}
	v.say(ok("source %s answers with its index", title(v.source)))
	return fine
}

// findIndex looks for the index where feeds have it, below an address that is not one.
func (v *visitor) findIndex(ctx context.Context) string {
	base, _, _ := strings.Cut(v.source.Value, "?")
	base = strings.TrimRight(base, "/")
	if strings.HasSuffix(strings.ToLower(base), ".json") {
		return ""
	}
	for _, index := range []string{base + "/index.json", base + "/v3/index.json"} {
		if a, err := v.get(ctx, index, v.login); err == nil && a.status == http.StatusOK && isIndex(a.body) {
			return index
		}
	}
	return ""
}

// correct is the command that gives the source its right address.
func (v *visitor) correct(index string) string {
	if v.source.Name == "" {
		return "nuplug doctor " + v.d.shell().quote(withoutSecrets(index))
	}
	words := []string{"update", "source", v.source.Name, "--source", withoutSecrets(index)}
	if v.source.AllowInsecureConnections {
		words = append(words, "--allow-insecure-connections")
	}
	return v.d.shell().nuget(configFileOf(v.source.Origin), words...)
}

func isIndex(body []byte) bool {
	var index struct{ Resources []json.RawMessage }
	return json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &index) == nil && len(index.Resources) > 0
}

func isXML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))), []byte("<?xml"))
}

func isWebPage(a *answer) bool {
	return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") ||
		bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(a.body)), []byte("<!doctype html"))
}
