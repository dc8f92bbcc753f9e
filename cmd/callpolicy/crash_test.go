//go:build unix

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestCrashIsNoStatus makes the runtime of a running command give up. That ends
// by a signal, and never with a status that has a meaning: 2, with which other
// programs in Go end then, says that there are changes.
func TestCrashIsNoStatus(t *testing.T) {
	t.Parallel()
	dir := terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	dir.write("callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\n")
	dir.write("policies/a.yaml", "users: {}\n")
	program, err := exec.LookPath("callpolicy")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "validate", "--roster", "-", "--profile", "started")
	cmd.Dir, cmd.Env = dir.dir, dir.env
	in, err := cmd.StdinPipe() // which says nothing, so that the command waits
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for { // the profile is begun when the command is
		if _, err := os.Stat(filepath.Join(dir.dir, "started")); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); { // what every goroutine was doing
	}
	err = cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		t.Fatalf("it ended with %v", err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		t.Errorf("it ended with %v, and not by a signal", exit)
	}
}
