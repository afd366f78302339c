package nugetconfig

import "fmt"

// Level is where in the chain a file stands.
type Level int

// The levels, near to far.
const (
	// LevelProject is a file in the start folder or in one above it.
	LevelProject Level = iota
	// LevelConfigFile is the file that --configfile named. It replaces all levels but the defaults.
	LevelConfigFile
	// LevelUser is the user's own file.
	LevelUser
	// LevelUserFolder is a file in the folder "config" beside the user's own file.
	LevelUserFolder
	// LevelMachine is a file of the machine-wide folder.
	LevelMachine
	// LevelDefaults is NuGetDefaults.config, whose sources are added after the merge.
	LevelDefaults
)

// String is the level in a word or two, for messages.
func (l Level) String() string {
	switch l {
	case LevelProject:
		return "project"
	case LevelConfigFile:
		return "config file"
	case LevelUser:
		return "user"
	case LevelUserFolder:
		return "user config folder"
	case LevelMachine:
		return "machine"
	case LevelDefaults:
		return "defaults"
	}
	return fmt.Sprintf("level %d", int(l))
}

// MarshalText is String, for JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// File is one file of the chain.
type File struct {
	Path  string // absolute
	Level Level
	// Missing says that there is no such file, and that the one which NuGet would create there was taken instead: it holds
	// the public gallery as its only source.
	Missing bool
}

// Origin says where a value came from: a file, or a variable, or neither for NuGet's own default.
type Origin struct {
	File     *File
	Line     int // in File, from 1
	Variable string
}

// String is "path:line", "variable NAME" or "default".
func (o Origin) String() string {
	switch {
	case o.File != nil:
		return fmt.Sprintf("%s:%d", o.File.Path, o.Line)
	case o.Variable != "":
		return "variable " + o.Variable
	}
	return "default"
}
