package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/nuplug/nuplug/nugetconfig"
)

const credentialsVariable = "NuGetPackageSourceCredentials_"

// checkCredentials looks at the credentials of NuGet.Config and of variables, which NuGet tries before it asks plugins.
func checkCredentials(_ context.Context, d *doctor) []finding {
	if d.config == nil {
		return nil
	}
	sources, _ := d.sources() // an error is the business of checkSource
	var found []finding
	for _, s := range sources {
		if s.Name != "" {
			found = append(found, d.judgeCredentials(s)...)
		}
	}
	return append(found, d.strayVariables()...)
}

func (d *doctor) judgeCredentials(s nugetconfig.Source) []finding {
	var found []finding
	c, err := d.config.Credentials(s.Name)
	variable := credentialsVariable + s.Name
	value, set := d.env.Lookup(variable, d.client.OS)
	if set && value != "" && (c == nil || c.Origin.Variable == "") {
		f := suspect(unanswered|blocked|refused, "%s does not have the form Username=USER;Password=PASSWORD, and NuGet ignores it without a word", variable)
		found = append(found, f.by(d.signIn(s)))
	}
	switch {
	case err != nil:
		found = append(found, wrong("%v", err))
	case c == nil:
	case !c.IsClearText() && d.client.OS != "windows":
		found = append(found, wrong("the password of source %s in %s is encrypted, which only Windows can read; NuGet fails before it asks the feed", s.Name, c.Origin).by(d.signIn(s)))
	case !sendsBasic(c.ValidAuthenticationTypes):
		found = append(found, note("the credentials of source %s in %s are for %s only, and not sent as Basic", s.Name, c.Origin, strings.Join(c.ValidAuthenticationTypes, ", ")))
	default:
		found = append(found, note("source %s has credentials in %s; plugins are asked only if the feed refuses them", s.Name, c.Origin))
	}
	return found
}

func sendsBasic(types []string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, "basic") })
}

// strayVariables are those that name no source: on Unix even one in another case.
func (d *doctor) strayVariables() []finding {
	var found []finding
	for _, name := range slices.Sorted(maps.Keys(d.env)) {
		source, isOne := strings.CutPrefix(name, credentialsVariable)
		if !isOne || slices.ContainsFunc(d.config.Sources, func(s nugetconfig.Source) bool {
			return s.Name == source || d.client.OS == "windows" && strings.EqualFold(s.Name, source)
		}) {
			continue
		}
		f := suspect(unanswered|blocked, "%s is set, and no source has the name %s", name, source)
		i := slices.IndexFunc(d.config.Sources, func(s nugetconfig.Source) bool { return strings.EqualFold(s.Name, source) })
		if i >= 0 && d.shell().canSet(name) && !d.shell().windows() {
			f.Text += ", in these letters; the source is " + d.config.Sources[i].Name
			f = f.by("export " + credentialsVariable + d.config.Sources[i].Name + `="$` + name + `"`)
		} else {
			f.blame = 0
		}
		found = append(found, f)
	}
	return found
}

// signIn is the command that gives a source credentials by hand, where no plugin has any. A variable goes before the files.
func (d *doctor) signIn(s nugetconfig.Source) string {
	name := credentialsVariable + s.Name
	if s.Name != "" && (d.shell().canSet(name) || d.shell().windows()) {
		return d.shell().set(name, "Username=USER;Password=PASSWORD")
	}
	if s.Name == "" {
		return d.shell().nuget("", "add", "source", withoutSecrets(s.Value), "--name", "NAME", "--username", "USER", "--password", "PASSWORD", "--store-password-in-clear-text")
	}
	words := []string{"update", "source", s.Name, "--source", withoutSecrets(s.Value), "--username", "USER", "--password", "PASSWORD", "--store-password-in-clear-text"}
	if s.AllowInsecureConnections {
		words = append(words, "--allow-insecure-connections")
	}
	return d.shell().nuget(configFileOf(s.Origin), words...)
}
