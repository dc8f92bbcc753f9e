package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
	"callpolicy/compiler/target"
)

// comparison says which two states a plan compares. Every command that shows
// or carries out a plan has its flags.
type comparison struct {
	state
	base      string // a revision; empty: what the target holds
	baseExact bool   // the revision itself, not the merge base
	target    string
}

func (c *comparison) flags(cmd *cobra.Command) {
	c.state.flags(cmd)
	cmd.Flags().StringVar(&c.base, "base", "", "compare with where the branch left this git `revision`")
	cmd.Flags().BoolVar(&c.baseExact, "base-exact", false, "compare with the revision of --base itself")
	cmd.Flags().StringVar(&c.target, "target", "", "compare with what this `target` holds")
	cmd.MarkFlagsMutuallyExclusive("base", "target")
}

// planned is a plan, and what it was made of.
type planned struct {
	*plan.Plan
	project project
	head    *compiler.Compilation
	diags   diag.List // of the head
	base    *plan.Side
	headNow *plan.Side
}

// plan compiles both states of a project and compares them. Where the head has
// errors there is no plan, and the list says why.
func (p project) plan(ctx context.Context, c comparison) (*planned, error) {
	head, diags, err := p.compile(ctx)
	if err != nil {
		return nil, err
	}
	out := &planned{project: p, head: head, diags: diags}
	if diags.HasErrors() {
		return out, nil
	}
	out.headNow = head.Side(p.describe())
	var notes []string
	if out.base, notes, err = p.baseSide(ctx, c, head); err != nil {
		return nil, err
	}
	err = p.app.trace.Stage("compare", func() (err error) {
		out.Plan, err = plan.Compare(ctx, out.base, out.headNow)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Notes = append(notes, asideNote(head.Config)...)
	out.Limits = plan.Exceeded(out.Plan, head.Config, len(out.base.Users))
	return out, nil
}

// describe names the state that the project was read in.
func (p project) describe() plan.State {
	s := plan.State{Name: p.snap.Describe()}
	if rev := p.snap.Revision(); rev != "" {
		s.Revision = &rev
	}
	return s
}

// baseSide finds what the head is compared with, and what there is to say of it.
func (p project) baseSide(ctx context.Context, c comparison, head *compiler.Compilation) (*plan.Side, []string, error) {
	if c.base != "" {
		return p.baseAt(ctx, c.base, c.baseExact)
	}
	t, ok := head.Config.Project.Target(c.target)
	switch {
	case !ok && c.target != "":
		return nil, nil, &failure{
			problem: fmt.Sprintf("there is no target called %q in %s", c.target, config.ProjectFile),
			hint:    "add it under targets, or name another", status: misused,
		}
	case ok:
		side, notes, held, err := p.targetBase(ctx, t)
		if held || err != nil {
			return side, notes, err
		}
	}
	if branch, found := p.git.DefaultBranch(ctx); found && p.git.Git() {
		side, notes, err := p.baseAt(ctx, branch, false)
		if err == nil {
			return side, notes, nil
		}
		var known *source.Error
		if !errors.As(err, &known) {
			return nil, nil, err
		}
	}
	return plan.Nothing(plan.State{Name: "nothing"}), []string{"There is nothing yet to compare with, so everybody is added."}, nil
}

// baseAt compiles the project as it was at a revision, or where the branch left it.
func (p project) baseAt(ctx context.Context, rev string, exact bool) (*plan.Side, []string, error) {
	name := rev
	if !exact {
		tip := p.snap.Revision()
		if tip == "" {
			head, ok, err := p.git.Head(ctx)
			if err != nil {
				return nil, nil, err
			}
			if !ok { // an unborn HEAD: the other side is all there is
				return plan.Nothing(plan.State{Name: "nothing"}), []string{"There is no commit yet, so everybody is added."}, nil
			}
			tip = head
		}
		base, err := p.git.MergeBase(ctx, rev, tip)
		if err != nil {
			return nil, nil, err
		}
		rev = base
	}
	snap, err := p.git.At(ctx, rev)
	if err != nil {
		return nil, nil, err
	}
	return p.compileBase(ctx, snap, name)
}

// compileBase compiles the project at a snapshot. A base with errors is
// compared as far as it could be understood.
func (p project) compileBase(ctx context.Context, snap *source.Snapshot, name string) (*plan.Side, []string, error) {
	rev := snap.Revision()
	state := plan.State{Name: name, Revision: &rev}
	if _, err := fs.Stat(snap, path.Join(p.dir, config.ProjectFile)); errors.Is(err, fs.ErrNotExist) {
		return plan.Nothing(state), []string{fmt.Sprintf("The project did not exist at %s, so everybody is added.", name)}, nil
	}
	base := p
	base.repository = &repository{app: p.app, git: p.git, snap: snap, caches: p.caches}
	rosters := p.app.rosters
	if p.app.baseRosters != nil {
		rosters = p.app.baseRosters
	}
	compiled, diags, err := base.compileWith(ctx, rosters)
	if err != nil {
		return nil, nil, err
	}
	if compiled == nil {
		return plan.Nothing(state), []string{fmt.Sprintf("%s at %s cannot be read (%s), so everybody counts as added.", config.ProjectFile, name, diags[0])}, nil
	}
	var notes []string
	if n := diags.Count(diag.Error); n > 0 {
		notes = append(notes, fmt.Sprintf("The files at %s have %s, so they are compared as far as they could be understood. The first: %s",
			name, view.Plural(n, "error", "errors"), firstError(diags)))
	}
	return compiled.Side(state), notes, nil
}

func firstError(diags diag.List) *diag.Diagnostic {
	return diags[slices.IndexFunc(diags, func(d *diag.Diagnostic) bool { return d.Severity == diag.Error })]
}

// targetBase reads what a target holds. Where its files can be compiled again
// from the revision in its manifest, causes are known too.
func (p project) targetBase(ctx context.Context, t config.Target) (side *plan.Side, notes []string, held bool, err error) {
	folder, err := target.Open(p.folder(t.Dir), bundle.Owned)
	if err != nil {
		return nil, nil, false, err
	}
	recorded, manifest, err := compiler.TargetSide(ctx, folder.FS(), plan.State{Name: t.Dir})
	if err != nil || manifest == nil {
		return nil, nil, false, err
	}
	because, err := p.recompile(ctx, t, manifest, recorded, &side)
	if err != nil {
		return nil, nil, false, err
	}
	if side == nil {
		recorded.State.Name = t.Dir
		return recorded, []string{"What caused each change is unknown: " + because + ". The changes themselves are exact."}, true, nil
	}
	return side, nil, true, nil
}

// recompile compiles the revision that a target was made from. It sets side
// where that gives exactly what the target holds, and says why where it does not.
func (p project) recompile(ctx context.Context, t config.Target, m *bundle.Manifest, recorded *plan.Side, side **plan.Side) (string, error) {
	switch {
	case m.Revision == "":
		return t.Dir + " was not made from a commit", nil
	case !m.Clean:
		return t.Dir + " was made from files that were not committed", nil
	}
	snap, err := p.git.At(ctx, m.Revision)
	var known *source.Error
	if errors.As(err, &known) {
		return "the commit that " + t.Dir + " was made from cannot be read: " + known.Summary, nil
	}
	if err != nil {
		return "", err
	}
	compiled, _, err := p.compileBase(ctx, snap, t.Dir)
	if err != nil {
		return "", err
	}
	if !compiled.Recorded(recorded) {
		return "the commit that " + t.Dir + " was made from compiles to something else today, with this version of callpolicy", nil
	}
	*side = compiled
	return "", nil
}

// inputs is what a plan depends on, so that a saved one can be refused when it moved.
func (m *planned) inputs() (plan.Inputs, error) {
	schema, err := compiler.RulesDigest()
	if err != nil {
		return plan.Inputs{}, err
	}
	return plan.Inputs{
		Source: m.head.Config.InputDigest, Tool: build().Version, Schema: schema, Target: m.base.State.Digest,
	}, nil
}

// keep saves a plan for callpolicy apply.
func (c *planCommand) keep(m *planned) error {
	in, err := m.inputs()
	if err != nil {
		return err
	}
	data, err := plan.Save(m.Plan, c.target, in)
	if err != nil {
		return err
	}
	name, err := c.path(c.save)
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}
