package procwatch

import (
	"bytes"
	"fmt"
	"os"
)

func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && statIsZombie(stat) // no file: no /proc, or gone since; the next look tells
}

// statIsZombie reads the one letter of state in /proc/PID/stat. It follows the name of the
// program, which stands in parentheses and may hold parentheses itself.
func statIsZombie(stat []byte) bool {
	rest := stat[bytes.LastIndexByte(stat, ')')+1:]
	return bytes.HasPrefix(rest, []byte(" Z")) || bytes.HasPrefix(rest, []byte(" X"))
}
