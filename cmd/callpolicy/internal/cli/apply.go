package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// applyFlags are the choices of the apply command.
type applyFlags struct {
	target       string
	yes          bool
	allowChanged bool
	allowRemoved bool
}

func newApplyCommand(a *app) *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:     "apply [PLAN]",
		GroupID: groupBundles,
		Short:   "Write everybody's bundles to the project's target",
		Long: `Apply compiles the work tree, shows what that changes for whom, and makes the
target, a folder that callpolicy.yaml names, hold the bundles of every user, in
one step. It asks before it writes; where there is no terminal to ask on, --yes
must say so. A plan that "callpolicy plan --save" kept was looked at already: it
is applied without a question, and refused once anything it rests on has moved.

It changes nothing in Webex.

It ends with status 4 when a limit of callpolicy.yaml refuses, with 5 when the
saved plan is out of date, and with 6 when the bundles are in place and what was
there before could not be cleaned up.`,
		Example: `  callpolicy apply
  callpolicy apply --yes                   # in a job, where nobody can answer
  callpolicy plan --save plan.json && callpolicy apply plan.json`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.apply(cmd, f, strings.Join(args, ""))
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.target, "target", "t", "", "the `name` of the target, where there are several")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&f.allowChanged, "allow-changed-users", false, "change more users than limits.changedUsers allows")
	a.rosterFlag(cmd)
	a.baseRosterFlag(cmd)
	flags.BoolVar(&f.allowRemoved, "allow-removed-users", false, "remove more users than limits.removedUsers allows")
	return cmd
}

func (a *app) apply(cmd *cobra.Command, f applyFlags, saved string) error {
	ctx := cmd.Context()
	kept, err := a.kept(cmd, &f, saved)
	if err != nil {
		return err
	}
	p, err := a.openOne(ctx, state{})
	if err != nil {
		return err
	}
	defer p.Close() // it was only read from
	c, diags, err := p.compile(ctx)
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
	chosen, err := chooseTarget(cmd, c.Config, f.target)
	if err != nil && kept != nil {
		return outOfDate("the targets in " + config.ProjectFile)
	}
	if err != nil {
		return err
	}
	folder, err := target.Open(p.folder(chosen.Dir), bundle.Owned)
	if err != nil {
		return err
	}
	if err := a.recover(cmd, p, folder, f.yes || kept != nil); err != nil {
		return err
	}
	if kept != nil {
		if err := upToDate(kept, c, folder); err != nil {
			return err
		}
	}
	opts, err := p.origin(ctx, c)
	if err != nil {
		return err
	}
	opts.Layout = bundle.Layout(chosen.Layout)
	out, err := c.Output(opts).Keeping(folder.FS())
	if err != nil {
		return err
	}
	d := view.Delivery{Where: a.shown(folder.Dir()), Counts: out.Manifest().Counts}

	held, err := out.HeldBy(folder.FS())
	if err != nil {
		return err
	}
	same := false
	if held != nil {
		if same, err = intact(ctx, folder); err != nil {
			return err
		}
	}
	if same {
		// There is nothing to ask about. The target itself has the last word:
		// it refuses files that callpolicy did not write.
		known := func(name string) bool { return name != bundle.ManifestFile }
		if d.Result, err = folder.Apply(ctx, held, target.Options{Unchanged: known}); err != nil {
			return err
		}
		return view.NothingToDo(a.stdout, d, a.out())
	}
	made, err := p.against(ctx, c, chosen)
	if err != nil {
		return err
	}
	if err := refuseForeign(ctx, folder, made.Drift); err != nil {
		return err
	}
	if err := a.agree(cmd, f, kept != nil, made, d); err != nil {
		return err
	}
	d.Planned, d.Mended = kept == nil, made.Drift.Mended()
	d.Uncommitted = opts.Revision != "" && !opts.Clean
	if sum := made.Summary; made.Base.Revision != nil && sum.Added+sum.Changed+sum.Removed > 0 {
		d.Before = *made.Base.Revision
	}
	err = a.trace.Stage("write", func() (err error) {
		d.Result, err = folder.Apply(ctx, out, target.Options{Workers: a.workers, Advance: a.trace.Advance})
		return err
	})
	if err != nil && !d.Result.Changed {
		return err
	}
	return errors.Join(view.Applied(a.stdout, d, a.out()), inPart(err))
}

