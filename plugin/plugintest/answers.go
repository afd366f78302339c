package plugintest

import (
	"context"
	"errors"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// The faults that NuGet sends, and that plugins on its C# library do not survive.
var (
	errTooEarly = errors.New("NuGet takes no log lines before SetLogLevel")
	errNotBound = errors.New("NuGet answers this only to a plugin that claimed DownloadPackage for a source")
)

// observe sees all that the plugin says before anything comes of it, in order.
func (c *Client) observe(e conn.Event) {
	if e.Sent {
		return
	}
	payload, err := e.Message.DecodePayload()
	if err != nil {
		c.t.Errorf("plugintest: NuGet would not read what the plugin says: %v", err)
		return
	}
	switch p := payload.(type) {
	case *protocol.Fault:
		c.t.Errorf("plugintest: a Fault, with which NuGet ends the whole restore: %s", p.Message)
	case *protocol.LogRequest:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.logging && p.LogLevel >= c.level {
			c.logs = append(c.logs, *p)
		}
	}
}

func (c *Client) log(_ context.Context, r *conn.Request) (protocol.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.logging:
		c.t.Errorf("plugintest: %v", errTooEarly)
		return nil, errTooEarly
	case r.Payload.(*protocol.LogRequest).LogLevel < c.level:
		return &protocol.LogResponse{ResponseCode: protocol.CodeError}, nil
	}
	return &protocol.LogResponse{}, nil
}

func (c *Client) getCredentials(_ context.Context, r *conn.Request) (protocol.Response, error) {
	c.mu.Lock()
	bound, authenticating := c.bound, c.authenticating > 0
	c.mu.Unlock()
	request := r.Payload.(*protocol.GetCredentialsRequest)
	switch {
	case authenticating:
		c.t.Errorf("plugintest: the plugin asks for credentials while it is asked for some, and NuGet would wait for itself")
	case !bound:
		return nil, errNotBound
	case c.options.GetCredentials != nil:
		if found := c.options.GetCredentials(request.PackageSourceRepository, request.StatusCode); found != nil {
			return &protocol.GetCredentialsResponse{Username: &found.Username, Password: &found.Password, AuthenticationTypes: found.Types}, nil
		}
	}
	return &protocol.GetCredentialsResponse{ResponseCode: protocol.CodeNotFound}, nil
}

func (c *Client) getServiceIndex(_ context.Context, r *conn.Request) (protocol.Response, error) {
	c.mu.Lock()
	bound := c.bound
	c.mu.Unlock()
	if !bound {
		return nil, errNotBound
	}
	if c.options.GetServiceIndex != nil {
		if index := c.options.GetServiceIndex(r.Payload.(*protocol.GetServiceIndexRequest).PackageSourceRepository); index != nil {
			return &protocol.GetServiceIndexResponse{ServiceIndex: index}, nil
		}
	}
	return &protocol.GetServiceIndexResponse{ResponseCode: protocol.CodeNotFound}, nil
}
