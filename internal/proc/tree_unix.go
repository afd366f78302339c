//go:build unix

package proc

import (
	"errors"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// resolve has nothing to do here: a path names one file.
func resolve(c Command) (Command, error) { return c, nil }

// settleLimit is how long release waits for the last of a killed group to vanish. All of it
// is used only where nobody waits for orphans, as in a container without an init.
const settleLimit = 100 * time.Millisecond

// tree is a child with all that it started: its process group.
type tree struct{ pgid int }

func (t *tree) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	setDeathSignal(cmd.SysProcAttr)
}

func (t *tree) adopt(cmd *exec.Cmd) error {
	t.pgid = cmd.Process.Pid
	return nil
}

func (t *tree) drop() {}

func (t *tree) pid() int { return t.pgid }

// kill must not be called once the child has been waited for: its number is then free to
// name another group. The error says no more than Close finds out itself.
func (t *tree) kill() { _ = unix.Kill(-t.pgid, unix.SIGKILL) }

func (t *tree) release(keep bool) {
	if keep {
		return
	}
	for end := time.Now().Add(settleLimit); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if errors.Is(unix.Kill(-t.pgid, 0), unix.ESRCH) {
			return
		}
	}
}
