//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestSignalEndsWhatWaits: a run that waits for something that looks at no signal,
// as for somebody to write to a pipe, still ends when it is told to.
func TestSignalEndsWhatWaits(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if out, err := exec.CommandContext(t.Context(), "callpolicy", "init", "--edition", "classic", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			pipe := filepath.Join(dir, "people.csv")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "callpolicy", "-C", dir, "validate", "--roster", pipe)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			// Once the other end can be opened, the program waits for what is written.
			writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer writer.Close()
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(30 * time.Second): // far more than is promised: this is no measurement
				t.Error("it is still there")
				_ = cmd.Process.Kill()
			}
		})
	}
}
