// Command hello is what a plugin's start is measured against: it reads one line, writes one, and ends with its input.
package main

import (
	"bufio"
	"os"
)

func main() {
	line, err := bufio.NewReader(os.Stdin).ReadBytes('\n')
	if err == nil {
		_, err = os.Stdout.Write(line)
	}
	if err != nil {
		os.Exit(1)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // the end of the input
}
