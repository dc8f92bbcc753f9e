package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/failure"
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

// wrongUsage is an error of whoever wrote the command line.
func wrongUsage(cmd *cobra.Command, format string, args ...any) error {
	return &failure.Error{
		Problem: fmt.Sprintf(format, args...),
		Hint:    fmt.Sprintf("see %q", cmd.CommandPath()+" --help"),
		Kind:    misused,
	}
}

// status shows an error and returns the exit status that it stands for.
func (a *app) status(ctx context.Context, err error) int {
	var s status
	var f *failure.Error
	switch {
	case err == nil:
		return int(fine)
	case !errors.As(err, &f) && errors.As(err, &s):
		return int(s)
	}
	f = explain(ctx, err)
	if view.Failure(a.stderr, f.Problem, f.Hint, a.err()) != nil {
		return int(broken) // nobody is there to be told
	}
	return int(statusOf(f))
}

// statusOf returns the exit status that a failure stands for: its kind, where
// the command line made it.
func statusOf(f *failure.Error) status {
	if s, ok := errors.AsType[status](f.Kind); ok {
		return s
	}
	return broken
}

// explain finds the words for an error.
func explain(ctx context.Context, err error) *failure.Error {
	var f *failure.Error
	var format *bundle.FormatVersionError
	var damaged *bundle.DamagedError
	known := errors.As(err, &f)
	switch {
	case ctx.Err() != nil && (!known || statusOf(f) == broken):
		return &failure.Error{Problem: "interrupted"}
	case known:
		return f
	case errors.As(err, &format):
		return &failure.Error{Problem: "the target cannot be read: " + err.Error(), Hint: "use the callpolicy that wrote it, or another folder"}
	case errors.As(err, &damaged):
		return &failure.Error{Problem: "the target cannot be read: " + damaged.Error(), Hint: "move the folder away, and apply again"}
	}
	return &failure.Error{Problem: err.Error()}
}
