package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/whatif"
)

// imagine shows what changes that are in no file would do to the policies as
// they are: the plan, the seats, and every rule that would be broken.
func (c *planCommand) imagine(ctx context.Context) (err error) {
	wanted := make([]whatif.Change, len(c.whatIf))
	for i, text := range c.whatIf {
		if wanted[i], err = whatif.Parse(text); err != nil {
			return &failure.Error{Problem: "--what-if " + err.Error(), Kind: command.Misused, Cause: err}
		}
	}
	p, err := c.OpenOne(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	now, found, err := p.Compile(ctx)
	if err != nil {
		return err
	}
	if now == nil || found.HasErrors() {
		return errors.Join(report.Text(c.Stderr, command.ReportOf(p, now, found), c.Err()), command.Faulty)
	}
	changed, idle, err := whatif.Apply(now.Config, wanted)
	if err != nil {
		return impossible(err)
	}
	then, broken, err := now.WhatIf(ctx, changed)
	if err != nil {
		return err
	}
	made, err := plan.Compare(ctx, now.Side(p.Describe()), then.Side(plan.State{Name: "what if"}))
	if err != nil {
		return err
	}
	for _, cause := range made.Causes {
		cause.At = nil // a place would be where it is not written
	}
	for i := range made.Seats {
		for k := range made.Seats[i].Added {
			made.Seats[i].Added[k].At = nil
		}
	}
	for _, change := range wanted {
		made.Notes = append(made.Notes, "What if: "+change.Text)
	}
	for _, change := range idle {
		made.Notes = append(made.Notes, fmt.Sprintf("%q concerns nobody: it is so already.", change.Text))
	}
	result := view.WhatIf{Plan: made, Breaks: migration.Breaks(found, broken), Mends: migration.Breaks(broken, found)}
	err = c.paged(func(w io.Writer) error {
		switch c.format.Word {
		case "json":
			return view.JSON(w, result)
		case "markdown":
			return c.render(w, c.format.Word, made, c.Out())
		}
		return view.WhatIfText(w, result, c.detail(), c.Out())
	})
	if err == nil && c.detailedExit && !made.Empty() {
		return command.Changes
	}
	return err
}

// impossible says what is wrong with a change that is in no file.
func impossible(err error) error {
	f := &failure.Error{Problem: "--what-if " + err.Error(), Kind: command.Misused, Cause: err}
	if missing, ok := errors.AsType[*whatif.NotFoundError](err); ok && missing.Near != "" {
		f.Hint = command.Ask([]string{missing.Near})
	}
	return f
}
