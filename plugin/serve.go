package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/internal/procwatch"
	"github.com/nuplug/nuplug/protocol"
)

// Event is a message that passed between NuGet and the plugin, without passwords.
type Event = conn.Event

// Serve speaks the protocol over the stream until the conversation ends: by Close, the end of the stream, the end of the
// watched process, or ctx. Functions at work are cancelled then; Serve returns when they have. The error is nil for a
// normal end. Closing the stream must end its reads; [Plugin.Main] is for processes, whose standard input need not.
func (p *Plugin) Serve(ctx context.Context, stream io.ReadWriteCloser) error {
	c, err := p.open(ctx, stream)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, c.Close)()
	_ = c.Wait()
	return failure(c)
}

// failure says why a conversation ended, and nil for a normal end. The end of the input is one even when a line of the log
// is still to be acknowledged: NuGet says nothing else when it is done.
func failure(c *conn.Conn) error {
	cause := c.Cause()
	if errors.Is(cause, conn.ErrClosed) || errors.Is(cause, conn.ErrPeerClosed) || errors.Is(cause, io.EOF) {
		return nil
	}
	return cause
}

// open begins the conversation.
func (p *Plugin) open(ctx context.Context, stream io.ReadWriteCloser) (*conn.Conn, error) {
	s := newSession(p)
	c, err := conn.Open(ctx, stream, protocol.Plugin, &conn.Options{
		Handlers:         s.handlers(),
		ProgressInterval: earlyProgress,
		Observer:         p.observer(),
	})
	if err != nil {
		return nil, err
	}
	s.conn = c
	close(s.ready)
	return c, nil
}

func (p *Plugin) observer() func(conn.Event) {
	if p.Observer == nil {
		return nil
	}
	return func(e conn.Event) {
		e.Message = protocol.Redact(e.Message)
		p.Observer(e)
	}
}

// handlers answer every method of the client, whether the plugin has the function or not: a missing handler would be a
// Fault, and with that NuGet ends the restore.
func (s *session) handlers() map[protocol.Method]conn.Handler {
	all := map[protocol.Method]conn.Handler{
		protocol.MethodMonitorNuGetProcessExit:      s.monitor,
		protocol.MethodInitialize:                   s.initialize,
		protocol.MethodGetOperationClaims:           s.claims,
		protocol.MethodSetLogLevel:                  s.setLogLevel,
		protocol.MethodSetCredentials:               s.setCredentials,
		protocol.MethodGetAuthenticationCredentials: s.credentials,
		protocol.MethodGetPackageVersions:           s.versions,
		protocol.MethodPrefetchPackage:              s.prefetch,
		protocol.MethodGetFilesInPackage:            s.files,
		protocol.MethodCopyFilesInPackage:           s.copyFiles,
		protocol.MethodCopyNupkgFile:                s.copyNupkg,
		protocol.MethodGetPackageHash:               s.hash,
	}
	for method, handler := range all {
		all[method] = func(ctx context.Context, r *conn.Request) (protocol.Response, error) {
			<-s.ready // the client's first request can come before its answer to our handshake was looked at
			response, err := handler(ctx, r)
			s.flush(ctx)
			return response, err
		}
	}
	return all
}

// guard runs a function of the plugin's author. Errors and panics become a code and, but for ErrNotFound and ErrDeclined,
// a log line.
func (s *session) guard(ctx context.Context, what string, f func() error) (code protocol.ResponseCode, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.complain(what, fmt.Errorf("the plugin has a bug: %v", p))
			s.log(protocol.LevelDebug, string(debug.Stack()))
			code, err = protocol.CodeError, nil
		}
	}()
	switch err := f(); {
	case err == nil:
		return protocol.CodeSuccess, nil
	case ctx.Err() != nil:
		return 0, err // cancelled: conn answers that
	case errors.Is(err, ErrNotFound):
		return protocol.CodeNotFound, nil
	case !errors.Is(err, ErrDeclined):
		s.complain(what, err)
	}
	return protocol.CodeError, nil
}

// complain tells the user what went wrong. A line at Warning or Error would be more than that: either can fail a build
// that another plugin saves.
func (s *session) complain(what string, err error) {
	s.log(protocol.LevelMinimal, fmt.Sprintf("%s%s: %s: %v", PromptMark, s.plugin.name(), what, err))
}

