package runbook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"callpolicy/compiler/runbook"
	"callpolicy/schema"
)

// Every kind of step rests on a public document, in every edition, and whatever
// is done in Control Hub has the way to its page.
func TestEveryKindHasAProcedure(t *testing.T) {
	kinds := declaredKinds(t)
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds are declared", len(kinds))
	}
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range kinds {
			p, ok := s.Edition.Procedures[string(kind)]
			if !ok {
				t.Errorf("%s: a step of kind %s rests on nothing", edition, kind)
				continue
			}
			if len(p.Sources) == 0 {
				t.Errorf("%s, %s: no source", kind, edition)
			}
			for _, s := range p.Sources {
				if s.Title == "" || s.At == "" || strings.Contains(s.At, ".md") {
					t.Errorf("%s, %s: %+v is no public document", kind, edition, s)
				}
			}
			if (p.Where == "Control Hub") != (len(p.Page) > 0) {
				t.Errorf("%s, %s: in %s, page %q", kind, edition, p.Where, p.Page)
			}
		}
		if len(s.Edition.Procedures) != len(kinds) {
			t.Errorf("%s: %d procedures for %d kinds", edition, len(s.Edition.Procedures), len(kinds))
		}
	}
}

// declaredKinds reads the constants of type Kind out of the source, so that none
// can be forgotten.
func declaredKinds(t *testing.T) []runbook.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "kinds.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []runbook.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Kind" {
			return true
		}
		for _, v := range spec.Values {
			literal, ok := v.(*ast.BasicLit)
			if !ok {
				t.Fatalf("%v: a kind is plain text", spec.Names)
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, runbook.Kind(text))
		}
		return true
	})
	return kinds
}
