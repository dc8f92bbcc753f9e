package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// TargetError says that no target of the project is meant.
type TargetError struct {
	Name  string   // what was asked for; empty: nothing
	Names []string // the targets that there are
}

func (e *TargetError) Error() string {
	switch {
	case len(e.Names) == 0:
		return config.ProjectFile + " names no target"
	case e.Name == "":
		return "there are several targets: " + strings.Join(e.Names, ", ")
	}
	return fmt.Sprintf("there is no target %q; there is %s", e.Name, strings.Join(e.Names, ", "))
}

// Target returns the target of a project with a name, or its only one where the
// name is empty. The error is a [*TargetError].
func Target(c *compiler.Compilation, name string) (config.Target, error) {
	if t, ok := c.Config.Project.Target(name); ok {
		return t, nil
	}
	missing := &TargetError{Name: name}
	for _, t := range c.Config.Project.Targets {
		missing.Names = append(missing.Names, t.Name)
	}
	return config.Target{}, missing
}

// Application is a compilation on its way into a target: what that changes, and
// the way to do it once somebody has agreed.
type Application struct {
	Plan        *plan.Plan // nil: the target holds all of it, as it was applied
	Where       string     // the target's folder, as messages have it
	Counts      bundle.Counts
	Uncommitted bool // the files that it was made from are in no commit

	options Options
	folder  *target.Folder
	out     *compiler.Output
}

// Basis is what an apply rests on, beside what the target holds.
type Basis struct {
	Base  string      // the git revision to compare with where the target holds nothing; empty: the usual one
	Saved *plan.Saved // a plan that was saved, and is refused once anything that it rests on has moved; nil: none

	Ticks []outstanding.Tick // what people say of resets in Control Hub
}

// comparison is what the plan compares with that is applied: for one that was
// saved what it compared with.
func (b Basis) comparison(t config.Target) Comparison {
	c := Comparison{Base: b.Base, Target: t.Name, ForTarget: true, Drift: CheckAll}
	if b.Saved != nil {
		c.saved = true
		if rev := b.Saved.Plan.Base.Revision; rev != nil {
			c.Base, c.Exact = *rev, true
		}
	}
	return c
}

// Prepare finds out what it takes to make a target hold a compilation of the
// project, which must have no errors. A plan has to be made against the target as
// it really is, so what a killed run left there is put in order before; see
// [Project.Leftover].
func (p Project) Prepare(ctx context.Context, c *compiler.Compilation, t config.Target, on Basis) (*Application, error) {
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		return nil, err
	}
	if on.Saved != nil {
		if err := p.upToDate(on.Saved, c, folder); err != nil {
			return nil, err
		}
	}
	opts, err := p.Origin(ctx, c)
	if err != nil {
		return nil, err
	}
	opts.Layout = bundle.Layout(t.Layout)
	out, err := c.Output(opts).KeepQuarantined(folder.FS())
	if err != nil {
		return nil, err
	}
	if out, err = remember(folder, out, opts.Revision, on.Ticks); err != nil {
		return nil, err
	}
	a := &Application{
		Where: p.options.shown(folder.Dir()), Counts: out.Manifest().Counts, Uncommitted: opts.Revision != "" && !opts.Clean,
		options: p.options, folder: folder, out: out,
	}
	if on.Base == "" {
		if held, err := holds(ctx, folder, out); held != nil || err != nil {
			a.out = held
			return a, err
		}
	}
	if a.Plan, _, err = p.planFrom(ctx, on.comparison(t), c); err != nil {
		return nil, err
	}
	return a, refuseForeign(ctx, folder, a.Plan.Drift)
}

// holds looks whether a target holds all of an output, as it was applied: then it
// is that of the target's own manifest, else nil.
func holds(ctx context.Context, folder *target.Folder, out *compiler.Output) (*compiler.Output, error) {
	held, err := out.HeldBy(folder.FS())
	if held == nil || err != nil {
		return nil, err
	}
	same, err := intact(ctx, folder)
	if !same || err != nil {
		return nil, err
	}
	return held, nil
}

// Allow lets limits of the project file pass that the plan goes beyond.
func (a *Application) Allow(limits ...config.LimitName) {
	a.Plan.Limits = slices.DeleteFunc(a.Plan.Limits, func(l plan.Limit) bool {
		return slices.Contains(limits, config.LimitName(l.Name))
	})
}

// LimitError says that a plan goes beyond limits of the project file.
type LimitError struct{ Limits []plan.Limit }

func (e *LimitError) Error() string {
	reasons := make([]string, len(e.Limits))
	for i, l := range e.Limits {
		reasons[i] = l.String()
	}
	return strings.Join(reasons, "; ") + "; nothing was written"
}

// Refused returns why the plan may not be applied: a [*LimitError] where it goes
// beyond limits that nobody allowed it to, [ErrHeld] where the change would hide
// errors.
func (a *Application) Refused() error {
	switch {
	case a.Plan == nil:
		return nil
	case a.Plan.Held != nil:
		return &failure.Error{
			Kind: ErrHeld,
			Problem: fmt.Sprintf("%s until what the change loosens is merged, the first: %s; nothing was written",
				diag.Plural(a.Plan.Held.Errors, "error holds", "errors hold"), a.Plan.Held.First),
		}
	case len(a.Plan.Limits) > 0:
		return &LimitError{a.Plan.Limits}
	}
	return nil
}

// Write makes the target hold the compilation, in one step, within the limits of
// the project file. Where nothing is to be done only the manifest is looked at,
// and files that callpolicy did not write are refused. An error with a result
// that says Changed came after the bundles were in place.
func (a *Application) Write(ctx context.Context) (result target.Result, err error) {
	if err := a.Refused(); err != nil {
		return result, err
	}
	if a.Plan == nil {
		known := func(name string) bool { return name != bundle.ManifestFile }
		return a.folder.Apply(ctx, a.out, target.Options{Unchanged: known})
	}
	return write(ctx, a.folder, a.out, a.options)
}

// write makes a folder hold a tree.
func write(ctx context.Context, folder *target.Folder, out target.Tree, options Options) (result target.Result, err error) {
	err = options.Trace.Stage("write", func() (err error) {
		result, err = folder.Apply(ctx, out, target.Options{Workers: options.Workers, Advance: options.Trace.Advance})
		return err
	})
	return result, err
}
