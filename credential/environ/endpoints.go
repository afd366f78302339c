package environ

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nuplug/nuplug/credential"
)

// ParseEndpoints reads {"endpointCredentials":[{"endpoint":URL,"username":optional,"password":SECRET}]}, as it stands in
// the environment and in mounted secrets. A bad entry costs itself only and gets a line in warnings, without a secret. name
// is what the text is called there and in Credential.From.
func ParseEndpoints(name, text string) (entries Entries, warnings []string) {
	var c contents
	c.addEndpoints(name, text)
	return c.entries, c.warnings
}

func (c *contents) addEndpoints(name, value string) {
	var document struct {
		EndpointCredentials []json.RawMessage `json:"endpointCredentials"`
	}
	if err := json.Unmarshal([]byte(value), &document); err != nil {
		// Dockerfiles hold it in single quotes, which the reader of Microsoft's provider takes.
		if json.Unmarshal([]byte(doubleQuoted(value)), &document) != nil {
			c.warnings = append(c.warnings, fmt.Sprintf("%s is no valid JSON and none of it is used: %s", name, place(err)))
			return
		}
	}
	if len(document.EndpointCredentials) == 0 {
		c.warnings = append(c.warnings, fmt.Sprintf(`%s has no entries: it wants {"endpointCredentials":[{"endpoint":…,"password":…}]}`, name))
	}
	for i, raw := range document.EndpointCredentials {
		from := fmt.Sprintf("%s, entry %d", name, i+1)
		e, err := readEndpoint(raw)
		if err != nil {
			c.warnings = append(c.warnings, fmt.Sprintf("%s: %v", from, err))
			continue
		}
		e.Credential.From = from
		c.entries = append(c.entries, e)
	}
}

func readEndpoint(raw json.RawMessage) (Entry, error) {
	var fields struct {
		Endpoint *string `json:"endpoint"`
		Username *string `json:"username"`
		Password *string `json:"password"`
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return Entry{}, fmt.Errorf("%s is not text", e.Field)
		}
		return Entry{}, errors.New("not an object with endpoint, username and password")
	}
	if fields.Endpoint == nil || strings.TrimSpace(*fields.Endpoint) == "" {
		return Entry{}, errors.New("endpoint is missing")
	}
	feed, err := credential.ParseFeed(*fields.Endpoint)
	if err != nil {
		return Entry{}, fmt.Errorf("endpoint: %w", err)
	}
	if fields.Password == nil || *fields.Password == "" {
		return Entry{}, fmt.Errorf("password is missing (for %s)", feed)
	}
	username, standIn := defaultUsername, true
	if fields.Username != nil && *fields.Username != "" {
		username, standIn = *fields.Username, false
	}
	return Entry{Feed: feed, Credential: credential.Credential{Username: username, StandIn: standIn, Password: credential.Secret(*fields.Password)}}, nil
}

// place says where JSON is broken without quoting it: there are passwords in it.
func place(err error) string {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("it breaks at byte %d", e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return "it is not an object"
		}
		return fmt.Sprintf("%s is not what it should be, at byte %d", e.Field, e.Offset)
	}
	return "it breaks off"
}

// doubleQuoted rewrites text in single quotes as JSON text.
func doubleQuoted(s string) string {
	var b strings.Builder
	quote := byte(0) // the quote that the text we are in began with
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quote != 0 && i+1 < len(s):
			i++
			if s[i] != '\'' { // \' is no escape in JSON
				b.WriteByte(c)
			}
			b.WriteByte(s[i])
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
			b.WriteByte('"')
		case c == quote:
			quote = 0
			b.WriteByte('"')
		case c == '"': // inside single quotes
			b.WriteString(`\"`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
