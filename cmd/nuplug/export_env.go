package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

const credentialsVariablePrefix = "NuGetPackageSourceCredentials_"

// envText is one command for each source, for the shell of the system.
func envText(r reader, all []exported) (string, []string, error) {
	var b strings.Builder
	err := checkEach(all, func(e exported) error {
		value, err := variableValue(e.Cred.Username, e.Cred.Password.Reveal())
		if err != nil {
			return err
		}
		line, err := setLine(r.goos, credentialsVariablePrefix+e.Name, value)
		if err != nil {
			return err
		}
		b.WriteString(line + "\n")
		return nil
	})
	return b.String(), nil, err
}

// NuGet's pattern is Username=(.*?);\s*Password=(.*?)(;ValidAuthenticationTypes=(.*?))? in any case, for the value without
// blanks around it. Its "." is anything but a line feed and its \s any blank of Unicode. With anything else NuGet acts as if
// the variable were not set, and says nothing.
var (
	endsUser     = regexp.MustCompile(`(?i);[\s\v\pZ\x{85}]*Password=`)
	endsPassword = regexp.MustCompile(`(?i);ValidAuthenticationTypes=`)
)

// variableValue is what the variable has to hold. What NuGet would read otherwise is an error.
func variableValue(user, password string) (string, error) {
	switch {
	case endsUser.MatchString(user):
		return "", errors.New(`its user name holds ";Password=", at which NuGet would end it: use --format nuget-config`)
	case endsPassword.MatchString(password):
		return "", errors.New(`its password holds ";ValidAuthenticationTypes=", at which NuGet would end it: use --format nuget-config`)
	case strings.Contains(user+password, "\n"):
		return "", errors.New("it has a line break, with which NuGet does not read the variable: use --format nuget-config")
	case password != strings.TrimRightFunc(password, unicode.IsSpace):
		return "", errors.New("its password ends in a blank, which NuGet would drop: use --format nuget-config")
	}
	return "Username=" + user + ";Password=" + password, nil
}

// setLine is the command that sets a variable for the programs that come after it.
func setLine(goos, name, value string) (string, error) {
	sh := shell{goos}
	if sh.windows() {
		if strings.ContainsAny(name, "=\x00") {
			return "", fmt.Errorf("%q cannot be the name of a variable: rename the source in NuGet.Config, or use --format nuget-config", name)
		}
		// By this call and not by $env:, because it takes any name.
		return fmt.Sprintf("[Environment]::SetEnvironmentVariable(%s, %s)", powerShellQuote(name), powerShellQuote(value)), nil
	}
	if !sh.canSet(name) {
		return "", fmt.Errorf("no shell can set a variable named %q: use letters, digits and _ for the source's name in NuGet.Config, or --format nuget-config", name)
	}
	return sh.set(name, value), nil
}

// powerShellQuote doubles the quotation marks that end a text in PowerShell; the typographic ones do so too.
func powerShellQuote(text string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(text) + "'"
}
