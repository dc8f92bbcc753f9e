package cli

import (
	"context"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"callpolicy/compiler"
)

// The hidden commands that evaluate CUE for another callpolicy: policy files,
// and an organization's own rules.
const (
	evaluatorName     = "cue-evaluator"
	ruleEvaluatorName = "rule-evaluator"
)

// newEvaluatorCommand returns the command of the child process. A policy
// repository under review is not to be trusted, CUE is a language, and its
// evaluation cannot be canceled: only a process can be ended.
func newEvaluatorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    evaluatorName,
		Short:  "Evaluate CUE for another callpolicy",
		Hidden: true,
		Args:   noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return compiler.ServeCUE(cmd.Context(), a.stdin, a.stdout)
		},
	}
}

// newRuleEvaluatorCommand is newEvaluatorCommand for rules.
func newRuleEvaluatorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    ruleEvaluatorName,
		Short:  "Evaluate rules for another callpolicy",
		Hidden: true,
		Args:   noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return compiler.ServeGuardrails(cmd.Context(), a.stdin, a.stdout)
		},
	}
}

// evaluator starts this program once more, with one of these commands.
func evaluator(name string) func(context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		self, err := os.Executable()
		cmd := exec.CommandContext(ctx, self, name)
		cmd.Args[0] = "callpolicy" // whatever the file is called
		cmd.Err = err
		return cmd
	}
}
