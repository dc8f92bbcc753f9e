//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestProgress waits for a slow roster with somebody before the terminal.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := starterWithTool(t)
	roster := filepath.Join(t.TempDir(), "people.csv")
	if err := syscall.Mkfifo(roster, 0o600); err != nil {
		t.Fatal(err)
	}
	tty := newTTY(t, 24)
	var stdout bytes.Buffer
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.tools, "callpolicy"), "explain", "slow@company.example", "--roster", roster)
	cmd.Dir, cmd.Env = s.dir, append(s.env, "TERM=xterm")
	cmd.Stdout, cmd.Stderr = &stdout, tty.slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.await("Reading the roster")
	if err := os.WriteFile(roster, []byte("user\nslow@company.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, tty.written())
	}
	if got := tty.visible(); strings.Contains(got, "Reading") {
		t.Errorf("what was shown while it lasted is still there:\n%s", got)
	}
	if got := tty.written(); strings.Contains(got, "\x1b[") {
		t.Errorf("a terminal is told more than to go to the start of the line: %q", got)
	}
	if !strings.Contains(stdout.String(), "slow@company.example") || strings.Contains(stdout.String(), "Reading") {
		t.Errorf("standard output:\n%s", stdout.String())
	}
}

// TestPager plans on terminals of all sizes.
func TestPager(t *testing.T) {
	t.Parallel()
	s := starterWithTool(t)
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/voorbeeld-zorg")); err == nil {
		t.Fatal("there is a project already")
	}
	large := filepath.Join(t.TempDir(), "large")
	if err := os.CopyFS(large, os.DirFS("../../examples/voorbeeld-zorg")); err != nil {
		t.Fatal(err)
	}
	script := func(name, text string) string {
		s.write(name, "#!/bin/sh\n"+text+"\n")
		full := filepath.Join(s.dir, name)
		if err := os.Chmod(full, 0o755); err != nil {
			t.Fatal(err)
		}
		return full
	}
	const reached = "the pager was here"
	paging := script("paging", "cat; echo "+reached)
	leaving := script("leaving", "head -n 1; echo "+reached)
	for name, c := range map[string]struct {
		rows  int
		dir   string
		flags []string
		env   []string
		paged bool
		says  string // "" where the end of it is not shown
	}{
		"what fits needs no pager":     {rows: 60, dir: s.dir, env: []string{"PAGER=" + paging}, says: "trainee@company.example"},
		"what does not fit is paged":   {rows: 6, dir: s.dir, env: []string{"PAGER=" + paging}, paged: true, says: "trainee@company.example"},
		"our own variable comes first": {rows: 6, dir: s.dir, env: []string{"PAGER=/nowhere/more", "CALLPOLICY_PAGER=" + paging}, paged: true, says: "trainee@company.example"},
		"--no-pager":                   {rows: 6, dir: s.dir, flags: []string{"--no-pager"}, env: []string{"PAGER=" + paging}, says: "trainee@company.example"},
		"in CI":                        {rows: 6, dir: s.dir, env: []string{"PAGER=" + paging, "CI=true"}, says: "trainee@company.example"},
		"on a dumb terminal":           {rows: 6, dir: s.dir, env: []string{"PAGER=" + paging, "TERM=dumb"}, says: "trainee@company.example"},
		"in the pager of git":          {rows: 6, dir: s.dir, env: []string{"PAGER=" + paging, "GIT_PAGER_IN_USE=true"}, says: "trainee@company.example"},
		"a pager that is missing":      {rows: 6, dir: s.dir, env: []string{"PAGER=/nowhere/more"}, says: "trainee@company.example"},
		"a pager that ends early":      {rows: 6, dir: large, env: []string{"PAGER=" + leaving}, paged: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tty := newTTY(t, c.rows)
			args := append([]string{"plan", "--full", "--detailed-exitcode"}, c.flags...)
			cmd := exec.CommandContext(t.Context(), filepath.Join(s.tools, "callpolicy"), args...)
			cmd.Dir, cmd.Env = c.dir, append(append(s.env, "TERM=xterm"), c.env...)
			var stderr bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = tty.slave, tty.slave, &stderr
			err := cmd.Run()
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 || stderr.Len() > 0 {
				t.Fatalf("%v, not status 2\n%s", err, stderr.String())
			}
			got := tty.settled()
			if strings.Contains(got, reached) != c.paged || !strings.Contains(got, c.says) {
				t.Errorf("paged should be %t:\n%s", c.paged, got)
			}
		})
	}
}

