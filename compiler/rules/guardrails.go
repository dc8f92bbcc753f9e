package rules

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// Source is a file with an organization's own rules.
type Source struct {
	File string // relative to the project folder, slash-separated
	Data []byte
}

// Guardrails are an organization's own rules, compiled. They may be used in
// many checks, at the same time.
type Guardrails struct {
	all []*rule
	cue *cue.Context
}

// rules returns the rules; of no guardrails, none.
func (g *Guardrails) rules() []*rule {
	if g == nil {
		return nil
	}
	return g.all
}

// IDs returns the ids of the rules, sorted.
func (g *Guardrails) IDs() []string {
	var ids []string
	for _, r := range g.rules() {
		ids = append(ids, r.id.String())
	}
	return ids
}

// Compile reads an organization's own rules. Files of one package are one
// instance, as for the cue command; a file without a package clause is one of
// its own. Imports reach CUE's standard library alone. A rule that is at fault
// is in the list and not among the Guardrails. The error says that compiling
// itself failed.
//
// CUE cannot be interrupted once it evaluates: whoever compiles what strangers
// wrote does so in a process that can be ended.
func Compile(ctx context.Context, files []Source) (*Guardrails, diag.List, error) {
	g := &guard{ctx: ctx, sources: map[string][]byte{}, defined: map[string]diag.Range{}}
	g.Guardrails = &Guardrails{cue: cuecontext.New()}
	if len(files) == 0 {
		return g.Guardrails, nil, nil
	}
	if err := g.prepare(); err != nil {
		return nil, nil, err
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b Source) int { return strings.Compare(a.File, b.File) })
	packages := map[string][]*ast.File{}
	var order []string
	for _, f := range files {
		g.sources[f.File] = f.Data
		syntax, err := parser.ParseFile(f.File, f.Data, parser.ParseComments)
		if err != nil {
			g.cueError(err, f.File)
			continue
		}
		name := syntax.PackageName()
		if name == "" {
			name = "\x00" + f.File
		}
		if packages[name] == nil {
			order = append(order, name)
		}
		packages[name] = append(packages[name], syntax)
	}
	for _, name := range order {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		g.instance(packages[name])
	}
	slices.SortFunc(g.all, func(a, b *rule) int { return strings.Compare(a.id.String(), b.id.String()) })
	return g.Guardrails, g.diags.Sorted(), nil
}

// guard compiles guardrails.
type guard struct {
	*Guardrails
	ctx      context.Context
	sources  map[string][]byte
	diags    diag.List
	defined  map[string]diag.Range // rules by id
	reserved map[string]bool       // the beginnings of built-in ids
	form     cue.Value             // what a rule looks like
	keys     []string              // the fields that a rule may have
	shapes   map[string]*shape
}

func (g *guard) prepare() (err error) {
	catalogue, err := policies.Rules()
	if err != nil {
		return err
	}
	g.reserved = map[string]bool{}
	for i := range catalogue {
		prefix, _, _ := strings.Cut(catalogue[i].ID, ".")
		g.reserved[prefix] = true
	}
	if g.form, err = policies.Guardrail(g.cue); err != nil {
		return err
	}
	fields, err := g.form.Fields(cue.Optional(true))
	if err != nil {
		return err
	}
	for fields.Next() {
		g.keys = append(g.keys, fields.Selector().Unquoted())
	}
	g.shapes, err = shapes()
	return err
}

