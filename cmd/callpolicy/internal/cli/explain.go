package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	reasons "callpolicy/compiler/explain"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
)

// explainFlags are the choices of the explain command.
type explainFlags struct {
	command.State
	blame    bool
	whyNot   string
	asks     bool // --why-not was given
	like     bool
	licenses []string
	groups   []string
	format   *command.Choice
}

func newExplainCommand(a *app) *cobra.Command {
	f := explainFlags{format: command.OneOf("text", "json")}
	cmd := &cobra.Command{
		Use:     "explain USER [SETTING]",
		GroupID: command.GroupPolicies,
		Short:   "Say where a user's settings come from",
		Long: `Explain shows, for one user, every level's value for each setting: which one
wins and why, where each is written, and which locks there are. --why-not says
what would have to change for the user to get another value, and what forbids
it.

A setting is named as in the files, such as inCall.videoOnMobile. A value of a
calling behavior is an app, or fields: app=webex,ucManagerProfile=utrecht.`,
		Example: `  callpolicy explain u0142@voorbeeld.example
  callpolicy explain u0142@voorbeeld.example inCall.screenSharing --blame
  callpolicy explain u0142@voorbeeld.example videoOnMobile --why-not on
  callpolicy explain --like --licenses webexCalling --groups reception`,
		Args: command.AtMost(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.asks = cmd.Flags().Changed("why-not")
			return a.explain(cmd, f, args)
		},
	}
	f.State.Flags(a.App, cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.blame, "blame", false, "who last touched each line, and when")
	flags.StringVar(&f.whyNot, "why-not", "", "what would give the user this `value` of the setting")
	flags.BoolVar(&f.like, "like", false, "explain somebody who is in no file")
	flags.StringSliceVar(&f.licenses, "licenses", nil, "the `licenses` of --like")
	flags.StringSliceVar(&f.groups, "groups", nil, "the `groups` of --like")
	command.FormatFlag(cmd, f.format)
	cmd.MarkFlagsMutuallyExclusive("like", "why-not")
	cmd.MarkFlagsMutuallyExclusive("blame", "why-not")
	cmd.MarkFlagsMutuallyExclusive("blame", "staged")
	return cmd
}

// split tells the user and the setting apart among the arguments.
func (f *explainFlags) split(cmd *cobra.Command, args []string) (user, setting string, err error) {
	if f.like {
		args = append([]string{""}, args...)
	} else if len(f.licenses)+len(f.groups) > 0 {
		return "", "", command.WrongUsage(cmd, "--licenses and --groups describe somebody of --like")
	}
	switch {
	case len(args) == 0:
		return "", "", command.WrongUsage(cmd, "explain needs the e-mail address of a user")
	case f.like && len(args) > 2:
		return "", "", command.WrongUsage(cmd, "--like takes no user, and there is %q", args[1])
	case f.asks && len(args) < 2:
		return "", "", command.WrongUsage(cmd, "--why-not needs the setting that it is about, after the user")
	case len(args) == 2:
		setting = args[1]
	}
	return args[0], setting, nil
}

func (a *app) explain(cmd *cobra.Command, f explainFlags, args []string) (err error) {
	user, setting, err := f.split(cmd, args)
	if err != nil {
		return err
	}
	p, err := a.OpenOne(cmd.Context(), f.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	c, diags, err := p.Compile(cmd.Context())
	if err != nil {
		return err
	}
	if c == nil {
		return errors.Join(report.Text(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	}
	err = a.answer(cmd.Context(), p, c, f, user, setting)
	var missing *reasons.NotFoundError
	switch {
	case errors.As(err, &missing) && diags.HasErrors() && c.Config.Incomplete:
		// What is missing may well be in the file that could not be read.
		return errors.Join(report.Text(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	case errors.As(err, &missing):
		return notThere(missing)
	case err == nil && diags.HasErrors():
		return errors.Join(view.Warned(a.Stderr, command.ReportOf(p, c, diags), a.Err()), command.Faulty)
	}
	return err
}

// answer shows what was asked for.
func (a *app) answer(ctx context.Context, p workspace.Project, c *compiler.Compilation, f explainFlags, user, setting string) error {
	if f.asks {
		answer, err := reasons.WhyNot(c.Config, c.Result, user, setting, f.whyNot)
		if err != nil {
			return err
		}
		if f.format.Word == "json" {
			return view.ExplainJSON(a.Stdout, answer)
		}
		return view.WhyNot(a.Stdout, answer, a.Out())
	}
	var e *reasons.Explanation
	var err error
	if f.like {
		e, err = reasons.Persona(c.Config, f.licenses, f.groups)
	} else {
		e, err = reasons.User(c.Config, c.Result, user)
		if err == nil {
			err = remember(p, c, e)
		}
	}
	if err == nil && setting != "" {
		err = e.Only(setting)
	}
	if err == nil && f.blame {
		err = blame(ctx, p, f.Rev, e)
	}
	switch {
	case err != nil:
		return err
	case f.format.Word == "json":
		return view.ExplainJSON(a.Stdout, e)
	}
	return view.Explain(a.Stdout, e, a.Out())
}

// remember fills in what is still to be reset in Control Hub.
func remember(p workspace.Project, c *compiler.Compilation, e *reasons.Explanation) error {
	list, err := p.Outstanding(c)
	if err == nil {
		e.Remember(list)
	}
	return err
}

// blame fills in who last touched each line.
func blame(ctx context.Context, p workspace.Project, rev string, e *reasons.Explanation) error {
	return e.Blame(func(file string) ([]reasons.Commit, error) {
		lines, err := p.Blame(ctx, rev, file)
		if err != nil {
			return nil, err
		}
		out := make([]reasons.Commit, len(lines))
		for i, l := range lines {
			if l.Commit == "" {
				out[i].Uncommitted = true
				continue
			}
			out[i] = reasons.Commit{ID: l.Commit, Author: l.Author, Date: l.Date.Format(time.DateOnly), Oldest: l.Oldest}
		}
		return out, nil
	})
}

// notThere says what may have been meant.
func notThere(missing *reasons.NotFoundError) error {
	f := &failure.Error{Problem: missing.Error(), Kind: command.Misused, Cause: missing}
	switch {
	case missing.Quarantined:
		f.Hint = "callpolicy validate shows the fault"
	case missing.InUse != "":
		f.Hint = "see " + strings.Join(missing.Near, " and ")
	case len(missing.Near) > 0:
		f.Hint = command.Ask(missing.Near)
	case len(missing.Known) > 0:
		f.Hint = fmt.Sprintf("there is: %s", strings.Join(missing.Known, ", "))
	case missing.What == "user":
		f.Hint = "explain --like shows what somebody would have who is in no file"
	}
	return f
}
