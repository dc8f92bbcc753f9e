package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
)

// overviewFlags are the choices of the status command.
type overviewFlags struct {
	command.State
	format *command.Choice
}

func newStatusCommand(a *app) *cobra.Command {
	f := overviewFlags{format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "status",
		GroupID: command.GroupPolicies,
		Short:   "Say what is read, what the targets hold, and what a plan compares with",
		Long: `Status says how things stand: which files are read, and which are not although
somebody may think so; what each target holds, and from which commit; who has
been set aside for more than 14 days; and what a plan compares with. It changes
nothing, and also works while the files have errors.`,
		Example: `  callpolicy status
  callpolicy status --format json`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.overview(cmd.Context(), f) },
	}
	f.State.Flags(a.App, cmd)
	command.FormatFlag(cmd, f.format)
	return cmd
}

func (a *app) overview(ctx context.Context, f overviewFlags) (err error) {
	p, err := a.OpenOne(ctx, f.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	st, found, err := p.Status(ctx)
	if err != nil {
		return err
	}
	if st == nil {
		return errors.Join(report.Text(a.Stderr, command.ReportOf(p, nil, found), a.Err()), command.Faulty)
	}
	if f.format.Word == "json" {
		return view.JSON(a.Stdout, st)
	}
	return view.Status(a.Stdout, st, a.Out())
}
