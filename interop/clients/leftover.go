package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Process is one that runs in a sandbox.
type Process struct {
	PID     int
	Command string // its arguments with spaces between them
}

func (p Process) String() string { return fmt.Sprintf("%d %s", p.PID, p.Command) }

// Processes returns the processes that run in the sandbox now: those with its folder in their
// environment, or with their working folder or their program in it. What the client started
// inherits that, however far down. Only Linux tells; elsewhere the answer is always empty.
func (s *Sandbox) Processes() []Process {
	return processesOf("/proc", s.Dir, os.Getpid())
}

// endProcesses waits that long for the processes in the sandbox to end by themselves, and kills
// those that do not. It returns those that it had to kill.
func (s *Sandbox) endProcesses(grace time.Duration) []Process {
	for end := time.Now().Add(grace); len(s.Processes()) > 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	var killed []Process
	seen := map[int]bool{}
	// Again and again, because what is not yet killed may start others meanwhile.
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		running := s.Processes()
		if len(running) == 0 {
			break
		}
		for _, p := range running {
			if !seen[p.PID] {
				seen[p.PID] = true
				killed = append(killed, p)
			}
			s.kill(p.PID)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return killed
}

// kill ends the process if it is still one of the sandbox's: the handle is taken before it is
// looked at again, so that the number cannot have gone to another process.
func (s *Sandbox) kill(pid int) {
	p, err := os.FindProcess(pid)
	if err != nil {
		return
	}
	defer p.Release()
	if belongs(filepath.Join("/proc", strconv.Itoa(pid)), s.Dir) {
		_ = p.Kill() // an error means that it has ended
	}
}

// processesOf looks through a /proc file system. self is left out.
func processesOf(proc, dir string, self int) []Process {
	var found []Process
	entries, _ := os.ReadDir(proc) // none on other systems
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == self || !belongs(filepath.Join(proc, e.Name()), dir) {
			continue
		}
		args, _ := os.ReadFile(filepath.Join(proc, e.Name(), "cmdline"))
		found = append(found, Process{PID: pid, Command: strings.TrimSpace(string(bytes.ReplaceAll(args, []byte{0}, []byte{' '})))})
	}
	return found
}

// belongs tells whether the process of a folder in /proc runs in dir. One that has ended and
// waits for its parent has neither environment nor folders, and so does not.
func belongs(process, dir string) bool {
	for _, name := range []string{"cwd", "exe"} {
		if to, err := os.Readlink(filepath.Join(process, name)); err == nil && within(to, dir) {
			return true
		}
	}
	env, err := os.ReadFile(filepath.Join(process, "environ"))
	return err == nil && bytes.Contains(env, []byte(dir+string(filepath.Separator)))
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+string(filepath.Separator))
}
