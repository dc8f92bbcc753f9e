package rules

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"cuelang.org/go/cue/ast"

	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
)

// ServiceName is what [InChild] calls the service that its child has to offer, [Serve].
const ServiceName = "guardrails"

// InChild compiles and evaluates in the child process of a run, in which the
// child has to offer [Serve] under [ServiceName]. What is plain data in a rule is
// matched in this process all the same, from its syntax.
func InChild(run *confine.Run) Evaluator { return inChild{run} }

type inChild struct{ run *confine.Run }

// First there are the files, and what became of them, and then one question and
// answer after another.
type (
	compiledRule struct {
		ID, Title, Why, Fix, Message, Scope, Item string
		Severity                                  diag.Severity
		At                                        []string
		SeePaths                                  [][]string
		SeeMessages                               []string
		Written                                   diag.Range
		Package                                   int
		Has                                       [3]bool // when, require, forbid
		MayMatchNobody                            bool
	}
	compiledFiles struct {
		Rules []compiledRule
		Diags []byte // see diag.Decode
	}
	question struct {
		Rule, Which int // which constraint of which rule
		Part        int // the field that it names; -1: the whole
		Value       []byte
	}
	answer struct {
		Says, Fits bool
		Failed     string // why CUE cannot tell
	}
)

const wholeConstraint = -1

var constraintNames = [...]string{"when", "require", "forbid"}

func (r *rule) slots() [3]**constraint { return [...]**constraint{&r.when, &r.require, &r.forbid} }