// TestLess leaves the pager that everybody has.
func TestLess(t *testing.T) {
	t.Parallel()
	needs(t, "less")
	s := starterWithTool(t)
	tty := newTTY(t, 6)
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.tools, "callpolicy"), "plan", "--full", "--detailed-exitcode")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty.slave, tty.slave, tty.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.await("\n:") // its prompt
	if strings.Contains(tty.written(), "trainee@company.example") {
		t.Error("all of the plan is shown at once")
	}
	tty.press("\x03") // Ctrl-C leaves neither of the two
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	var err error
	for running := true; running; {
		tty.press("q") // again, since Ctrl-C makes less forget what was typed
		select {
		case err = <-ended:
			running = false
		case <-time.After(50 * time.Millisecond):
		}
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 {
		t.Errorf("%v, not status 2\n%s", err, tty.written())
	}
}

// TestZshCompletes presses the tab key in a real zsh.
func TestZshCompletes(t *testing.T) {
	t.Parallel()
	needs(t, "zsh")
	s := inStarter(t)
	tty := newTTY(t, 50)
	cmd := exec.CommandContext(t.Context(), "zsh", "-f", "-i")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "TERM=xterm", "PS1=ready> ")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty.slave, tty.slave, tty.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// What is offered goes to a file, and so does the end of it, with Ctrl-X.
	s.write(".offers", `
autoload -Uz compinit && compinit -u -D
source <(callpolicy completion zsh)
compadd() {
	local -a offered
	if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
		builtin compadd -A offered "$@"
		(( $#offered )) && print -rl -- $offered >>offered
	fi
	builtin compadd "$@"
}
said() { print -r -- END >>offered; BUFFER= }
zle -N said
bindkey '^X' said
print -r -- READ''Y
`)
	tty.press("source ./.offers\r")
	tty.await("READY")
	for line, want := range completions {
		s.write("offered", "")
		tty.press(line + "\t\x18")
		var got []string
		for end := time.Now().Add(patience); !strings.HasSuffix(s.read("offered"), "END\n"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q: zsh does not answer:\n%s", line, tty.written())
			}
		}
		for word := range strings.Lines(strings.TrimSuffix(s.read("offered"), "END\n")) {
			got = append(got, strings.TrimSpace(word))
		}
		slices.Sort(got)
		if !slices.Equal(slices.Compact(got), want) {
			t.Errorf("%q is completed with %q, not %q", line, got, want)
		}
	}
	tty.press("exit\r")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// tools is a terminal in a project, and the folder with callpolicy.
type withTool struct {
	terminal
	tools string
}

// starterWithTool makes a project of the starter and builds callpolicy.
func starterWithTool(t *testing.T) withTool {
	t.Helper()
	s := withTool{terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}, buildTool(t)}
	if err := os.CopyFS(s.dir, os.DirFS("../../examples/starter")); err != nil {
		t.Fatal(err)
	}
	return s
}

// tty is a terminal with somebody before it.
type tty struct {
	t             *testing.T
	master, slave *os.File

	mu   sync.Mutex
	text strings.Builder
}

// newTTY opens a pseudo-terminal of so many rows and 80 columns.
func newTTY(t *testing.T, rows int) *tty {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: uint16(rows), Cols: 80}); err != nil {
		t.Fatal(err)
	}
	tt := &tty{t: t, master: master, slave: slave}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			tt.mu.Lock()
			tt.text.Write(buf[:n])
			tt.mu.Unlock()
			if err != nil {
				return // the other end is closed
			}
		}
	}()
	t.Cleanup(func() {
		if err := slave.Close(); err != nil {
			t.Error(err)
		}
		<-done
		if err := master.Close(); err != nil {
			t.Error(err)
		}
	})
	return tt
}

// press types keys.
func (s *tty) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.master, keys); err != nil {
		s.t.Fatal(err)
	}
}

// written is all that was written to the terminal.
func (s *tty) written() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until something was written.
func (s *tty) await(text string) {
	s.t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(s.written(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q was never shown:\n%s", text, s.written())
		}
	}
}

// settled is all that was written, once the programs have ended that write.
func (s *tty) settled() string {
	s.t.Helper()
	const mark = "\x00end"
	if _, err := io.WriteString(s.slave, mark); err != nil {
		s.t.Fatal(err)
	}
	s.await(mark)
	return strings.TrimSuffix(s.written(), mark)
}

// visible is what somebody still sees of what was written.
func (s *tty) visible() string {
	s.t.Helper()
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s.settled(), "\r\n", "\n"), "\n") {
		var shown []rune
		for part := range strings.SplitSeq(line, "\r") {
			over := []rune(part)
			shown = append(over, shown[min(len(over), len(shown)):]...)
		}
		lines = append(lines, strings.TrimRight(string(shown), " "))
	}
	return strings.Join(lines, "\n")
}
