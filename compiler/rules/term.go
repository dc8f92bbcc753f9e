package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// A term is a constraint that Go can match by itself. It is derived from the
// syntax of the constraint, never written by hand, and covers the plain part
// of CUE: literals, types, bounds, structs, & and |, and fields that name other
// fields. A test proves that it answers as CUE does; what is not plain is left
// to CUE, a few thousand times slower.
type term interface {
	// match reports whether v, a part of the subject root, fits. v may be nil.
	match(root, v *value) bool

	// misses appends the paths at which v, at path, does not fit; hits those at
	// which it does. They are for a term that as a whole misses, or hits.
	misses(out [][]string, root, v *value, path []string) [][]string
	hits(out [][]string, root, v *value, path []string) [][]string
}

// leaf is a term without parts.
type leaf func(root, v *value) bool

func (t leaf) match(root, v *value) bool { return v != nil && t(root, v) }

func (t leaf) misses(out [][]string, root, v *value, path []string) [][]string {
	if t.match(root, v) {
		return out
	}
	return append(out, path)
}

func (t leaf) hits(out [][]string, _, _ *value, path []string) [][]string { return append(out, path) }

// all must match, every one.
type all []term

func (t all) match(root, v *value) bool {
	for _, sub := range t {
		if !sub.match(root, v) {
			return false
		}
	}
	return true
}

func (t all) misses(out [][]string, root, v *value, path []string) [][]string {
	for _, sub := range t {
		if !sub.match(root, v) {
			out = sub.misses(out, root, v, path)
		}
	}
	return out
}

func (t all) hits(out [][]string, root, v *value, path []string) [][]string {
	return t[len(t)-1].hits(out, root, v, path)
}

// some must match, at least one.
type some []term

func (t some) match(root, v *value) bool {
	for _, sub := range t {
		if sub.match(root, v) {
			return true
		}
	}
	return false
}

func (t some) misses(out [][]string, root, v *value, path []string) [][]string {
	return t[0].misses(out, root, v, path)
}

func (t some) hits(out [][]string, root, v *value, path []string) [][]string {
	for _, sub := range t {
		if sub.match(root, v) {
			out = sub.hits(out, root, v, path)
		}
	}
	return out
}

// structure matches objects.
type structure struct {
	fields []structureField
	every  []term // what every field must match
}

type structureField struct {
	name     string
	optional bool // it may be absent
	term     term
}

func (t *structure) match(root, v *value) bool {
	if v == nil || v.kind != object {
		return false
	}
	for i := range t.fields {
		f := &t.fields[i]
		switch sub := v.get(f.name); {
		case sub == nil && f.optional:
		case sub == nil || !f.term.match(root, sub):
			return false
		}
	}
	for _, each := range t.every {
		for i := range v.fields {
			if !each.match(root, v.fields[i].value) {
				return false
			}
		}
	}
	return true
}

func (t *structure) misses(out [][]string, root, v *value, path []string) [][]string {
	if v == nil || v.kind != object {
		return append(out, path)
	}
	for i := range t.fields {
		f := &t.fields[i]
		switch sub := v.get(f.name); {
		case sub == nil && f.optional:
		case sub == nil:
			out = append(out, join(path, f.name))
		case !f.term.match(root, sub):
			out = f.term.misses(out, root, sub, join(path, f.name))
		}
	}
	for _, each := range t.every {
		for i := range v.fields {
			if f := &v.fields[i]; !each.match(root, f.value) {
				out = each.misses(out, root, f.value, join(path, f.name))
			}
		}
	}
	return out
}

func (t *structure) hits(out [][]string, root, v *value, path []string) [][]string {
	for i := len(t.fields) - 1; i >= 0; i-- {
		f := &t.fields[i]
		if sub := v.get(f.name); sub != nil {
			return f.term.hits(out, root, sub, join(path, f.name))
		}
	}
	return append(out, path)
}

// join appends a name to a path that others may share.
func join(path []string, name string) []string {
	return append(slices.Clip(path), name)
}

// names is what a struct of a constraint, and those around it, call things.
type names struct {
	up   *names
	here map[string]meaning
	veil bool // what is around counts as without a path
}

// meaning is what a name in a constraint stands for: a field of the subject at
// a path; or nothing that looks at the subject by itself, as all that it is
// made of has been looked at already; or else something unclear.
type meaning struct {
	path  []string
	inert bool
}

