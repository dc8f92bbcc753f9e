package rules

import (
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$`)

// rule compiles one rule.
func (g *guard) rule(id string, v cue.Value, top gathered) {
	found := top.field("rules").inside().field(id)
	body := found.inside()
	at := g.rangeOf(found.label, v.Pos())
	before := len(g.diags)
	prefix, _, _ := strings.Cut(id, ".")
	switch first, twice := g.defined[id]; {
	case g.reserved[prefix]:
		g.invalid(at, "%s cannot be the id of a rule of your own", id).
			Because("Ids that begin with %s belong to callpolicy itself.", prefix+".").Try("Begin it with a word of your own, such as house.%s.", strings.TrimPrefix(id, prefix+"."))
	case !idForm.MatchString(id):
		g.invalid(at, "%q cannot be the id of a rule", id).Try("Write small letters, digits and dashes in two or more words with dots between them, such as finance.no-third-party.")
	case twice:
		g.invalid(at, "the rule %s is defined twice", id).See(first, "first defined here")
	}
	g.defined[id] = at
	r := &rule{own: true, written: at, pkg: g.pkg, quoted: g.quoted(body)}
	g.checkForm(v, body, at)
	if len(g.diags) > before {
		return
	}
	g.texts(r, id, v)
	for _, part := range []struct {
		name string
		to   **constraint
	}{{"when", &r.when}, {"require", &r.require}, {"forbid", &r.forbid}} {
		*part.to = g.constraint(part.name, v, body, top, r.scopes[0])
	}
	if r.require == nil && r.forbid == nil {
		g.invalid(at, "the rule %s demands nothing", id).Try("Add require, for what must hold, or forbid, for what must not.")
	}
	if w := body.field("when"); w.label != nil {
		r.written = g.rangeOf(w.label, token.NoPos)
	}
	g.paths(r, v, body)
	switch items := r.itemsOf(r.scopes[0]); len(items) {
	case 0:
	case 1:
		r.item = items[0]
	default:
		g.invalid(at, "the rule %s names %s at once", id, strings.Join(items, " and ")).
			Because("A rule is asked about each of them one by one.").Try("Make it two rules.")
	}
	if len(g.diags) == before {
		g.all = append(g.all, r)
	}
}

// checkForm checks what a rule looks like.
func (g *guard) checkForm(v cue.Value, body gathered, at diag.Range) {
	fields, err := v.Fields(cue.Optional(true))
	if err != nil {
		g.cueError(err, at.File)
		return
	}
	for fields.Next() {
		name := fields.Selector().Unquoted()
		if slices.Contains(g.keys, name) {
			continue
		}
		d := g.invalid(g.rangeOf(body.field(name).label, fields.Value().Pos()), "a rule has no field called %s", name)
		if meant := near.One(name, g.keys); meant != "" {
			d.Try("Did you mean %s?", meant)
		} else {
			d.Try("It can have: %s.", strings.Join(g.keys, ", "))
		}
	}
	for _, name := range []string{"title", "severity"} {
		if !v.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			g.invalid(at, "the rule needs a %s", name).Try("Write %s.", map[string]string{
				"title": "title: with what is wrong in a few words", "severity": "severity: with error, warning or info",
			}[name])
		}
	}
	if err := v.Validate(); err != nil {
		g.cueError(err, at.File)
		return
	}
	for name, allowed := range map[string][]string{"severity": {"error", "warning", "info", "off"}, "scope": {"user", "template", "group", "organization"}} {
		word := v.LookupPath(cue.MakePath(cue.Str(name)))
		if s, err := word.String(); err == nil && !slices.Contains(allowed, s) {
			var at ast.Node
			if exprs := body.field(name).exprs; len(exprs) > 0 {
				at = exprs[0]
			}
			d := g.invalid(g.rangeOf(at, word.Pos()), "%q is not a %s", s, name)
			if meant := near.One(s, allowed); meant != "" {
				d.Try("Did you mean %s?", meant)
			} else {
				d.Try("Write one of %s.", strings.Join(allowed, ", "))
			}
			return
		}
	}
	if err := g.form.Unify(v).Validate(); err != nil {
		g.cueError(err, at.File)
	}
}

// texts reads what a rule says in words. Its form has been checked.
func (g *guard) texts(r *rule, id string, v cue.Value) {
	get := func(name string) string {
		s, err := v.LookupPath(cue.MakePath(cue.Str(name))).String()
		if err != nil {
			return "" // left out
		}
		return s
	}
	severity, _ := diag.ParseSeverity(get("severity"))
	r.id = diag.Custom(id, severity)
	r.title, r.why, r.fix, r.message = get("title"), get("why"), get("fix"), get("message")
	r.mayMatchNobody, _ = v.LookupPath(cue.MakePath(cue.Str("mayMatchNobody"))).Bool()
	r.at = splitPath(get("at"))
	r.scopes = []string{orWord(get("scope"), "user")}
	if see, err := v.LookupPath(cue.ParsePath("see")).Fields(); err == nil {
		for see.Next() {
			if message, err := see.Value().String(); err == nil {
				r.see = append(r.see, seen{splitPath(see.Selector().Unquoted()), message})
			}
		}
	}
}

// siblings are what the names of a rule's own fields hide from its constraints.
func (g *guard) siblings(name string) bool { return slices.Contains(g.keys, name) || name == "rules" }

func (g *guard) constraint(name string, v cue.Value, body, top gathered, scope string) *constraint {
	value := v.LookupPath(cue.MakePath(cue.Str(name)))
	w := body.field(name)
	if w.label == nil && !value.Exists() {
		return nil
	}
	c, unknown := g.written(w, top, scope)
	c.value = value
	c.asks = here{g.cue, c}
	for _, u := range unknown {
		g.unknownField(g.rangeOf(u.node, token.NoPos), strings.Join(u.path, "."), u.near, scope)
	}
	if len(unknown) == 0 {
		g.never(c, scope, g.rangeOf(w.label, value.Pos()))
	}
	return c
}

// written makes a constraint of what the syntax says of it.
func (g *guard) written(w entry, top gathered, scope string) (*constraint, []named) {
	exprs := w.exprs
	if !w.plain {
		exprs = nil
	}
	c, unknown := newConstraint(exprs, environment{shape: g.shapes[scope], file: func(name string) []ast.Expr {
		if g.siblings(name) {
			return nil
		}
		return top.field(name).exprs
	}})
	c.uses, c.labels = g.mentions(c.says, scope), g.labels(c.says)
	return c, unknown
}

func (g *guard) unknownField(at diag.Range, path, near, scope string) {
	d := diag.New(diag.RuleUnknownField, at, "what a rule sees of %s has no %s", scopeWords[scope], path).Because("A constraint on a field that can never be there never matches.")
	if near != "" {
		d.Try("Did you mean %s?", near)
	} else {
		d.Try("At the top there are: %s.", strings.Join(g.shapes[scope].known(), ", "))
	}
	g.diags.Add(d)
}

// paths checks the fields that a rule names in at, see and message.
func (g *guard) paths(r *rule, v cue.Value, body gathered) {
	check := func(field string, path []string) {
		s := g.shapes[r.scopes[0]]
		for i, name := range path {
			sub, ok := s.field(name)
			if !ok {
				w := body.field(field)
				g.unknownField(g.rangeOf(w.label, v.Pos()), strings.Join(path[:i+1], "."), near.One(name, s.known()), r.scopes[0])
				return
			}
			s = sub
		}
	}
	check("at", r.at)
	for _, s := range r.see {
		check("see", s.path)
	}
	for _, m := range inBraces.FindAllStringSubmatch(r.message+r.fix, -1) {
		check("message", splitPath(m[1]))
	}
}

var inBraces = regexp.MustCompile(`\{([A-Za-z.]+)\}`)
