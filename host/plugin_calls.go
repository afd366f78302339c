package host

import (
	"context"
	"net/url"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// Claims asks what the plugin can do: for all sources when source is empty, else for that source with its index.json.
// known is false when the plugin's answer said nothing at all, which NuGet takes for no claims.
func (p *Plugin) Claims(ctx context.Context, source string, serviceIndex protocol.JSON) (claims []protocol.OperationClaim, known bool, err error) {
	request := new(protocol.GetOperationClaimsRequest)
	if source != "" {
		request.PackageSourceRepository, request.ServiceIndex = &source, serviceIndex
	}
	response, err := conn.Call[*protocol.GetOperationClaimsResponse](ctx, p.conn, request)
	if err != nil || response == nil {
		return nil, false, p.explain(ctx, err)
	}
	return response.Claims, true, nil
}

// Authenticate asks for credentials, after SetLogLevel if that was not sent yet. The response is nil when the plugin's
// answer said nothing at all.
func (p *Plugin) Authenticate(ctx context.Context, r protocol.GetAuthenticationCredentialsRequest) (*protocol.GetAuthenticationCredentialsResponse, error) {
	return p.authenticate(ctx, r, nil)
}

// authenticate tells the plugin also the user name and password of the proxy that leads to the source, if there is one.
func (p *Plugin) authenticate(ctx context.Context, r protocol.GetAuthenticationCredentialsRequest, proxy *url.URL) (*protocol.GetAuthenticationCredentialsResponse, error) {
	err := p.logLevel.do(ctx, func() error {
		_, err := p.conn.Call(ctx, &protocol.SetLogLevelRequest{LogLevel: p.options.LogLevel})
		return err
	})
	if err == nil && proxy != nil {
		err = p.proxy.do(ctx, func() error {
			_, err := p.conn.Call(ctx, proxyCredentials(r.URI, proxy))
			return err
		})
	}
	if err != nil {
		return nil, p.explain(ctx, err)
	}
	response, err := conn.Call[*protocol.GetAuthenticationCredentialsResponse](ctx, p.conn, &r)
	return response, p.explain(ctx, err)
}

// proxyCredentials is what NuGet sends for a proxy. It names the source by nothing but the path of its address, and what
// the plugin answers does not matter to it; both were seen.
func proxyCredentials(source string, proxy *url.URL) *protocol.SetCredentialsRequest {
	r := &protocol.SetCredentialsRequest{PackageSourceRepository: "/"}
	if u, err := url.Parse(source); err == nil && u.Path != "" {
		r.PackageSourceRepository = u.EscapedPath()
	}
	if proxy.User != nil {
		name := proxy.User.Username()
		password, _ := proxy.User.Password()
		r.ProxyUsername, r.ProxyPassword = &name, &password
	}
	return r
}

// explain says of a call that failed because the process ended how that ended.
func (p *Plugin) explain(ctx context.Context, err error) error {
	if err == nil || !isGone(err) || ctx.Err() != nil {
		return err
	}
	if exit := p.exit(); exit != "" {
		return &exitError{err: err, exit: exit, stderr: lastLines(p.process.StderrTail(), 3)}
	}
	return err
}

// once does something that is to be done once a process, and remembers its error. What failed because the caller's context
// ended was not done.
type once struct{ *onceState }

type onceState struct {
	doing lock
	done  bool
	err   error
}

func newOnce() once { return once{&onceState{doing: newLock()}} }

func (o once) do(ctx context.Context, f func() error) error {
	if err := o.doing.lock(ctx); err != nil {
		return err
	}
	defer o.doing.unlock()
	if o.done {
		return o.err
	}
	err := f()
	if err == nil || ctx.Err() == nil {
		o.done, o.err = true, err
	}
	return err
}
