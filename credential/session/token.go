package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/nuplug/nuplug/credential"
)

// RefreshBefore is how long a token has to last to be given out without a new one being asked for.
const RefreshBefore = 10 * time.Minute

// Key says what a token is for. All fields are compared; the path ignores case, as feeds do. No field may hold a secret.
type Key struct {
	Origin  string `json:"origin"`
	Path    string `json:"path,omitempty"`
	Tenant  string `json:"tenant,omitempty"`
	Account string `json:"account,omitempty"`
	Scope   string `json:"scope,omitempty"`
	Source  string `json:"source"`
}

// id is the same for equal keys, and fit for a file name.
func (k Key) id() string {
	k.Path = strings.ToLower(k.Path)
	text, err := json.Marshal(k)
	if err != nil {
		return "" // strings can always be marshalled
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Token is what was obtained.
type Token struct {
	Username string // that a feed takes with it, if any
	Secret   credential.Secret
	Expires  time.Time // zero when unknown or never
	// MemoryOnly is for tokens that came from a CI or environment identity: they are never written.
	MemoryOnly bool
}

func (t Token) lasts(now time.Time, atLeast time.Duration) bool {
	return t.Secret != "" && (t.Expires.IsZero() || t.Expires.Sub(now) > atLeast)
}

// lastsLonger counts an unknown end as none.
func (t Token) lastsLonger(other Token) bool {
	return !other.Expires.IsZero() && (t.Expires.IsZero() || t.Expires.After(other.Expires))
}
