package cli

import (
	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
)

func newVersionCommand(a *app) *cobra.Command {
	format := command.OneOf("text", "json")
	cmd := &cobra.Command{
		Use:     "version",
		GroupID: command.GroupTool,
		Short:   "Say which callpolicy this is",
		Example: `  callpolicy version
  callpolicy version --format json`,
		Args: command.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			if format.Word == "json" {
				return command.Build().JSON(a.Stdout)
			}
			return command.Build().Text(a.Stdout)
		},
	}
	command.FormatFlag(cmd, format)
	return cmd
}
