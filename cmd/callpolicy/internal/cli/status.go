package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/source"
	"callpolicy/compiler/target"
)

// status is an exit status. As an error it ends a command that has said all
// there is to say.
type status int

// The exit statuses. They are a contract: scripts and CI jobs rely on them.
const (
	fine    status = 0  // fine, or nothing to do
	faulty  status = 1  // the policy files have errors
	changes status = 2  // plan --detailed-exitcode: there are changes
	broken  status = 3  // callpolicy could not work, or was interrupted
	limited status = 4  // a limit refused
	stale   status = 5  // the saved plan is out of date
	partly  status = 6  // applied in part
	misused status = 64 // wrong usage
)

// Error exists to make a status an error; nobody is shown it.
func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// failure is an error that says what to do about it.
type failure struct {
	problem string // what is wrong: a clause without a period
	hint    string // what to do, in the imperative; may be empty
	status  status
	err     error // what lies beneath, or nil
}

func (f *failure) Error() string { return f.problem }
func (f *failure) Unwrap() error { return f.err }

// wrongUsage is an error of whoever wrote the command line.
func wrongUsage(cmd *cobra.Command, format string, args ...any) error {
	return &failure{
		problem: fmt.Sprintf(format, args...),
		hint:    fmt.Sprintf("see %q", cmd.CommandPath()+" --help"),
		status:  misused,
	}
}

// status shows an error and returns the exit status that it stands for.
func (a *app) status(ctx context.Context, err error) int {
	var s status
	switch {
	case err == nil:
		return int(fine)
	case errors.As(err, &s):
		return int(s)
	}
	f := explain(ctx, err)
	if view.Failure(a.stderr, f.problem, f.hint, a.err()) != nil {
		return int(broken) // nobody is there to be told
	}
	return int(f.status)
}

// explain finds the words for an error, and the status it stands for.
func explain(ctx context.Context, err error) *failure {
	var f *failure
	var ofSource *source.Error
	var ofTarget *target.Error
	var format *bundle.FormatVersionError
	var damaged *bundle.DamagedError
	switch {
	case errors.As(err, &f):
		return f
	case ctx.Err() != nil:
		return &failure{problem: "interrupted", status: broken}
	case errors.As(err, &ofSource):
		return &failure{problem: ofSource.Summary, hint: ofSource.Cure, status: broken}
	case errors.As(err, &ofTarget):
		problem := ofTarget.Problem
		if ofTarget.Err != nil {
			problem += " (" + ofTarget.Err.Error() + ")"
		}
		return &failure{problem: problem, hint: ofTarget.Hint, status: broken}
	case errors.As(err, &format):
		return &failure{problem: "the target cannot be read: " + err.Error(), hint: "use the callpolicy that wrote it, or another folder", status: broken}
	case errors.As(err, &damaged):
		return &failure{problem: "the target cannot be read: " + damaged.Error(), hint: "move the folder away, and apply again", status: broken}
	}
	return &failure{problem: err.Error(), status: broken}
}
