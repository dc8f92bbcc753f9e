// Package cli is the commands of callpolicy: it turns arguments into calls of
// the compiler, and results into what package view shows and an exit status.
//
// A command has a file of its own, with a constructor that [newRoot] lists. It
// parses no policy file, prints nothing by itself, and never exits: [Run]
// returns the status, so that a test can call it as often as it likes. What it
// stands on is package command; the commands below live are package livecli.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/cli/livecli"
	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler"
	"callpolicy/compiler/confine"
)

// app is what the commands share, with what each of them does.
type app struct{ *command.App }

// Run runs callpolicy with the arguments that follow its name, and returns the
// exit status. getenv is os.Getenv outside of tests.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Who asks a second time does not want to wait until the first is obeyed.
	context.AfterFunc(ctx, stop)
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, args, stdin, stdout, stderr, getenv) }()
	select {
	case status := <-ended:
		return status
	case <-ctx.Done():
	}
	// Some work looks at nothing until it is done, such as waiting for a pipe. All
	// that writes survives being killed, so it is not waited for.
	select {
	case status := <-ended:
		return status
	case <-time.After(parting):
		return int(command.Broken)
	}
}

// parting is how long a run that was asked to end may take for it.
const parting = 1500 * time.Millisecond

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	// Policies mean the same whatever CUE is told in the environment.
	for _, name := range []string{"CUE_EXPERIMENT", "CUE_DEBUG"} {
		if err := os.Unsetenv(name); err != nil {
			return int(command.Broken)
		}
	}
	spendMemory(getenv)

	a := &app{&command.App{Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: getenv, Confined: confine.New(evaluator, confine.Limits{})}}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	began := time.Now()
	stopProfile := func() error { return nil }
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		a.watch(cmd)
		if stopProfile, err = profile(a.Profile); err != nil {
			return err
		}
		// Cobra would find the same later, and call it no wrong usage.
		return command.Together(cmd)
	}
	err := errors.Join(root.ExecuteContext(ctx), stopProfile())
	a.Progress.Stop()
	status := a.Status(ctx, err)
	if a.Timings && a.Trace != nil && view.Timings(stderr, a.Trace.Stages(), time.Since(began), a.Err()) != nil {
		return int(a.Failed())
	}
	return status
}

// noticeable is how long a run may take before it says what it does.
const noticeable = time.Second

// watch traces a run where somebody wants to know: afterwards, or while it lasts.
func (a *app) watch(cmd *cobra.Command) {
	if !cmd.Hidden { // a hidden command serves another program
		a.Progress = view.NewProgress(a.Stderr, a.Getenv, noticeable)
	}
	if a.Timings || a.Progress != nil {
		a.Trace = new(compiler.Trace)
	}
	if a.Progress != nil {
		a.Trace.Watcher = a.Progress
	}
}

// newRoot returns the command that holds all others.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "callpolicy",
		Short: "Compile Cisco Webex calling policies",
		Long: `callpolicy compiles the calling policies of an organization, kept as YAML or CUE
in a git repository, into the client configuration of every single user. It
says what is wrong in the files, and what a change does before it is made.

It changes nothing in Webex by itself.

Exit status: 0 fine, or nothing to do; 1 the policy files have errors, or a
persona test fails; 2 there are changes, where a plan was asked to say so; 3
callpolicy could not work, or was interrupted; 4 a limit refused; 5 the saved
plan is out of date; 6 bundles are in place, and something after that failed;
64 wrong usage.`,
		Example: `  callpolicy init policies        # a small repository to start from
  callpolicy validate             # is everything right?
  callpolicy apply                # write everybody's bundles`,
		Args:          command.NoArguments,
		Annotations:   above(),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(command.WrongFlag)
	root.SetHelpCommand(newHelpCommand(a))
	root.SetUsageTemplate(usageTemplate)

	a.GlobalFlags(root.PersistentFlags())

	root.AddGroup(
		&cobra.Group{ID: command.GroupPolicies, Title: "Policies:"},
		&cobra.Group{ID: command.GroupBundles, Title: "Bundles:"},
		&cobra.Group{ID: command.GroupTool, Title: "This tool:"},
	)
	root.SetHelpCommandGroupID(command.GroupTool)
	for _, newCommand := range []func(*app) *cobra.Command{
		newInitCommand,
		newImportCommand,
		newValidateCommand,
		newCompileCommand,
		newPlanCommand,
		newMergeCommand,
		newStatusCommand,
		newApplyCommand,
		newExplainCommand,
		newRunbookCommand,
		func(a *app) *cobra.Command { return livecli.New(a.App) },
		newMigrationCommand,
		newTestCommand,
		newUsersCommand,
		newTemplateCommand,
		newRulesCommand,
		newSchemaCommand,
		newHookCommand,
		newDiffDriverCommand,
		newCacheCommand,
		newVersionCommand,
		newCompletionCommand,
		newEvaluatorCommand,
		newReferenceCommand,
	} {
		root.AddCommand(newCommand(a))
	}
	a.completeNames(root)
	return root
}