// inPart marks an error that came after the bundles were in place.
func inPart(err error) error {
	if err == nil {
		return nil
	}
	f := *explain(context.Background(), err)
	f.Kind = partly
	return &f
}

// recover puts in order what a killed run left beside the target, after the
// question: a plan has to be made against the target as it really is.
func (a *app) recover(cmd *cobra.Command, p project, folder *target.Folder, agreed bool) error {
	ctx := cmd.Context()
	left, err := folder.Leftover()
	if err != nil || left == nil {
		return err
	}
	tracked, err := p.git.Tracked(ctx, left.Work)
	if err != nil {
		return err
	}
	if len(tracked) > 0 {
		return &failure.Error{
			Problem: a.shown(left.Work) + " looks like what a killed run left behind, and git tracks " + tracked[0] + " there, so it came with the repository; nothing was changed",
			Hint:    "look at what it holds, and remove it from the repository",
		}
	}
	if err := view.Leftover(a.stdout, left, a.shown(left.Work), a.out()); err != nil {
		return err
	}
	if !agreed {
		if err := a.confirm(cmd, "Put that in order?"); err != nil {
			return err
		}
	}
	return folder.Recover(ctx)
}

// agree finds out what is about to change and whether it may: by the limits of
// the project, and by whoever sits at the terminal. A plan that was saved has
// been looked at.
func (a *app) agree(cmd *cobra.Command, f applyFlags, saved bool, made *plan.Plan, d view.Delivery) error {
	made.Limits = slices.DeleteFunc(made.Limits, func(l plan.Limit) bool {
		return l.Name == "changedUsers" && f.allowChanged || l.Name == "removedUsers" && f.allowRemoved
	})
	if !saved {
		if err := planview.Text(a.stdout, made, planview.Causes, a.out()); err != nil {
			return err
		}
	}
	switch {
	case len(made.Limits) > 0:
		return refusedBy(made.Limits)
	case saved || f.yes:
		return nil
	}
	return a.confirm(cmd, "Write "+d.Bundles()+" to "+d.Where+"?")
}

// refusedBy says which limits refuse, and what allows it for once.
func refusedBy(limits []plan.Limit) error {
	var reasons, flags []string
	for _, l := range limits {
		reasons = append(reasons, fmt.Sprintf("limits.%s is %g%%, and this plan reaches %s of %s",
			l.Name, l.Percent, layout.Count(l.Users), layout.Plural(l.Of, "user", "users")))
		flags = append(flags, l.Flag)
	}
	return &failure.Error{
		Problem: strings.Join(reasons, "; ") + "; nothing was written",
		Hint:    "if that is meant, say " + strings.Join(flags, " "), Kind: limited,
	}
}

// chooseTarget finds the target to write to.
func chooseTarget(cmd *cobra.Command, cfg *config.Config, name string) (config.Target, error) {
	if t, ok := cfg.Project.Target(name); ok {
		return t, nil
	}
	var names []string
	for _, t := range cfg.Project.Targets {
		names = append(names, t.Name)
	}
	switch {
	case len(names) == 0:
		return config.Target{}, &failure.Error{
			Problem: config.ProjectFile + " names no target",
			Hint:    fmt.Sprintf("add one, such as\n\n    targets:\n      local: { dir: build/bundles }\n\nor write to a folder with %q", "callpolicy compile --dir FOLDER"),
			Kind:    misused,
		}
	case name == "":
		return config.Target{}, wrongUsage(cmd, "there are several targets; choose one with --target: %s", strings.Join(names, ", "))
	}
	return config.Target{}, wrongUsage(cmd, "there is no target %q; there is %s", name, strings.Join(names, ", "))
}

// errDeclined ends an apply that somebody did not want after all.
var errDeclined = errors.New("not confirmed; nothing was written")

// confirm asks whether to go on.
func (a *app) confirm(cmd *cobra.Command, question string) error {
	if !view.IsTerminal(a.stdin) {
		return &failure.Error{
			Problem: "there is no terminal to ask on; nothing was written",
			Hint:    "say --yes to write without being asked", Kind: misused,
		}
	}
	yes, err := view.Ask(cmd.Context(), a.stdin, a.stderr, question, a.err())
	if err != nil {
		return err
	}
	if !yes {
		return errDeclined
	}
	return nil
}
