package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/policies"
)

// shape is which fields a subject may have, drawn from subject.cue. A nil
// *shape is anything.
type shape struct {
	fields map[string]*shape
	rest   *shape // of fields with free names; nil: there are none
	free   bool   // there are fields with free names
	names  string // what the free names are names of, such as licenses; empty: anything
	word   string // what the text here is a name of
}

// field returns the shape of a field, and whether there may be one of that name.
func (s *shape) field(name string) (*shape, bool) {
	if s == nil {
		return nil, true
	}
	if sub, ok := s.fields[name]; ok {
		return sub, true
	}
	return s.rest, s.free
}

func (s *shape) known() []string {
	var names []string
	for name := range s.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shapes returns the shapes of all subjects, by scope, and that of a guardrail itself.
func shapes() (map[string]*shape, error) { return shapesOnce() }

var shapesOnce = sync.OnceValues(func() (map[string]*shape, error) {
	files, err := policies.Parse()
	if err != nil {
		return nil, err
	}
	d := drawer{definitions: map[string]ast.Expr{}}
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			if def, ok := decl.(*ast.Field); ok {
				if id, ok := def.Label.(*ast.Ident); ok && strings.HasPrefix(id.Name, "#") {
					d.definitions[id.Name] = def.Value
				}
			}
		}
	}
	out := map[string]*shape{}
	definitions := policies.SubjectDefinitions()
	definitions["guardrail"] = "#Guardrail"
	for scope, name := range definitions {
		def, ok := d.definitions[name]
		if !ok {
			return nil, fmt.Errorf("the catalogue has no %s", name)
		}
		out[scope] = d.shape(def)
	}
	return out, nil
})

// drawer draws shapes from definitions.
type drawer struct{ definitions map[string]ast.Expr }

func (d *drawer) shape(x ast.Expr) *shape {
	s := &shape{fields: map[string]*shape{}}
	d.draw(s, x)
	return s
}

func (d *drawer) draw(s *shape, x ast.Expr) {
	switch x := x.(type) {
	case *ast.Ident:
		if def, ok := d.definitions[x.Name]; ok {
			d.draw(s, def)
		}
	case *ast.BinaryExpr:
		if x.Op == token.OR || x.Op == token.AND {
			d.draw(s, x.X)
			d.draw(s, x.Y)
		}
	case *ast.StructLit:
		for _, decl := range x.Elts {
			switch decl := decl.(type) {
			case *ast.EmbedDecl:
				d.draw(s, decl.Expr)
			case *ast.Field:
				if name, ok := plainLabel(decl.Label); ok {
					s.fields[name] = d.shape(decl.Value)
					s.fields[name].word = namesOf(decl)
				} else {
					s.free, s.rest, s.names = true, d.shape(decl.Value), namesOf(decl)
				}
			}
		}
	}
}

// namesOf returns what a field is marked as a name of, with @names(licenses).
func namesOf(f *ast.Field) string {
	for _, a := range f.Attrs {
		if key, body := a.Split(); key == "names" {
			return body
		}
	}
	return ""
}
