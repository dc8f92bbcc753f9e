package rules

import (
	"cuelang.org/go/cue/ast"
)

// entry is what a piece of syntax says of a field: every expression for it.
type entry struct {
	exprs []ast.Expr
	label ast.Node // where it is first named
	plain bool     // the expressions are all there is
}

// gathered is what a struct says, by field.
type gathered struct {
	decls []ast.Decl
	plain bool // it holds nothing but fields
}

func gather(decls []ast.Decl) gathered {
	g := gathered{decls, true}
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			_, _, err := ast.LabelName(d.Label)
			g.plain = g.plain && err == nil
		case *ast.EmbedDecl, *ast.Comprehension, *ast.Ellipsis:
			g.plain = false
		}
	}
	return g
}

func (g gathered) field(name string) entry {
	w := entry{plain: g.plain}
	for _, d := range g.decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		if label, _, err := ast.LabelName(f.Label); err != nil || label != name {
			continue
		}
		if w.label == nil {
			w.label = f.Label
		}
		w.exprs = append(w.exprs, f.Value)
	}
	return w
}

// inside gathers what the structs of a field say.
func (w entry) inside() gathered {
	g := gathered{plain: w.plain}
	for _, x := range w.exprs {
		lit, ok := x.(*ast.StructLit)
		if !ok {
			g.plain = false
			continue
		}
		in := gather(lit.Elts)
		g.plain = g.plain && in.plain
		g.decls = append(g.decls, in.decls...)
	}
	return g
}