// find looks a name up, from the inside out. inside is whether the constraint
// itself declares it.
func (n *names) find(name string) (m meaning, inside bool) {
	veiled := false
	for ; n != nil; n = n.up {
		if m, ok := n.here[name]; ok {
			if veiled {
				m.path = nil
			}
			return m, true
		}
		veiled = veiled || n.veil
	}
	return meaning{}, false
}

// declare gathers the names that a struct literal at a path gives to its fields.
func (n *names) declare(lit *ast.StructLit, path []string) *names {
	inner := &names{up: n, here: map[string]meaning{}}
	for _, decl := range lit.Elts {
		switch decl := decl.(type) {
		case *ast.Field:
			label := decl.Label
			alias, _ := label.(*ast.Alias)
			if alias != nil {
				label, _ = alias.Expr.(ast.Label)
			}
			var at []string
			if name, ok := plainLabel(label); ok && decl.Constraint == token.ILLEGAL {
				at = join(path, name)
			}
			if id, ok := label.(*ast.Ident); ok {
				inner.here[id.Name] = meaning{path: at}
			}
			if alias != nil {
				inner.here[alias.Ident.Name] = meaning{path: at}
			}
			if a, ok := decl.Value.(*ast.Alias); ok {
				inner.here[a.Ident.Name] = meaning{}
			}
		case *ast.LetClause:
			inner.here[decl.Ident.Name] = meaning{inert: true}
		case *ast.Alias:
			inner.here[decl.Ident.Name] = meaning{}
		}
	}
	return inner
}

// plainLabel returns the name of a field of the subject: neither hidden, nor a
// definition, nor computed.
func plainLabel(label ast.Label) (string, bool) {
	switch l := label.(type) {
	case *ast.Ident:
		return l.Name, !strings.HasPrefix(l.Name, "_") && !strings.HasPrefix(l.Name, "#")
	case *ast.BasicLit:
		if l.Kind == token.STRING {
			s, err := literal.Unquote(l.Value)
			return s, err == nil
		}
	}
	return "", false
}

// deriver turns syntax into terms.
type deriver struct {
	outer func(name string) bool // whether the file gives a meaning of its own to a name
}

// derive returns the term for a constraint, or nil where it is not plain.
func (d *deriver) derive(x ast.Expr, path []string, scope *names) term {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return d.derive(x.X, path, scope)
	case *ast.StructLit:
		return d.structure(x, path, scope)
	case *ast.BinaryExpr:
		if x.Op != token.AND && x.Op != token.OR {
			return nil
		}
		a, b := d.derive(x.X, path, scope), d.derive(x.Y, path, scope)
		switch {
		case a == nil || b == nil:
			return nil
		case x.Op == token.AND:
			return all{a, b}
		}
		return some{a, b}
	case *ast.UnaryExpr:
		return d.unary(x, path, scope)
	case *ast.BottomLit:
		return leaf(func(_, _ *value) bool { return false })
	case *ast.Ident:
		return d.ident(x, path, scope)
	}
	if want := constant(x); want != nil {
		return leaf(func(_, v *value) bool { return v.equal(want) })
	}
	return nil
}

func (d *deriver) structure(lit *ast.StructLit, path []string, scope *names) term {
	scope = scope.declare(lit, path)
	t := &structure{}
	for _, decl := range lit.Elts {
		switch decl := decl.(type) {
		case *ast.Field:
			label := decl.Label
			if a, ok := label.(*ast.Alias); ok {
				label, _ = a.Expr.(ast.Label)
			}
			if list, ok := label.(*ast.ListLit); ok {
				if !isString(list) || decl.Constraint != token.ILLEGAL {
					return nil
				}
				each := d.derive(decl.Value, nil, &names{up: scope, veil: true})
				if each == nil {
					return nil
				}
				t.every = append(t.every, each)
				continue
			}
			name, ok := plainLabel(label)
			if !ok {
				return nil
			}
			sub := d.derive(decl.Value, join(path, name), scope)
			if sub == nil {
				return nil
			}
			t.fields = append(t.fields, structureField{name, decl.Constraint == token.OPTION, sub})
		case *ast.Ellipsis:
			if decl.Type != nil {
				return nil
			}
		case *ast.CommentGroup:
		default:
			return nil
		}
	}
	return t
}

