package rules

import (
	"slices"

	"cuelang.org/go/cue/ast"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

// rule is a rule that can be evaluated: a built-in one, or one of the organization's own.
type rule struct {
	id       diag.ID
	title    string
	why, fix string
	message  string
	at       []string // the field to show; nil: it follows from the constraint
	see      []seen
	scopes   []string
	editions []string
	order    int
	usage    bool
	unless   []string // ids of faults that would explain this one
	item     string   // the field of which it sees one at a time; empty: none

	when, require, forbid *constraint // nil: none

	own            bool
	quoted         string     // of an own rule: what is written for its constraints
	mayMatchNobody bool       // nothing is said of an own rule while it concerns nobody
	written        diag.Range // of an own rule: its when, or its name
	pkg            int        // of an own rule: its package, by the order of files
}

// seen is a further place to show.
type seen struct {
	path    []string
	message string
}

func (r *rule) constraints() []*constraint {
	return slices.DeleteFunc([]*constraint{r.when, r.require, r.forbid}, func(c *constraint) bool { return c == nil })
}

// looksAt reports whether the rule may look at a field at the top of the subject.
func (r *rule) looksAt(name string) bool {
	return slices.ContainsFunc(r.constraints(), func(c *constraint) bool { return c.reads.has(name) })
}

// itemsOf returns the fields that the rule sees one at a time in a scope.
func (r *rule) itemsOf(scope string) []string {
	var items []string
	for _, name := range itemNames[scope] {
		if slices.ContainsFunc(r.constraints(), func(c *constraint) bool { return c.reads.sub[name] != nil }) {
			items = append(items, name)
		}
	}
	return items
}

// builtIn returns the built-in rules that are constraints.
func builtIn() ([]*rule, error) {
	catalogue, err := policies.Rules()
	if err != nil {
		return nil, err
	}
	var out []*rule
	for i := range catalogue {
		entry := &catalogue[i]
		if slices.Contains(entry.Scope, "file") {
			continue
		}
		r := &rule{
			title: entry.Title, why: entry.Why, fix: entry.Fix, message: entry.Message, at: splitPath(entry.At),
			scopes: entry.Scope, editions: entry.Editions, order: entry.Order, usage: entry.Usage, unless: entry.Unless,
			when: plain(entry.When), require: plain(entry.Require), forbid: plain(entry.Forbid),
		}
		if err := r.id.UnmarshalText([]byte(entry.ID)); err != nil {
			return nil, err
		}
		for _, path := range sortedKeys(entry.See) {
			r.see = append(r.see, seen{splitPath(path), entry.See[path]})
		}
		if items := r.itemsOf(entry.Scope[0]); len(items) > 0 {
			r.item = items[0]
		}
		out = append(out, r)
	}
	return out, nil
}

func plain(x ast.Expr) *constraint {
	if x == nil {
		return nil
	}
	c, _ := newConstraint([]ast.Expr{x}, environment{file: func(string) []ast.Expr { return nil }})
	return c
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
