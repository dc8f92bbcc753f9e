package workspace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
	"callpolicy/compiler/target"
)

// Comparison says what a plan compares a project with.
type Comparison struct {
	Base   string     // a git revision, or rather the commit at which the branch left it; empty: what the target holds
	Exact  bool       // the revision of Base itself
	Target string     // the name of the target; empty: the only one
	Drift  DriftCheck // whether files of the target are looked at
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
	head, diags, err := p.Compile(ctx)
	if err != nil {
		return nil, err
	}
	out := &Planned{Project: p, Compiled: head, Found: diags}
	if diags.HasErrors() {
		return out, nil
	}
	base, err := p.baseSide(ctx, c, head)
	if err != nil {
		return nil, err
	}
	out.Base = base.Side
	if out.Plan, err = p.compare(ctx, base, head); err != nil {
		return nil, err
	}
	return out, p.addDrift(ctx, out.Plan, base, c.Drift)
}

// against plans the way from what a target holds to a compilation.
func (p Project) against(ctx context.Context, c *compiler.Compilation, t config.Target) (*plan.Plan, error) {
	base, held, err := p.targetBase(ctx, t)
	if err != nil {
		return nil, err
	}
	if !held {
		base = side{Side: plan.Nothing(plan.State{Name: t.Dir}), notes: []string{t.Dir + " holds nothing yet."}}
	}
	made, err := p.compare(ctx, base, c)
	if err != nil {
		return nil, err
	}
	return made, p.addDrift(ctx, made, base, CheckAll)
}

// side is one state that is compared, and what there is to say of it.
type side struct {
	*plan.Side
	notes   []string
	faults  diag.List // errors for which nobody can say what holds for whom
	unknown string    // why nothing is known of what caused a change; empty: it is known
	target  *holding  // nil: it is no target
	instead bool      // it is not the revision that was asked for, which has errors
	absent  bool      // the project did not exist
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
	made.Notes = append(base.notes, QuarantineNotes(head.Config)...)
	if base.unknown != "" && len(made.Users) > 0 {
		made.Notes = append(made.Notes, "What caused each change is unknown: "+base.unknown+". The changes themselves are exact.")
	}
	made.Limits = plan.Exceeded(made, head.Config, len(base.Users))
	return made, nil
}

// baseSide finds what the head is compared with.
func (p Project) baseSide(ctx context.Context, c Comparison, head *compiler.Compilation) (side, error) {
	if c.Base != "" {
		return p.baseAt(ctx, c.Base, c.Exact)
	}
	t, ok := head.Config.Project.Target(c.Target)
	switch {
	case !ok && c.Target != "":
		return side{}, &failure.Error{Kind: ErrUnknownTarget, Problem: fmt.Sprintf("there is no target called %q in %s", c.Target, config.ProjectFile)}
	case p.git.Root() == "" && c.Target != "":
		return side{}, &failure.Error{Kind: ErrBare, Problem: "a bare repository has no folders, and so no targets"}
	case ok && p.git.Root() != "":
		found, held, err := p.targetBase(ctx, t)
		if held || err != nil {
			return found, err
		}
	}
	if branch, found := p.git.DefaultBranch(ctx); found && p.git.Git() {
		base, err := p.baseAt(ctx, branch, false)
		if err == nil {
			return base, nil
		}
		if _, ok := errors.AsType[source.Kind](err); !ok {
			return side{}, err
		}
	}
	return side{Side: plan.Nothing(plan.State{Name: "nothing"}), notes: []string{"There is nothing yet to compare with, so everybody is added."}}, nil
}

// baseAt compiles the project as it was at a revision, or where the branch left it.
func (p Project) baseAt(ctx context.Context, rev string, exact bool) (side, error) {
	snap, err := p.snapshotAt(ctx, rev, exact)
	if err != nil {
		return side{}, err
	}
	if snap == nil {
		return side{Side: plan.Nothing(plan.State{Name: "nothing"}), notes: []string{"There is no commit yet, so everybody is added."}}, nil
	}
	return p.compileBase(ctx, snap, rev)
}

// snapshotAt returns the files at a revision, or where the branch left it. It
// is nil before the first commit, when there is no other side.
func (w *Workspace) snapshotAt(ctx context.Context, rev string, exact bool) (*source.Snapshot, error) {
	if exact {
		return w.git.At(ctx, rev)
	}
	tip := w.snap.Revision()
	if tip == "" {
		if _, ok, err := w.git.Head(ctx); !ok || err != nil {
			return nil, err
		}
		tip = "HEAD"
	}
	base, err := w.git.MergeBase(ctx, rev, tip)
	if err != nil {
		return nil, err
	}
	return w.git.At(ctx, base)
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

// targetBase reads what a target holds. Where its files can be compiled again
// from the revision in its manifest, causes are known too. held is false where
// the target holds nothing.
func (p Project) targetBase(ctx context.Context, t config.Target) (base side, held bool, err error) {
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		return side{}, false, err
	}
	recorded, manifest, err := compiler.TargetSide(ctx, folder.FS(), plan.State{Name: t.Dir})
	if err != nil || manifest == nil {
		return side{}, false, err
	}
	compiled, because, err := p.recompile(ctx, t, manifest, recorded)
	if err != nil {
		return side{}, false, err
	}
	holds := &holding{folder: folder, manifest: manifest, users: recorded.Users}
	if because != "" {
		return side{Side: recorded, unknown: because, target: holds}, true, nil
	}
	return side{Side: compiled, target: holds}, true, nil
}

// recompile compiles the revision that a target was made from. Where that does
// not give exactly what the target holds it says why.
func (p Project) recompile(ctx context.Context, t config.Target, m *bundle.Manifest, recorded *plan.Side) (_ *plan.Side, because string, err error) {
	switch {
	case m.Revision == "":
		return nil, t.Dir + " was not made from a commit", nil
	case !m.Clean:
		return nil, t.Dir + " was made from files that were not committed", nil
	}
	snap, err := p.git.At(ctx, m.Revision)
	if unreadable, ok := errors.AsType[*failure.Error](err); ok {
		return nil, "the commit that " + t.Dir + " was made from cannot be read: " + unreadable.Problem, nil
	}
	if err != nil {
		return nil, "", err
	}
	compiled, err := p.compileAt(ctx, snap, t.Dir)
	if err != nil {
		return nil, "", err
	}
	if !compiled.Recorded(recorded) {
		return nil, "the commit that " + t.Dir + " was made from compiles to something else today, with this version of callpolicy", nil
	}
	return compiled.Side, "", nil
}
