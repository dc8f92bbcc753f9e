package workspace

import (
	"context"
	"errors"
	"fmt"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
	"callpolicy/compiler/target"
)

// side is one state that is compared, and what there is to say of it.
type side struct {
	*plan.Side
	notes   []string
	faults  diag.List // errors for which nobody can say what holds for whom
	unknown string    // why nothing is known of what caused a change; empty: it is known
	target  *holding  // nil: it is no target
	vacant  string    // the folder of the target that is meant and holds nothing; empty: it holds something, or none is meant
	instead bool      // it is not the revision that was asked for, which has errors
	absent  bool      // the project did not exist
}

// nothing is the side where there is nothing to compare with.
func nothing(why string) side {
	return side{
		Side:  plan.Nothing(plan.State{Name: "nothing"}),
		notes: []string{why + " to compare with, so everybody is added."},
	}
}

// base finds what the head is compared with. All that shows, saves or carries out
// a plan has it from here, and so says the same: what the target that is meant
// holds; where it holds nothing, or none is meant, the revision that is named,
// else the usual one.
func (p Project) base(ctx context.Context, c Comparison, head *compiler.Compilation) (side, error) {
	t, meant, err := p.meant(c, head)
	if err != nil {
		return side{}, err
	}
	if meant {
		found, held, err := p.targetBase(ctx, t)
		switch {
		case err != nil:
			return side{}, err
		case held && c.Base != "" && !c.saved:
			return side{}, &failure.Error{
				Kind: ErrNotVacant, Problem: fmt.Sprintf("%s holds bundles, and they are what a plan for it compares with, not %s", t.Dir, c.Base),
			}
		case held:
			return found, nil
		}
	}
	var base side
	if c.Base != "" {
		base, err = p.baseAt(ctx, c.Base, c.Exact)
	} else {
		base, err = p.usualBase(ctx, head)
	}
	if meant {
		base.vacant = t.Dir
	}
	return base, err
}

// meant returns the target that a plan is for. Without a name it is the only one
// of the project, unless a revision is named and nothing is to be written.
func (p Project) meant(c Comparison, head *compiler.Compilation) (t config.Target, meant bool, err error) {
	t, ok := head.Config.Project.Target(c.Target)
	switch {
	case !ok && c.Target != "":
		return t, false, &failure.Error{Kind: ErrUnknownTarget, Problem: fmt.Sprintf("there is no target called %q in %s", c.Target, config.ProjectFile)}
	case p.git.Root() == "" && c.Target != "":
		return t, false, &failure.Error{Kind: ErrBare, Problem: "a bare repository has no folders, and so no targets"}
	}
	return t, ok && p.git.Root() != "" && (c.Base == "" || c.Target != "" || c.ForTarget), nil
}

// usualBase is the merge base with the default branch, and where that is the
// head itself, without a change since, its first parent.
func (p Project) usualBase(ctx context.Context, head *compiler.Compilation) (side, error) {
	if !p.git.Git() {
		return nothing("Without git there is no commit"), nil
	}
	tip, ok, err := p.tip(ctx)
	if err != nil {
		return side{}, err
	}
	if !ok {
		return nothing("There is no commit yet"), nil
	}
	name, at := "HEAD", tip
	if branch, ok := p.git.DefaultBranch(ctx); ok {
		parted, err := p.git.MergeBase(ctx, branch, tip)
		switch {
		case err == nil:
			name, at = branch, parted
		case !errors.Is(err, source.ErrNoMergeBase):
			return side{}, err
		}
	}
	if at == tip {
		clean, err := p.clean(ctx, tip, head)
		if err != nil {
			return side{}, err
		}
		if clean {
			name = "the commit before"
			if at, err = p.git.FirstParent(ctx, tip); err != nil {
				return side{}, err
			}
			if at == "" {
				return nothing("There is no earlier commit"), nil
			}
		}
	}
	snap, err := p.git.At(ctx, at)
	if err != nil {
		return side{}, err
	}
	return p.compileBase(ctx, snap, name)
}

// tip is the commit of the head: the revision that is read, else the one that is
// checked out. ok is false before the first commit.
func (w *Workspace) tip(ctx context.Context) (id string, ok bool, err error) {
	if rev := w.snap.Revision(); rev != "" {
		return rev, true, nil
	}
	return w.git.Head(ctx)
}

// clean reports whether what the project was read from is what a commit holds.
func (p Project) clean(ctx context.Context, id string, head *compiler.Compilation) (bool, error) {
	if p.snap.Revision() != "" {
		return true, nil
	}
	snap, err := p.git.At(ctx, id)
	if err != nil {
		return false, err
	}
	changed, err := p.git.Changed(ctx, snap, p.snap, p.inputs(head)...)
	return len(changed) == 0, err
}

// baseAt compiles the project as it was at a revision, or where the branch left it.
func (p Project) baseAt(ctx context.Context, rev string, exact bool) (side, error) {
	snap, err := p.snapshotAt(ctx, rev, exact)
	if err != nil {
		return side{}, err
	}
	return p.compileBase(ctx, snap, rev)
}

// snapshotAt returns the files at a revision, or where the branch left it. A
// revision that was named and cannot be had is an error.
func (w *Workspace) snapshotAt(ctx context.Context, rev string, exact bool) (*source.Snapshot, error) {
	named, err := w.git.At(ctx, rev)
	if err != nil || exact {
		return named, err
	}
	tip, ok, err := w.tip(ctx)
	if err != nil || !ok { // before the first commit of a branch that begins anew
		return named, err
	}
	parted, err := w.git.MergeBase(ctx, rev, tip)
	if err != nil {
		return nil, err
	}
	return w.git.At(ctx, parted)
}

// targetBase reads what a target holds. Where its files can be compiled again
// from the revision in its manifest, causes are known too. held is false where
// the target holds nothing; what holds files and no manifest is refused.
func (p Project) targetBase(ctx context.Context, t config.Target) (base side, held bool, err error) {
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		return side{}, false, err
	}
	recorded, manifest, err := compiler.TargetSide(ctx, folder.FS(), plan.State{Name: t.Dir})
	if err != nil {
		return side{}, false, err
	}
	if manifest == nil {
		survey, err := folder.Survey(ctx)
		if err == nil && survey != nil && survey.Foreign != nil {
			err = survey.Foreign
		}
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
