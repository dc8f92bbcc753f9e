package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/plan"
)

// newPlanCommand shows what a change does before it is made.
func newPlanCommand(a *app) *cobra.Command {
	c := planCommand{app: a, format: oneOf("text", "json", "markdown")}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what changes for whom, and why",
		Long: `plan compares two states of the policies and shows which users' effective
settings change, grouped by the edits that cause it, and who keeps what they
have and why. It writes nothing.

Without --base it compares with what the target holds, or where that is still
empty with the default branch.

--what-if takes a change that is in no file, and shows what it would do to the
policies as they are: the plan, the seats, and every rule that would be broken.
A change is license add|remove NAME, group add|remove NAME, migrate [LICENSE] or
complete, followed by --user ADDRESS or --group NAME.`,
		Example: `  callpolicy plan                     # what would apply do?
  callpolicy plan --base main         # what does this branch change?
  callpolicy plan --base HEAD --staged
  callpolicy plan --what-if 'license remove unifiedCM --group pharmacy'
  callpolicy plan --format json --out markdown=plan.md`,
		GroupID: groupPolicies,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.flags(cmd)
	c.allFlag(cmd)
	a.rosterFlag(cmd)
	a.baseRosterFlag(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&c.summary, "summary", false, "a line for each cause")
	flags.BoolVar(&c.full, "full", false, "list every user")
	flags.Var(c.format, "format", "text, json or markdown")
	flags.StringArrayVar(&c.out, "out", nil, "also write a `FORMAT=FILE`; may be repeated")
	flags.BoolVar(&c.markdown.Users, "users", false, "name everybody who changes in markdown")
	flags.BoolVar(&c.markdown.Redact, "redact", false, "in markdown, show pseudonyms and no e-mail addresses")
	flags.StringVar(&c.save, "save", "", "keep the plan in this `file`, for callpolicy apply")
	flags.StringArrayVar(&c.whatIf, "what-if", nil, "a `change` that is in no file; may be repeated")
	flags.BoolVar(&c.detailedExit, "detailed-exitcode", false, "exit with 2 where there are changes")
	cmd.MarkFlagsMutuallyExclusive("summary", "full")
	for _, other := range []string{"base", "base-exact", "target", "all", "out", "save"} {
		cmd.MarkFlagsMutuallyExclusive("what-if", other)
	}
	return cmd
}

type planCommand struct {
	*app
	comparison
	summary, full bool
	format        *choice
	out           []string
	markdown      view.MarkdownOptions
	save          string
	whatIf        []string
	detailedExit  bool
}

func (c *planCommand) run(ctx context.Context) (err error) {
	if len(c.whatIf) > 0 {
		return c.imagine(ctx)
	}
	if err := c.checkMarkdown(); err != nil {
		return err
	}
	repo, projects, err := c.open(ctx, c.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, repo.Close()) }()
	result := fine
	for i, p := range projects {
		made, err := p.plan(ctx, c.comparison)
		if err != nil {
			return err
		}
		if c.all && made.Plan != nil && made.Empty() {
			continue
		}
		if c.all && i > 0 && c.format.word == "text" {
			fmt.Fprintln(c.stdout)
		}
		status, err := c.show(made)
		if err != nil {
			return err
		}
		result = worse(result, status)
	}
	if result != fine {
		return result
	}
	return nil
}

// checkMarkdown refuses options that would seem to hide people, or to show
// them, in a format that does not know them.
func (c *planCommand) checkMarkdown() error {
	isMarkdown := func(out string) bool { return strings.HasPrefix(out, "markdown=") }
	if c.markdown == (view.MarkdownOptions{}) || c.format.word == "markdown" || slices.ContainsFunc(c.out, isMarkdown) {
		return nil
	}
	return &failure{
		problem: "--users and --redact are for the format markdown, which is not asked for",
		hint:    "add --format markdown, or --out markdown=FILE", status: misused,
	}
}

// worse returns the status that matters more: errors before changes.
func worse(a, b status) status {
	if a == faulty || b == fine {
		return a
	}
	return b
}

func (c *planCommand) show(made *planned) (status, error) {
	if made.Plan == nil {
		if err := view.Text(c.stderr, report(made.project, made.head, made.diags), c.err()); err != nil {
			return broken, err
		}
		return faulty, nil
	}
	if err := c.render(c.stdout, c.format.word, made.Plan, c.app.out()); err != nil {
		return broken, err
	}
	outputs, err := view.ParseOutputs(c.out, c.format.words)
	if err != nil {
		return misused, &failure{problem: err.Error(), status: misused}
	}
	for _, o := range outputs {
		if err := c.write(o, made.Plan); err != nil {
			return broken, err
		}
	}
	if c.save != "" {
		if err := c.keep(made); err != nil {
			return broken, err
		}
	}
	if c.detailedExit && !made.Empty() {
		return changes, nil
	}
	return fine, nil
}

func (c *planCommand) detail() view.Detail {
	switch {
	case c.summary:
		return view.DetailSummary
	case c.full:
		return view.DetailFull
	}
	return view.DetailCauses
}

func (c *planCommand) render(w io.Writer, format string, p *plan.Plan, s view.Style) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(p)
	case "markdown":
		return view.PlanMarkdown(w, p, c.markdown)
	}
	return view.Plan(w, p, c.detail(), s)
}

func (c *planCommand) write(o view.Output, p *plan.Plan) (err error) {
	name, err := c.path(o.Path)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return c.render(f, o.Format, p, view.Plain())
}
