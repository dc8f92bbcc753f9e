package cue

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callpolicy/compiler/confine"
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

// TestInChildLimitsTime: a limit that is reached is one diagnostic, which names
// what was not evaluated any more, in this request and in every later one.
func TestInChildLimitsTime(t *testing.T) {
	req := oneFile("policies/a.cue", "x: 1 + 1\n")
	add(&req, "policies/b.cue", recursion)
	for i := range 12 {
		add(&req, fmt.Sprintf("policies/c%02d.cue", i), recursion)
	}
	start := time.Now()
	e := InChild(confine.New(childCommand(t), confine.Limits{Time: time.Second}))
	trees, diags := evaluate(t, e, req)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	if len(diags) != 1 || diags[0].ID != diag.LoadCueLimit || diags[0].Subject.File != "policies/b.cue" ||
		!strings.Contains(diags[0].Summary, "takes longer than the 1s") ||
		!strings.Contains(diags[0].Detail, "policies/c00.cue, ") || !strings.HasSuffix(diags[0].Detail, "policies/c09.cue and others.") {
		t.Errorf("diagnostics: %v", diags)
	}
	if len(trees) != 1 || trees[0].File != "policies/a.cue" {
		t.Errorf("the file before it is missing: %v", trees)
	}
	start = time.Now()
	trees, diags = evaluate(t, e, oneFile("policies/a.cue", "x: 1 + 1\n"))
	if len(trees) != 0 || len(diags) != 1 || diags[0].ID != diag.LoadCueLimit || !strings.Contains(diags[0].Summary, "was not evaluated") {
		t.Errorf("diagnostics: %v", diags)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("not to evaluate took %s", took)
	}
}

func TestInChildLimitsMemory(t *testing.T) {
	for name, text := range map[string]string{
		"recursion": recursion,
		"a list":    "import \"list\"\nx: [for i in list.Range(0, 50_000_000, 1) {i}]\n",
		"text":      "import \"strings\"\na: strings.Repeat(\"0123456789\", 400_000)\nb: a + a + a + a + a + a + a + a + a + a\nc: b + b + b + b + b + b + b + b + b + b\nd: c + c + c + c + c + c + c + c\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := evaluate(t, InChild(confine.New(childCommand(t), confine.Limits{Memory: 200 << 20, Time: time.Minute})), oneFile("policies/a.cue", text))
			if len(diags) != 1 || diags[0].ID != diag.LoadCueLimit || !strings.Contains(diags[0].Summary, "memory") {
				t.Errorf("diagnostics: %v", diags)
			}
		})
	}
}

func TestInChildCannotStart(t *testing.T) {
	missing := func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, filepath.Join(t.TempDir(), "none"))
	}
	if _, _, err := InChild(confine.New(missing, confine.Limits{})).Evaluate(t.Context(), oneFile("policies/a.cue", "x: 1+1\n")); err == nil {
		t.Error("no error")
	}
	wrong := func(ctx context.Context) *exec.Cmd {
		cmd := childCommand(t)(ctx)
		cmd.Env = nil // so that it runs the tests, which want no input
		cmd.Args = append(cmd.Args, "-test.run=^$")
		return cmd
	}
	_, _, err := InChild(confine.New(wrong, confine.Limits{})).Evaluate(t.Context(), oneFile("policies/a.cue", "x: 1+1\n"))
	if err == nil || !strings.Contains(err.Error(), "ended too early") {
		t.Errorf("error: %v", err)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, e := range []Evaluator{InProcess(), InChild(confine.New(childCommand(t), confine.Limits{}))} {
		if _, _, err := e.Evaluate(ctx, oneFile("policies/a.cue", "x: 1+1\n")); err == nil {
			t.Errorf("%T: no error", e)
		}
	}
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, _, err := InChild(confine.New(childCommand(t), confine.Limits{})).Evaluate(ctx, oneFile("policies/a.cue", recursion)); err == nil {
		t.Error("no error")
	}
}
