package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/policies"
	"callpolicy/schema"
)

// newReferenceCommand returns the hidden command that writes the pages of
// docs/reference which follow from the program.
func newReferenceCommand(a *app) *cobra.Command {
	pages := map[string]func(*cobra.Command) error{
		"commands": func(root *cobra.Command) error {
			return view.CommandsPage(a.Stdout, described(root), described(root.Commands()...))
		},
		"rules": func(*cobra.Command) error {
			rules, err := policies.Catalogue()
			if err != nil {
				return err
			}
			return view.RulesPage(a.Stdout, rules)
		},
		"schema": func(*cobra.Command) error {
			var all []*schema.Schema
			for _, name := range schema.EditionNames() {
				s, err := schema.Load(name)
				if err != nil {
					return err
				}
				all = append(all, s)
			}
			return view.SchemaPage(a.Stdout, all)
		},
	}
	return &cobra.Command{
		Use:       "reference PAGE",
		Short:     "Write a page of the reference, in Markdown",
		Hidden:    true,
		ValidArgs: slices.Sorted(maps.Keys(pages)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if write := pages[strings.Join(args, " ")]; write != nil {
				return write(cmd.Root())
			}
			return command.WrongUsage(cmd, "reference needs one page: %s", strings.Join(cmd.ValidArgs, ", "))
		},
	}
}

// described gathers what there is to say of commands and of those below them.
func described(commands ...*cobra.Command) []view.Command {
	var all []view.Command
	for _, cmd := range commands {
		if cmd.Hidden {
			continue
		}
		c := view.Command{
			Name: cmd.CommandPath(), Usage: cmd.UseLine(), Short: cmd.Short, Long: cmd.Long, Example: cmd.Example,
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" || cmd.Root().PersistentFlags().Lookup(f.Name) != nil && cmd.HasParent() {
				return
			}
			value, usage := pflag.UnquoteUsage(f)
			c.Flags = append(c.Flags, view.Flag{Name: f.Name, Letter: f.Shorthand, Value: value, Usage: usage})
		})
		all = append(all, c)
		if cmd.HasParent() {
			all = append(all, described(cmd.Commands()...)...)
		}
	}
	return all
}
