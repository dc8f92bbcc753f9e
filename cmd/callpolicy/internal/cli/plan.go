package cli

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/workspace"
)

// newPlanCommand shows what a change does before it is made.
func newPlanCommand(a *app) *cobra.Command {
	c := planCommand{app: a, format: command.OneOf(planview.Formats()...)}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what changes for whom, and why",
		Long: `plan compares two states of the policies and shows which users' effective
settings change, grouped by the edits that cause it, and who keeps what they
have and why. It writes nothing.

Without --base it compares with what was applied to the target, and says which
files of it are no longer what was applied. Where the target holds nothing yet,
it compares with the commit at which the branch left the default branch, or
where nothing was changed since, with the one before; that all bundles are still
to be written is said apart from what changes for people. With --base it
compares with the commit at which the branch left that revision, and looks at no
target; with --target or --save as well, the target has to be empty.

--all plans every project that the change touches, in one output; a project that
only the base holds is one whose users are all removed.

--what-if takes a change that is in no file, and shows what it would do to the
policies as they are: the plan, the seats, and every rule that would be broken.
A change is license add|remove NAME, group add|remove NAME, migrate [LICENSE] or
complete, followed by --user ADDRESS or --group NAME.

--live compares with a snapshot of the live organization instead, and shows what
"callpolicy live push" would write to Webex, and whom it would leave alone.

On a terminal a plan that is longer than the screen is shown by the pager of
CALLPOLICY_PAGER or PAGER, else by less.

It ends with status 1 where the policy files have errors, and with
--detailed-exitcode with 2 where there are changes.`,
		Example: `  callpolicy plan                     # what would apply do?
  callpolicy plan --base main         # what does this branch change?
  callpolicy plan --base HEAD --staged
  callpolicy plan --what-if 'license remove unifiedCM --group pharmacy'
  callpolicy plan --live live --save push.json
  callpolicy plan --format json --out markdown=plan.md`,
		GroupID: command.GroupPolicies,
		Args:    command.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.Flags(a.App, cmd)
	c.AllFlag(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&c.summary, "summary", false, "a line for each cause")
	flags.BoolVar(&c.full, "full", false, "list every user")
	command.FormatFlag(cmd, c.format)
	command.OutFlag(cmd, &c.out)
	flags.BoolVar(&c.markdown.Users, "users", false, "name everybody who changes in markdown")
	flags.BoolVar(&c.markdown.Redact, "redact", false, "in markdown, show pseudonyms and no e-mail addresses")
	flags.StringVar(&c.save, "save", "", "keep the plan in this `file`, for callpolicy apply")
	flags.StringArrayVar(&c.whatIf, "what-if", nil, "a `change` that is in no file; may be repeated")
	flags.BoolVar(&c.noPager, "no-pager", false, "show a long plan on the terminal at once")
	flags.BoolVar(&c.detailedExit, "detailed-exitcode", false, "exit with 2 where there are changes")
	flags.BoolVar(&c.checkTarget, "check-target", false, "look at every file of the target, however many")
	flags.Lookup("target").Usage += ", or save for it"
	cmd.MarkFlagsMutuallyExclusive("all", "base-roster")
	cmd.MarkFlagsMutuallyExclusive("summary", "full")
	flags.StringVar(&c.live, "live", "", "what live push would do, by this `folder`'s snapshot")
	flags.StringArrayVar(&c.takeBack, "take-back", nil, "whose value in Webex gives way: an `address`, or all")
	for _, other := range []string{"target", "all", "out", "check-target", "what-if", "users", "redact", "summary"} {
		cmd.MarkFlagsMutuallyExclusive("live", other)
	}
	for _, other := range []string{"base", "base-exact", "target", "all", "out", "save", "check-target"} {
		cmd.MarkFlagsMutuallyExclusive("what-if", other)
	}
	return cmd
}

type planCommand struct {
	*app
	command.States
	summary, full bool
	format        *command.Choice
	out           []string
	markdown      planview.MarkdownOptions
	save          string
	whatIf        []string
	noPager       bool
	detailedExit  bool
	checkTarget   bool
	live          string
	takeBack      []string
}

