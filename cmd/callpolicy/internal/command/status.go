package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
)

// Status is an exit status. As an error it ends a command that has said all
// there is to say.
type Status int

// The exit statuses. They are a contract: scripts and CI jobs rely on them.
const (
	Fine    Status = 0  // fine, or nothing to do
	Faulty  Status = 1  // the policy files have errors
	Changes Status = 2  // plan --detailed-exitcode: there are changes
	Broken  Status = 3  // callpolicy could not work, or was interrupted
	Limited Status = 4  // a limit refused
	Stale   Status = 5  // the saved plan is out of date
	Partly  Status = 6  // applied in part
	Misused Status = 64 // wrong usage
)

// Error exists to make a status an error; nobody is shown it.
func (s Status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// WrongUsage is an error of whoever wrote the command line.
func WrongUsage(cmd *cobra.Command, format string, args ...any) error {
	return &failure.Error{
		Problem: fmt.Sprintf(format, args...),
		Hint:    fmt.Sprintf("see %q", cmd.CommandPath()+" --help"),
		Kind:    Misused,
	}
}

// Status shows an error and returns the exit status that it stands for.
func (a *App) Status(ctx context.Context, err error) int {
	var s Status
	var f *failure.Error
	switch {
	case err == nil:
		return int(Fine)
	case !errors.As(err, &f) && errors.As(err, &s):
		return int(s)
	}
	f = Explain(ctx, err)
	if view.Failure(a.Stderr, f.Problem, f.Hint, a.Err()) != nil {
		return int(a.Failed()) // nobody is there to be told
	}
	if s := statusOf(f); s != Broken {
		return int(s)
	}
	return int(a.Failed())
}

// Failed is the status of a command that could not do all of its work: what was
// written before stays, and a script must know.
func (a *App) Failed() Status {
	if a.Written {
		return Partly
	}
	return Broken
}

// statusOf returns the exit status that a failure stands for: its kind, where
// the command line made it.
func statusOf(f *failure.Error) Status {
	if s, ok := errors.AsType[Status](f.Kind); ok {
		return s
	}
	return Broken
}

// Explain finds the words for an error.
func Explain(ctx context.Context, err error) *failure.Error {
	var f *failure.Error
	var noProject *workspace.MissingError
	var beyond *workspace.LimitError
	var format *bundle.FormatVersionError
	var damaged *bundle.DamagedError
	known := errors.As(err, &f)
	switch {
	case ctx.Err() != nil && (!known || statusOf(f) == Broken):
		return &failure.Error{Problem: "interrupted"}
	case known:
		return advised(f)
	case errors.As(err, &noProject):
		return withoutProject(noProject)
	case errors.As(err, &beyond):
		return beyondLimits(beyond)
	case errors.As(err, &format):
		return &failure.Error{Problem: "the target cannot be read: " + err.Error(), Hint: "use the callpolicy that wrote it, or another folder"}
	case errors.As(err, &damaged):
		return &failure.Error{Problem: "the target cannot be read: " + damaged.Error(), Hint: "move the folder away, and apply again"}
	}
	return &failure.Error{Problem: err.Error()}
}

// advised adds the exit status, and what to do with flags, to what a workspace
// refuses to do.
func advised(f *failure.Error) *failure.Error {
	kind, ok := errors.AsType[workspace.Kind](f.Kind)
	if !ok {
		return f
	}
	of := func(s Status, hint string) *failure.Error {
		return &failure.Error{Kind: s, Problem: f.Problem, Hint: hint, Cause: f}
	}
	switch kind {
	case workspace.ErrRosterOfOne:
		return of(Misused, "name the project with --project, and leave out --all; or unset "+rosterVariable)
	case workspace.ErrUnknownTarget:
		return of(Misused, "add it under targets, or name another")
	case workspace.ErrBare:
		return of(Misused, "compare with another revision: --base REVISION")
	case workspace.ErrHeld:
		return of(Faulty, "correct what they say, or merge first what the change loosens")
	case workspace.ErrNotVacant:
		return of(Misused, "leave out --base; or, to see what changes since a revision and no more, leave out --target and --save")
	case workspace.ErrRoster, workspace.ErrForeign, workspace.ErrNothingBefore, workspace.ErrFaultyBefore, workspace.ErrUnclear:
		return f // it could not work, and the hint says what to do
	case workspace.ErrOrganization:
		return of(Faulty, f.Hint)
	case workspace.ErrStrangers:
		return of(Limited, "look at webex.organizationId in callpolicy.yaml, and at whose token it is")
	case workspace.ErrStale:
		return of(Stale, "make a new one with \"callpolicy plan --save\", and look at it")
	}
	return f
}

// withoutProject says how to get to a project, or to make one.
func withoutProject(missing *workspace.MissingError) *failure.Error {
	f := &failure.Error{Problem: missing.Error(), Hint: missingHint, Cause: missing}
	switch {
	case missing.Request.Folder != "":
		f.Hint = "name the folder from the top of the repository"
	case len(missing.Others) > 0:
		f.Hint = "name the folder of one with --project: " + strings.Join(missing.Others[:min(len(missing.Others), mostListed)], ", ")
	case missing.Request.Staged:
		f.Hint = "\"git add\" stages it"
	}
	return f
}

// beyondLimits says what lets a plan go beyond the limits for once.
func beyondLimits(err *workspace.LimitError) *failure.Error {
	flags, allowed := make([]string, len(err.Limits)), make([]string, len(err.Limits))
	for i, l := range err.Limits {
		flags[i], allowed[i] = l.Flag, fmt.Sprintf("%s: %d", l.Name, l.Users)
	}
	return &failure.Error{
		Kind: Limited, Problem: err.Error(), Cause: err,
		Hint: fmt.Sprintf("if that is meant, say %s; or have it reviewed: write, under limits in %s, allow: [{ %s, until: 2027-03-01, owner: …, reason: … }]",
			strings.Join(flags, " "), config.ProjectFile, strings.Join(allowed, ", ")),
	}
}
