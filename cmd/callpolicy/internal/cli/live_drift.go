package cli

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/workspace"
)

// liveDrift is the choices of live drift.
type liveDrift struct {
	*app
	liveState
	format       *choice
	outputs      []string
	full         bool
	adopt        bool
	detailedExit bool
}

func newLiveDriftCommand(a *app) *cobra.Command {
	c := liveDrift{app: a, format: oneOf(liveview.Formats()...)}
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.liveState.flags(a, cmd)
	c.allFlag(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&c.journals, "journal", nil, "a journal `file` from elsewhere; may be repeated")
	formatFlag(cmd, c.format)
	outFlag(cmd, &c.outputs)
	flags.BoolVar(&c.full, "full", false, "name everybody")
	flags.BoolVar(&c.adopt, "adopt", false, "print what they changed, for callpolicy set --from")
	flags.BoolVar(&c.detailedExit, "detailed-exitcode", false, "exit with 2 where something differs")
	cmd.MarkFlagsMutuallyExclusive("adopt", "format")
	cmd.MarkFlagsMutuallyExclusive("adopt", "all")
	return cmd
}

func (c *liveDrift) run(cmd *cobra.Command) (err error) {
	outputs, err := format.ParseOutputs(c.outputs, c.format.words)
	if err != nil {
		return wrongUsage(cmd, "%v", err)
	}
	ctx := cmd.Context()
	w, err := c.open(ctx, c.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var all []liveview.ProjectDrift
	err = each(w.Projects(), func(p workspace.Project) error {
		l, err := c.compare(ctx, p, &c.liveState)
		if err != nil {
			return err
		}
		if c.adopt {
			return liveview.Adopt(c.stdout, l.Drift, l.Service)
		}
		all = append(all, liveview.ProjectDrift{Root: p.Dir(), Notes: l.Notes, Drift: l.Drift})
		return nil
	})
	if len(all) == 0 {
		return err
	}
	err = errors.Join(err, liveview.Drift(c.format.word, c.stdout, all, c.full, c.app.out()))
	for _, o := range outputs {
		name, failed := c.path(o.Path)
		if failed == nil {
			failed = workspace.WriteFile(name, func(w io.Writer) error { return liveview.Drift(o.Format, w, all, c.full, layout.Plain()) })
		}
		err = errors.Join(err, failed)
	}
	if err == nil && c.detailedExit && slices.ContainsFunc(all, func(d liveview.ProjectDrift) bool { return d.Drift.Any() }) {
		return changes
	}
	return err
}

// compare compares a project with its snapshot. Where the files have errors they
// are shown, and there is nothing to compare.
func (a *app) compare(ctx context.Context, p workspace.Project, s *liveState) (*workspace.Live, error) {
	r, err := s.request(a, p, s.all)
	if err != nil {
		return nil, err
	}
	l, err := p.Live(ctx, r)
	if err != nil {
		return nil, err
	}
	if l.Drift == nil {
		return nil, errors.Join(report.Text(a.stderr, reportOf(p, l.Compiled, l.Found), a.err()), faulty)
	}
	return l, nil
}
