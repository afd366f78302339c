package host

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/internal/proc"
	"github.com/nuplug/nuplug/protocol"
)

// NuGetVersion is the version of NuGet that the host tells plugins it is, unless told otherwise: the one whose behaviour
// it was checked against.
const NuGetVersion = "7.9.0"

// closeGrace is how long NuGet lets a plugin exit by itself before it kills it.
const closeGrace = time.Second

// streamGrace is more than a connection takes to say Close and close the stream. On Windows a plugin that reads nothing can
// hold that up until it is killed.
const streamGrace = 3 * time.Second

// Event is a message that passed between host and plugin, secrets included.
type Event = conn.Event

// LaunchOptions may be nil; each zero field has a default.
type LaunchOptions struct {
	ClientVersion string // told to the plugin; [NuGetVersion]
	Culture       string // told to the plugin; "en"
	// Timeouts are 30 s, 30 s and 60 s where they are zero. [TimeoutsFrom] reads NuGet's variables.
	Timeouts Timeouts
	// LogLevel is the least severe level that the plugin is told to log; the zero value is Debug, which is what dotnet says.
	LogLevel protocol.LogLevel
	// Log gets the plugin's log lines, in order, from one goroutine at a time. It must not close the plugin.
	Log func(protocol.LogLevel, string)
	// Logger gets them too, at the level of [SlogLevel] and with the path as attribute "plugin"; nil for none.
	Logger *slog.Logger
	// Stderr gets what the plugin writes to standard error, which NuGet passes on to the user.
	Stderr io.Writer
	Env    []string // of the child; nil for this process's
	Dir    string   // of the child; empty for this process's
	// Observer sees the conversation; see [conn.Options].
	Observer func(Event)

	start starter // of tests
}

// Plugin is a running plugin that was initialised as NuGet does it. It may be used by many goroutines.
type Plugin struct {
	path    string
	process process
	stream  *stream
	conn    *conn.Conn
	options LaunchOptions

	logLevel, proxy once          // SetLogLevel and SetCredentials go out once a process
	ended           chan struct{} // closed when nothing is left, with endError set
	endError        error
}

// Launch starts the plugin with the command that NuGet would use, and initialises it: both handshakes,
// MonitorNuGetProcessExit, Initialize. The error is a [LaunchError]; no process is left then. The caller closes the
// plugin.
func Launch(ctx context.Context, path string, s Start, o *LaunchOptions) (*Plugin, error) {
	p := &Plugin{path: path, logLevel: newOnce(), proxy: newOnce(), ended: make(chan struct{})}
	if o != nil {
		p.options = *o
	}
	p.options.setDefaults()
	began := time.Now()
	if err := p.startProcess(ctx, s); err != nil {
		return nil, &LaunchError{Path: path, Step: StepStart, Took: time.Since(began), Err: err}
	}
	if step, err := p.initialize(ctx); err != nil {
		return nil, p.failed(step, time.Since(began), err)
	}
	go func() { // also a plugin that went away by itself is cleaned up
		defer close(p.ended)
		<-p.conn.Done()
		p.endError = p.shutDown()
	}()
	return p, nil
}

func (o *LaunchOptions) setDefaults() {
	if o.ClientVersion == "" {
		o.ClientVersion = NuGetVersion
	}
	if o.Culture == "" {
		o.Culture = "en"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.start == nil {
		o.start = startChild
	}
	o.Timeouts = o.Timeouts.withDefaults()
}

func (p *Plugin) startProcess(ctx context.Context, s Start) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.ViaHost {
		if err := checkHosted(p.path); err != nil {
			return err
		}
	}
	program, err := findProgram(s.Program)
	if err != nil {
		return err
	}
	p.process, err = p.options.start(proc.Command{
		Path: program, Args: s.Args, Env: p.options.Env, Dir: p.options.Dir, Stderr: p.options.Stderr,
	})
	return err
}

func (p *Plugin) initialize(ctx context.Context) (Step, error) {
	var err error
	p.stream = newStream(p.process)
	p.conn, err = conn.Open(ctx, p.stream, protocol.Client, &conn.Options{
		Handlers:         map[protocol.Method]conn.Handler{protocol.MethodLog: p.log},
		HandshakeTimeout: p.options.Timeouts.Handshake,
		RequestTimeout:   p.options.Timeouts.Request,
		IdleTimeout:      p.options.Timeouts.Idle,
		Observer:         p.options.Observer,
	})
	if err != nil {
		return StepHandshake, err
	}
	if _, err := p.conn.Call(ctx, &protocol.MonitorNuGetProcessExitRequest{ProcessID: int32(os.Getpid())}); err != nil {
		return StepMonitor, err
	}
	response, err := conn.Call[*protocol.InitializeResponse](ctx, p.conn, &protocol.InitializeRequest{
		ClientVersion: p.options.ClientVersion, Culture: p.options.Culture, RequestTimeout: p.options.Timeouts.Request,
	})
	if err == nil && response != nil && response.ResponseCode != protocol.CodeSuccess {
		err = &codeError{response.ResponseCode}
	}
	return StepInitialize, err
}

// failed ends what was started and makes the error.
func (p *Plugin) failed(step Step, took time.Duration, err error) error {
	if p.conn != nil {
		p.conn.Close()
	}
	e := &LaunchError{Path: p.path, Step: step, Took: took, Err: err}
	if _, exited := p.process.ExitState(); exited || isGone(err) {
		e.Exit = p.exit()
	}
	if closeErr := p.process.Close(0); closeErr != nil {
		e.Err = closeErr
	}
	e.Stderr = lastLines(p.process.StderrTail(), 3)
	if p.conn != nil {
		_ = p.conn.Wait()
	}
	p.stream.wait()
	return e
}

// exit gives a process that seems to be on its way out a moment, and says how it ended: "exited with code 3", or nothing
// if it still runs or had to be killed.
func (p *Plugin) exit() string {
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	select {
	case <-p.process.Done():
	case <-grace.C:
		return ""
	}
	state, _ := p.process.ExitState()
	if state.Killed {
		return ""
	}
	return state.String()
}

// Path is the plugin's file as it was found.
func (p *Plugin) Path() string { return p.path }

// Version is the version of the protocol that was settled.
func (p *Plugin) Version() protocol.Version { return p.conn.Version() }

// Done is closed when the plugin and its process have ended.
func (p *Plugin) Done() <-chan struct{} { return p.ended }

// Cause says why the conversation ended; see [conn.Conn.Cause].
func (p *Plugin) Cause() error { return p.conn.Cause() }

// Close tells the plugin to stop, waits up to a second for its process, kills it with all that it started, and returns
// when nothing is left of it. (A plugin that reads nothing is told for up to two seconds before.) Calls that still run
// fail. It may be called many times, but not by LaunchOptions.Log.
func (p *Plugin) Close() error {
	p.conn.Close()
	<-p.ended
	return p.endError
}

func (p *Plugin) shutDown() error {
	select {
	case <-p.stream.closed: // the Close message is on its way until then
	case <-time.After(streamGrace):
	}
	err := p.process.Close(closeGrace)
	_ = p.conn.Wait() // why it ended is Cause
	p.stream.wait()
	return err
}
