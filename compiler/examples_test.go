package compiler_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// TestExamples compiles the examples of the catalogue: a good one is without
// fault, a bad one breaks its rule and no other. So every rule speaks up in a
// test, and every one is silent in a test.
func TestExamples(t *testing.T) {
	catalogue, err := policies.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range catalogue {
		t.Run(r.ID, func(t *testing.T) {
			e := r.Examples
			_, told := elsewhere[r.ID]
			switch {
			case e == nil:
				t.Fatal("it has no examples")
			case e.Bad == nil && (e.Told == "" || !told):
				t.Fatal("it has no bad example, and no test elsewhere")
			case e.Bad != nil && told:
				t.Fatal("it has a bad example: no test elsewhere need stand for it")
			case e.Good == nil && e.Told == "":
				t.Fatal("it has no good example")
			}
			if e.Good != nil {
				for _, d := range example(t, e.Edition, e.At, e.Good) {
					t.Errorf("the good example: %v", d)
				}
			}
			if e.Bad == nil {
				return
			}
			bad := example(t, e.Edition, e.At, e.Bad)
			if len(bad) == 0 {
				t.Error("the bad example is without fault")
			}
			for _, d := range bad {
				if d.ID.String() != r.ID {
					t.Errorf("the bad example breaks another rule: %v", d)
				}
				wellSaid(t, d)
			}
		})
	}
}

// example compiles a policy repository. The project file is there by itself.
func example(t *testing.T, edition, at string, files map[string]string) diag.List {
	t.Helper()
	if at == "" {
		at = "2026-09-01"
	}
	day, err := time.Parse(time.DateOnly, at)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{"callpolicy.yaml": file("apiVersion: callpolicy/v1\nedition: " + edition + "\n")}
	for name, text := range files {
		fsys[name] = file(text)
	}
	_, diags, err := compiler.Compile(t.Context(), fsys, ".", compiler.At(day))
	if err != nil {
		t.Fatal(err)
	}
	return diags
}

// wellSaid holds a diagnostic to what every diagnostic must have.
func wellSaid(t *testing.T, d *diag.Diagnostic) {
	t.Helper()
	if d.Subject.IsZero() {
		t.Errorf("it points nowhere: %v", d)
	}
	if d.Summary == "" || d.Summary[len(d.Summary)-1] == '.' {
		t.Errorf("a summary is one line without a period: %q", d.Summary)
	}
	if d.Hint == "" {
		t.Errorf("it does not say what to do: %v", d)
	}
}

// elsewhere names, for rules that no small repository can break, the test that
// makes them speak up: a file, and in it a function or nothing for the whole.
var elsewhere = map[string]string{
	"project.missing":          "../testdata/script/missing-project.txtar",
	"load.encoding":            "syntax/yaml/hostile_test.go TestHostileYAML",
	"load.too-large":           "syntax/yaml/hostile_test.go TestHostileYAML",
	"load.submodule":           "config/load/accounted_test.go TestSubmodule",
	"load.symlink":             "config/load/link_test.go TestLinks",
	"load.cue-limit":           "syntax/cue/cue_test.go TestCUELargeAndDeep",
	"migration.not-ready":      "../testdata/script/licenses-lost.txtar",
	"load.invisible-character": "syntax/yaml/invisible_test.go TestInvisible",
}

// TestElsewhere holds that the tests named above are there, and are about the rule.
func TestElsewhere(t *testing.T) {
	for id, where := range elsewhere {
		if !slices.ContainsFunc(diag.BuiltIn, func(x diag.ID) bool { return x.String() == id }) {
			t.Errorf("there is no rule %s", id)
		}
		name, function, _ := strings.Cut(where, " ")
		data, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		text := string(data)
		if path.Ext(name) == ".go" {
			text = source(t, name, data, function)
		}
		var goName strings.Builder
		for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '.' || r == '-' }) {
			goName.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
		if !strings.Contains(text, id) && !strings.Contains(text, "diag."+goName.String()) {
			t.Errorf("%s says nothing of %s", where, id)
		}
	}
}

// source returns the source of a function in a file.
func source(t *testing.T, name string, data []byte, function string) string {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, data, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Name.Name == function {
			return string(data[files.Position(d.Pos()).Offset:files.Position(d.End()).Offset])
		}
	}
	t.Errorf("%s has no %s", name, function)
	return ""
}
