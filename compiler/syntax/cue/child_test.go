package cue

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/diag"
)

// recursion is a definition of ten lines that keeps CUE busy for longer than
// anybody waits: it walks its own data, ten times ten times ten.
const recursion = `
#Copy: {
	in: {...}
	out: {for k, v in in {(k): (#Copy & {in: v}).out}}
}
_d1: {for i in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {"k\(i)": {}}}
_d2: {for k, v in _d1 {(k): _d1}}
_d3: {for k, v in _d1 {(k): _d2}}
_d4: {for k, v in _d1 {(k): _d3}}
_d5: {for k, v in _d1 {(k): _d4}}
_d6: {for k, v in _d1 {(k): _d5}}
users: (#Copy & {in: _d6}).out
`

func TestInChildLimitsTime(t *testing.T) {
	req := oneFile("policies/a.cue", recursion)
	add(&req, "policies/b.cue", "x: 1 + 1\n")
	start := time.Now()
	trees, diags := evaluate(t, InChild(childCommand(t), Limits{Time: time.Second}), req)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(diags) != 1 || diags[0].ID != diag.LoadCueLimit || diags[0].Subject.File != "policies/a.cue" {
		t.Errorf("diagnostics: %v", diags)
	}
	if len(trees) != 1 || trees[0].File != "policies/b.cue" {
		t.Errorf("the other file is missing: %v", trees)
	}
}

func TestInChildLimitsMemory(t *testing.T) {
	for name, text := range map[string]string{
		"recursion": recursion,
		"a list":    "import \"list\"\nx: [for i in list.Range(0, 50_000_000, 1) {i}]\n",
		"text":      "import \"strings\"\na: strings.Repeat(\"0123456789\", 400_000)\nb: a + a + a + a + a + a + a + a + a + a\nc: b + b + b + b + b + b + b + b + b + b\nd: c + c + c + c + c + c + c + c\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := evaluate(t, InChild(childCommand(t), Limits{Memory: 200 << 20, Time: time.Minute}), oneFile("policies/a.cue", text))
			if len(diags) != 1 || diags[0].ID != diag.LoadCueLimit || !strings.Contains(diags[0].Summary, "memory") {
				t.Errorf("diagnostics: %v", diags)
			}
		})
	}
}

func TestInChildGivesUp(t *testing.T) {
	req := oneFile("policies/0.cue", recursion)
	for _, name := range []string{"policies/1.cue", "policies/2.cue", "policies/3.cue", "policies/4.cue"} {
		add(&req, name, recursion)
	}
	_, diags := evaluate(t, InChild(childCommand(t), Limits{Time: 200 * time.Millisecond}), req)
	if len(diags) != 5 {
		t.Fatalf("diagnostics: %v", diags)
	}
	for i, d := range diags {
		if want := i >= maxBlownUp; strings.Contains(d.Summary, "not evaluated") != want || d.ID != diag.LoadCueLimit {
			t.Errorf("%d: %s", i, d)
		}
	}
}

func TestInChildCannotStart(t *testing.T) {
	missing := func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, filepath.Join(t.TempDir(), "none"))
	}
	if _, _, err := InChild(missing, Limits{}).Evaluate(t.Context(), oneFile("policies/a.cue", "x: 1+1\n")); err == nil {
		t.Error("no error")
	}
	wrong := func(ctx context.Context) *exec.Cmd {
		cmd := childCommand(t)(ctx)
		cmd.Env = nil // so that it runs the tests, which want no input
		cmd.Args = append(cmd.Args, "-test.run=^$")
		return cmd
	}
	_, _, err := InChild(wrong, Limits{}).Evaluate(t.Context(), oneFile("policies/a.cue", "x: 1+1\n"))
	if err == nil || !strings.Contains(err.Error(), "ended too early") {
		t.Errorf("error: %v", err)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, e := range []Evaluator{InProcess(), InChild(childCommand(t), Limits{})} {
		if _, _, err := e.Evaluate(ctx, oneFile("policies/a.cue", "x: 1+1\n")); err == nil {
			t.Errorf("%T: no error", e)
		}
	}
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, _, err := InChild(childCommand(t), Limits{}).Evaluate(ctx, oneFile("policies/a.cue", recursion)); err == nil {
		t.Error("no error")
	}
}

func TestChildEnvironment(t *testing.T) {
	t.Setenv("CUE_EXPERIMENT", "x")
	t.Setenv("CUE_DEBUG", "x")
	for _, given := range [][]string{nil, {"PATH=/bin", "CUE_DEBUG=x", "cue_registry=y"}} {
		for _, v := range childEnvironment(given) {
			if strings.HasPrefix(strings.ToUpper(v), "CUE_") {
				t.Errorf("%v passes on %s", given, v)
			}
		}
	}
	// An empty slice is an empty environment; nil would be the parent's.
	if childEnvironment(nil) == nil {
		t.Error("the child inherits everything")
	}
}
