package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// settleLimit is how long release waits for the last of a killed job to vanish.
const settleLimit = time.Second

// resolve finds the file that a path without an extension means here, and checks that one:
// "x" may be x.bat. What os/exec would find is then found before it looks.
func resolve(c Command) (Command, error) {
	path, err := exec.LookPath(c.Path)
	if err != nil {
		if execErr, ok := errors.AsType[*exec.Error](err); ok {
			err = execErr.Err
		}
		if errors.Is(err, exec.ErrNotFound) {
			err = fs.ErrNotExist
		}
		return c, diagnose("windows", "", c, err)
	}
	c.Path = path
	return c, check("windows", c)
}

// tree is a child with all that it started: a job object.
type tree struct {
	job   windows.Handle
	child int
}

// prepare has the child start suspended, so that it cannot start anything before it is in
// the job, and without a window, as NuGet starts its plugins.
func (t *tree) prepare(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW,
	}
	if isBatch(cmd.Path) {
		cmd.SysProcAttr.CmdLine = batchLine(cmd.Path)
	}
}

func (t *tree) adopt(cmd *exec.Cmd) error {
	t.child = cmd.Process.Pid
	err := t.adoptInto(cmd)
	if err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.drop()
	}
	return err
}

func (t *tree) adoptInto(cmd *exec.Cmd) (err error) {
	if t.job, err = windows.CreateJobObject(nil, nil); err != nil {
		return fmt.Errorf("CreateJobObject: %w", err)
	}
	if err := t.limit(windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
		return err
	}
	handleErr := cmd.Process.WithHandle(func(handle uintptr) {
		err = windows.AssignProcessToJobObject(t.job, windows.Handle(handle))
	})
	if err := errors.Join(handleErr, err); err != nil {
		return fmt.Errorf("AssignProcessToJobObject: %w", err)
	}
	return resume(t.child)
}

func (t *tree) limit(flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(t.job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return fmt.Errorf("SetInformationJobObject: %w", err)
	}
	return nil
}

// resume lets the threads of a suspended process run. os/exec does not keep the handle of
// the first one, so it is looked for.
func resume(pid int) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("CreateToolhelp32Snapshot: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	resumed := 0
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID != uint32(pid) {
			continue
		}
		if err := resumeThread(entry.ThreadID); err != nil {
			return err
		}
		resumed++
	}
	if resumed == 0 {
		return fmt.Errorf("no thread of the new process %d was found: %w", pid, err)
	}
	return nil
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return fmt.Errorf("OpenThread: %w", err)
	}
	defer windows.CloseHandle(thread)
	if _, err := windows.ResumeThread(thread); err != nil {
		return fmt.Errorf("ResumeThread: %w", err)
	}
	return nil
}

func (t *tree) drop() {
	if t.job != 0 {
		_ = windows.CloseHandle(t.job)
		t.job = 0
	}
}

func (t *tree) pid() int { return t.child }

func (t *tree) await(cmd *exec.Cmd) { _ = cmd.Wait() }

func (t *tree) reap(*exec.Cmd) {}

func (t *tree) kill() { _ = windows.TerminateJobObject(t.job, killCode) }

func (t *tree) release(keep bool) {
	defer t.drop()
	if keep {
		_ = t.limit(0) // or closing the job would end what the child left behind
		return
	}
	for end := time.Now().Add(settleLimit); t.active() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// active reports whether a process is left in the job.
func (t *tree) active() bool {
	var info struct { // JOBOBJECT_BASIC_ACCOUNTING_INFORMATION
		times                               [4]int64
		faults, total, active, terminations uint32
	}
	err := windows.QueryInformationJobObject(t.job, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	return err == nil && info.active > 0
}