func (s *session) monitor(_ context.Context, r *conn.Request) (protocol.Response, error) {
	err := s.watch(int(r.Payload.(*protocol.MonitorNuGetProcessExitRequest).ProcessID))
	switch {
	case errors.Is(err, procwatch.ErrNoProcess):
		return &protocol.MonitorNuGetProcessExitResponse{ResponseCode: protocol.CodeNotFound}, nil
	case err != nil:
		s.log(protocol.LevelDebug, fmt.Sprintf("%s: cannot watch NuGet's process, the end of the input will do: %v", s.plugin.name(), err))
		return &protocol.MonitorNuGetProcessExitResponse{ResponseCode: protocol.CodeError}, nil
	}
	return &protocol.MonitorNuGetProcessExitResponse{}, nil
}

func (s *session) initialize(_ context.Context, r *conn.Request) (protocol.Response, error) {
	request := r.Payload.(*protocol.InitializeRequest)
	s.conn.SetRequestTimeout(request.RequestTimeout)
	s.conn.SetProgressInterval(progressInterval(request.RequestTimeout))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told.Version, s.told.Culture = request.ClientVersion, request.Culture
	return &protocol.InitializeResponse{}, nil
}

// progressInterval is a third of what the client waits, so that one lost or late message does no harm, and at most 5 s.
func progressInterval(timeout time.Duration) time.Duration {
	return max(min(maxProgress, timeout/3), time.Millisecond)
}

func (s *session) claims(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request := r.Payload.(*protocol.GetOperationClaimsRequest)
	response := &protocol.GetOperationClaimsResponse{Claims: []protocol.OperationClaim{}}
	p := s.plugin
	switch {
	case request.PackageSourceRepository == nil && request.ServiceIndex == nil:
		if p.Credentials != nil {
			response.Claims = append(response.Claims, protocol.ClaimAuthentication)
		}
	case request.PackageSourceRepository != nil && p.Accepts != nil && p.Prefetch != nil:
		accepted := false
		code, err := s.guard(ctx, "claims for "+withoutUserInfo(*request.PackageSourceRepository), func() (err error) {
			accepted, err = p.Accepts(ctx, &SourceRequest{*request.PackageSourceRepository, request.ServiceIndex, &Call{s, r}})
			return err
		})
		if err != nil {
			return nil, err
		}
		if code == protocol.CodeSuccess && accepted {
			response.Claims = append(response.Claims, protocol.ClaimDownloadPackage)
		}
	}
	return response, nil
}

func (s *session) setLogLevel(_ context.Context, r *conn.Request) (protocol.Response, error) {
	s.openLog(r.Payload.(*protocol.SetLogLevelRequest).LogLevel)
	return &protocol.SetLogLevelResponse{}, nil
}

func (s *session) setCredentials(_ context.Context, r *conn.Request) (protocol.Response, error) {
	s.remember(r.Payload.(*protocol.SetCredentialsRequest))
	return &protocol.SetCredentialsResponse{}, nil
}

func (s *session) credentials(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	request := r.Payload.(*protocol.GetAuthenticationCredentialsRequest)
	declined := &protocol.GetAuthenticationCredentialsResponse{ResponseCode: protocol.CodeError}
	if s.plugin.Credentials == nil {
		return declined, nil
	}
	var c *Credentials
	code, err := s.guard(ctx, "credentials for "+withoutUserInfo(request.URI), func() (err error) {
		c, err = s.plugin.Credentials(ctx, &CredentialsRequest{*request, &Call{s, r}})
		return err
	})
	if err != nil {
		return nil, err
	}
	if code != protocol.CodeSuccess {
		return &protocol.GetAuthenticationCredentialsResponse{ResponseCode: code}, nil
	}
	if c == nil || strings.TrimSpace(c.Username) == "" && strings.TrimSpace(c.Password) == "" {
		return declined, nil // a Success with two blanks declines as well, but NuGet asks again
	}
	return s.success(*c), nil
}

func (s *session) success(c Credentials) *protocol.GetAuthenticationCredentialsResponse {
	if len(c.Types) == 0 {
		c.Types = []string{"Basic"}
	}
	username, password, ok := dateProof(c)
	if !ok {
		s.advise.Do(func() { s.complain("credentials", errDate) })
	}
	return &protocol.GetAuthenticationCredentialsResponse{Username: &username, Password: &password, AuthenticationTypes: c.Types}
}

// withoutUserInfo shortens an address to what may stand in a log.
func withoutUserInfo(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return uri
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path, slash := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if slash {
		path = "/" + path
	}
	return scheme + "://" + host + path
}
