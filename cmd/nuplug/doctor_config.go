package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
)

// checkConfig reads the chain of NuGet.Config files. One that is broken fails every command of NuGet.
func checkConfig(_ context.Context, d *doctor) []finding {
	if d.configErr != nil {
		f := wrong("NuGet.Config: %v", d.configErr)
		if e, ok := errors.AsType[*nugetconfig.FileError](d.configErr); ok {
			f.Text = fmt.Sprintf("NuGet.Config cannot be read, and every NuGet command fails: %v", e)
		}
		return []finding{f}
	}
	var files []string
	for _, file := range d.config.Files {
		if !file.Missing {
			files = append(files, file.Path)
		}
	}
	if len(files) == 0 {
		return []finding{ok("no NuGet.Config; the public gallery is the only source")}
	}
	return []finding{ok("%s", strings.Join(files, ", "))}
}

// sources are those that the command is about. The error is that of a name that nobody knows.
func (d *doctor) sources() ([]nugetconfig.Source, error) {
	if d.argument == "" {
		var enabled []nugetconfig.Source
		if d.config != nil {
			for _, s := range d.config.Sources {
				if s.Enabled && isHTTP(s.Value) {
					enabled = append(enabled, s)
				}
			}
		}
		return enabled, nil
	}
	var names []string
	if d.config != nil {
		if s, found := d.config.FindSource(d.argument); found {
			return []nugetconfig.Source{s}, nil
		}
		for _, s := range d.config.Sources {
			names = append(names, s.Name)
		}
	}
	if isHTTP(d.argument) {
		return []nugetconfig.Source{{Value: d.argument, ProtocolVersion: 3, Enabled: true}}, nil
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no source has the name %q, and none is configured", withoutSecrets(d.argument))
	}
	return nil, fmt.Errorf("no source has the name %q; there are: %s", withoutSecrets(d.argument), strings.Join(names, ", "))
}

func isHTTP(address string) bool {
	_, err := credential.ParseFeed(address)
	return err == nil
}

// title is how a source is named in findings.
func title(s nugetconfig.Source) string {
	if s.Name == "" {
		return withoutSecrets(s.Value)
	}
	return fmt.Sprintf("%s (%s)", s.Name, withoutSecrets(s.Value))
}

func configFileOf(o nugetconfig.Origin) string {
	if o.File == nil || o.File.Missing {
		return ""
	}
	return o.File.Path
}

// checkSource looks at what NuGet.Config says of the sources.
func checkSource(_ context.Context, d *doctor) []finding {
	sources, err := d.sources()
	if err != nil {
		return []finding{wrong("%v", err).by(d.shell().nuget("", "list", "source"))}
	}
	var found []finding
	for _, s := range sources {
		found = append(found, d.judgeSource(s))
	}
	if len(sources) == 0 && d.config != nil {
		found = append(found, note("no enabled source is an http or https address"))
	}
	return found
}

func (d *doctor) judgeSource(s nugetconfig.Source) finding {
	file := configFileOf(s.Origin)
	switch {
	case !s.Enabled:
		return wrong("source %s is disabled in %s", title(s), s.DisabledBy).
			by(d.shell().nuget(configFileOf(s.DisabledBy), "enable", "source", s.Name))
	case !isHTTP(s.Value):
		return note("source %s is no http or https address, and needs no plugin", title(s))
	case s.Name == "":
		return note("no source of NuGet.Config has the address %s", title(s))
	case isPlainHTTP(s.Value) && !s.AllowInsecureConnections && refusesHTTP(d.client):
		return wrong("source %s is plain http, which %s refuses; %s does not allow it", title(s), d.client, s.Origin).
			by(d.shell().nuget(file, "update", "source", s.Name, "--source", withoutSecrets(s.Value), "--allow-insecure-connections"))
	}
	return ok("source %s of %s", title(s), s.Origin)
}

func isPlainHTTP(address string) bool {
	return len(address) > 5 && strings.EqualFold(address[:5], "http:")
}

// refusesHTTP tells whether the client makes an error (NU1302) of plain http, loopback included: since NuGet 6.12, SDK 9.
func refusesHTTP(c host.Client) bool {
	return c.Version.Compare(host.ClientVersion{Major: 6, Minor: 12}) >= 0
}

// speaksV2 tells whether NuGet takes the source for a feed of the old protocol.
func speaksV2(s nugetconfig.Source) bool {
	return s.ProtocolVersion < 3 && !strings.HasSuffix(strings.ToLower(s.Value), ".json")
}

func (d *doctor) shell() shell { return shell{d.streams.GOOS} }
