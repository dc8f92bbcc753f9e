package cli

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/cli/livecli"
	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
)

// liveOrganization plans what a push to the live organization would do.
func (c *planCommand) liveOrganization(cmd *cobra.Command) (err error) {
	if c.format.Word == "markdown" {
		return command.WrongUsage(cmd, "--live has the formats %s", strings.Join(liveview.Formats(), " and "))
	}
	ctx := cmd.Context()
	p, err := c.OpenOne(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	l, err := livecli.Compare(ctx, c.App, p, &livecli.Comparison{State: c.State, Base: c.Base, Exact: c.Exact, Snapshot: c.live})
	if err != nil {
		return err
	}
	made, err := l.Plan(ctx, c.takeBack)
	if err != nil {
		return err
	}
	show := func(w io.Writer) error { return liveview.Plan(w, made, c.full, c.Out()) }
	if c.format.Word == "json" {
		show = func(w io.Writer) error { return liveview.PlanJSON(w, made) }
	}
	if err := c.paged(show); err != nil {
		return err
	}
	if err := l.Limits(made); err != nil && c.save == "" {
		return err
	}
	if c.save != "" {
		data, err := made.Encode()
		if err != nil {
			return err
		}
		if err := c.write(c.save, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	if c.detailedExit && len(made.Changes) > 0 {
		return command.Changes
	}
	return nil
}
