package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/whatif"
	"callpolicy/compiler/workspace"
)

// migrationFlags are the choices of the migration command.
type migrationFlags struct {
	command.State
	format *command.Choice
}

func newMigrationCommand(a *app) *cobra.Command {
	f := migrationFlags{format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "migration",
		GroupID: command.GroupPolicies,
		Short:   "Say how the move to Webex Calling goes",
		Long: `Migration shows the waves in which people move from Unified CM to Webex Calling:
the groups with a migration, and those who move by themselves. For each it says
how many have not started, are migrating, are ready, overdue or complete; what
is to be settled first; and what changes for the users at the moment when the
Unified CM license goes.

A user holds both licenses for a while and keeps an uninterrupted service on
Unified CM. Removing the Unified CM license completes the migration.`,
		Example: `  callpolicy migration
  callpolicy migration --at 2027-04-02        # how will it look on that day?
  callpolicy migration readiness --jabber jabber-config.xml`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.migration(cmd.Context(), f) },
	}
	f.State.Flags(a.App, cmd)
	command.FormatFlag(cmd, f.format)
	cmd.AddCommand(newReadinessCommand(a))
	return cmd
}

func (a *app) migration(ctx context.Context, f migrationFlags) error {
	return a.withSound(ctx, f.State, func(p workspace.Project, c *compiler.Compilation, diags diag.List) error {
		r := migration.Waves(c.Result, c.At)
		for i := range r.Waves {
			if err := completion(ctx, p, c, diags, &r.Waves[i]); err != nil {
				return err
			}
		}
		if f.format.Word == "json" {
			return view.JSON(a.Stdout, r)
		}
		return view.Migration(a.Stdout, r, a.Out())
	})
}

// completion finds out what completing a wave would change.
func completion(ctx context.Context, p workspace.Project, c *compiler.Compilation, diags diag.List, w *migration.Wave) error {
	if len(w.Left()) == 0 {
		return nil
	}
	then, found, err := c.WhatIf(ctx, whatif.Completed(c.Config, w.Left()))
	if err != nil {
		return err
	}
	change, err := plan.Compare(ctx, c.Side(p.Describe()), then.Side(plan.State{Name: "complete"}))
	if err != nil {
		return err
	}
	w.Completes(change, diags, found)
	return nil
}

// withSound is withProject for lists and numbers: of files with errors they would
// be wrong, and are not shown.
func (a *app) withSound(ctx context.Context, s command.State, do func(workspace.Project, *compiler.Compilation, diag.List) error) error {
	return a.withProject(ctx, s, func(p workspace.Project, c *compiler.Compilation, diags diag.List) error {
		n := diags.Count(diag.Error)
		switch n {
		case 0:
			return do(p, c, diags)
		case 1:
			return &failure.Error{Problem: "there is 1 error, and no numbers are shown", Hint: "callpolicy validate says what is wrong", Kind: command.Faulty}
		}
		return &failure.Error{Problem: fmt.Sprintf("there are %s errors, and no numbers are shown", layout.Count(n)), Hint: "callpolicy validate says what is wrong", Kind: command.Faulty}
	})
}

// withProject compiles the project and hands it over. Where the files have
// errors, what they mean is shown all the same, with a word about them, and the
// command fails; where nothing can be understood, only the errors are shown.
func (a *app) withProject(ctx context.Context, s command.State, do func(workspace.Project, *compiler.Compilation, diag.List) error) (err error) {
	p, err := a.OpenOne(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c, diags, err := p.Compile(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		return errors.Join(report.Text(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	}
	if err := do(p, c, diags); err != nil {
		return err
	}
	if diags.HasErrors() {
		return errors.Join(view.Warned(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	}
	return nil
}
