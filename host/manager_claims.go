package host

import (
	"context"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/protocol"
)

// claimed is what a plugin claims.
type claimed struct {
	plugin *Plugin // running; nil where the claims rule it out
	has    bool    // the claim that was asked for
	note   string  // on the claims cache, and why the plugin was not started
}

// claims tells whether a plugin has a claim for a source, or for all sources when that is empty: from memory, from the
// cache on disk if that rules the plugin out, or from the plugin itself, which is then running.
func (m *Manager) claims(ctx context.Context, c Candidate, source string, index protocol.JSON, want protocol.OperationClaim) (claimed, error) {
	s := m.slot(c.Path)
	ctx, unlock, err := m.enter(ctx, s)
	if err != nil {
		return claimed{}, err
	}
	defer unlock()
	if claims, ok := s.claims[strings.ToLower(source)]; ok {
		if !slices.Contains(claims, want) {
			return claimed{}, nil
		}
		p, err := m.start(ctx, c, s)
		return claimed{plugin: p, has: true}, err
	}
	cached := m.load(ctx, c, source)
	if cached.known && !slices.Contains(cached.claims, want) {
		note := "the claims cache says that it has no such claim"
		if cached.note != "" {
			note = cached.note
		}
		return claimed{note: note}, nil
	}
	p, err := m.start(ctx, c, s)
	if err != nil {
		return claimed{note: cached.note}, err
	}
	claims, answered, err := p.Claims(ctx, source, index)
	if err != nil {
		return claimed{note: cached.note}, s.fail(ctx, err)
	}
	s.claims[strings.ToLower(source)] = claims
	if answered && m.options.Cache != nil && !s.stored && !(cached.known && slices.Equal(cached.claims, claims)) {
		s.stored = true
		m.options.Cache.Store(ctx, c.Path, source, claims)
	}
	return claimed{plugin: p, has: slices.Contains(claims, want), note: cached.note}, nil
}

// cachedClaims is an entry of the claims cache.
type cachedClaims struct {
	claims []protocol.OperationClaim
	known  bool
	note   string
}

func (m *Manager) load(ctx context.Context, c Candidate, source string) (e cachedClaims) {
	if m.options.Cache != nil {
		e.claims, e.known, e.note = m.options.Cache.Load(ctx, c.Path, source)
	}
	return e
}
