//go:build unix

package host

import (
	"os"
	"syscall"
)

// escapeAttributes take a grandchild out of the plugin's process group when the plugin is to lose sight of it.
func escapeAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: os.Args[2] == "escaped"}
}

func underWine() bool { return false }
