package compiler_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
)

// makers are the places that may make an id other than by naming one of the
// catalogue, or a diagnostic other than with diag.New.
var makers = map[string]string{
	"compiler/rules/guardrail_rule.go Custom":      "an organization's own rule",
	"compiler/rules/guardrail_child.go Custom":     "the same, as the child process tells it",
	"compiler/rules/rule.go UnmarshalText":         "the catalogue itself",
	"compiler/config/check/check.go UnmarshalText": "the rule that the schema names: see below",
	"compiler/config/load/pack.go UnmarshalText":   "what was found before, read back",
	"compiler/config/load/pack.go Diagnostic":      "what was found before, read back",
	"compiler/syntax/yaml/v3.go Diagnostic":        "one too many, for nobody to see",
	"compiler/config/check/check.go Diagnostic":    "one too many, for nobody to see",
}

// TestIDsAreOfTheCatalogue holds that a diagnostic cannot have an id outside the
// catalogue: the fields of an id are out of reach, and whoever makes one or
// fills a diagnostic by hand is listed above.
func TestIDsAreOfTheCatalogue(t *testing.T) {
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (strings.HasPrefix(e.Name(), ".") && e.Name() != ".." || e.Name() == "testdata"):
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		rel := strings.TrimPrefix(filepath.ToSlash(name), "../")
		if strings.HasPrefix(rel, "compiler/diag/") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"callpolicy/compiler/diag"` }) {
			return nil // it has none to make
		}
		ast.Inspect(f, func(n ast.Node) bool {
			for _, what := range handmade(n) {
				if key := rel + " " + what; makers[key] == "" {
					t.Errorf("%s: diagnostics are made by diag.New with an id of the catalogue, not by %s", rel, what)
				} else {
					used[key] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range makers {
		if !used[key] {
			t.Errorf("%s: it is not there any more", key)
		}
	}
}

// handmade says in which way a piece of Go makes an id or a diagnostic.
func handmade(n ast.Node) (what []string) {
	diagType := func(e ast.Expr) string {
		if s, ok := e.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "diag" {
				return s.Sel.Name
			}
		}
		return ""
	}
	switch n := n.(type) {
	case *ast.CompositeLit:
		if diagType(n.Type) == "Diagnostic" {
			what = append(what, "Diagnostic")
		}
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == "ID" {
				what = append(what, "ID =")
			}
		}
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		switch {
		case diagType(n.Fun) == "Custom":
			what = append(what, "Custom")
		case name == "New" && diagType(n.Fun) == "New":
			if lit, ok := n.Args[0].(*ast.CompositeLit); ok && diagType(lit.Type) == "ID" {
				what = append(what, "ID")
			}
		case name == "new" && len(n.Args) == 1 && diagType(n.Args[0]) == "Diagnostic":
			what = append(what, "Diagnostic")
		case name == "UnmarshalText" && strings.HasSuffix(strings.ToLower(receiver(n)), "id"):
			what = append(what, "UnmarshalText")
		}
	}
	return what
}

// receiver names what a method is called on: d.ID.UnmarshalText is on ID.
func receiver(call *ast.CallExpr) string {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	switch x := s.X.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// TestTheSchemaNamesRules holds that the rules named in the schema, which the
// check of files reports by that name, are in the catalogue.
func TestTheSchemaNamesRules(t *testing.T) {
	files, err := filepath.Glob("../schema/*.cue")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`@rule\(([^)]*)\)`).FindAllStringSubmatch(string(data), -1) {
			found++
			if !slices.ContainsFunc(diag.BuiltIn, func(id diag.ID) bool { return id.String() == m[1] }) {
				t.Errorf("%s names %s, which is no rule", name, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("the schema names no rules")
	}
}
