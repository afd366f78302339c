package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nuplug/nuplug/conn"
)

// exitGrace is how long functions at work may take to see that their context ended before the process does.
const exitGrace = 50 * time.Millisecond

// Main runs the plugin in this process and returns the exit code: os.Exit(p.Main()). With the argument -Plugin, in any
// case, it speaks the protocol; without, it prints the usage text. It takes standard output away before anything else, so
// call it first.
func (p *Plugin) Main() int {
	if !WantsPlugin(os.Args[1:]) {
		fmt.Print(p.usage())
		return 0
	}
	stdout, err := takeStdout()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: cannot take standard output for the protocol: %v\n", p.name(), err)
		return 1
	}
	return p.run(os.Stdin, stdout, os.Stderr)
}

// WantsPlugin says whether the arguments ask for the protocol: -Plugin is among them, in any case.
func WantsPlugin(args []string) bool {
	for _, arg := range args {
		if strings.EqualFold(arg, "-Plugin") {
			return true
		}
	}
	return false
}

func (p *Plugin) run(stdin io.Reader, stdout io.WriteCloser, stderr io.Writer) int {
	c, err := p.open(context.Background(), conn.Join(detach(stdin), stdout))
	if errors.Is(err, io.EOF) {
		return 1 // NuGet went away before it said anything: nobody to tell
	}
	if err == nil {
		<-c.Done()
		letFinish(c)
		err = failure(c)
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", p.name(), err)
		return 1
	}
	return 0
}

// detach makes a stream of standard input whose reads end when it is closed. Closing standard input itself does not do
// that to a read that waits. One goroutine is left over; the process is about to end.
func detach(stdin io.Reader) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, stdin)
		w.CloseWithError(err)
	}()
	return r
}

// letFinish waits for the functions at work, but not for long.
func letFinish(c *conn.Conn) {
	finished := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-time.After(exitGrace):
	}
}

func (p *Plugin) usage() string {
	if p.Usage != "" {
		return p.Usage
	}
	return fmt.Sprintf("%s %s: a NuGet plugin. NuGet starts it with -Plugin when it finds it on PATH under a name that begins with nuget-plugin-.\n", p.Name, p.Version)
}
