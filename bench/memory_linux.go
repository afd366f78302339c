package main

import (
	"os"
	"syscall"
)

// peakMemory is the largest resident set that the process had, in bytes.
func peakMemory(s *os.ProcessState) int64 {
	if usage, ok := s.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024
	}
	return 0
}
