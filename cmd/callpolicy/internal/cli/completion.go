package cli

import (
	"github.com/spf13/cobra"
)

func newCompletionCommand(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:     "completion SHELL",
		GroupID: groupTool,
		Short:   "Print a script that completes commands in a shell",
		Long: `Completion prints a script for bash, zsh, fish or powershell, after which the
tab key completes the commands and flags of callpolicy.`,
		Example: `  source <(callpolicy completion bash)
  callpolicy completion fish > ~/.config/fish/completions/callpolicy.fish`,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage(cmd, "completion needs the name of a shell: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			}
			return wrongUsage(cmd, "there is no completion for %q; there is bash, zsh, fish and powershell", args[0])
		},
	}
}

// complete lets a shell complete the words of a flag. The flag exists, which is
// all that could be wrong.
func complete(cmd *cobra.Command, flag string, c *choice) {
	if err := cmd.RegisterFlagCompletionFunc(flag, c.complete); err != nil {
		panic(err)
	}
}

// completeWords lets a shell complete a flag that holds one of a few words.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	complete(cmd, flag, oneOf(words...))
}
