package host

import (
	"syscall"

	win "golang.org/x/sys/windows" // windows is a name of this package
)

// escapeAttributes are none: nothing gets out of a job object.
func escapeAttributes() *syscall.SysProcAttr { return nil }

// underWine says whether this Windows is Wine.
func underWine() bool {
	return win.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}
