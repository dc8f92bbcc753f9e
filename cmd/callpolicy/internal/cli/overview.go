package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
)

// overviewFlags are the choices of the status command.
type overviewFlags struct {
	state
	format *choice
}

func newStatusCommand(a *app) *cobra.Command {
	f := overviewFlags{format: oneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "status",
		GroupID: groupPolicies,
		Short:   "Say what is read, what the targets hold, and what a plan compares with",
		Long: `Status says how things stand: which files are read, and which are not although
somebody may think so; what each target holds, and from which commit; who has
been set aside for more than 14 days; and what a plan compares with. It changes
nothing, and also works while the files have errors.`,
		Example: `  callpolicy status
  callpolicy status --format json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.overview(cmd.Context(), f) },
	}
	f.state.flags(a, cmd)
	formatFlag(cmd, f.format)
	return cmd
}

func (a *app) overview(ctx context.Context, f overviewFlags) (err error) {
	p, err := a.openOne(ctx, f.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	st, found, err := p.Status(ctx)
	if err != nil {
		return err
	}
	if st == nil {
		return errors.Join(report.Text(a.stderr, reportOf(p, nil, found), a.err()), faulty)
	}
	if f.format.word == "json" {
		return view.JSON(a.stdout, st)
	}
	return view.Status(a.stdout, st, a.out())
}
