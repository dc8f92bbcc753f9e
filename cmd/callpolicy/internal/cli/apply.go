package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/cli/livecli"
	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/workspace"
)

// applyFlags are the choices of the apply command.
type applyFlags struct {
	target string
	base   string
	done   string
	yes    bool
	allow  map[config.LimitName]*bool // go beyond that limit, for once
}

func newApplyCommand(a *app) *cobra.Command {
	f := applyFlags{allow: map[config.LimitName]*bool{}}
	cmd := &cobra.Command{
		Use:     "apply [PLAN]",
		GroupID: command.GroupBundles,
		Short:   "Write everybody's bundles to the project's target",
		Long: `Apply compiles the work tree, shows what that changes for whom, and makes the
target, a folder that callpolicy.yaml names, hold the bundles of every user, in
one step. It asks before it writes; where there is no terminal to ask on, --yes
must say so. A plan that "callpolicy plan --save" kept was looked at already: it
is applied without a question, and refused once anything it rests on has moved.

What it compares with is what plan compares with, and so the limits refuse here
what they refuse there. Where the target holds nothing yet, as in a fresh clone,
that is a commit: the one of --base, else where the branch left the default
branch, else the one before. All bundles are written then, whatever changes.

It changes nothing in Webex.

It ends with status 4 when a limit of callpolicy.yaml refuses, with 5 when the
saved plan is out of date, and with 6 when the bundles are in place and what was
there before could not be cleaned up.`,
		Example: `  callpolicy apply
  callpolicy apply --yes                   # in a job, where nobody can answer
  callpolicy apply --yes --base HEAD~3     # a fresh clone, three commits later
  callpolicy plan --save plan.json && callpolicy apply plan.json`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.apply(cmd, f, strings.Join(args, ""))
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.target, "target", "t", "", "the `name` of the target, where there are several")
	flags.StringVar(&f.base, "base", "", "compare an empty target with this git `revision`")
	flags.StringVar(&f.done, "done", "", "a CSV `file` of what was reset, as runbook takes it")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	a.RosterFlag(cmd)
	a.BaseRosterFlag(cmd)
	f.allow[config.ChangedUsers] = flags.Bool("allow-changed-users", false, "change more users than limits.changedUsers")
	f.allow[config.RemovedUsers] = flags.Bool("allow-removed-users", false, "remove more users than limits.removedUsers")
	f.allow[config.LostLicense] = flags.Bool("allow-lost-license", false, "take more calling licenses than limits.lostLicense")
	f.allow[config.QuarantinedUsers] = flags.Bool("allow-quarantined", false, "set more aside than limits.quarantinedUsers")
	return cmd
}

func (a *app) apply(cmd *cobra.Command, f applyFlags, name string) error {
	ctx := cmd.Context()
	saved, err := a.saved(cmd, &f, name)
	if err != nil {
		return err
	}
	p, err := a.OpenOne(ctx, command.State{})
	if err != nil {
		return err
	}
	defer p.Close() // it was only read from
	c, diags, err := p.Compile(ctx)
	if err != nil {
		return err
	}
	good, err := a.judge(p, c, diags, true)
	if err != nil {
		return err
	}
	if !good {
		return a.refuse()
	}
	chosen, err := workspace.Target(c, f.target)
	if err != nil && saved != nil {
		return workspace.OutOfDate("the targets in " + config.ProjectFile)
	}
	if err != nil {
		return noTarget(cmd, err)
	}
	if err := a.recover(cmd, p, chosen, f.yes || saved != nil); err != nil {
		return err
	}
	var ticks []outstanding.Tick
	if f.done != "" {
		if ticks, err = a.readTicks(f.done); err != nil {
			return err
		}
	}
	apply, err := p.Prepare(ctx, c, chosen, workspace.Basis{Base: f.base, Saved: saved, Ticks: ticks})
	if err != nil {
		return err
	}
	d := view.Delivery{Where: apply.Where, Counts: apply.Counts}
	if apply.Plan == nil { // there is nothing to ask about
		d.Result, err = apply.Write(ctx)
		if a.Written = d.Result.Changed; err != nil {
			return err
		}
		return errors.Join(view.NothingToDo(a.Stdout, d, a.Out()), livecli.NextPush(ctx, a.App, p, c))
	}
	if err := a.agree(cmd, f, saved != nil, apply, d); err != nil {
		return err
	}
	d.Planned, d.Mended, d.Uncommitted = saved == nil, apply.Plan.Drift.Mended(), apply.Uncommitted
	if sum := apply.Plan.Summary; apply.Plan.Base.Revision != nil && sum.Added+sum.Changed+sum.Removed > 0 {
		d.Before = *apply.Plan.Base.Revision
	}
	d.Result, err = apply.Write(ctx)
	if a.Written = d.Result.Changed; err != nil && !a.Written {
		return err
	}
	return errors.Join(view.Applied(a.Stdout, d, a.Out()), livecli.NextPush(ctx, a.App, p, c), err)
}

// recover puts in order what a killed run left beside the target, after the
// question: a plan has to be made against the target as it really is.
func (a *app) recover(cmd *cobra.Command, p workspace.Project, t config.Target, agreed bool) error {
	left, err := p.Leftover(cmd.Context(), t)
	if err != nil || left == nil {
		return err
	}
	if err := view.Leftover(a.Stdout, left.Leftover, left.Where, a.Out()); err != nil {
		return err
	}
	if !agreed {
		if err := a.Confirm(cmd, "Put that in order?"); err != nil {
			return err
		}
	}
	return left.Recover(cmd.Context())
}

// agree finds out what is about to change and whether it may: by the limits of
// the project, and by whoever sits at the terminal. A plan that was saved has
// been looked at.
func (a *app) agree(cmd *cobra.Command, f applyFlags, saved bool, apply *workspace.Application, d view.Delivery) error {
	for name, allowed := range f.allow {
		if *allowed {
			apply.Allow(name)
		}
	}
	if !saved {
		if err := planview.Text(a.Stdout, apply.Plan, planview.Causes, a.Out()); err != nil {
			return err
		}
	}
	if err := apply.Refused(); err != nil {
		return err
	}
	if saved || f.yes {
		return nil
	}
	return a.Confirm(cmd, "Write "+d.Bundles()+" to "+d.Where+"?")
}

// noTarget says how to name the target that is meant.
func noTarget(cmd *cobra.Command, err error) error {
	var none *workspace.TargetError
	switch {
	case !errors.As(err, &none):
		return err
	case len(none.Names) == 0:
		return &failure.Error{
			Problem: err.Error(),
			Hint:    fmt.Sprintf("add one, such as\n\n    targets:\n      local: { dir: build/bundles }\n\nor write to a folder with %q", "callpolicy compile --dir FOLDER"),
			Kind:    command.Misused,
		}
	case none.Name == "":
		return command.WrongUsage(cmd, "there are several targets; choose one with --target: %s", strings.Join(none.Names, ", "))
	}
	return command.WrongUsage(cmd, "%v", err)
}
