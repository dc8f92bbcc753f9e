package rules

import (
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// constraint is what a rule demands, ready to be matched.
type constraint struct {
	term   term  // nil: not plain, so CUE matches it
	reads  reads // what it may look at
	named  []named
	says   []demand    // what it says of single places
	uses   []mention   // what it names of the organization's own
	labels []attribute // the attributes that it names
	value  cue.Value   // the constraint itself, where this process has it
	asks   asker       // who matches it where it is not plain
}

// environment is what the names in a constraint may stand for outside it.
type environment struct {
	file  func(name string) []ast.Expr // nil for names that the file does not define
	shape *shape
}

// newConstraint makes a constraint of expressions that all must hold. Where
// they are not all that there is to it, exprs is nil.
func newConstraint(exprs []ast.Expr, env environment) (*constraint, []named) {
	c := &constraint{}
	if exprs == nil {
		c.reads.whole = true
		return c, nil
	}
	s := survey{reads: &c.reads, file: env.file}
	d := deriver{outer: func(name string) bool { return env.file(name) != nil }}
	terms := make(all, 0, len(exprs))
	for _, x := range exprs {
		s.at(x, nil, env.shape, nil)
		if t := d.derive(x, nil, nil); t != nil {
			terms = append(terms, t)
		}
	}
	if len(terms) == len(exprs) {
		c.term = terms
	}
	c.named, c.says = s.named, s.demands
	return c, s.unknown
}

// misses returns the fields of a subject that keep it from matching, hits those
// that make it match. Without a plain term, these are the first field that the
// constraint names and that does not fit by itself, and the last that is there.
func (c *constraint) misses(root *value) ([][]string, error) {
	if c.term != nil {
		return distinct(c.term.misses(nil, root, root, nil)), nil
	}
	for i, n := range c.named {
		v := root.at(n.path)
		if v == nil {
			if !n.optional {
				return [][]string{n.path}, nil
			}
			continue
		}
		says, fits, err := c.asks.part(i, v)
		if err != nil || says && !fits {
			return [][]string{n.path}, err
		}
	}
	return c.first(), nil
}

// part returns what a constraint says of a field that it names.
func (c *constraint) part(n named) cue.Value {
	v := c.value
	for i, name := range n.path {
		selector := cue.Str(name)
		if n.optional && i == len(n.path)-1 {
			selector = selector.Optional()
		}
		v = v.LookupPath(cue.MakePath(selector))
	}
	return v
}

func (c *constraint) hits(root *value) [][]string {
	if c.term != nil {
		return distinct(c.term.hits(nil, root, root, nil))
	}
	for _, n := range slices.Backward(c.named) {
		if root.at(n.path) != nil {
			return [][]string{n.path}
		}
	}
	return c.first()
}

func (c *constraint) first() [][]string {
	if len(c.named) == 0 {
		return [][]string{nil}
	}
	return [][]string{c.named[0].path}
}

func distinct(paths [][]string) [][]string {
	var out [][]string
	for _, p := range paths {
		if !slices.ContainsFunc(out, func(q []string) bool { return slices.Equal(p, q) }) {
			out = append(out, p)
		}
	}
	return out
}

// unifies reports whether a constraint matches v in CUE: whether both unify,
// concretely, with v closed at every depth.
func unifies(ctx *cue.Context, v *value, with cue.Value) bool {
	// Whatever a definition holds is closed, at every depth.
	subject := ctx.BuildExpr(&ast.StructLit{Elts: []ast.Decl{
		&ast.Field{Label: ast.NewIdent("#subject"), Value: v.syntax(), TokenPos: token.NoPos},
	}}).LookupPath(cue.MakePath(cue.Def("#subject")))
	u := subject.Unify(with)
	return u.Validate(cue.Concrete(true)) == nil || u.Validate() == nil && settled(u, v)
}

// settled reports whether u is v after all, although CUE calls it incomplete:
// where several alternatives of a disjunction match and differ only in what
// they say of absent fields, CUE cannot choose between them. We need not.
func settled(u cue.Value, v *value) bool {
	if u.Err() != nil {
		return false
	}
	if v.kind != object {
		return u.IsConcrete()
	}
	if u.Kind() != cue.StructKind {
		return u.IncompleteKind() == cue.StructKind
	}
	for i := range v.fields {
		if !settled(u.LookupPath(cue.MakePath(cue.Str(v.fields[i].name))), v.fields[i].value) {
			return false
		}
	}
	return true
}
