package host

import (
	"net/url"
	"strings"
	"sync"
)

// answers is what the manager remembers of what plugins answered, as NuGet's credential service does.
type answers struct {
	asking lock // one search for credentials at a time, as in NuGet
	mu     sync.Mutex
	// succeeded holds plugins that gave credentials for an address: the next question is a retry.
	succeeded map[answerKey]bool
	// declined holds plugins that declined a root address for good.
	declined map[answerKey]string
	// disabled holds plugins that could not be started, by path: they ended one search, and no other.
	disabled map[string]bool
}

type answerKey struct{ plugin, address string }

func newAnswers() answers {
	return answers{
		asking: newLock(), succeeded: map[answerKey]bool{}, declined: map[answerKey]string{}, disabled: map[string]bool{},
	}
}

func (a *answers) isRetry(plugin, uri string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.succeeded[answerKey{plugin, uri}]
}

func (a *answers) succeed(plugin, uri string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.succeeded[answerKey{plugin, uri}] = true
}

func (a *answers) decline(plugin, uri, why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.declined[answerKey{plugin, rootOf(uri)}] = why
}

// hasDeclined is not asked about a plugin that once succeeded for the address.
func (a *answers) hasDeclined(plugin, uri string) (why string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	why, ok = a.declined[answerKey{plugin, rootOf(uri)}]
	return why, ok
}

// disable remembers that a plugin could not be started, and says whether that is news.
func (a *answers) disable(plugin string) (first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	first = !a.disabled[plugin]
	a.disabled[plugin] = true
	return first
}

// rootOf is scheme and server.
func rootOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
