package rules

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// An own rule that concerns nobody checks nothing, and looks as if it did. Most
// often an attribute or a value in it is misspelled, or the directory calls it
// something else.

// attribute is a label of people that a constraint names, and what it has to be.
type attribute struct {
	name  string
	value string // empty: it is no plain text
	at    diag.Range
}

// labels gathers the attributes that a constraint names.
func (g *guard) labels(says []demand) []attribute {
	var out []attribute
	for _, d := range says {
		if len(d.path) != 2 || d.path[0] != "attributes" {
			continue
		}
		l := attribute{name: d.path[1], at: g.rangeOf(d.x, token.NoPos)}
		if v := constant(d.x); v != nil && v.kind == text {
			l.value = v.s
		}
		out = append(out, l)
	}
	return out
}

// quoted returns what is written for the constraints of a rule, to tell whether
// it was changed.
func (g *guard) quoted(body gathered) string {
	var b strings.Builder
	for _, name := range constraintNames {
		for _, x := range body.field(name).exprs {
			b.WriteString(name + ": " + g.source(x) + "\n")
		}
	}
	return b.String()
}

// source returns the text of an expression.
func (g *guard) source(x ast.Expr) string {
	data, from, to := g.sources[x.Pos().Filename()], x.Pos().Offset(), x.End().Offset()
	if from < 0 || from > to || to > len(data) {
		return ""
	}
	return string(data[from:to])
}

// disarmed reports own rules that check nothing: their when concerns nobody, or
// they forbid what nobody can have. A rule about settings may wait for the first
// of them.
func (r *run) disarmed(rules []*rule) diag.List {
	if r.failure != nil || r.cfg.Incomplete || r.severities.Of(diag.RuleMatchesNobody) == diag.Off {
		return nil
	}
	var diags diag.List
	for _, x := range rules {
		if !x.own || x.mayMatchNobody {
			continue
		}
		switch {
		case x.when != nil && x.item == "" && !r.matched[x]:
			diags.Add(r.idle(x, x.when, "the rule "+x.id.String()+" concerns nobody"))
		case x.forbid != nil:
			if l := r.slip(x.forbid); l != nil {
				diags.Add(r.idle(x, x.forbid, "the rule "+x.id.String()+" forbids what nobody has"))
			}
		}
	}
	return diags
}

// idle says that a rule checks nothing because of one of its constraints.
func (r *run) idle(x *rule, c *constraint, summary string) *diag.Diagnostic {
	d := diag.New(diag.RuleMatchesNobody, x.written, "%s", summary).
		Because("So it checks nothing. That is often a slip in a label or a name.").
		Try("Correct it, or write mayMatchNobody: true in the rule, if it is for people to come.")
	d.About = x.id.String() + "\x00" + x.quoted
	l := r.slip(c)
	if l == nil {
		return d
	}
	d.Subject = l.at
	names, values := r.labelsThere(l.name)
	if values == nil {
		d.Detail = "Nobody has an attribute called " + l.name + ", so the rule checks nothing."
		if meant := near.One(l.name, names); meant != "" {
			d.Hint = "Did you mean " + meant + "? " + toCome
			at, name := r.cfg.Column(meant)
			d.See(at, "the roster calls it %s", name)
		} else if len(names) > 0 {
			d.Hint = "There are: " + strings.Join(names[:min(shownNames, len(names))], ", ") + ". " + toCome
		}
	} else {
		d.Detail = "Nobody's " + l.name + " is " + l.value + ", so the rule checks nothing."
		d.Hint = "Did you mean \"" + near.One(l.value, values) + "\"? " + toCome
	}
	if r.stood == nil || !r.stood(d) {
		d.Severity = diag.Error
	}
	return d
}

const toCome = "If it is for people to come, write mayMatchNobody: true in the rule."

// slip returns an attribute of a constraint that nobody has, or has with a value
// near to the one that is written; nil: there is none.
func (r *run) slip(c *constraint) *attribute {
	for i := range c.labels {
		l := &c.labels[i]
		_, values := r.labelsThere(l.name)
		if values == nil || l.value != "" && !slices.Contains(values, l.value) && near.One(l.value, values) != "" {
			return l
		}
	}
	return nil
}

// labelsThere returns the names of all attributes that somebody has, and the
// values of one, sorted; nil where nobody has it.
func (r *run) labelsThere(name string) (names, values []string) {
	if r.attributes == nil {
		r.attributes = map[string]map[string]bool{}
		for i := range r.cfg.Users {
			for _, a := range r.cfg.Users[i].Attributes {
				if r.attributes[a.Name] == nil {
					r.attributes[a.Name] = map[string]bool{}
				}
				r.attributes[a.Name][a.Value] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(r.attributes)), slices.Sorted(maps.Keys(r.attributes[name]))
}
