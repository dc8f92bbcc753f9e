package cli

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/diag"
)

func newHookCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "hook",
		GroupID: groupTool,
		Short:   "Check what is staged before every commit",
		Long: `Hook makes git check the policies before every commit. What is staged counts,
not what the files on disk hold: a fault that is mended but not staged stops the
commit, and one that is not staged does not.

Who uses the pre-commit program adds callpolicy to its configuration instead of
installing this hook.`,
		Example: `  callpolicy hook install
  callpolicy hook run             # what the hook does
  callpolicy hook uninstall`,
		Args:        noArguments,
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHook(cmd.Context(), plan) },
	}
	cmd.Flags().BoolVar(&plan, "plan", false, "also show what the commit changes for whom")
	a.rosterFlag(cmd)
	return cmd
}

func (a *app) runHook(ctx context.Context, withPlan bool) (err error) {
	r, projects, err := a.open(ctx, state{staged: true, all: true})
	if _, none := errors.AsType[*missingProject](err); none {
		return view.NothingToCheck(a.stderr) // the hook may serve other repositories, too
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if projects, err = r.touched(ctx, projects); err != nil || len(projects) == 0 {
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
		return errors.Join(report.Text(a.stderr, found, a.err()), view.Stopped(a.stderr, mended, a.err()), faulty)
	}
	if err := view.Warned(a.stderr, found, a.err()); err != nil || !withPlan {
		return err
	}
	for _, p := range projects {
		if err := p.planCommit(ctx); err != nil {
			return err
		}
	}
	return nil
}

// planCommit shows what the commit changes for whom, in short.
func (p project) planCommit(ctx context.Context) error {
	made, err := p.plan(ctx, comparison{state: state{staged: true}, base: "HEAD", baseExact: true})
	if err != nil || made.Plan == nil {
		return err
	}
	return planview.Text(p.app.stdout, made.Plan, planview.Summary, p.app.out())
}

// touched returns the projects that a commit of what is staged changes. A file
// outside of every project may be one that several read.
func (r *repository) touched(ctx context.Context, projects []project) ([]project, error) {
	head, ok, err := r.git.Head(ctx)
	if err != nil || !ok {
		return projects, err // the first commit changes everything
	}
	before, err := r.git.At(ctx, head)
	if err != nil {
		return nil, err
	}
	names, err := r.git.Changed(ctx, before, r.snap)
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, name := range names {
		if !read(name) {
			continue
		}
		if dir, in := within(name, projects); in {
			changed[dir] = true
			continue
		}
		return projects, nil
	}
	return slices.DeleteFunc(projects, func(p project) bool { return !changed[p.dir] }), nil
}

// read reports whether callpolicy may read a file of this name.
func read(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".yml", ".cue", ".csv", ".xml":
		return true
	}
	return false
}

// within returns the folder of the project that a file lies in.
func within(name string, projects []project) (dir string, ok bool) {
	for _, p := range projects {
		in := p.dir == "." || strings.HasPrefix(name, p.dir+"/")
		if in && (!ok || len(p.dir) > len(dir) || dir == ".") {
			dir, ok = p.dir, true
		}
	}
	return dir, ok
}

// mended reports whether the files on disk are without the errors of what is
// staged, so that staging them is all that is left to do.
func (a *app) mended(ctx context.Context, staged []project) (ok bool, err error) {
	r, projects, err := a.open(ctx, state{all: true})
	if err != nil {
		return false, nil // it would only have been a hint
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, p := range projects {
		if !slices.ContainsFunc(staged, func(q project) bool { return q.dir == p.dir }) {
			continue
		}
		_, diags, err := p.compile(ctx)
		if err != nil || diags.Count(diag.Error) > 0 {
			return false, err
		}
	}
	return true, nil
}
