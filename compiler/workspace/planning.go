package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"callpolicy/compiler"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
)

// Comparison says what a plan compares a project with: what the target holds that
// is meant. Where that is nothing yet, or none is meant, it is a revision: the one
// that is named, else the usual one.
type Comparison struct {
	Base      string     // a git revision, or rather the commit at which the branch left it; empty: the usual one
	Exact     bool       // the revision of Base itself
	Target    string     // the name of the target; empty: the only one
	ForTarget bool       // the plan is to be written to the target, also where Base is named
	Drift     DriftCheck // whether files of the target are looked at

	saved bool // Base is what a saved plan compared with
}

// Planned is a plan, and what it was made of.
type Planned struct {
	*plan.Plan // nil: the head has errors
	Project    Project
	Compiled   *compiler.Compilation // the head; nil where its project file is at fault
	Found      diag.List             // what is wrong in the files of the head
	Base       *plan.Side            // nil where there is no plan
}

// Plan compiles both states of the project and compares them. Where the head has
// errors there is no plan, and the list says why.
func (p Project) Plan(ctx context.Context, c Comparison) (*Planned, error) {
	head, diags, err := p.compileHead(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &Planned{Project: p, Compiled: head, Found: diags}
	if diags.HasErrors() {
		return out, nil
	}
	out.Plan, out.Base, err = p.planFrom(ctx, c, head)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// planFrom plans the way to a compilation of the project.
func (p Project) planFrom(ctx context.Context, c Comparison, head *compiler.Compilation) (*plan.Plan, *plan.Side, error) {
	base, err := p.base(ctx, c, head)
	if err != nil {
		return nil, nil, err
	}
	made, err := p.compare(ctx, base, head)
	if err != nil {
		return nil, nil, err
	}
	list, err := p.Outstanding(head)
	if err != nil {
		return nil, nil, err
	}
	made.Notes = append(made.Notes, outstandingNote(list)...)
	made.Notes = append(made.Notes, licenseNotes(base.Side.Result, head.Result)...)
	return made, base.Side, p.addDrift(ctx, made, base, c.Drift)
}

// compare makes the plan that leads from a base to a compilation of the project.
func (p Project) compare(ctx context.Context, base side, head *compiler.Compilation) (made *plan.Plan, err error) {
	err = p.options.Trace.Stage("compare", func() (err error) {
		made, err = plan.Compare(ctx, base.Side, head.Side(p.Describe()))
		return err
	})
	if err != nil {
		return nil, err
	}
	made.Notes = slices.Concat(base.notes, QuarantineNotes(head.Config), made.Notes)
	if base.unknown != "" && len(made.Users) > 0 {
		made.Notes = append(made.Notes, "What caused each change is unknown: "+base.unknown+". The changes themselves are exact.")
	}
	if base.vacant != "" {
		made.ToWrite = &plan.ToWrite{Target: base.vacant, Bundles: len(head.Bundles().Bundles()), Users: len(head.Config.Users)}
	}
	reviewed, err := p.reviewed(ctx, base)
	if err != nil {
		return nil, err
	}
	made.Hold(plan.Bounds{Head: head.Config, Reviewed: reviewed, Before: len(base.Users), At: head.At})
	if reviewed == nil {
		return made, nil
	}
	if held := plan.HeldTo(reviewed, head.Config); held != nil {
		_, found, err := head.WhatIf(ctx, held)
		if err != nil {
			return nil, err
		}
		made.Refuse(found)
	}
	return made, nil
}

// in returns the project in another state of the repository.
func (p Project) in(snap *source.Snapshot) Project { return Project{p.at(snap), p.dir} }

// compileAt compiles the project at a snapshot, as a base that may have errors.
func (p Project) compileAt(ctx context.Context, snap *source.Snapshot, name string) (side, error) {
	rev := snap.Revision()
	state := plan.State{Name: name, Revision: &rev}
	if _, err := fs.Stat(snap, path.Join(p.dir, config.ProjectFile)); errors.Is(err, fs.ErrNotExist) {
		out := side{Side: plan.Nothing(state), absent: true}
		out.notes = []string{fmt.Sprintf("The project did not exist at %s, so everybody is added.", name)}
		return out, nil
	}
	people := p.options.Rosters
	if p.options.BaseRosters != nil {
		people = p.options.BaseRosters
	}
	compiled, diags, err := p.in(snap).compile(ctx, snap, people, compiler.ErrorsOnly())
	if err != nil {
		return side{}, err
	}
	out := side{Side: plan.Nothing(state), faults: unclear(diags)}
	if compiled != nil {
		out.Side = compiled.Side(state)
	}
	if n := diags.Count(diag.Error); n > 0 && len(out.faults) == 0 {
		first := diags[slices.IndexFunc(diags, func(d *diag.Diagnostic) bool { return d.Severity == diag.Error })]
		out.notes = []string{fmt.Sprintf("The files at %s have %s, which do not keep them from being compared. The first: %s", name, diag.Plural(n, "error", "errors"), first)}
	}
	return out, nil
}
