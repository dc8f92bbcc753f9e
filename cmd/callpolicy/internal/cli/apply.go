package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/target"
)

// applyFlags are the choices of the apply command.
type applyFlags struct {
	target string
	yes    bool
}

func newApplyCommand(a *app) *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:     "apply",
		GroupID: groupBundles,
		Short:   "Write everybody's bundles to the project's target",
		Long: `Apply compiles the work tree and makes the target, a folder that callpolicy.yaml
names, hold the bundles of every user, in one step. It asks before it writes;
where there is no terminal to ask on, --yes must say so.

It changes nothing in Webex.`,
		Example: `  callpolicy apply
  callpolicy apply --yes                       # in a job, where nobody can answer
  callpolicy apply --target staging`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.apply(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.target, "target", "t", "", "the `name` of the target; needed where there are several")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) apply(cmd *cobra.Command, f applyFlags) error {
	ctx := cmd.Context()
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
	if err != nil {
		return err
	}
	folder, err := target.Open(p.folder(chosen.Dir), bundle.Owned)
	if err != nil {
		return err
	}
	opts, err := p.origin(ctx, c)
	if err != nil {
		return err
	}
	opts.Layout = bundle.Layout(chosen.Layout)
	out := c.Output(opts)
	d := view.Delivery{Where: a.shown(folder.Dir()), Counts: out.Manifest().Counts}

	if err := folder.Recover(ctx); err != nil {
		return err
	}
	held, err := out.HeldBy(ctx, folder.FS())
	if err != nil {
		return err
	}
	if held != nil {
		// There is nothing to ask about. The target itself has the last word:
		// it refuses files that callpolicy did not write.
		known := func(string) bool { return true }
		if d.Result, err = folder.Apply(ctx, held, target.Options{Unchanged: known}); err != nil {
			return err
		}
		return view.NothingToDo(a.stdout, d, a.out())
	}
	if err := a.confirm(cmd, f, d); err != nil {
		return err
	}
	if d.Result, err = folder.Apply(ctx, out, target.Options{Workers: a.workers}); err != nil {
		return err
	}
	return view.Applied(a.stdout, d, a.out())
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
		return config.Target{}, &failure{
			problem: config.ProjectFile + " names no target",
			hint:    fmt.Sprintf("add one, such as\n\n    targets:\n      local: { dir: build/bundles }\n\nor write to a folder with %q", "callpolicy compile --dir FOLDER"),
			status:  misused,
		}
	case name == "":
		return config.Target{}, wrongUsage(cmd, "there are several targets; choose one with --target: %s", strings.Join(names, ", "))
	}
	return config.Target{}, wrongUsage(cmd, "there is no target %q; there is %s", name, strings.Join(names, ", "))
}

// errDeclined ends an apply that somebody did not want after all.
var errDeclined = errors.New("not confirmed; nothing was written")

// confirm asks whether to go on, unless --yes has said so.
func (a *app) confirm(cmd *cobra.Command, f applyFlags, d view.Delivery) error {
	if f.yes {
		return nil
	}
	if !view.IsTerminal(a.stdin) {
		return &failure{
			problem: "there is no terminal to ask on; nothing was written",
			hint:    "say --yes to write without being asked", status: misused,
		}
	}
	yes, err := view.Ask(cmd.Context(), a.stdin, a.stderr, "Write "+d.Bundles()+" to "+d.Where+"?", a.err())
	if err != nil {
		return err
	}
	if !yes {
		return errDeclined
	}
	return nil
}
