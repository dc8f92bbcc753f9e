package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"callpolicy": main})
}

// TestScript runs the stories in testdata/script, which show every command as
// somebody would use it. UPDATE=1 writes what they compare anew.
func TestScript(t *testing.T) {
	runStories(t, "../../testdata/script", "")
}

// runStories runs the stories of a folder with the program in bin, "" for the
// one that is tested here.
func runStories(t *testing.T, dir, bin string) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			// A script sees nothing of the environment but the path, so no
			// GIT_ or CUE_ variable of whoever runs the tests.
			env.Vars = append(env.Vars,
				"TZ=UTC",
				"HOME="+env.WorkDir+"/.home",
				"GIT_CONFIG_GLOBAL="+os.DevNull,
				"GIT_CONFIG_NOSYSTEM=1",
				"GORACE="+os.Getenv("GORACE"),
				"GIT_CEILING_DIRECTORIES="+env.WorkDir,
				"GIT_AUTHOR_NAME=Story", "GIT_AUTHOR_EMAIL=story@voorbeeld.example", "GIT_AUTHOR_DATE=2026-11-20T12:00:00Z",
				"GIT_COMMITTER_NAME=Story", "GIT_COMMITTER_EMAIL=story@voorbeeld.example", "GIT_COMMITTER_DATE=2026-11-20T12:00:00Z",
			)
			if bin != "" {
				env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "refused": refused, "simulates": simulates},
	})
}

// exits is the script command "exits STATUS PROGRAM [ARGUMENT…]": it runs a
// program, which must end with exactly that status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with status %d, not %d", args[1], got, want)
	}
}

// refused is the script command "refused DIR WORDS": with this folder as its
// target the project has an error that says the words, a regular expression,
// and apply does nothing.
func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: refused DIR WORDS")
	}
	project := ts.MkAbs("callpolicy.yaml")
	was := ts.ReadFile(project)
	defer func() { ts.Check(os.WriteFile(project, []byte(was), 0o644)) }()
	text := "apiVersion: callpolicy/v1\nedition: classic\ntargets:\n  local: { dir: " + strconv.Quote(args[0]) + " }\n"
	ts.Check(os.WriteFile(project, []byte(text), 0o644))
	exits(ts, false, []string{"1", "callpolicy", "validate"})
	said := strings.Join(strings.Fields(ts.ReadFile("stdout")), " ")
	if !regexp.MustCompile(args[1]).MatchString(said) {
		ts.Fatalf("validate says nothing like %q: %s", args[1], said)
	}
	exits(ts, false, []string{"1", "callpolicy", "apply", "--yes"})
}

// simulates is the script command "simulates [ARGUMENT…]": it starts a simulated
// organization, and puts its address into $BASE. It lasts as long as the script.
func simulates(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: simulates [ARGUMENT...]")
	}
	cmd := exec.Command("callpolicy", append([]string{"live", "simulate"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "TZ=UTC"}
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	ts.Check(err)
	ts.Setenv("BASE", strings.TrimSpace(address))
}
