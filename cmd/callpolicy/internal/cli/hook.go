package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/workspace"
)

func newHookCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "hook",
		GroupID: command.GroupTool,
		Short:   "Check what is staged before every commit",
		Long: `Hook makes git check the policies before every commit. What is staged counts,
not what the files on disk hold: a fault that is mended but not staged stops the
commit, and one that is not staged does not.

Who uses the pre-commit program adds callpolicy to its configuration instead of
installing this hook.`,
		Example: `  callpolicy hook install
  callpolicy hook run             # what the hook does
  callpolicy hook uninstall`,
		Args:        command.NoArguments,
		Annotations: above(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newHookInstallCommand(a), newHookUninstallCommand(a), newHookRunCommand(a))
	return cmd
}

func newHookRunCommand(a *app) *cobra.Command {
	plan := false
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Check what is staged",
		Long: `Run checks what is staged in every project of the repository that the commit
touches, and ends with status 1 where there are errors. A commit that touches no
file of theirs, by adding, changing or removing it, passes at once.

People who are kept outside the repository are named by --roster; for a hook that
git runs, CALLPOLICY_ROSTER names the same files.`,
		Example: `  callpolicy hook run
  callpolicy hook run --plan      # and say what the commit changes for whom`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHook(cmd.Context(), plan) },
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "also show what the commit changes for whom")
	a.RosterFlag(cmd)
	return cmd
}

func (a *app) runHook(ctx context.Context, withPlan bool) (err error) {
	w, err := a.Open(ctx, command.State{Staged: true, All: true})
	if _, none := errors.AsType[*workspace.MissingError](err); none {
		return view.NothingToCheck(a.Stderr) // the hook may serve other repositories, too
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	projects, err := w.Touched(ctx)
	if err != nil || len(projects) == 0 {
		return err
	}
	found, _, err := check(ctx, projects)
	if err != nil {
		return err
	}
	if found.Summary.Errors > 0 {
		mended, err := a.mended(ctx, projects)
		if err != nil {
			return err
		}
		return errors.Join(report.Text(a.Stderr, found, a.Err()), view.Stopped(a.Stderr, mended, a.Err()), command.Faulty)
	}
	if err := view.Warned(a.Stderr, found, a.Err()); err != nil || !withPlan {
		return err
	}
	for _, p := range projects {
		if err := a.planCommit(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// planCommit shows what the commit changes for whom, in short.
func (a *app) planCommit(ctx context.Context, p workspace.Project) error {
	made, err := p.Plan(ctx, workspace.Comparison{Base: "HEAD", Exact: true})
	if err != nil || made.Plan == nil {
		return err
	}
	return planview.Text(a.Stdout, made.Plan, planview.Summary, a.Out())
}

// mended reports whether the files on disk are without the errors of what is
// staged, so that staging them is all that is left to do.
func (a *app) mended(ctx context.Context, staged []workspace.Project) (ok bool, err error) {
	w, err := a.Open(ctx, command.State{All: true})
	if err != nil {
		return false, nil // it would only have been a hint
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	for _, p := range w.Projects() {
		if !slices.ContainsFunc(staged, func(q workspace.Project) bool { return q.Dir() == p.Dir() }) {
			continue
		}
		_, diags, err := p.Compile(ctx)
		if err != nil || diags.Count(diag.Error) > 0 {
			return false, err
		}
	}
	return true, nil
}
