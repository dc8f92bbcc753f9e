package cli

import (
	"context"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/compiler"
)

// evaluatorName is the hidden command that evaluates CUE for another callpolicy.
const evaluatorName = "evaluator"

// newEvaluatorCommand returns the command of the child process. A policy
// repository under review is not to be trusted, CUE is a language, and its
// evaluation cannot be canceled: only a process can be ended.
func newEvaluatorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    evaluatorName,
		Short:  "Evaluate CUE for another callpolicy",
		Hidden: true,
		Args:   command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return compiler.Serve(cmd.Context(), a.Stdin, a.Stdout)
		},
	}
}

// evaluator starts this program once more, with that command.
func evaluator(ctx context.Context) *exec.Cmd {
	self, err := os.Executable()
	cmd := exec.CommandContext(ctx, self, evaluatorName)
	cmd.Args[0] = "callpolicy" // whatever the file is called
	cmd.Err = err
	return cmd
}
