package cue

import (
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/token"
)

// fieldsOf returns the fields that make up a value.
func (p *places) fieldsOf(v cue.Value) []*ast.Field {
	if f, ok := v.Source().(*ast.Field); ok {
		return []*ast.Field{f}
	}
	return p.marks.of(v)
}

// key returns where the name of a field was written, and whether without
// quotes. A place that gives the field a value goes before one that only says
// what it may be, and then the first by file and line.
func (p *places) key(v cue.Value, name string, parts []*ast.Field) (pos token.Pos, plain bool) {
	var first ast.Label
	weight := 0
	for _, f := range parts {
		label := f.Label
		if alias, ok := label.(*ast.Alias); ok {
			if label, ok = alias.Expr.(ast.Label); !ok {
				continue
			}
		}
		switch label.(type) {
		case *ast.ListLit: // a pattern, which names nobody
			continue
		case *ast.Ident, *ast.BasicLit:
			if written, _, err := ast.LabelName(label); err != nil || written != name {
				continue
			}
		}
		w := p.weight(f)
		if first == nil || w < weight || w == weight && label.Pos().Compare(first.Pos()) < 0 {
			first, weight = label, w
		}
	}
	if first == nil {
		return v.Pos(), false
	}
	_, plain = first.(*ast.Ident)
	return first.Pos(), plain
}

// weight is the less the more a field is what an administrator would call the
// place of a setting.
func (p *places) weight(f *ast.Field) int {
	w := 0
	if p.marks.rules[f] {
		w += 2
	}
	if _, r := roleOf(f.Value); r == limits {
		w++
	}
	return w
}

// container returns where a struct or a list begins, or else its key.
func (p *places) container(v cue.Value, key token.Pos, parts []*ast.Field) token.Pos {
	for range maxReferences {
		pos, weight := token.NoPos, 0
		consider := func(n ast.Node, w int) {
			switch n.(type) {
			case *ast.StructLit, *ast.ListLit:
				if at := n.Pos(); at.HasAbsPos() && (!pos.HasAbsPos() || w < weight || w == weight && at.Compare(pos) < 0) {
					pos, weight = at, w
				}
			}
		}
		for _, f := range parts {
			consider(f.Value, p.weight(f))
		}
		if len(parts) == 0 {
			consider(v.Source(), 0)
		}
		if pos.HasAbsPos() && (weight < 2 || !key.HasAbsPos()) {
			return pos
		}
		target := cue.Dereference(v)
		if target == v {
			break
		}
		v, parts = target, p.fieldsOf(target)
	}
	if key.HasAbsPos() {
		return key
	}
	return v.Pos()
}

// maxReferences bounds how many references are followed to find a place.
const maxReferences = 32

// scalar returns the place of the expression that gave a value: the literal,
// through references and defaults, or what computes it. Where several agree it
// is the first by file and line.
func (p *places) scalar(v cue.Value, fields []*ast.Field, depth int) token.Pos {
	first, unclear := token.NoPos, 0
	for _, f := range fields {
		at, role := roleOf(f.Value)
		switch role {
		case gives:
			first = earlier(first, at)
		case other:
			unclear++
		case limits:
		}
	}
	if unclear == 0 && first.HasAbsPos() {
		return first
	}
	// The quick ways, for what thousands of users have in common: one reference
	// among conditions, whose literal CUE kept, and one reference alone.
	if len(fields) > 1 && unclear == 1 && !first.HasAbsPos() {
		if lit, ok := v.Source().(*ast.BasicLit); ok {
			return lit.Pos()
		}
	}
	if len(fields) == 1 && depth < maxReferences && isReference(fields[0].Value) {
		if at := p.referred(v, depth); at.HasAbsPos() {
			return at
		}
	}
	if len(fields) == 0 {
		if x, ok := v.Source().(ast.Expr); ok && x != nil {
			if at, role := roleOf(x); role == gives && depth > 0 {
				return at
			}
		}
	}
	if depth > maxReferences {
		return first
	}
	op, parts := v.Expr()
	if op == cue.AndOp {
		for _, concrete := range []bool{true, false} {
			for _, part := range parts {
				if d, _ := part.Default(); part.Kind() != cue.BottomKind || !concrete && d.Kind() != cue.BottomKind {
					first = earlier(first, p.scalar(part, p.fieldsOf(part), depth+1))
				}
			}
			if first.HasAbsPos() {
				return first
			}
		}
	}
	if at := p.referred(v, depth); at.HasAbsPos() {
		return at
	}
	// Unifying with _ leaves the bare value, which still knows its literal.
	d, _ := v.Default()
	if src := d.Unify(p.top()).Source(); src != nil && src.Pos().HasAbsPos() {
		return src.Pos()
	}
	for _, f := range fields {
		first = earlier(first, f.Value.Pos())
	}
	if !first.HasAbsPos() {
		first = v.Pos()
	}
	return first
}

// referred returns the place of what a reference leads to.
func (p *places) referred(v cue.Value, depth int) token.Pos {
	target := cue.Dereference(v)
	if target == v {
		return token.NoPos
	}
	if d, _ := target.Default(); d.Kind() == cue.BottomKind {
		return token.NoPos
	}
	return p.scalar(target, p.fieldsOf(target), depth+1)
}

func isReference(x ast.Expr) bool {
	switch x.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		return true
	}
	return false
}

// top returns _, which changes nothing that it is unified with.
func (p *places) top() cue.Value {
	if !p.any.Exists() {
		p.any = cuecontext.New().CompileString("_")
	}
	return p.any
}

func earlier(a, b token.Pos) token.Pos {
	if !b.HasAbsPos() || a.HasAbsPos() && a.Compare(b) <= 0 {
		return a
	}
	return b
}

// role is what an expression does for the value that it is part of.
type role uint8

const (
	gives  role = iota + 1 // it is the value, or computes it
	limits                 // it only says what the value may be
	other                  // one has to look
)

// roleOf says what an expression does, as far as its form alone tells.
func roleOf(x ast.Expr) (token.Pos, role) {
	switch x := x.(type) {
	case *ast.BasicLit, *ast.Interpolation:
		return x.Pos(), gives
	case *ast.ParenExpr:
		return roleOf(x.X)
	case *ast.UnaryExpr:
		switch x.Op {
		case token.ADD, token.SUB, token.NOT:
			return x.Pos(), gives
		}
		return x.Pos(), limits
	case *ast.BinaryExpr:
		switch x.Op {
		case token.AND:
			a, ra := roleOf(x.X)
			b, rb := roleOf(x.Y)
			switch {
			case ra == other || rb == other:
				return x.Pos(), other
			case ra == gives:
				return a, gives // the left side comes first
			}
			return b, rb
		case token.OR:
			return x.Pos(), limits
		}
		return x.Pos(), gives
	case *ast.Ident:
		switch x.Name {
		case "_", "bool", "string", "int", "float", "number", "bytes":
			if x.Node == nil {
				return x.Pos(), limits
			}
		}
	}
	return x.Pos(), other
}
