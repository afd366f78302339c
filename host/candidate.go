package host

import "fmt"

// Candidate is a file that a user could take for a plugin of the client: one that NuGet lists, or one that it passes over
// although it lies where plugins lie.
type Candidate struct {
	Path   string // exactly as NuGet has it: the claims cache and argv[0] use this string
	Origin Origin
	State  State
	Reason string // one line: why NuGet uses it or not, and what to do about that
	Start  Start  // how NuGet starts it; empty where it is not listed

	// BlockedBy is the path of an earlier candidate that cannot be started. A feed that asks for credentials meets that
	// one first, gets an error and asks no later one.
	BlockedBy string
}

// Listed tells whether the candidate is in NuGet's own list of plugins.
func (c Candidate) Listed() bool { return c.State >= Valid && c.State <= FileBasedApp }

// Startable tells whether the candidate may be started. The others are listed by NuGet too, but fail, or worse.
func (c Candidate) Startable() bool { return c.State == Valid || c.State == SignatureUnchecked }

// Blocks tells whether NuGet raises an error when it comes to the candidate: the feed that asked gets no credentials, and
// the candidates behind this one are not asked.
func (c Candidate) Blocks() bool { return c.Listed() && !c.Startable() }

// State says what NuGet makes of a candidate. Those up to FileBasedApp are in NuGet's list, the rest are not.
type State int

const (
	// Valid: NuGet starts it when its turn comes.
	Valid State = iota + 1
	// SignatureUnchecked: this client starts it if it has a valid Authenticode signature of a trusted signer, which is
	// not checked here; without one it is an error like NotFound.
	SignatureUnchecked
	// NotFound: there is no such file. An error when its turn comes.
	NotFound
	// InvalidFilePath: the path is relative or malformed. An error when its turn comes.
	InvalidFilePath
	// CannotStart: NuGet takes it for valid, but starting it fails.
	CannotStart
	// FileBasedApp: NuGet takes it for valid, and the dotnet host would build it as a program in one file. That build
	// restores, that restore starts the plugin, and so on: processes without end. It must never be started.
	FileBasedApp
	// Hidden: NuGet does not look in this place, because a variable that comes before it is set.
	Hidden
	// TooNew: NuGet of this version does not know this place.
	TooNew
	// Skipped: NuGet looks in this place, and passes over this file.
	Skipped
)

func (s State) String() string {
	names := [...]string{Valid: "valid", SignatureUnchecked: "signature unchecked", NotFound: "not found",
		InvalidFilePath: "invalid path", CannotStart: "cannot start", FileBasedApp: "file-based app",
		Hidden: "hidden", TooNew: "too new", Skipped: "skipped"}
	if s > 0 && int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("State(%d)", int(s))
}

// OriginKind is a kind of place where NuGet looks.
type OriginKind int

const (
	// FromVariable is an item of a path variable.
	FromVariable OriginKind = iota + 1
	// FromConvention is the plugins folder in NuGet's home.
	FromConvention
	// FromPreinstalled is the folder of the plugins that came with Visual Studio or NuGet.
	FromPreinstalled
	// FromPATH is a folder of PATH.
	FromPATH
)

func (k OriginKind) String() string {
	names := [...]string{FromVariable: "variable", FromConvention: "convention folder",
		FromPreinstalled: "preinstalled folder", FromPATH: "PATH"}
	if k > 0 && int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("OriginKind(%d)", int(k))
}

// Origin is where a candidate was found.
type Origin struct {
	Kind     OriginKind
	Variable string // the path variable, or PATH
	Index    int    // of the item in the variable, from 0, empty items counted
	Item     string // the item as it stands in the variable
	Folder   string // the folder in which the file was found; empty where the item is the file
}

// String tells the place in words.
func (o Origin) String() string {
	switch o.Kind {
	case FromVariable, FromPATH:
		return fmt.Sprintf("%s item %d", o.Variable, o.Index+1)
	case FromConvention, FromPreinstalled:
		return fmt.Sprintf("%s %s", o.Kind, o.Folder)
	}
	return "named by you" // see Only
}

// Start is a command: NuGet's own for a candidate.
type Start struct {
	Program string   // what NuGet asks the system for: a path, or "dotnet", which is searched in PATH
	Args    []string // behind the program
	ViaHost bool     // Program is the dotnet host, Args[0] the plugin
}
