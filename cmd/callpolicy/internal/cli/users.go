package cli

import (
	"context"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/inventory"
	"callpolicy/compiler/workspace"
)

// usersFlags are the choices of the users command.
type usersFlags struct {
	command.State
	inventory.Filter
	class  *command.Choice
	seats  bool
	format *command.Choice
}

func newUsersCommand(a *app) *cobra.Command {
	f := usersFlags{class: command.OneOf("", "none", "webexCalling", "unifiedCM", "migrating"), format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "users [TEXT]",
		GroupID: command.GroupPolicies,
		Short:   "List people, or the seats that they take",
		Long: `Users lists people with their license class, the calling template that wins for
them, and the settings of their own: all of them, or those whose address has a
part and who fit the flags. With --seats it lists the licenses instead: how many
seats are bought, assigned and free, and how many are taken by people who are
migrating. Those take a seat on each side.`,
		Example: `  callpolicy users --class migrating
  callpolicy users --template front-desk --own
  callpolicy users --seats`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.Text = args[0]
			}
			return a.users(cmd.Context(), f)
		},
	}
	f.State.Flags(a.App, cmd)
	flags := cmd.Flags()
	flags.Var(f.class, "class", "only this license class")
	flags.StringVar(&f.Template, "template", "", "only those for whom this `template` wins, or none")
	flags.StringVar(&f.Group, "group", "", "only the members of this `group`")
	flags.StringVar(&f.License, "license", "", "only those who have this `license`")
	flags.BoolVar(&f.Own, "own", false, "only those with settings of their own")
	flags.BoolVar(&f.seats, "seats", false, "list the licenses and their seats")
	command.FormatFlag(cmd, f.format)
	for _, other := range []string{"class", "template", "group", "license", "own"} {
		cmd.MarkFlagsMutuallyExclusive("seats", other)
	}
	command.Complete(cmd, "class", f.class)
	return cmd
}

func (a *app) users(ctx context.Context, f usersFlags) error {
	f.Class = f.class.Word
	return a.withSound(ctx, f.State, func(p workspace.Project, c *compiler.Compilation, _ diag.List) error {
		if f.seats {
			seats := view.Seats{FormatVersion: inventory.FormatVersion, Seats: inventory.SeatsOf(c.Result)}
			if f.format.Word == "json" {
				return view.JSON(a.Stdout, seats)
			}
			return view.SeatsText(a.Stdout, seats, a.Out())
		}
		if err := selectable(c, f.Filter); err != nil {
			return err
		}
		people := view.People{FormatVersion: inventory.FormatVersion, Of: len(c.Config.Users), Users: inventory.People(c.Result, f.Filter)}
		list, err := p.Outstanding(c)
		if err != nil {
			return err
		}
		inventory.Remember(people.Users, list)
		if f.format.Word == "json" {
			return view.JSON(a.Stdout, people)
		}
		return view.PeopleText(a.Stdout, people, a.Out())
	})
}

// selectable refuses filters for what is not there, which would select nobody.
func selectable(c *compiler.Compilation, f inventory.Filter) error {
	if _, ok := c.Config.Group(f.Group); !ok && f.Group != "" {
		return command.Unknown("group", f.Group, groupNames(c.Config))
	}
	if _, ok := c.Config.License(f.License); !ok && f.License != "" {
		return command.Unknown("license", f.License, licenseNames(c.Config))
	}
	if f.Template != "" && f.Template != inventory.Nobody && c.Config.Template(f.Template) < 0 {
		return noTemplate(c, f.Template)
	}
	return nil
}
