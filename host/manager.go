package host

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"sync"

	"github.com/nuplug/nuplug/protocol"
)

// ManagerOptions may be nil.
type ManagerOptions struct {
	// Launch is how plugins are started.
	Launch LaunchOptions
	// AsNuGet makes a plugin that fails end the search for credentials, as it does in NuGet: one that cannot be started
	// ends the first search that comes to it and is passed over in later ones, one that breaks while it is asked ends that
	// search. Otherwise the next plugin is asked.
	AsNuGet bool
	// Cache is the claims cache that NuGet keeps on disk; nil for none.
	Cache ClaimsStore
	// Proxy gives the proxy that leads to a source, nil if there is none; the signature is that of net/http's proxies, for a
	// URL. User name and password in its address are told to the plugin, once a process. nil is no proxy.
	Proxy func(source *url.URL) (*url.URL, error)
}

// ClaimsStore remembers between programs what plugins claim. Problems with it are for Load to report and are never fatal.
type ClaimsStore interface {
	// Load returns what a plugin claimed for a source (empty for all sources), and whether that is known.
	Load(ctx context.Context, pluginPath, source string) (claims []protocol.OperationClaim, known bool, note string)
	// Store remembers it.
	Store(ctx context.Context, pluginPath, source string, claims []protocol.OperationClaim)
}

// Manager starts the plugins of a discovery when they are first needed, at most one process a path, shares them between
// callers, and ends them: when they are idle, and all with Close. It may be used by many goroutines.
type Manager struct {
	discovery Discovery
	options   ManagerOptions
	ctx       context.Context // ends with Close: of starting plugins and asking for claims
	cancel    context.CancelCauseFunc
	closing   sync.Once
	closed    chan struct{} // closed when nothing is left, with closeError set

	closeError error

	mu      sync.Mutex
	plugins map[string]*slot // by path

	answers answers
}

// slot is the place of one plugin, by path.
type slot struct {
	// starting is held by whoever starts the plugin or asks for its claims; the fields below are its.
	starting lock
	running  *Plugin
	failed   error                                // a plugin that failed to start, or to tell its claims, is not started again
	claims   map[string][]protocol.OperationClaim // by source in lower case, as NuGet compares them
	stored   bool                                 // one write to the claims cache a process, as NuGet does
}

// ErrManagerClosed is the error of a Manager after Close.
var ErrManagerClosed = errors.New("the plugin manager is closed")

// NewManager makes a manager for what was discovered.
func NewManager(d Discovery, o *ManagerOptions) *Manager {
	m := &Manager{discovery: d, closed: make(chan struct{}), plugins: map[string]*slot{}, answers: newAnswers()}
	if o != nil {
		m.options = *o
	}
	m.ctx, m.cancel = context.WithCancelCause(context.Background())
	return m
}

// Discovery is what the manager works with.
func (m *Manager) Discovery() Discovery { return m.discovery }

// Plugin returns the running plugin of a candidate, started if need be. A plugin that ended is started anew; one that
// failed to start gives the same error again.
func (m *Manager) Plugin(ctx context.Context, c Candidate) (*Plugin, error) {
	s := m.slot(c.Path)
	ctx, unlock, err := m.enter(ctx, s)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return m.start(ctx, c, s)
}

func (m *Manager) slot(path string) *slot {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.plugins[path]
	if s == nil {
		s = &slot{starting: newLock(), claims: map[string][]protocol.OperationClaim{}}
		m.plugins[path] = s
	}
	return s
}

// enter takes the slot's lock. The context that it returns ends with the manager too. After Close nobody gets in.
func (m *Manager) enter(ctx context.Context, s *slot) (context.Context, func(), error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(m.ctx, func() { cancel(ErrManagerClosed) })
	leave := func() {
		stop()
		cancel(nil)
	}
	err := s.starting.lock(ctx)
	if err == nil && m.ctx.Err() != nil { // both were to be had
		s.starting.unlock()
		err = ErrManagerClosed
	}
	if err != nil {
		leave()
		return nil, nil, err
	}
	return ctx, func() { s.starting.unlock(); leave() }, nil
}

// start is called with the slot's lock held.
func (m *Manager) start(ctx context.Context, c Candidate, s *slot) (*Plugin, error) {
	if s.failed != nil {
		return nil, s.failed
	}
	if s.running != nil {
		select {
		case <-s.running.conn.Done():
		default:
			return s.running, nil
		}
		select {
		case <-s.running.Done(): // never two processes of one plugin, not even for the second that it may take to end
			s.running, s.stored = nil, false
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	p, err := Launch(ctx, c.Path, c.Start, &m.options.Launch)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	s.running = p
	return p, nil
}

// fail remembers an error for good, unless it is the caller's or the manager's: one who gave up says nothing about the
// plugin.
func (s *slot) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.failed = err
	return err
}

// Close ends all plugins and returns when no process is left. Plugins that are being started are given up, and calls that
// still run fail. It may be called many times.
func (m *Manager) Close() error {
	m.closing.Do(func() {
		go func() {
			defer close(m.closed)
			m.closeError = m.closeAll()
		}()
	})
	<-m.closed
	return m.closeError
}

func (m *Manager) closeAll() error {
	m.cancel(ErrManagerClosed)
	m.mu.Lock()
	slots := slices.Collect(maps.Values(m.plugins))
	m.mu.Unlock()
	errs := make([]error, len(slots))
	var wg sync.WaitGroup
	for i, s := range slots {
		wg.Go(func() {
			_ = s.starting.lock(context.Background()) // whoever has it is giving up
			defer s.starting.unlock()
			if s.running != nil {
				errs[i] = s.running.Close()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
