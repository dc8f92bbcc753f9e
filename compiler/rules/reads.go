package rules

import (
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/near"
)

// reads is the part of a subject that a constraint may look at, as a tree. It
// may hold more than the constraint needs but never less: whatever is not
// plain counts as looking at everything below its place.
type reads struct {
	whole bool // everything below
	sub   map[string]*reads
}

func (r *reads) under(name string) *reads {
	if r.sub == nil {
		r.sub = map[string]*reads{}
	}
	if r.sub[name] == nil {
		r.sub[name] = &reads{}
	}
	return r.sub[name]
}

func (r *reads) at(path []string) *reads {
	for _, name := range path {
		r = r.under(name)
	}
	return r
}

// has reports whether anything of a field at the top is looked at.
func (r *reads) has(name string) bool { return r.whole || r.sub[name] != nil }

// prune returns v without what is not looked at. A rule is evaluated on what is
// left, and what is left is also what it is remembered by, so that remembering
// cannot change an answer.
func (r *reads) prune(v *value) *value {
	if r.whole || v.kind != object {
		return v
	}
	kept := make([]field, 0, len(r.sub))
	for i := range v.fields {
		f := &v.fields[i]
		if sub := r.sub[f.name]; sub != nil {
			kept = append(kept, field{f.name, sub.prune(f.value)})
		}
	}
	return &value{kind: object, fields: kept}
}

// survey walks the syntax of a constraint: what it looks at, which fields of
// the subject it names, and which of those no subject has.
type survey struct {
	reads   *reads
	named   []named
	unknown []named
	demands []demand
	file    func(name string) []ast.Expr // what a name outside the constraint stands for
	depth   int                          // of names followed
	maybe   int                          // of conditions around
}

// named is a field of the subject that a constraint names.
type named struct {
	path     []string
	optional bool   // it may be absent
	near     string // of an unknown one: what was probably meant
	node     ast.Node
}

// demand is what a constraint says of one place of a subject, as far as it is
// plain enough to be asked about by itself.
type demand struct {
	path []string
	x    ast.Expr
	// What the text at the place, or the last name of the path, is a name of, such
	// as licenses; empty: nothing that is known.
	word, name string
}

// at surveys a constraint that stands at a path of the subject. shape is what a
// subject may have there; nil is anything.
func (s *survey) at(x ast.Expr, path []string, shape *shape, scope *names) {
	switch x := x.(type) {
	case *ast.ParenExpr:
		s.at(x.X, path, shape, scope)
		return
	case *ast.StructLit:
		s.reads.at(path)
		s.structure(x, path, shape, scope)
		if len(x.Elts) == 0 {
			s.demand(x, path, shape)
		}
		return
	case *ast.BinaryExpr:
		if x.Op == token.AND || x.Op == token.OR {
			s.at(x.X, path, shape, scope)
			s.at(x.Y, path, shape, scope)
			return
		}
	case *ast.UnaryExpr:
		if x.Op == token.MUL {
			s.at(x.X, path, shape, scope)
			return
		}
	case *ast.Ident:
		if _, inside := scope.find(x.Name); !inside && s.depth < 10 {
			if exprs := s.file(x.Name); exprs != nil {
				s.depth++
				for _, e := range exprs {
					s.at(e, path, shape, nil)
				}
				s.depth--
				return
			}
		}
	}
	s.reads.at(path).whole = true
	s.references(x, scope)
	s.demand(x, path, shape)
	if call, ok := x.(*ast.CallExpr); ok {
		s.alternatives(call, path, shape, scope)
	}
}

// demand notes what an expression says, unless it refers to something, or is
// about a field that nothing has.
func (s *survey) demand(x ast.Expr, path []string, shape *shape) {
	if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.NEQ && constant(u.X) != nil {
		if constant(u.X).kind == null {
			return // that there is something
		}
		x = u.X // what it must not be, it could be
	}
	if _, absent := x.(*ast.BottomLit); absent || shape == nil || !selfContained(x) {
		return
	}
	s.demands = append(s.demands, demand{path: path, x: x, word: shape.word})
}

// alternatives notes what the constraints in a call demand, as in matchN(1, […]).
func (s *survey) alternatives(call *ast.CallExpr, path []string, shape *shape, scope *names) {
	if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "matchN" && f.Name != "or" && f.Name != "and" {
		return
	}
	for _, arg := range call.Args {
		if list, ok := arg.(*ast.ListLit); ok {
			for _, x := range list.Elts {
				s.aside(x, path, shape, scope)
			}
		}
	}
}

