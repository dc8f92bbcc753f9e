//go:build unix

package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the process that is killed: with childEnv it
// is not a test but a run of callpolicy that applies users(…, "new").
func TestMain(m *testing.M) {
	if task := os.Getenv(childEnv); task != "" {
		os.Exit(child(task))
	}
	// A program with the race detector waits a second before it ends; the
	// children need not.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const childEnv = "CALLPOLICY_TARGET_TEST_CHILD"

// The two states of a kill test with n users: a tenth of them go, as many come,
// and a third of the others change.
func oldState(n int) files { return users(0, n, "old") }
func newState(n int) files { return users(n/10, n, "new") }

const (
	few  = 30  // users, for the tests that kill at every one of some 150 steps
	many = 150 // users, with 302 files, for those that kill at random
)

// child does a task such as "apply journal 30 17 /some/folder": apply the new
// state of 30 users without exchange, and die by SIGKILL at the 17th step. It prints how
// many steps it took where it comes to the end.
func child(task string) int {
	var verb, mode, dir string
	var n int
	var at int64
	if _, err := fmt.Sscanf(task, "%s %s %d %d %s", &verb, &mode, &n, &at, &dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	f, err := Open(dir, ownedByList)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	f.sys.flush = func(string) error { return nil } // a kill, unlike a power cut, loses nothing
	f.sys.flushDir = f.sys.flush
	if mode == "journal" {
		f.sys.exchange = func(string, string) error { return errNoExchange }
	}
	var steps atomic.Int64
	f.sys.before = func(step, _ string) error {
		if verb == "intrude" && step == "flush" {
			if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644); err != nil {
				return err
			}
		}
		if steps.Add(1) == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	if _, err = f.Apply(context.Background(), newState(n).tree(), Options{Workers: 2}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	fmt.Println(steps.Load())
	return 0
}

// start starts a child.
func start(t *testing.T, verb, mode string, n, at int, dir string) (cmd *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out = &bytes.Buffer{}
	cmd = exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %d %d %s", childEnv, verb, mode, n, at, dir))
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// killed runs a child that kills itself at a step, and reports whether it came
// to that step.
func killed(t *testing.T, verb, mode string, n, at int, dir string) bool {
	t.Helper()
	cmd, out := start(t, verb, mode, n, at, dir)
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		if verb == "intrude" && exit.ExitCode() == 3 {
			return false
		}
		t.Fatalf("the child ended with %v: %s", err, out)
	}
	return true
}

// template makes the old state once; fresh makes a copy of it, of links. That no
// run ever writes into an existing file is what makes that safe, and unharmed
// shows it.
func template(t *testing.T, base string, n int) string {
	t.Helper()
	dir := filepath.Join(base, "template")
	apply(t, open(t, dir), oldState(n))
	return dir
}

func fresh(t *testing.T, template, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Dir(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "cp", "-Rl", template, dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, out)
	}
}

// survived checks a target after its writer was killed: it is the old state or
// the new, for readers and after recovery, and the next run finishes and leaves
// nothing behind. It reports whether the target was new.
func survived(t *testing.T, what, mode, dir string, n int, was files) (isNew bool) {
	t.Helper()
	f := open(t, dir)
	next := newState(n).onDisk()
	sees := read(t, f.FS())
	isNew = maps.Equal(sees, next)
	if !isNew && !maps.Equal(sees, was) {
		t.Fatalf("%s: readers see neither the old state nor the new:\n%s", what, list(sees))
	}
	// With an exchange even somebody who knows nothing of the work folder does.
	if there, _ := exists(dir); there && !maps.Equal(read(t, os.DirFS(dir)), sees) {
		t.Fatalf("%s: the target is not what readers are given", what)
	} else if !there && mode == "exchange" && len(was) > 0 {
		t.Fatalf("%s: there is no target", what)
	}
	if rand.N(2) == 0 { // the next run either recovers first, as plan does, or does not
		if err := f.Recover(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		sees = read(t, f.FS())
		if !maps.Equal(sees, next) && (isNew || !maps.Equal(sees, was)) {
			t.Fatalf("%s: recovered to neither the old state nor the new:\n%s", what, list(sees))
		}
		if len(sees) > 0 {
			wantAlone(t, dir)
		}
	}
	apply(t, f, newState(n))
	wantContent(t, dir, newState(n))
	wantAlone(t, dir)
	if result := apply(t, f, newState(n)); result.Changed {
		t.Fatalf("%s: a third run finds something to do: %+v", what, result)
	}
	return isNew
}

// Killed at every single step; with the race detector at every third one of
// those that are alike.
func TestKilledAtEveryStep(t *testing.T) {
	stride := fewer
	if testing.Short() {
		stride = 17
	}
	for _, mode := range []string{"exchange", "journal"} {
		for _, had := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/had=%v", mode, had), func(t *testing.T) {
				t.Parallel()
				base := memory(t)
				template := template(t, base, few)
				dir := filepath.Join(base, "here", "bundles")
				was := files{}
				if had {
					was = oldState(few).onDisk()
				}
				prepare := func() {
					fresh(t, template, dir)
					if !had {
						if err := os.RemoveAll(dir); err != nil {
							t.Fatal(err)
						}
					}
				}
				prepare()
				cmd, out := start(t, "apply", mode, few, 0, dir)
				if err := cmd.Wait(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				total, err := strconv.Atoi(strings.TrimSpace(out.String()))
				if err != nil {
					t.Fatal(err)
				}
				states := map[bool]int{}
				// The writing of files is alike, step after step; the last 40
				// steps, where the trees change places, are not.
				for at := 1; at <= total; at++ {
					if at%stride != 0 && at < total-40 {
						continue
					}
					prepare()
					if !killed(t, "apply", mode, few, at, dir) {
						t.Fatalf("not killed at step %d of %d", at, total)
					}
					states[survived(t, fmt.Sprintf("killed at step %d of %d", at, total), mode, dir, few, was)]++
				}
				if states[false] < 10 || states[true] == 0 {
					t.Errorf("found %d times the old state and %d times the new", states[false], states[true])
				}
				wantContent(t, template, oldState(few))
			})
		}
	}
}

// Killed at any time, also in the middle of a step.
func TestKilledAtAnyTime(t *testing.T) {
	runs := 40 / fewer
	if testing.Short() {
		runs = 5
	}
	for _, mode := range []string{"exchange", "journal"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			base := memory(t)
			template := template(t, base, many)
			dir := filepath.Join(base, "here", "bundles")
			fresh(t, template, dir)
			began := time.Now()
			cmd, out := start(t, "apply", mode, many, 0, dir)
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			whole := time.Since(began)
			for i := range runs {
				fresh(t, template, dir)
				wait := rand.N(whole + whole/10)
				cmd, _ := start(t, "apply", mode, many, 0, dir)
				time.Sleep(wait)
				_ = cmd.Process.Kill() // it may have finished
				_ = cmd.Wait()
				survived(t, fmt.Sprintf("run %d, killed after %v of %v", i, wait, whole), mode, dir, many, oldState(many).onDisk())
			}
			wantContent(t, template, oldState(many))
		})
	}
}

