package livecli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// undo is the choices of live undo.
type undo struct {
	*command.App
	pushFlags
	command.State
	yes bool
}

func newUndoCommand(a *command.App) *cobra.Command {
	c := undo{App: a}
	cmd := &cobra.Command{
		Use:   "undo JOURNAL",
		Short: "Give people back what they had before a push",
		Long: `Undo gives everybody whom a push changed the value that they had just before it,
the last first, with a journal of its own. Whom somebody changed since is left
alone and listed. A license that was added is not taken away.

` + liveview.NotVerified,
		Example: `  callpolicy live undo live/push-20270301T053000Z.journal.jsonl`,
		Args:    command.Exactly(1, "name the journal of the push"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd, args[0]) },
	}
	c.pushFlags.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.Folder, "project", "", "the project's `folder`, from the top of the repository")
	flags.BoolVarP(&c.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c *undo) run(cmd *cobra.Command, name string) (err error) {
	ctx := cmd.Context()
	r, err := c.pushFlags.request(c.App, cmd)
	if err != nil {
		return err
	}
	full, err := c.Path(name)
	if err != nil {
		return err
	}
	of, err := live.ReadJournal(full)
	if err != nil {
		return err
	}
	p, err := c.OpenOne(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.CheckJournal(ctx, of, nil); err != nil {
		return err
	}
	to, exists, err := journalName(c.App, c.journal)
	if err != nil {
		return err
	}
	j, err := c.begin(cmd, of, to, exists, r)
	if err != nil {
		return err
	}
	client, err := c.client(c.App, p.Root(), j.Organization, webex.Writing)
	if err != nil {
		return errors.Join(err, j.Close())
	}
	return carryOut(ctx, c.App, client, j, r)
}

// begin asks, and begins the journal of the undo, or goes on with one.
func (c *undo) begin(cmd *cobra.Command, of *live.Journal, to string, exists bool, r workspace.PushRequest) (*live.Journal, error) {
	if exists {
		j, err := live.ContinueJournal(to)
		if err == nil && j.Undoes != filepath.Base(of.Name) {
			err = &failure.Error{Problem: c.Shown(to) + " is the journal of something else", Hint: "name a new file", Kind: command.Misused}
		}
		return j, err
	}
	if to == "" && !view.IsTerminal(c.Stdin) {
		return nil, &failure.Error{
			Problem: "the journal must be named where there is no terminal; nothing was written", Kind: command.Misused,
			Hint: "name a file with --journal, on storage that outlives this job",
		}
	}
	changes, _ := of.Undo()
	if !c.yes {
		if err := c.Confirm(cmd, fmt.Sprintf("Give back what was there before, in %d places?", len(changes))); err != nil {
			return nil, err
		}
	}
	if to == "" {
		to = workspace.JournalName(filepath.Dir(of.Name), live.UndoJournal, r.Now())
	}
	return workspace.BeginUndo(of, to, r)
}

func newRecordCommand(a *command.App) *cobra.Command {
	format := command.OneOf(liveview.RecordFormats()...)
	cmd := &cobra.Command{
		Use:   "record JOURNAL",
		Short: "Write the change record of a push",
		Long: `Record says what one push did, for whoever files the change: the ticket, who did
it, the digest of the plan, when, each change with its result, who was left
alone and why, and the way back. As html it is a page that prints well.`,
		Example: `  callpolicy live record live/push-20270301T053000Z.journal.jsonl
  callpolicy live record tonight.journal.jsonl --format html >CHG0012345.html`,
		Args: command.Exactly(1, "name the journal of the push"),
		RunE: func(_ *cobra.Command, args []string) error {
			full, err := a.Path(args[0])
			if err != nil {
				return err
			}
			j, err := live.ReadJournal(full)
			if err != nil {
				return err
			}
			record := live.RecordOf(j)
			record.Journal = a.Shown(full)
			return liveview.Record(format.Word, a.Stdout, record, a.Out())
		},
	}
	command.FormatFlag(cmd, format)
	return cmd
}
