package rules

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// A constraint that what a rule sees can never fit matches nobody: a forbid of
// that kind lets everything through without a word. CUE knows: such a constraint
// and the definition of the subject do not unify.

// never reports what a constraint demands that no subject can have: each plain
// demand at its own line, or else, where only CUE makes out what is demanded,
// where CUE finds it; at is where the constraint begins.
func (g *guard) never(c *constraint, scope string, at diag.Range) {
	subject, ok := g.subjects[scope]
	if !ok {
		return
	}
	before := len(g.diags)
	for _, d := range c.says {
		if d.name == "" && !g.can(subject, d.path, d.x) {
			g.cannot(subject, d)
		}
	}
	if len(g.diags) > before || c.value.Err() != nil {
		return
	}
	err := subject.Unify(c.value).Validate()
	if err == nil {
		return
	}
	if pos := g.own(err); pos.IsValid() {
		at = g.rangeOf(nil, pos)
	}
	g.invalid(at, "what a rule sees of %s can never be this", scopeWords[scope]).Because(neverMatches).
		Try("A definition such as #ward leaves no room for other fields: write _ward. Otherwise compare each field with what a rule sees.")
}

// own returns the first place of an error in the organization's own files.
func (g *guard) own(err error) token.Pos {
	for _, e := range errors.Errors(err) {
		for _, pos := range errors.Positions(e) {
			if g.sources[pos.Filename()] != nil {
				return pos
			}
		}
	}
	return token.NoPos
}

const neverMatches = "A constraint that can never match checks nothing, and looks as if it did."

var scopeWords = map[string]string{
	"user": "a user", "template": "a template", "group": "a group", "organization": "the organization",
}

// can reports whether a subject may have what an expression says at a path.
func (g *guard) can(subject cue.Value, path []string, x ast.Expr) bool {
	for _, name := range slices.Backward(path) {
		x = &ast.StructLit{Elts: []ast.Decl{&ast.Field{Label: ast.NewString(name), Value: x, TokenPos: token.NoPos}}}
	}
	return subject.Unify(g.cue.BuildExpr(x)).Validate() == nil
}

// cannot reports a demand that nothing can fit.
func (g *guard) cannot(subject cue.Value, d demand) {
	at := g.rangeOf(d.x, token.NoPos)
	written := g.text(d.x)
	diagnostic := g.invalid(at, "%s can never be %s", strings.Join(d.path, "."), written).Because(neverMatches)
	places := placesAt(subject, d.path)
	var inside, words []string
	for _, v := range places {
		inside = append(inside, g.fitting(subject, v, d)...)
		if word, err := v.String(); err == nil {
			words = append(words, word)
		}
	}
	is := func(k cue.Kind) bool {
		return slices.ContainsFunc(places, func(v cue.Value) bool { return v.IncompleteKind()&k != 0 })
	}
	meant := constant(d.x)
	switch {
	case len(inside) > 0:
		for i, name := range inside {
			inside[i] = strings.Join(d.path, ": ") + ": " + name + ": " + written
		}
		diagnostic.Try("Did you mean %s?", strings.Join(inside, ", or "))
	case is(cue.StructKind) && len(knownFields(places)) > 0:
		diagnostic.Try("It has fields: %s.", strings.Join(knownFields(places), ", "))
	case is(cue.StructKind):
		diagnostic.Try("It has a field for each. Write %s: %s: _.", strings.Join(d.path, ": "), label(firstText(d.x)))
	case len(words) > 0 && meant != nil && meant.kind == text && near.One(meant.s, words) != "":
		diagnostic.Try("Did you mean %q?", near.One(meant.s, words))
	case len(words) > 0:
		for i := range words {
			words[i] = strconv.Quote(words[i])
		}
		diagnostic.Try("Write one of %s.", strings.Join(words, ", "))
	case is(cue.BoolKind) && truthOf(meant) != "":
		diagnostic.Try("Did you mean %s?", truthOf(meant))
	case len(places) == 1 && places[0].IsConcrete():
		diagnostic.Try("Did you mean %v?", places[0])
	case is(cue.BoolKind):
		diagnostic.Try("Write true or false.")
	case is(cue.IntKind):
		diagnostic.Try("Write a number, without quotes.")
	case is(cue.StringKind) && meant != nil:
		diagnostic.Try("Write it in quotes: %q.", written)
	}
}

// fitting names the fields inside a place for which what is demanded would fit:
// those that are always there, or else the others.
func (g *guard) fitting(subject, place cue.Value, d demand) []string {
	var always, sometimes []string
	fields, err := place.Fields(cue.Optional(true))
	if err != nil {
		return nil // it has none
	}
	for fields.Next() {
		name := fields.Selector().Unquoted()
		switch {
		case !g.can(subject, join(d.path, name), d.x):
		case fields.IsOptional():
			sometimes = append(sometimes, name)
		default:
			always = append(always, name)
		}
	}
	if len(always) > 0 {
		return always
	}
	return sometimes
}

// placesAt returns what a subject may have at a path, alternative by alternative.
func placesAt(v cue.Value, path []string) []cue.Value {
	places := alternatives(v)
	for _, name := range path {
		var below []cue.Value
		for _, p := range places {
			for _, s := range []cue.Selector{cue.Str(name), cue.Str(name).Optional(), cue.AnyString} {
				if sub := p.LookupPath(cue.MakePath(s)); sub.Exists() {
					below = append(below, alternatives(sub)...)
					break
				}
			}
		}
		places = below
	}
	return places
}

func alternatives(v cue.Value) []cue.Value {
	op, args := v.Eval().Expr()
	if op != cue.OrOp {
		return []cue.Value{v}
	}
	var out []cue.Value
	for _, a := range args {
		out = append(out, alternatives(a)...)
	}
	return out
}

func knownFields(places []cue.Value) []string {
	var names []string
	for _, p := range places {
		fields, err := p.Fields(cue.Optional(true))
		for err == nil && fields.Next() {
			names = append(names, fields.Selector().Unquoted())
		}
	}
	return names
}

// truthOf returns the truth value that somebody meant, who wrote it in words.
func truthOf(v *value) string {
	if v == nil || v.kind != text {
		return ""
	}
	switch strings.ToLower(v.s) {
	case "true", "on", "yes", "enabled":
		return "true"
	case "false", "off", "no", "disabled":
		return "false"
	}
	return ""
}

// firstText returns the first text in an expression, such as a list of names.
func firstText(x ast.Expr) string {
	found := "name"
	ast.Walk(x, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok {
			if v := constant(lit); v != nil && v.kind == text && found == "name" {
				found = v.s
			}
		}
		return true
	}, nil)
	return found
}

// label writes a name as CUE has it in front of a colon.
func label(name string) string { return cue.Str(name).String() }

// text returns what is written for an expression, in one line.
func (g *guard) text(x ast.Expr) string {
	r := g.rangeOf(x, token.NoPos)
	if from, to := r.Start.Column-1, r.End.Column-1; r.Text != "" && x.Pos().Line() == x.End().Line() && from < to && to <= len(r.Text) {
		return r.Text[from:to]
	}
	return "this"
}