// isString reports whether a pattern is [string].
func isString(list *ast.ListLit) bool {
	if len(list.Elts) != 1 {
		return false
	}
	id, ok := list.Elts[0].(*ast.Ident)
	return ok && id.Name == "string"
}

func (d *deriver) ident(id *ast.Ident, path []string, scope *names) term {
	if other, inside := scope.find(id.Name); inside {
		if other.path == nil || overlap(path, other.path) {
			return nil
		}
		return leaf(func(root, v *value) bool { return v.holds(root.at(other.path)) })
	}
	if d.outer(id.Name) {
		return nil
	}
	switch id.Name {
	case "_":
		return leaf(func(_, _ *value) bool { return true })
	case "string":
		return ofKind(text)
	case "bool":
		return ofKind(boolean)
	case "int", "number":
		return ofKind(integer)
	}
	return nil
}

// overlap reports whether one path leads to the other: a field that refers to
// itself, or to what it is in, is for CUE to make sense of.
func overlap(p, q []string) bool {
	n := min(len(p), len(q))
	return slices.Equal(p[:n], q[:n])
}

func ofKind(k kind) term { return leaf(func(_, v *value) bool { return v.kind == k }) }

// constant returns the value of a literal, or nil.
func constant(x ast.Expr) *value {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return constant(x.X)
	case *ast.UnaryExpr:
		if n := constant(x.X); n != nil && n.kind == integer && x.Op == token.SUB {
			return count(-n.n)
		}
	case *ast.BasicLit:
		switch x.Kind {
		case token.TRUE:
			return isTrue
		case token.FALSE:
			return isFalse
		case token.NULL:
			return isNull
		case token.INT:
			if n, err := strconv.Atoi(x.Value); err == nil && (x.Value == "0" || x.Value[0] != '0') {
				return count(n)
			}
		case token.STRING:
			if s, err := literal.Unquote(x.Value); err == nil && strings.HasPrefix(strings.TrimLeft(x.Value, "#"), `"`) {
				return word(s)
			}
		}
	}
	return nil
}

// unary derives bounds, such as >=5 and =~"^a", and marked defaults, which do
// not matter to a subject that is concrete.
func (d *deriver) unary(x *ast.UnaryExpr, path []string, scope *names) term {
	if x.Op == token.MUL {
		return d.derive(x.X, path, scope)
	}
	if want := constant(x); want != nil { // a negative number
		return leaf(func(_, v *value) bool { return v.equal(want) })
	}
	want := constant(x.X)
	if id, ok := x.X.(*ast.Ident); ok {
		at, inside := scope.find(id.Name)
		if !inside || at.path == nil || overlap(path, at.path) || !isOrder(x.Op) {
			return nil
		}
		return leaf(func(root, v *value) bool { return ordered(x.Op, v, root.at(at.path)) })
	}
	switch {
	case want == nil:
		return nil
	case x.Op == token.NEQ && want.kind == null:
		return leaf(func(_, v *value) bool { return v.kind != null })
	case want.kind != integer && want.kind != text:
		return nil
	case x.Op == token.NEQ:
		return leaf(func(_, v *value) bool { return v.kind == want.kind && !v.equal(want) })
	case isOrder(x.Op):
		return leaf(func(_, v *value) bool { return ordered(x.Op, v, want) })
	case (x.Op == token.MAT || x.Op == token.NMAT) && want.kind == text:
		re, err := regexp.Compile(want.s)
		if err != nil {
			return nil // CUE has words for it
		}
		return leaf(func(_, v *value) bool { return v.kind == text && re.MatchString(v.s) == (x.Op == token.MAT) })
	}
	return nil
}

func isOrder(op token.Token) bool {
	return op == token.LSS || op == token.LEQ || op == token.GTR || op == token.GEQ
}

// ordered compares numbers and texts; other values have no order.
func ordered(op token.Token, v, w *value) bool {
	if w == nil || v.kind != w.kind || v.kind != integer && v.kind != text {
		return false
	}
	c := strings.Compare(v.s, w.s)
	if v.kind == integer {
		c = v.n - w.n
	}
	switch op {
	case token.LSS:
		return c < 0
	case token.LEQ:
		return c <= 0
	case token.GTR:
		return c > 0
	}
	return c >= 0
}