// Killed several times in a row, the recovery too, it still finishes.
func TestKilledAgainAndAgain(t *testing.T) {
	for _, mode := range []string{"exchange", "journal"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			base := memory(t)
			template := template(t, base, many)
			dir := filepath.Join(base, "here", "bundles")
			fresh(t, template, dir)
			for i := range 30 / fewer {
				if !killed(t, "apply", mode, many, 1+rand.N(600), dir) {
					fresh(t, template, dir)
				}
				sees := read(t, open(t, dir).FS())
				if !maps.Equal(sees, oldState(many).onDisk()) && !maps.Equal(sees, newState(many).onDisk()) {
					t.Fatalf("after %d kills, readers see neither the old state nor the new:\n%s", i+1, list(sees))
				}
			}
			survived(t, "at last", mode, dir, many, oldState(many).onDisk())
		})
	}
}

// A file that somebody puts into the target while it is being replaced survives
// a kill at every step after that, and is reported.
func TestForeignFileSurvivesKill(t *testing.T) {
	for _, mode := range []string{"exchange", "journal"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			base := memory(t)
			template := template(t, base, few)
			dir := filepath.Join(base, "here", "bundles")
			kills := 0
			// The steps before that are the business of the other tests.
			for at := stepOf(t, template, mode, "flush") + 1; ; at++ {
				fresh(t, template, dir)
				if !killed(t, "intrude", mode, few, at, dir) {
					break
				}
				kills++
				f := open(t, dir)
				_, err := f.Apply(t.Context(), newState(few).tree(), Options{})
				var foreign *ForeignError
				if !errors.As(err, &foreign) || foreign.Count != 1 {
					t.Fatalf("killed at step %d: error %v", at, err)
				}
				wantAlone(t, dir)
				wantForeign(t, dir, oldState(few), "notes.txt", "mine")
			}
			if kills < 3 {
				t.Errorf("killed %d times", kills)
			}
		})
	}
}

// stepOf is at which step of the run from the old state to the new the named one
// is done for the first time.
func stepOf(t *testing.T, template, mode, name string) int {
	t.Helper()
	dir := filepath.Join(filepath.Dir(template), "here", "bundles")
	fresh(t, template, dir)
	f := open(t, dir)
	if mode == "journal" {
		f.sys.exchange = func(string, string) error { return errNoExchange }
	}
	var steps, found atomic.Int64
	f.sys.before = func(step, _ string) error {
		if n := steps.Add(1); step == name {
			found.CompareAndSwap(0, n)
		}
		return nil
	}
	apply(t, f, newState(few))
	if found.Load() == 0 {
		t.Fatalf("there is no step %q", name)
	}
	return int(found.Load())
}
