package livecli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// pull is the choices of live pull.
type pull struct {
	*command.App
	access
	command.State
	out string
}

func newPullCommand(a *command.App) *cobra.Command {
	c := pull{App: a}
	cmd := &cobra.Command{
		Use:   "pull",
		Short: "Read what Control Hub holds into a snapshot",
		Long: `Pull reads people, licenses, groups with their members, UC Manager profiles and
everybody's own calling behavior into a folder of JSON Lines, which only you may
read. It takes a request for each page and one for each person. A pull that was
cut off goes on where it was.

What could not be read is named, and unknown from then on, never absent. A pull
that is visibly incomplete says so, and serves as no roster.`,
		Example: `  callpolicy live pull
  callpolicy live pull --out /var/lib/callpolicy/live --rate 300`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.access.flags(cmd)
	cmd.Flags().StringVar(&c.out, "out", "", "the `folder` for the snapshot (default live)")
	cmd.Flags().StringVar(&c.Folder, "project", "", "the project's `folder`, from the top of the repository")
	a.RosterFlag(cmd)
	c.AllFlag(cmd)
	return cmd
}

func (c *pull) run(ctx context.Context) (err error) {
	w, err := c.Open(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return each(w.Projects(), func(p workspace.Project) error {
		out, err := snapshotFolder(c.App, p, c.out, c.All)
		if err != nil {
			return err
		}
		result, err := p.Pull(ctx, workspace.PullRequest{
			Out: out, BaseURL: c.baseURL, Now: time.Now,
			Client: func(organization string) (*webex.Client, error) {
				return c.client(c.App, p.Root(), organization, webex.Reading)
			},
		})
		if err != nil {
			return err
		}
		return liveview.Pulled(c.Stdout, result, c.Shown(out), c.Out())
	})
}
