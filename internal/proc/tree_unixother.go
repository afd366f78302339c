//go:build unix && !linux

package proc

import (
	"os/exec"
	"syscall"
)

// setDeathSignal has no counterpart here: a child whose parent was killed sees the end of
// its stdin.
func setDeathSignal(*syscall.SysProcAttr) {}

// await also reaps, since these systems have no wait that leaves a zombie in x/sys. The
// kill of the group follows at once. While anything is left in the group its number is not
// given away, and if nothing is, a stranger would have to get it within microseconds.
func (t *tree) await(cmd *exec.Cmd) { _ = cmd.Wait() }

func (t *tree) reap(*exec.Cmd) {}
