package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/workspace"
)

// testFlags are the choices of the test command.
type testFlags struct {
	command.State
	format *command.Choice
}

func newTestCommand(a *app) *cobra.Command {
	f := testFlags{format: command.OneOf("text", "json", "junit")}
	cmd := &cobra.Command{
		Use:     "test",
		GroupID: command.GroupPolicies,
		Short:   "Check what comes out for made-up people",
		Long: `Test runs the persona tests in tests/: made-up people with licenses, groups and
settings of their own, and what must come out for them, or which rules they
break. It also lists the templates, settings and license classes that no persona
exercises.

It ends with status 0 when all personas are as expected, and 1 when one is not.`,
		Example: `  callpolicy test
  callpolicy test --format junit >personas.xml`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.test(cmd.Context(), f) },
	}
	f.State.Flags(a.App, cmd)
	command.FormatFlag(cmd, f.format)
	return cmd
}

func (a *app) test(ctx context.Context, f testFlags) error {
	return a.withProject(ctx, f.State, func(p workspace.Project, c *compiler.Compilation, _ diag.List) error {
		r, faults, err := c.Personas(ctx)
		if err != nil {
			return err
		}
		if faults.HasErrors() {
			return errors.Join(report.Text(a.Stderr, command.ReportOf(p, nil, faults), a.Err()), command.Faulty)
		}
		switch f.format.Word {
		case "json":
			err = view.JSON(a.Stdout, r)
		case "junit":
			err = report.PersonasJUnit(a.Stdout, r)
		default:
			err = view.Personas(a.Stdout, r, a.Out())
		}
		if err == nil && r.Failed > 0 {
			return command.Faulty
		}
		return err
	})
}
