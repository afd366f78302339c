package environ

import "github.com/nuplug/nuplug/credential"

// Entry is the credential of one feed, or of all feeds that begin alike.
type Entry struct {
	Feed       credential.Feed
	Credential credential.Credential
	Prefix     bool // stands for everything at or below Feed; otherwise for the folder that holds the feed's index.json
}

// Entries are in the order of their precedence.
type Entries []Entry

// Find returns the entry of exactly this address, or else the one with the longest path above it; of equals the first. An
// entry that the feed refused before is passed over while there is another, and returned when there is none.
func (e Entries) Find(r credential.Request) (credential.Credential, bool) {
	var found Entry
	best := 0
	for _, entry := range e {
		rank := entry.rank(r.Feed)
		if rank > 0 && !r.Refused[entry.Credential.From] {
			rank += notRefused
		}
		if rank > best {
			best, found = rank, entry
		}
	}
	return found.Credential, best > 0
}

// What counts more than any length of a path: that the address is the same, and more than that, that the feed has not
// refused the entry.
const (
	exact      = 1 << 28
	notRefused = 1 << 29
)

// rank says how well the entry fits: 0 not at all.
func (e Entry) rank(feed credential.Feed) int {
	if !e.Prefix && (e.Feed.Equal(feed) || sameAzureFeed(e.Feed, feed)) {
		return exact
	}
	above := e.Feed
	if !e.Prefix {
		above = above.Folder()
	}
	if !above.Contains(feed) {
		return 0
	}
	return 1 + len(above.Path())
}
