//go:build !linux

package main

import "os"

// peakMemory is only measured on Linux, where the numbers of docs/performance.md come from.
func peakMemory(*os.ProcessState) int64 { return 0 }
