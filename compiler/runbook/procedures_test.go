package runbook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"callpolicy/compiler/runbook"
)

// Every kind of step rests on a public document, in both editions, and whatever
// is done in Control Hub has the way to its page.
func TestEveryKindHasAProcedure(t *testing.T) {
	kinds := declaredKinds(t)
	if len(kinds) < 20 {
		t.Fatalf("only %d kinds are declared", len(kinds))
	}
	procedures := runbook.Procedures()
	for _, kind := range kinds {
		i := slices.IndexFunc(procedures, func(p runbook.Procedure) bool { return p.Kind == kind })
		if i < 0 {
			t.Errorf("a step of kind %s rests on nothing", kind)
			continue
		}
		p := procedures[i]
		for _, edition := range []string{"classic", "current"} {
			sources, ok := p.Sources[edition]
			if !ok {
				sources = p.Sources[""]
			}
			if len(sources) == 0 {
				t.Errorf("%s, %s: no source", kind, edition)
			}
			for _, s := range sources {
				if s.Title == "" || s.At == "" || strings.Contains(s.At, ".md") {
					t.Errorf("%s, %s: %+v is no public document", kind, edition, s)
				}
			}
			page, ok := p.Page[edition]
			if !ok {
				page = p.Page[""]
			}
			if (p.Where == "Control Hub") != (len(page) > 0) {
				t.Errorf("%s, %s: in %s, page %q", kind, edition, p.Where, page)
			}
		}
	}
	if len(procedures) != len(kinds) {
		t.Errorf("%d procedures for %d kinds", len(procedures), len(kinds))
	}
}

// declaredKinds reads the constants of type Kind out of the source, so that none
// can be forgotten.
func declaredKinds(t *testing.T) []runbook.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "procedures.go", nil, 0)
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
