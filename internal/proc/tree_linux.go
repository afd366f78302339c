package proc

import (
	"errors"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

func setDeathSignal(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// await returns when the child has ended, and leaves it a zombie: as long as it is one, its
// number cannot be given away, and the group can be killed without hitting a stranger.
func (t *tree) await(*exec.Cmd) {
	for errors.Is(unix.Waitid(unix.P_PID, t.pgid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
}

func (t *tree) reap(cmd *exec.Cmd) { _ = cmd.Wait() }
