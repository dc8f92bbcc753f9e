// Package rules asks every rule about everybody: the built-in level, license
// and migration rules and an organization's own guardrails alike, in one engine.
//
// A rule is a constraint in CUE over a documented subject (policies/subject.cue).
// The engine works once for each distinct thing that a rule can see, never once
// for each user: subjects are made of parts that many users share, plain
// constraints are matched by terms derived from their syntax, and what CUE must
// match is matched once for each distinct pruned subject.
//
// The package decides nothing about licenses and levels; policies/ does. Locks
// alone are checked here in Go. It does not resolve, and it reads no files.
package rules

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// Input is what rules are asked about.
type Input struct {
	Config     *config.Config
	Result     *resolve.Result
	At         time.Time   // the day that counts as today
	Guardrails *Guardrails // the organization's own rules; nil: none

	// Found is what loading found. A rule is not asked where a fault that was
	// found already would explain its answer. Waivers and chosen severities are
	// not applied to it: see [Severities.Adjust].
	Found diag.List

	// Quarantine is told, by index, each user who must be quarantined, since only
	// the user's row in the roster is at fault, which is a warning then. Without
	// it nobody can be, and it is an error.
	Quarantine func(user int)

	// Stood reports whether the policies of the base already have a finding, over
	// the roster and on the day of now, at a line that is as it was. nil: there is
	// no base.
	Stood func(*diag.Diagnostic) bool

	// ErrorsOnly leaves out whatever is no error. To find the places of many
	// warnings, many files have to be parsed again.
	ErrorsOnly bool
}

// Stats says what the check cost and what it passed over.
type Stats struct {
	Rules       int // that were asked
	Kinds       int // of users: those alike in all that any rule looks at
	Evaluations int // times that a rule was asked about something
	CUE         int // of the constraints in them, how many CUE had to match
	Waived      int // diagnostics that a waiver took away, whole or in part
}

// Check asks all rules about everybody. What is wrong is in the list; the error
// says that checking itself failed.
func Check(ctx context.Context, in Input) (diag.List, Stats, error) {
	var stats Stats
	severities, diags, err := Choose(in.Config, in.Guardrails)
	if err != nil {
		return nil, stats, err
	}
	facts, err := newFacts(in.Config, in.Result, in.At)
	if err != nil {
		return nil, stats, err
	}
	rules, err := builtIn()
	if err != nil {
		return nil, stats, err
	}
	r := &run{
		facts: facts, stats: &stats, severities: severities, quarantine: in.Quarantine, stood: in.Stood, waivers: newWaivers(in.Config, facts.today), errorsOnly: in.ErrorsOnly, found: in.Found,
		seen: map[*constraint]map[string]bool{}, findings: map[string]*finding{}, matched: map[*rule]bool{}, unasked: map[*rule]bool{},
	}
	rules = slices.DeleteFunc(slices.Concat(rules, in.Guardrails.rules()), func(x *rule) bool {
		return !r.asked(x, in.Found) || r.misnamed(x)
	})
	stats.Rules = len(rules)
	if err := r.few(ctx, rules); err != nil {
		return nil, stats, err
	}
	if err := r.users(ctx, rules); err != nil {
		return nil, stats, err
	}
	switch limit, ok := errors.AsType[*confine.LimitError](r.failure); {
	case ok:
		r.direct.Add(r.runaway(limit))
	case r.failure != nil:
		return nil, stats, r.failure
	}
	r.locks()
	diags.Add(r.diagnostics()...)
	diags.Add(r.disarmed(rules)...)
	own, err := r.waivers.diagnostics(in.Guardrails)
	if err != nil {
		return nil, stats, err
	}
	diags.Add(own...)
	return append(severities.Adjust(diags), r.eased...).Sorted(), stats, nil
}

// asked reports whether a rule is asked at all.
func (r *run) asked(x *rule, found diag.List) bool {
	switch {
	case r.severities.Of(x.id) == diag.Off:
		return false
	case x.editions != nil && !slices.Contains(x.editions, r.cfg.Schema.Edition.Name):
		return false
	case x.usage && r.cfg.Incomplete:
		return false
	}
	return !slices.ContainsFunc(found, func(d *diag.Diagnostic) bool { return slices.Contains(x.unless, d.ID.String()) })
}

// runaway reports the rule that CUE could not be asked about, and which others
// were not asked because of it.
func (r *run) runaway(limit *confine.LimitError) *diag.Diagnostic {
	var others []string
	for x := range r.unasked {
		if x != r.culprit {
			others = append(others, x.id.String())
		}
	}
	slices.Sort(others)
	why := limit.Why
	if limit.Before {
		why = "was not asked of everybody: CUE that was evaluated before it reached a limit"
	}
	d := diag.New(diag.RuleInvalid, r.culprit.written, "the rule %s %s", r.culprit.id, why).
		Because("CUE is a language, and a program in it can run without end. It was stopped.").
		Try("Write what it demands as plain fields, or look for comprehensions inside comprehensions.")
	if len(others) > 0 {
		d.Detail += " Rules that need CUE as well were not asked of everybody after it: " + strings.Join(others, ", ") + "."
	}
	return d
}
