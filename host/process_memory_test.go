package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/protocol"
)

// program is a plugin that runs in this process.
type program func(context.Context, *memoryProcess) (exitCode int)

// memoryProcess is the process of a program, as far as the host can see.
type memoryProcess struct {
	stdin  *io.PipeReader
	stdout *io.PipeWriter
	toIn   *io.PipeWriter
	out    *io.PipeReader
	pid    int
	kill   context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	stderr bytes.Buffer
	state  proc.ExitState
	killed bool
}

func (p *memoryProcess) Stdin() io.WriteCloser { return p.toIn }
func (p *memoryProcess) Stdout() io.ReadCloser { return p.out }
func (p *memoryProcess) Pid() int              { return p.pid }
func (p *memoryProcess) Done() <-chan struct{} { return p.done }

func (p *memoryProcess) ExitState() (proc.ExitState, bool) {
	select {
	case <-p.done:
		return p.state, true
	default:
		return proc.ExitState{}, false
	}
}

func (p *memoryProcess) Write(b []byte) (int, error) { // to standard error
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.Write(b)
}

func (p *memoryProcess) StderrTail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stderr.String()
}

func (p *memoryProcess) Close(grace time.Duration) error {
	_ = p.toIn.Close()
	select {
	case <-p.done:
		return nil
	case <-time.After(grace):
	}
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	p.kill()
	_, _ = p.out.Close(), p.stdin.Close()
	<-p.done
	return nil
}

// machine starts programs by path, and knows its processes.
type machine struct {
	programs map[string]program

	mu        sync.Mutex
	processes []*memoryProcess
}

func (m *machine) start(c proc.Command) (process, error) {
	run, ok := m.programs[c.Path]
	if !ok {
		return nil, &proc.StartError{Path: c.Path, Kind: proc.NotFound, Reason: "there is no such file"}
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &memoryProcess{kill: cancel, done: make(chan struct{})}
	p.stdin, p.toIn = io.Pipe()
	p.out, p.stdout = io.Pipe()
	m.mu.Lock()
	m.processes = append(m.processes, p)
	p.pid = 1000 + len(m.processes)
	m.mu.Unlock()
	go func() {
		code := run(ctx, p)
		cancel()
		p.mu.Lock()
		p.state = proc.ExitState{Code: code, Killed: p.killed}
		p.mu.Unlock()
		_, _ = p.stdin.Close(), p.stdout.Close()
		close(p.done)
	}()
	return p, nil
}

// running counts the processes that live.
func (m *machine) running() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, p := range m.processes {
		if _, ended := p.ExitState(); !ended {
			n++
		}
	}
	return n
}

func (m *machine) started() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.processes)
}

// manager makes a manager for the programs at the paths, in this order. It is closed at the end of the test, which must
// leave nothing.
func (m *machine) manager(t *testing.T, o *ManagerOptions, paths ...string) *Manager {
	t.Helper()
	if o == nil {
		o = &ManagerOptions{}
	}
	o.Launch.start = m.start
	manager := NewManager(discovered(paths...), o)
	t.Cleanup(func() {
		if err := manager.Close(); err != nil {
			t.Error(err)
		}
		if n := m.running(); n != 0 {
			t.Errorf("%d processes were left", n)
		}
	})
	return manager
}

// discovered is a discovery of valid plugins.
func discovered(paths ...string) Discovery {
	var d Discovery
	for i, path := range paths {
		d.Candidates = append(d.Candidates, Candidate{
			Path: path, State: Valid, Start: directStart(path), Origin: Origin{Kind: FromPATH, Variable: envPATH, Index: i},
		})
	}
	return d
}

// scripted is a plugin in memory whose answers a test gives.
type scripted struct {
	claims []protocol.OperationClaim // Authentication unless set
	// handle answers before the defaults; nil, nil falls through to them.
	handle map[protocol.Method]conn.Handler
	// answer is what GetAuthenticationCredentials is answered with.
	answer func(n int, r *protocol.GetAuthenticationCredentialsRequest) *protocol.GetAuthenticationCredentialsResponse

	mu       sync.Mutex
	received []string // methods, in order
	asked    []protocol.GetAuthenticationCredentialsRequest
	sent     []protocol.SetCredentialsRequest
	die      chan int
}