func (c *planCommand) run(cmd *cobra.Command) (err error) {
	outputs, err := c.check(cmd)
	if err != nil {
		return err
	}
	if len(c.whatIf) > 0 {
		return c.imagine(cmd.Context())
	}
	if c.live != "" {
		return c.liveOrganization(cmd)
	}
	if len(c.takeBack) > 0 {
		return command.WrongUsage(cmd, "--take-back is about the live organization: name its snapshot with --live")
	}
	w, err := c.Open(cmd.Context(), c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	c.ForTarget = c.save != ""
	if c.Drift = workspace.CheckFew; c.checkTarget {
		c.Drift = workspace.CheckAll
	}
	if c.All {
		return c.every(cmd.Context(), w, outputs)
	}
	made, err := w.Projects()[0].Plan(cmd.Context(), c.Comparison)
	if err != nil {
		return err
	}
	if made.Plan == nil {
		return errors.Join(c.faults(made), command.Faulty)
	}
	err = c.show(outputs, func(format string, w io.Writer, s layout.Style) error { return c.render(w, format, made.Plan, s) })
	if err == nil && c.save != "" {
		err = c.keep(cmd, made)
	}
	return c.result(err, made.Plan)
}

// every plans the projects of a repository that the change touches.
func (c *planCommand) every(ctx context.Context, w *workspace.Workspace, outputs []format.Output) error {
	all, err := w.PlanAll(ctx, c.Comparison, c.faults)
	if err != nil {
		return err
	}
	err = c.show(outputs, func(format string, w io.Writer, s layout.Style) error {
		return planview.WriteAll(format, w, all, c.options(s))
	})
	if err == nil && len(all.Faulty) > 0 {
		return command.Faulty
	}
	plans := make([]*plan.Plan, len(all.Projects))
	for i, p := range all.Projects {
		plans[i] = p.Plan
	}
	return c.result(err, plans...)
}

// check refuses what does not go together, before any work is done.
func (c *planCommand) check(cmd *cobra.Command) ([]format.Output, error) {
	outputs, err := format.ParseOutputs(c.out, c.format.Words)
	if err != nil {
		return nil, command.WrongUsage(cmd, "%v", err)
	}
	if err := c.States.Check(cmd); err != nil {
		return nil, err
	}
	isMarkdown := func(o format.Output) bool { return o.Format == "markdown" }
	switch {
	case c.Base != "" && c.Target != "" && c.All:
		return nil, command.WrongUsage(cmd, "--all compares either with the revision of --base or with the targets; leave out one of them")
	case c.save != "" && c.All:
		return nil, command.WrongUsage(cmd, "--save keeps the plan of one project; leave out --all")
	case c.checkTarget && c.Base != "":
		return nil, command.WrongUsage(cmd, "--check-target is about a plan against a target; leave out --base")
	case c.markdown != planview.MarkdownOptions{} && c.format.Word != "markdown" && !slices.ContainsFunc(outputs, isMarkdown):
		// They would seem to hide people, or to show them.
		return nil, &failure.Error{
			Problem: "--users and --redact are for the format markdown, which is not asked for",
			Hint:    "add --format markdown, or --out markdown=FILE", Kind: command.Misused,
		}
	}
	return outputs, nil
}

// faults says why there is no plan.
func (c *planCommand) faults(made *workspace.Planned) error {
	return report.Text(c.Stderr, command.ReportOf(made.Project, made.Compiled, made.Found), c.Err())
}

// show prints what render writes, and writes it to the files beside.
func (c *planCommand) show(outputs []format.Output, render func(format string, w io.Writer, s layout.Style) error) error {
	if err := c.paged(func(w io.Writer) error { return render(c.format.Word, w, c.Out()) }); err != nil {
		return err
	}
	for _, o := range outputs {
		err := c.write(o.Path, func(w io.Writer) error { return render(o.Format, w, layout.Plain()) })
		if err != nil {
			return err
		}
	}
	return nil
}

// paged has show write to standard output, and through a pager where a person
// reads more than the screen holds.
func (c *planCommand) paged(show func(w io.Writer) error) error {
	if c.noPager {
		return show(c.Stdout)
	}
	return view.Paged(c.Stdout, c.Getenv, show)
}

func (c *planCommand) render(w io.Writer, format string, p *plan.Plan, s layout.Style) error {
	return planview.Write(format, w, p, c.options(s))
}

// options are what the flags say about how a plan is shown.
func (c *planCommand) options(s layout.Style) planview.Options {
	return planview.Options{Detail: c.detail(), Style: s, Markdown: c.markdown}
}

// write writes a file that the command line names.
func (c *planCommand) write(name string, write func(io.Writer) error) error {
	full, err := c.Path(name)
	if err != nil {
		return err
	}
	if err := workspace.WriteFile(full, write); err != nil {
		return &failure.Error{Problem: "cannot write " + c.Shown(full) + ": " + command.Cause(err).Error(), Cause: err}
	}
	return nil
}

// result is the status that plans end with.
func (c *planCommand) result(err error, plans ...*plan.Plan) error {
	hasChanges := func(p *plan.Plan) bool { return !p.Empty() }
	isHeld := func(p *plan.Plan) bool { return p.Held != nil }
	if err == nil && slices.ContainsFunc(plans, isHeld) {
		return command.Faulty
	}
	if err == nil && c.detailedExit && slices.ContainsFunc(plans, hasChanges) {
		return command.Changes
	}
	return err
}

func (c *planCommand) detail() planview.Detail {
	switch {
	case c.summary:
		return planview.Summary
	case c.full:
		return planview.Full
	}
	return planview.Causes
}
