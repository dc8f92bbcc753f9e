package livecli

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/workspace"
)

// drift is the choices of live drift.
type drift struct {
	*command.App
	Comparison
	format       *command.Choice
	outputs      []string
	full         bool
	adopt        bool
	detailedExit bool
}

func newDriftCommand(a *command.App) *cobra.Command {
	c := drift{App: a, format: command.OneOf(liveview.Formats()...)}
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Compare a snapshot with the policies",
		Long: `Drift compares, for each person, their own calling behavior in a snapshot with
what the policies say: the same, differs, absent (the person is not there), not
known (it could not be read, or no API shows it), or pending (we changed it less
than eight hours ago). It sends no request to anywhere.

Who moved, the policies, Control Hub or both, is judged against the revision of
the last push, which the journals in the folder of the snapshot tell, or against
--base; without either it is not known.

--adopt prints what they changed in Control Hub as lines for "callpolicy set
--from FILE", so that the policies take it over.

With --detailed-exitcode it ends with 2 where something differs or somebody is
absent.`,
		Example: `  callpolicy live drift
  callpolicy live drift --base main --full
  callpolicy live drift --adopt >adopt.txt`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.Comparison.flags(a, cmd)
	c.AllFlag(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&c.journals, "journal", nil, "a journal `file` from elsewhere; may be repeated")
	command.FormatFlag(cmd, c.format)
	command.OutFlag(cmd, &c.outputs)
	flags.BoolVar(&c.full, "full", false, "name everybody")
	flags.BoolVar(&c.adopt, "adopt", false, "print what they changed, for callpolicy set --from")
	flags.BoolVar(&c.detailedExit, "detailed-exitcode", false, "exit with 2 where something differs")
	cmd.MarkFlagsMutuallyExclusive("adopt", "format")
	cmd.MarkFlagsMutuallyExclusive("adopt", "all")
	return cmd
}

func (c *drift) run(cmd *cobra.Command) (err error) {
	outputs, err := format.ParseOutputs(c.outputs, c.format.Words)
	if err != nil {
		return command.WrongUsage(cmd, "%v", err)
	}
	ctx := cmd.Context()
	w, err := c.Open(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var all []liveview.ProjectDrift
	err = each(w.Projects(), func(p workspace.Project) error {
		l, err := Compare(ctx, c.App, p, &c.Comparison)
		if err != nil {
			return err
		}
		if c.adopt {
			return liveview.Adopt(c.Stdout, l.Drift, l.Service)
		}
		all = append(all, liveview.ProjectDrift{Root: p.Dir(), Notes: l.Notes, Drift: l.Drift})
		return nil
	})
	if len(all) == 0 {
		return err
	}
	err = errors.Join(err, liveview.Drift(c.format.Word, c.Stdout, all, c.full, c.Out()))
	for _, o := range outputs {
		name, failed := c.Path(o.Path)
		if failed == nil {
			failed = workspace.WriteFile(name, func(w io.Writer) error { return liveview.Drift(o.Format, w, all, c.full, layout.Plain()) })
		}
		err = errors.Join(err, failed)
	}
	if err == nil && c.detailedExit && slices.ContainsFunc(all, func(d liveview.ProjectDrift) bool { return d.Drift.Any() }) {
		return command.Changes
	}
	return err
}

// Compare compares a project with its snapshot. Where the files have errors they
// are shown, and there is nothing to compare.
func Compare(ctx context.Context, a *command.App, p workspace.Project, s *Comparison) (*workspace.Live, error) {
	r, err := s.request(a, p, s.All)
	if err != nil {
		return nil, err
	}
	l, err := p.Live(ctx, r)
	if err != nil {
		return nil, err
	}
	if l.Drift == nil {
		return nil, errors.Join(report.Text(a.Stderr, command.ReportOf(p, l.Compiled, l.Found), a.Err()), command.Faulty)
	}
	return l, nil
}