// instance compiles the files of one package.
func (g *guard) instance(files []*ast.File) {
	inst := build.NewContext().NewInstance("guardrails", nil)
	for _, f := range files {
		if err := inst.AddSyntax(f); err != nil {
			g.cueError(err, f.Filename)
			return
		}
	}
	if err := inst.Complete(); err != nil {
		g.cueError(err, files[0].Filename)
		return
	}
	v := g.cue.BuildInstance(inst)
	if err := v.Err(); err != nil {
		g.cueError(err, files[0].Filename)
		return
	}
	var decls []ast.Decl
	for _, f := range files {
		decls = append(decls, f.Decls...)
	}
	top := gather(decls)
	fields, err := v.LookupPath(cue.ParsePath("rules")).Fields()
	if err != nil {
		if v.LookupPath(cue.ParsePath("rules")).Exists() {
			g.cueError(err, files[0].Filename)
		}
		return
	}
	for fields.Next() {
		g.rule(fields.Selector().Unquoted(), fields.Value(), top)
	}
}

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
	r := &rule{own: true, written: at}
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
		if near := nearest(name, g.keys); near != "" {
			d.Try("Did you mean %s?", near)
		} else {
			d.Try("It can have: %s.", strings.Join(g.keys, ", "))
		}
	}
	for _, name := range []string{"title", "severity"} {
		if !v.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			g.invalid(at, "the rule needs a %s", name)
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
			if near := nearest(s, allowed); near != "" {
				d.Try("Did you mean %s?", near)
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
	c.value = value
	for _, u := range unknown {
		g.unknownField(g.rangeOf(u.node, token.NoPos), strings.Join(u.path, "."), u.near, scope)
	}
	return c
}

func (g *guard) unknownField(at diag.Range, path, near, scope string) {
	d := diag.New(diag.RuleUnknownField, at, "what a rule sees of %s has no %s", map[string]string{
		"user": "a user", "template": "a template", "group": "a group", "organization": "the organization",
	}[scope], path).Because("A constraint on a field that can never be there never matches.")
	if near != "" {
		d.Try("Did you mean %s?", near)
	} else {
		d.Try("At the top there are: %s.", strings.Join(g.shapes[scope].names(), ", "))
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
				g.unknownField(g.rangeOf(w.label, v.Pos()), strings.Join(path[:i+1], "."), nearest(name, s.names()), r.scopes[0])
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

func (g *guard) invalid(at diag.Range, format string, args ...any) *diag.Diagnostic {
	d := diag.New(diag.RuleInvalid, at, format, args...)
	g.diags.Add(d)
	return d
}

// cueError turns what CUE says into diagnostics, one for each place.
func (g *guard) cueError(err error, file string) {
	said := map[string]bool{}
	for _, e := range errors.Errors(err) {
		pos := e.Position()
		for _, p := range errors.Positions(e) { // the first place in the organization's own files
			if g.sources[p.Filename()] != nil {
				pos = p
				break
			}
		}
		at := g.rangeOf(nil, pos)
		if at.IsZero() {
			at = diag.Range{File: file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		}
		format, args := e.Msg()
		message := fmt.Sprintf(format, args...)
		if key := at.String() + message; !said[key] {
			said[key] = true
			g.invalid(at, "%s", strings.TrimSuffix(message, ":")).Try("cue vet shows the same fault.")
		}
	}
}

// rangeOf returns the range of a node, or else of the word at a position.
func (g *guard) rangeOf(n ast.Node, pos token.Pos) diag.Range {
	end := token.NoPos
	if n != nil {
		if f, ok := n.(*ast.Field); ok {
			n = f.Label
		}
		pos, end = n.Pos(), n.End()
	}
	data := g.sources[pos.Filename()]
	if data == nil || !pos.IsValid() {
		return diag.Range{}
	}
	line, col := pos.Line(), pos.Column()
	lines := bytes.Split(data, []byte("\n"))
	if line < 1 || line > len(lines) {
		return diag.Range{}
	}
	r := diag.Range{File: pos.Filename(), Start: diag.Pos{Line: line, Column: col}, End: diag.Pos{Line: line, Column: col + 1}}
	r.Text = strings.TrimSuffix(string(lines[line-1]), "\r")
	if end.IsValid() && end.Line() == line {
		r.End.Column = end.Column()
	} else if col-1 < len(r.Text) {
		if i := strings.IndexAny(r.Text[col-1:], " \t,:})]"); i > 0 {
			r.End.Column = col + i
		}
	}
	return r
}
