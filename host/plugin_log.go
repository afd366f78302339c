package host

import (
	"context"
	"log/slog"

	"github.com/nuplug/nuplug/conn"
	"github.com/nuplug/nuplug/protocol"
)

// SlogLevel is the level of a plugin's log lines in a [slog.Logger]: Debug, Information, Warning and Error are slog's own,
// Verbose is DEBUG+2 and Minimal INFO+2. Plugins use Minimal for what a user must see, such as the code of a login.
func SlogLevel(l protocol.LogLevel) slog.Level {
	switch l {
	case protocol.LevelDebug:
		return slog.LevelDebug
	case protocol.LevelVerbose:
		return slog.LevelDebug + 2
	case protocol.LevelInformation:
		return slog.LevelInfo
	case protocol.LevelMinimal:
		return slog.LevelInfo + 2
	case protocol.LevelWarning:
		return slog.LevelWarn
	}
	return slog.LevelError
}

// log answers the plugin's Log. NuGet takes none before it sent SetLogLevel; there is no harm in being kinder.
func (p *Plugin) log(ctx context.Context, r *conn.Request) (protocol.Response, error) {
	line := r.Payload.(*protocol.LogRequest)
	if line.LogLevel < p.options.LogLevel {
		return &protocol.LogResponse{ResponseCode: protocol.CodeError}, nil
	}
	if p.options.Log != nil {
		p.options.Log(line.LogLevel, line.Message)
	}
	p.options.Logger.LogAttrs(ctx, SlogLevel(line.LogLevel), line.Message, slog.String("plugin", p.path))
	return &protocol.LogResponse{}, nil
}