// aside notes what an expression demands, and nothing else of it.
func (s *survey) aside(x ast.Expr, path []string, shape *shape, scope *names) {
	inner := survey{reads: &reads{}, file: s.file, depth: s.depth}
	inner.at(x, path, shape, scope)
	s.demands, s.unknown = append(s.demands, inner.demands...), append(s.unknown, inner.unknown...)
}

// selfContained reports whether an expression means the same wherever it stands.
func selfContained(x ast.Expr) bool {
	alone := true
	ast.Walk(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			alone = alone && n.Node == nil && predeclared[n.Name]
		case *ast.SelectorExpr, *ast.CallExpr, *ast.Interpolation, *ast.Comprehension:
			alone = false
		}
		return alone
	}, nil)
	return alone
}

// predeclared are the types of CUE that a subject can hold.
var predeclared = map[string]bool{"string": true, "bool": true, "int": true, "number": true, "float": true, "bytes": true, "_": true}

func (s *survey) structure(lit *ast.StructLit, path []string, shape *shape, scope *names) {
	scope = scope.declare(lit, path)
	for _, decl := range lit.Elts {
		switch decl := decl.(type) {
		case *ast.Field:
			s.field(decl, path, shape, scope)
		case *ast.EmbedDecl:
			s.at(decl.Expr, path, shape, scope)
		case *ast.CommentGroup, *ast.Attribute:
		case *ast.Ellipsis:
		case *ast.LetClause:
			s.references(decl.Expr, scope)
		case *ast.Comprehension:
			s.comprehension(decl, path, shape, scope)
		default: // something new
			s.reads.at(path).whole = true
			s.references(decl, scope)
		}
	}
}

// comprehension surveys what a struct holds under a condition, or several times
// over: the conditions look at what they refer to, and the rest is a struct.
func (s *survey) comprehension(c *ast.Comprehension, path []string, shape *shape, scope *names) {
	if c.Fallback != nil {
		s.reads.at(path).whole = true
		s.references(c.Fallback, scope)
	}
	for _, clause := range c.Clauses {
		inner := &names{up: scope, here: map[string]meaning{}}
		switch clause := clause.(type) {
		case *ast.IfClause:
			s.references(clause.Condition, scope)
		case *ast.ForClause:
			s.references(clause.Source, scope)
			if clause.Key != nil {
				inner.here[clause.Key.Name] = meaning{inert: true}
			}
			inner.here[clause.Value.Name] = meaning{inert: true}
		case *ast.LetClause:
			s.references(clause.Expr, scope)
			inner.here[clause.Ident.Name] = meaning{inert: true}
		default: // something new
			s.reads.at(path).whole = true
			s.references(clause, scope)
		}
		scope = inner
	}
	s.maybe++
	s.at(c.Value, path, shape, scope)
	s.maybe--
}

func (s *survey) field(f *ast.Field, path []string, shape *shape, scope *names) {
	label := f.Label
	if a, ok := label.(*ast.Alias); ok {
		label, _ = a.Expr.(ast.Label)
	}
	name, ok := plainLabel(label)
	if !ok {
		if id, isIdent := label.(*ast.Ident); !isIdent || id == nil {
			s.reads.at(path).whole = true // a pattern or a computed name
			s.references(f.Label, scope)
		}
		s.references(f.Value, scope)
		if _, pattern := label.(*ast.ListLit); pattern && shape != nil && shape.free {
			s.aside(f.Value, join(path, "…"), shape.rest, &names{up: scope, veil: true})
		}
		return
	}
	here := join(path, name)
	sub, known := shape.field(name)
	if !known {
		s.unknown = append(s.unknown, named{path: here, near: near.One(name, shape.known()), node: f.Label})
	}
	if known && shape != nil && shape.names != "" && shape.fields[name] == nil {
		s.demands = append(s.demands, demand{path: here, x: labelExpr(label), name: shape.names})
	}
	if _, isStruct := f.Value.(*ast.StructLit); !isStruct {
		s.named = append(s.named, named{path: here, optional: f.Constraint == token.OPTION || s.maybe > 0, node: f})
	}
	value := f.Value
	if a, ok := value.(*ast.Alias); ok {
		value = a.Expr
	}
	s.at(value, here, sub, scope)
}

// labelExpr returns a label as an expression, for its place.
func labelExpr(l ast.Label) ast.Expr {
	x, _ := l.(ast.Expr)
	return x
}

// references marks everything that an expression may refer to inside the constraint.
func (s *survey) references(n ast.Node, scope *names) {
	ast.Walk(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		if m, inside := scope.find(id.Name); inside && !m.inert {
			s.reads.at(m.path).whole = true // the whole subject, where it is unclear
		}
		return true
	}, nil)
}

// splitPath turns "effective.inCall" into its names.
func splitPath(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ".")
}
