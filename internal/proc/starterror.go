package proc

import "fmt"

// Kind tells the reasons apart for which a program did not start, so that a caller can
// give advice.
type Kind int

const (
	// Other is a reason that this package does not know; the system's words are in Reason.
	Other Kind = iota
	// Refused: this package does not start such a command, whatever is on the disk.
	Refused
	// NotFound: there is no such file, or it is a symbolic link to none.
	NotFound
	// IsDirectory: it is a folder.
	IsDirectory
	// NoExecuteBit: nobody has the right to execute it.
	NoExecuteBit
	// NoPermission: it may be executed by others, or elsewhere.
	NoPermission
	// WrongPlatform: it is a program for another machine or system.
	WrongPlatform
	// NotProgram: it is no program at all, or a damaged one.
	NotProgram
	// NoInterpreter: what the #! line of a script or the header of a program asks for is
	// missing. The system reports the program itself as missing.
	NoInterpreter
	// Busy: somebody has it open for writing.
	Busy
	// BadDir: the working directory is missing or none.
	BadDir
)

// String returns the name of the constant.
func (k Kind) String() string {
	names := [...]string{"Other", "Refused", "NotFound", "IsDirectory", "NoExecuteBit", "NoPermission",
		"WrongPlatform", "NotProgram", "NoInterpreter", "Busy", "BadDir"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// A StartError says why a program was not started. Every error of Start is one, and every
// error of Run for a program that did not start.
type StartError struct {
	// Path is the program.
	Path string
	// Kind is the reason for a program to branch on.
	Kind Kind
	// Reason is the same for a person: one line without a full stop.
	Reason string
	// Err is what the system said; nil when it was not asked.
	Err error
}

// Error names the program and the reason.
func (e *StartError) Error() string {
	return fmt.Sprintf("cannot start %s: %s", e.Path, e.Reason)
}

// Unwrap returns what the system said.
func (e *StartError) Unwrap() error { return e.Err }
