package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// livePull is the choices of live pull.
type livePull struct {
	*app
	access
	state
	out string
}

func newLivePullCommand(a *app) *cobra.Command {
	c := livePull{app: a}
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
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.access.flags(cmd)
	cmd.Flags().StringVar(&c.out, "out", "", "the `folder` for the snapshot (default live)")
	cmd.Flags().StringVar(&c.folder, "project", "", "the project's `folder`, from the top of the repository")
	a.rosterFlag(cmd)
	c.allFlag(cmd)
	return cmd
}

func (c *livePull) run(ctx context.Context) (err error) {
	w, err := c.open(ctx, c.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return each(w.Projects(), func(p workspace.Project) error {
		out, err := c.liveFolder(p, c.out, c.all)
		if err != nil {
			return err
		}
		result, err := p.Pull(ctx, workspace.PullRequest{
			Out: out, BaseURL: c.baseURL, Now: time.Now,
			Client: func(organization string) (*webex.Client, error) {
				return c.client(c.app, p.Root(), organization, webex.Reading)
			},
		})
		if err != nil {
			return err
		}
		return liveview.Pulled(c.stdout, result, c.shown(out), c.app.out())
	})
}
