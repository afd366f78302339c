package proc

import (
	"fmt"
	"os"
	"syscall"
)

// ExitState says how a process ended.
type ExitState struct {
	// Code is the exit code, -1 when a signal ended the process or the system did not tell.
	Code int
	// Signal is the signal that ended the process, 0 if none did; always 0 on Windows.
	Signal syscall.Signal
	// Killed is true when it was this package that ended the process.
	Killed bool
}

// Success reports whether the process ended by itself with code 0.
func (s ExitState) Success() bool { return s.Code == 0 && !s.Killed }

// String is the end of a sentence whose subject is the program: "exited with code 3".
func (s ExitState) String() string {
	switch {
	case s.Killed:
		return "was killed by us"
	case s.Signal != 0:
		return fmt.Sprintf("was ended by signal %d (%v)", int(s.Signal), s.Signal)
	case s.Code == -1:
		return "ended, and the system did not tell how"
	case uint32(s.Code) >= 0xC0000000: // a crash on Windows, which people look up in hexadecimal
		return fmt.Sprintf("exited with code %#x", uint32(s.Code))
	}
	return fmt.Sprintf("exited with code %d", s.Code)
}

// killCode is the exit code of a process that is killed on Windows.
const killCode = 1

// newExitState needs to be told that a kill was sent, and still looks whether it was the
// kill that ended the process: it may have been on its way out already.
func newExitState(ps *os.ProcessState, killSent bool) ExitState {
	if ps == nil { // the system could not be asked
		return ExitState{Code: -1, Killed: killSent}
	}
	s := ExitState{Code: ps.ExitCode()}
	if ws, ok := ps.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		s.Signal = ws.Signal()
	}
	s.Killed = killSent && (s.Signal == syscall.SIGKILL || s.Signal == 0 && s.Code == killCode)
	return s
}
