package plugin

import (
	"context"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// PromptMark begins every line of [Call.Prompt]. The terminal logger, dotnet's default on a terminal since SDK 9, hides
// plugin lines that are no warnings unless they contain it; seen with SDK 10.
const PromptMark = "[CredentialProvider] "

// Call is the way back to NuGet while it waits for an answer.
type Call struct {
	session *session
	request *conn.Request
}

// Client is what NuGet told about itself.
type Client struct {
	Version   string            // of NuGet, such as 7.9.0; empty before Initialize
	Culture   string            // such as en
	ProcessID int               // 0 before MonitorNuGetProcessExit
	Protocol  protocol.Version  // what was negotiated
	LogLevel  protocol.LogLevel // the least severe level that NuGet wants; Debug before SetLogLevel
}

// Client tells what NuGet said about itself.
func (c *Call) Client() Client {
	client := c.session.client()
	client.Protocol = c.request.Version()
	return client
}

// Log sends a line to NuGet's log. It does not wait. Lines keep their order, and those of a request arrive before its
// answer; lines that come before NuGet takes any wait until it does. Lines below the level that NuGet wants are not sent,
// and when a thousand wait, further ones are dropped, those below Minimal first. Two levels have consequences: Warning fails a build
// that runs with -warnaserror, Error fails a restore that restored everything.
func (c *Call) Log(level protocol.LogLevel, text string) { c.session.log(level, text) }

// Prompt shows a line that the user must see, such as the address and code of a login. All of dotnet's loggers show it at
// once.
func (c *Call) Prompt(text string) {
	c.session.log(protocol.LevelMinimal, PromptMark+text)
}

// Progress says how much of the work is done, from 0 to 1. NuGet shows it to nobody, but it waits on. Signs of life go
// out by themselves; this is for those who have something better to say.
func (c *Call) Progress(ctx context.Context, fraction float64) error {
	return c.request.Progress(ctx, protocol.Progress{Percentage: &fraction})
}

// GetCredentials asks NuGet for the credentials of a source, saying what status the source answered with. [ErrNotFound]
// if it has none. For download plugins only: inside Credentials NuGet would wait for itself.
func (c *Call) GetCredentials(ctx context.Context, source string, status protocol.HTTPStatus) (*Credentials, error) {
	response, err := c.request.Call(ctx, &protocol.GetCredentialsRequest{PackageSourceRepository: source, StatusCode: status})
	if err != nil {
		return nil, err
	}
	r, _ := response.(*protocol.GetCredentialsResponse)
	if r == nil || r.ResponseCode != protocol.CodeSuccess {
		return nil, ErrNotFound
	}
	return &Credentials{Username: text(r.Username), Password: text(r.Password), Types: r.AuthenticationTypes}, nil
}

// GetServiceIndex asks NuGet for the index.json of a source. NuGet often answers [ErrNotFound] the first time.
func (c *Call) GetServiceIndex(ctx context.Context, source string) (protocol.JSON, error) {
	response, err := c.request.Call(ctx, &protocol.GetServiceIndexRequest{PackageSourceRepository: source})
	if err != nil {
		return nil, err
	}
	r, _ := response.(*protocol.GetServiceIndexResponse)
	if r == nil || r.ResponseCode != protocol.CodeSuccess {
		return nil, ErrNotFound
	}
	return r.ServiceIndex, nil
}

// SentCredentials returns what NuGet last sent for a source with SetCredentials, if anything: for downloads the source's
// and its proxy's credentials, for authentication those of a proxy, under nothing but the path of the source's address.
func (c *Call) SentCredentials(source string) (protocol.SetCredentialsRequest, bool) {
	return c.session.sentCredentials(source)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
