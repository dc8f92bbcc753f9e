package explain_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/explain"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// project is a policy repository, loaded and resolved.
type project struct {
	fs     fs.FS
	cfg    *config.Config
	result *resolve.Result
	diags  diag.List
}

func loaded(t *testing.T, fsys fs.FS) project {
	t.Helper()
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil {
		t.Fatal(err)
	}
	if cfg == nil {
		t.Fatal(diags)
	}
	return project{fsys, cfg, resolve.Users(cfg), diags}
}

// example loads one of the examples, which have no faults.
func example(t *testing.T, name string) project {
	t.Helper()
	p := loaded(t, os.DirFS("../../examples/"+name))
	if p.diags.HasErrors() {
		t.Fatal(p.diags)
	}
	return p
}

var examples = []string{"starter", "cue-only", "voorbeeld-zorg"}

// files makes a repository of a project file for the edition, and one policy file.
func files(t *testing.T, edition, policy string) project {
	t.Helper()
	return loaded(t, fstest.MapFS{
		config.ProjectFile: {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/p.yaml":  {Data: []byte(strings.TrimLeft(policy, "\n"))},
	})
}

func (p project) user(t *testing.T, address string) *explain.Explanation {
	t.Helper()
	e, err := explain.User(p.cfg, p.result, address)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (p project) whyNot(t *testing.T, address, setting, value string) *explain.Answer {
	t.Helper()
	a, err := explain.WhyNot(p.cfg, p.result, address, setting, value)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ladder returns a ladder of a setting.
func ladder(t *testing.T, e *explain.Explanation, setting string) *explain.Ladder {
	t.Helper()
	for i := range e.Settings {
		for j := range e.Settings[i].Ladders {
			if l := &e.Settings[i].Ladders[j]; e.Settings[i].Name == setting {
				return l
			}
		}
	}
	t.Fatalf("%s has no %s among %v", e.User, setting, e.Names())
	return nil
}

// rung returns what a level says.
func rung(t *testing.T, l *explain.Ladder, level, template string) *explain.Rung {
	t.Helper()
	for i := range l.Rungs {
		if r := &l.Rungs[i]; r.Level == level && r.Template == template {
			return r
		}
	}
	t.Fatalf("no rung of %s %s in %+v", level, template, l)
	return nil
}

// way returns the way of a kind, or nil.
func way(a *explain.Answer, kind explain.Kind) *explain.Way {
	for i := range a.Ways {
		if a.Ways[i].Kind == kind {
			return &a.Ways[i]
		}
	}
	return nil
}

func rules(w *explain.Way) string {
	var ids []string
	for _, o := range w.Obstacles {
		ids = append(ids, o.Rule)
	}
	return strings.Join(ids, " ")
}