// run is the program. It ends with the conversation, or when crash is called.
func (s *scripted) run(ctx context.Context, p *memoryProcess) int {
	die := make(chan int)
	s.mu.Lock()
	s.die = die
	s.mu.Unlock()
	handlers := goodHandlers(s.claims)
	handlers[protocol.MethodGetAuthenticationCredentials] = s.authenticate
	maps.Copy(handlers, s.handle)
	c, err := conn.Open(ctx, conn.Join(p.stdin, p.stdout), protocol.Plugin, &conn.Options{Handlers: handlers, Observer: s.observe})
	if err != nil {
		fmt.Fprintln(p, err)
		return 1
	}
	code := 0
	select {
	case <-c.Done():
	case code = <-die:
		fmt.Fprintln(p, "I crashed")
		c.Close()
	}
	_ = c.Wait()
	return code
}

// crash ends the process that started last, within a handler.
func (s *scripted) crash(ctx context.Context, code int) {
	s.mu.Lock()
	die := s.die
	s.mu.Unlock()
	die <- code
	<-ctx.Done()
}

func (s *scripted) observe(e conn.Event) {
	if e.Sent || e.Message.Type != protocol.TypeRequest || e.Message.Method == protocol.MethodHandshake {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, e.Message.Method.String())
	if payload, err := e.Message.DecodePayload(); err == nil {
		switch r := payload.(type) {
		case *protocol.SetCredentialsRequest:
			s.sent = append(s.sent, *r)
		case *protocol.GetAuthenticationCredentialsRequest:
			s.asked = append(s.asked, *r)
		}
	}
}

func (s *scripted) authenticate(_ context.Context, r *conn.Request) (protocol.Response, error) {
	s.mu.Lock()
	n := len(s.asked)
	answer := s.answer
	s.mu.Unlock()
	if answer == nil {
		return credentialsAnswer("ann", "secret"), nil
	}
	if a := answer(n, r.Payload.(*protocol.GetAuthenticationCredentialsRequest)); a != nil {
		return a, nil
	}
	return nil, nil
}

// take returns the methods received so far, and forgets them.
func (s *scripted) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.received, " ")
	s.received = nil
	return text
}

// retries are the IsRetry of all questions.
func (s *scripted) retries() []bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []bool
	for _, r := range s.asked {
		all = append(all, r.IsRetry)
	}
	return all
}

func (s *scripted) sentCredentials() []protocol.SetCredentialsRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// goodHandlers answer all that a client asks, without credentials.
func goodHandlers(claims []protocol.OperationClaim) map[protocol.Method]conn.Handler {
	if claims == nil {
		claims = []protocol.OperationClaim{protocol.ClaimAuthentication}
	}
	always := func(r protocol.Response) conn.Handler {
		return func(context.Context, *conn.Request) (protocol.Response, error) { return r, nil }
	}
	return map[protocol.Method]conn.Handler{
		protocol.MethodMonitorNuGetProcessExit:      always(&protocol.MonitorNuGetProcessExitResponse{}),
		protocol.MethodInitialize:                   always(&protocol.InitializeResponse{}),
		protocol.MethodGetOperationClaims:           always(&protocol.GetOperationClaimsResponse{Claims: claims}),
		protocol.MethodSetLogLevel:                  always(&protocol.SetLogLevelResponse{}),
		protocol.MethodSetCredentials:               always(&protocol.SetCredentialsResponse{}),
		protocol.MethodGetAuthenticationCredentials: always(codeAnswer(protocol.CodeNotFound)),
	}
}

func credentialsAnswer(username, password string, types ...string) *protocol.GetAuthenticationCredentialsResponse {
	if types == nil {
		types = []string{"Basic"}
	}
	return &protocol.GetAuthenticationCredentialsResponse{Username: &username, Password: &password, AuthenticationTypes: types}
}

func codeAnswer(code protocol.ResponseCode) *protocol.GetAuthenticationCredentialsResponse {
	return &protocol.GetAuthenticationCredentialsResponse{ResponseCode: code}
}
