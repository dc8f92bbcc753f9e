package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// liveUndo is the choices of live undo.
type liveUndo struct {
	*app
	pushFlags
	state
	yes bool
}

func newLiveUndoCommand(a *app) *cobra.Command {
	c := liveUndo{app: a}
	cmd := &cobra.Command{
		Use:   "undo JOURNAL",
		Short: "Give people back what they had before a push",
		Long: `Undo gives everybody whom a push changed the value that they had just before it,
the last first, with a journal of its own. Whom somebody changed since is left
alone and listed. A license that was added is not taken away.

` + liveview.NotVerified,
		Example: `  callpolicy live undo live/push-20270301T053000Z.journal.jsonl`,
		Args:    exactly(1, "name the journal of the push"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0]) },
	}
	c.pushFlags.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.folder, "project", "", "the project's `folder`, from the top of the repository")
	flags.BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c *liveUndo) run(cmd *cobra.Command, name string) (err error) {
	ctx := cmd.Context()
	r, err := c.pushFlags.request(c.app, cmd)
	if err != nil {
		return err
	}
	full, err := c.path(name)
	if err != nil {
		return err
	}
	of, err := live.ReadJournal(full)
	if err != nil {
		return err
	}
	p, err := c.openOne(ctx, c.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.CheckJournal(ctx, of, nil); err != nil {
		return err
	}
	to, exists, err := c.journalName(c.journal)
	if err != nil {
		return err
	}
	j, err := c.begin(cmd, of, to, exists, r)
	if err != nil {
		return err
	}
	client, err := c.client(c.app, p.Root(), j.Organization, webex.Writing)
	if err != nil {
		return errors.Join(err, j.Close())
	}
	return c.carryOut(ctx, client, j, r)
}

// begin asks, and begins the journal of the undo, or goes on with one.
func (c *liveUndo) begin(cmd *cobra.Command, of *live.Journal, to string, exists bool, r workspace.PushRequest) (*live.Journal, error) {
	if exists {
		j, err := live.ContinueJournal(to)
		if err == nil && j.Undoes != filepath.Base(of.Name) {
			err = &failure.Error{Problem: c.shown(to) + " is the journal of something else", Hint: "name a new file", Kind: misused}
		}
		return j, err
	}
	if to == "" && !view.IsTerminal(c.stdin) {
		return nil, &failure.Error{
			Problem: "the journal must be named where there is no terminal; nothing was written", Kind: misused,
			Hint: "name a file with --journal, on storage that outlives this job",
		}
	}
	changes, _ := of.Undo()
	if !c.yes {
		if err := c.confirm(cmd, fmt.Sprintf("Give back what was there before, in %d places?", len(changes))); err != nil {
			return nil, err
		}
	}
	if to == "" {
		to = workspace.JournalName(filepath.Dir(of.Name), live.UndoJournal, r.Now())
	}
	return workspace.BeginUndo(of, to, r)
}

func newLiveRecordCommand(a *app) *cobra.Command {
	format := oneOf(liveview.RecordFormats()...)
	cmd := &cobra.Command{
		Use:   "record JOURNAL",
		Short: "Write the change record of a push",
		Long: `Record says what one push did, for whoever files the change: the ticket, who did
it, the digest of the plan, when, each change with its result, who was left
alone and why, and the way back. As html it is a page that prints well.`,
		Example: `  callpolicy live record live/push-20270301T053000Z.journal.jsonl
  callpolicy live record tonight.journal.jsonl --format html >CHG0012345.html`,
		Args: exactly(1, "name the journal of the push"),
		RunE: func(_ *cobra.Command, args []string) error {
			full, err := a.path(args[0])
			if err != nil {
				return err
			}
			j, err := live.ReadJournal(full)
			if err != nil {
				return err
			}
			record := live.RecordOf(j)
			record.Journal = a.shown(full)
			return liveview.Record(format.word, a.stdout, record, a.out())
		},
	}
	formatFlag(cmd, format)
	return cmd
}