func (e inChild) Compile(ctx context.Context, files []Source) (_ *Guardrails, _ diag.List, err error) {
	g, err := newGuard(nil)
	if err != nil || len(files) == 0 {
		return g.Guardrails, nil, err
	}
	packages := g.packages(files)
	if len(g.diags) > 0 && len(packages) == 0 {
		return g.Guardrails, g.diags.Sorted(), nil
	}
	g.child = e.run.Open(ctx, ServiceName, nil)
	var compiled compiledFiles
	if err := g.child.Ask(files, &compiled); err != nil {
		g.Close()
		limit, ok := errors.AsType[*confine.LimitError](err)
		if !ok {
			return nil, nil, err
		}
		at := diag.Range{File: files[0].File, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
		why := "evaluating them " + limit.Why
		if limit.Before {
			why = "CUE that was evaluated before them reached a limit"
		}
		g.invalid(at, "the rules in this folder cannot be used: %s", why).
			Because("CUE is a language, and a program in it can run without end. Rules take a moment.").
			Try("Look for a definition that refers to itself, or for comprehensions inside comprehensions.")
		return g.Guardrails, g.diags.Sorted(), nil
	}
	diags, err := diag.Decode(compiled.Diags)
	if err != nil {
		g.Close()
		return nil, nil, err
	}
	for i := range compiled.Rules {
		g.all = append(g.all, g.received(i, &compiled.Rules[i], packages))
	}
	return g.Guardrails, diags, nil
}

// received makes a rule of what the other process says and of its syntax.
func (g *guard) received(i int, c *compiledRule, packages [][]*ast.File) *rule {
	r := &rule{
		id: diag.Custom(c.ID, c.Severity), title: c.Title, why: c.Why, fix: c.Fix, message: c.Message, at: c.At,
		scopes: []string{c.Scope}, item: c.Item, own: true, written: c.Written, pkg: c.Package,
		mayMatchNobody: c.MayMatchNobody,
	}
	for n := range c.SeePaths {
		r.see = append(r.see, seen{c.SeePaths[n], c.SeeMessages[n]})
	}
	top := topOf(packages[c.Package])
	body := top.field("rules").inside().field(c.ID).inside()
	r.quoted = g.quoted(body)
	for which, slot := range r.slots() {
		if c.Has[which] {
			*slot, _ = g.written(body.field(constraintNames[which]), top, c.Scope)
			(*slot).asks = there{g.child, i, which}
		}
	}
	return r
}

// there asks the other process.
type there struct {
	child       *confine.Session
	rule, which int
}

var _ asker = there{}

func (t there) whole(subject *value) (bool, error) {
	a, err := t.ask(wholeConstraint, subject)
	return a.Fits, err
}

func (t there) part(n int, v *value) (says, fits bool, err error) {
	a, err := t.ask(n, v)
	return a.Says, a.Fits, err
}

func (t there) ask(part int, v *value) (a answer, err error) {
	err = t.child.Ask(question{t.rule, t.which, part, v.appendKey(nil)}, &a)
	if err == nil && a.Failed != "" {
		err = &confine.LimitError{Why: a.Failed}
	}
	return a, err
}

// Serve is what the child of [InChild] does.
func Serve(ctx context.Context, parent *confine.Peer) error {
	var files []Source
	if err := parent.Next(&files); err != nil {
		return err
	}
	g, diags, err := Compile(ctx, files)
	if err != nil {
		return err
	}
	compiled, err := g.pack(diags)
	if err != nil {
		return err
	}
	if err := parent.Answer(compiled); err != nil {
		return err
	}
	for {
		var q question
		if err := parent.Next(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := g.answer(&q)
		if err == nil {
			err = parent.Answer(a)
		}
		if err != nil {
			return err
		}
	}
}

func (g *Guardrails) pack(diags diag.List) (compiledFiles, error) {
	out := compiledFiles{Rules: make([]compiledRule, len(g.all))}
	for i, r := range g.all {
		c := &out.Rules[i]
		*c = compiledRule{
			ID: r.id.String(), Title: r.title, Why: r.why, Fix: r.fix, Message: r.message, Scope: r.scopes[0], Item: r.item,
			Severity: r.id.Severity(), At: r.at, Written: r.written, Package: r.pkg,
			MayMatchNobody: r.mayMatchNobody,
		}
		for _, s := range r.see {
			c.SeePaths, c.SeeMessages = append(c.SeePaths, s.path), append(c.SeeMessages, s.message)
		}
		for which, slot := range r.slots() {
			c.Has[which] = *slot != nil
		}
	}
	var err error
	out.Diags, err = diags.Encode()
	return out, err
}

func (g *Guardrails) answer(q *question) (a answer, err error) {
	v, rest, err := readValue(q.Value)
	if err != nil || len(rest) > 0 || q.Rule < 0 || q.Rule >= len(g.all) || q.Which < 0 || q.Which >= len(constraintNames) {
		return a, errors.Join(err, errQuestion)
	}
	c := *g.all[q.Rule].slots()[q.Which]
	switch {
	case c == nil || q.Part >= len(c.named):
		return a, errQuestion
	case q.Part == wholeConstraint:
		a.Fits, err = c.asks.whole(v)
	default:
		a.Says, a.Fits, err = c.asks.part(q.Part, v)
	}
	if limit, ok := errors.AsType[*confine.LimitError](err); ok {
		a.Failed, err = limit.Why, nil
	}
	return a, err
}

var errQuestion = errors.New("the question makes no sense")

// readValue reads what [value.appendKey] wrote, and returns what follows it.
func readValue(b []byte) (*value, []byte, error) {
	if len(b) == 0 {
		return nil, nil, errQuestion
	}
	k, b := kind(b[0]), b[1:]
	switch k {
	case null:
		return isNull, b, nil
	case boolean, integer:
		n, size := binary.Varint(b)
		if size <= 0 {
			return nil, nil, errQuestion
		}
		return &value{kind: k, n: int(n)}, b[size:], nil
	case text:
		s, rest, err := readText(b)
		return &value{kind: text, s: s}, rest, err
	case object:
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)) {
			return nil, nil, errQuestion
		}
		b = b[size:]
		v := &value{kind: object, fields: make([]field, n)}
		for i := range v.fields {
			var err error
			if v.fields[i].name, b, err = readText(b); err != nil {
				return nil, nil, err
			}
			if v.fields[i].value, b, err = readValue(b); err != nil {
				return nil, nil, err
			}
		}
		return v, b, nil
	}
	return nil, nil, errQuestion
}

func readText(b []byte) (string, []byte, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil, errQuestion
	}
	return string(b[size : size+int(n)]), b[size+int(n):], nil
}
