package host

import "syscall"

// escapeAttributes are none: nothing gets out of a job object.
func escapeAttributes() *syscall.SysProcAttr { return nil }
