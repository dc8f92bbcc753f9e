package cli

import (
	"slices"

	"callpolicy/cmd/callpolicy/internal/command"

	"github.com/spf13/cobra"
)

func newHelpCommand(*app) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		GroupID: command.GroupTool,
		Short:   "Explain a command",
		Example: `  callpolicy help validate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			about := cmd.Root()
			for _, name := range args {
				below := slices.IndexFunc(about.Commands(), func(c *cobra.Command) bool { return c.Name() == name })
				if below < 0 {
					return command.NoCommand(about, name)
				}
				about = about.Commands()[below]
			}
			about.InitDefaultHelpFlag() // help shows it as a flag, too
			return about.Help()
		},
	}
}

// above marks a command that does nothing itself but to explain those below it.
func above() map[string]string { return map[string]string{"above": "others"} }

// usageTemplate is cobra's without what repeats itself: a command that takes
// flags says so in its list of flags.
const usageTemplate = `Usage:
{{- if not (index .Annotations "above")}}
  {{.UseLine}}{{end}}
{{- if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND [flags]{{end}}

Examples:
{{.Example}}
{{- if .HasAvailableSubCommands}}{{$commands := .Commands}}{{range $group := .Groups}}

{{.Title}}{{range $commands}}{{if and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}
{{- if not .Groups}}

Commands:{{range $commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
{{- if .HasAvailableSubCommands}}

"{{.CommandPath}} COMMAND --help" says more about a command.{{end}}
`
