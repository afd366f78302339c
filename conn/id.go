package conn

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
)

// idSource makes the ids of our requests. They look like the GUIDs of C# peers: twenty random digits, the same for a
// whole conversation, and a counter. So any id that comes back can be told to be one of ours, outstanding or not, without
// remembering those that are done with.
type idSource struct {
	prefix string
	last   *atomic.Int64
}

func newIDSource() idSource {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails; the program ends if the system has no randomness
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return idSource{fmt.Sprintf("%x-%x-%x-%x-", b[:4], b[4:6], b[6:8], b[8:10]), new(atomic.Int64)}
}

func (s idSource) next() string {
	return fmt.Sprintf("%s%012x", s.prefix, s.last.Add(1))
}

// issued says whether the id was one of ours.
func (s idSource) issued(id string) bool {
	counter, ours := strings.CutPrefix(id, s.prefix)
	n, err := strconv.ParseInt(counter, 16, 64)
	return ours && err == nil && len(counter) == 12 && n > 0 && n <= s.last.Load()
}
