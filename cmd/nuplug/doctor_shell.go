package main

import (
	"regexp"
	"strings"
)

// shell writes commands for the shell of a system: sh, or PowerShell on Windows.
type shell struct{ goos string }

func (s shell) windows() bool { return s.goos == "windows" }

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quote makes one word of a text.
func (s shell) quote(text string) string {
	switch {
	case plainWord.MatchString(text):
		return text
	case s.windows():
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

func (s shell) unset(name string) string {
	if s.windows() {
		return "Remove-Item Env:" + s.quote(name)
	}
	return "unset " + s.quote(name)
}

func (s shell) set(name, value string) string {
	if s.windows() {
		return "${env:" + name + "} = '" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	return "export " + name + "=" + s.quote(value)
}

// both joins two commands, the second of which is done if the first worked.
func (s shell) both(first, second string) string {
	if s.windows() {
		return first + "; " + second // PowerShell before 7 has no &&
	}
	return first + " && " + second
}

func (s shell) remove(file string) string {
	if s.windows() {
		return "Remove-Item -LiteralPath " + s.quote(file)
	}
	return "rm " + s.quote(file)
}

func (s shell) removeTree(folder string) string {
	if s.windows() {
		return "Remove-Item -Recurse -LiteralPath " + s.quote(folder)
	}
	return "rm -r " + s.quote(folder)
}

func (s shell) move(from, to string) string {
	if s.windows() {
		return "Move-Item -LiteralPath " + s.quote(from) + " -Destination " + s.quote(to)
	}
	return "mv " + s.quote(from) + " " + s.quote(to)
}

// nuget is a "dotnet nuget" command; file, where it is known, is the NuGet.Config to change.
func (s shell) nuget(file string, words ...string) string {
	if file != "" {
		words = append(words, "--configfile", file)
	}
	var command strings.Builder
	command.WriteString("dotnet nuget")
	for _, word := range words {
		command.WriteString(" " + s.quote(word))
	}
	return command.String()
}

// sh can set a variable of such a name only.
var shellName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (s shell) canSet(name string) bool { return shellName.MatchString(name) }
