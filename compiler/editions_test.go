package compiler_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callpolicy/policies"
	"callpolicy/schema"
)

// TestNoCodeKnowsAnEdition holds every Go file of the program to that: an
// edition is data, so no text in it is the name of one, or speaks of one by its
// name. What differs between editions stands in their CUE.
func TestNoCodeKnowsAnEdition(t *testing.T) {
	names := strings.Join(schema.EditionNames(), "|")
	named := regexp.MustCompile(`^(` + names + `)$|\bedition:? (` + names + `)\b|\b(` + names + `) (edition|Control Hub)\b`)
	for _, text := range []string{schema.Today(), "edition: " + schema.Today(), "the " + schema.Today() + " edition"} {
		if !named.MatchString(text) {
			t.Fatalf("%q is not found to name an edition", text)
		}
	}
	files := 0
	err := filepath.WalkDir("..", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && strings.HasPrefix(e.Name(), ".") && name != ".." { // what makes and measures the program
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && named.MatchString(strings.Trim(lit.Value, "`\"")) {
				t.Errorf("%s: %s names an edition: let schema/ say it", set.Position(lit.Pos()), lit.Value)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were read", files)
	}
}

// TestEditionsOfRules: the rules and the parameters of Jabber name editions that
// there are.
func TestEditionsOfRules(t *testing.T) {
	known := func(where, name string) {
		if _, err := schema.Load(name); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}
	rules, err := policies.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		for _, name := range r.Editions {
			known(r.ID, name)
		}
	}
	parameters, err := policies.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	for parameter, about := range parameters.All() {
		for name := range about.Settings {
			known(parameter, name)
		}
	}
}
