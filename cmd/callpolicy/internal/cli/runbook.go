package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/cmd/callpolicy/internal/view/runbookview"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/roster"
	"callpolicy/compiler/runbook"
	"callpolicy/compiler/workspace"
)

// runbookCommand is the choices of the runbook command.
type runbookCommand struct {
	*app
	command.States
	undo   string
	done   string
	tick   []string
	pinned string
	accept string
	reason string
	by     string
	format *command.Choice
	out    []string
}

func newRunbookCommand(a *app) *cobra.Command {
	c := runbookCommand{app: a, format: command.OneOf(runbookview.Formats()...)}
	cmd := &cobra.Command{
		Use:     "runbook",
		GroupID: command.GroupPolicies,
		Short:   "Say what to do in Control Hub, step by step",
		Long: `Runbook turns a plan into an ordered list of steps: the page in Control Hub, the
option, before and after, how many people it reaches, who must be reset by hand
and who must not be touched; what could go through the Webex API, as requests;
and what is not possible. It changes nothing and sends nothing.

It compares what plan compares. --undo gives the way back. --done keeps which
steps were ticked, so that the next runbook shows what is still to do; given the
journal of "callpolicy live push" it leaves out what that did.

What apply remembers to be reset in Control Hub is among the steps. A CSV file
of --done ticks many of those at once: user,setting,by,date,ticket. "apply
--done" keeps in the target what it says. --accept notes in the file that a
value is to stay.`,
		Example: `  callpolicy runbook
  callpolicy runbook --base main --format html >runbook.html
  callpolicy runbook --done done.json --tick 3f2c1ab03f
  callpolicy runbook --done d.csv --accept a@b.example,videoOnMobile --reason ok
  callpolicy runbook --undo HEAD`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	c.Flags(a.App, cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.undo, "undo", "", "the way back to before this git `revision`")
	flags.StringVar(&c.done, "done", "", "the `file` that keeps what was ticked")
	flags.StringVar(&c.accept, "accept", "", "keep the value of `who`: user,setting")
	flags.StringVar(&c.reason, "reason", "", "the `reason` of --accept")
	flags.StringVar(&c.by, "by", "", "the `name` of whoever accepts")
	flags.StringSliceVar(&c.tick, "tick", nil, "tick the steps with these `ids` in the file of --done")
	flags.StringVar(&c.pinned, "pinned", "", "a CSV `file`, user and setting, of what was set by hand")
	command.FormatFlag(cmd, c.format)
	command.OutFlag(cmd, &c.out)
	cmd.MarkFlagsMutuallyExclusive("undo", "base")
	cmd.MarkFlagsMutuallyExclusive("undo", "target")
	return cmd
}

func (c *runbookCommand) run(cmd *cobra.Command) (err error) {
	ctx := cmd.Context()
	if len(c.tick) > 0 && c.done == "" {
		return command.WrongUsage(cmd, "--tick needs to know where ticks are kept: --done FILE")
	}
	if len(c.tick) > 0 && strings.HasSuffix(c.done, ".csv") {
		return command.WrongUsage(cmd, "a CSV file is written by whoever does the work: add rows to it, or name another file")
	}
	if (c.accept != "") != (c.reason != "") || c.accept != "" && !strings.HasSuffix(c.done, ".csv") {
		return command.WrongUsage(cmd, "--accept USER,SETTING needs a --reason, and the CSV file of --done to keep it in")
	}
	if err := c.States.Check(cmd); err != nil {
		return err
	}
	outputs, err := format.ParseOutputs(c.out, c.format.Words)
	if err != nil {
		return command.WrongUsage(cmd, "%v", err)
	}
	p, err := c.OpenOne(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	in, err := c.input(ctx, p)
	if err != nil {
		return err
	}
	if err := c.pins(in); err != nil {
		return err
	}
	ticks, err := c.remembered(p, in)
	if err != nil {
		return err
	}
	book := runbook.Build(in.Input)
	book.Notes = in.notes
	book.Say(ticks)
	if err := c.progress(book); err != nil {
		return err
	}
	for _, o := range outputs {
		name, err := c.Path(o.Path)
		if err != nil {
			return err
		}
		err = workspace.WriteFile(name, func(w io.Writer) error { return runbookview.Write(o.Format, w, book, layout.Plain()) })
		if err != nil {
			return err
		}
	}
	return runbookview.Write(c.format.Word, c.Stdout, book, c.Out())
}

// runbookInput is what a runbook is made of, and what a reader must know of it.
type runbookInput struct {
	runbook.Input
	notes []string
}

// input compiles both states.
func (c *runbookCommand) input(ctx context.Context, p workspace.Project) (*runbookInput, error) {
	if c.undo != "" {
		return c.wayBack(ctx, p)
	}
	made, err := p.Plan(ctx, c.Comparison)
	if err != nil {
		return nil, err
	}
	if made.Plan == nil {
		return nil, c.refused(p, made)
	}
	base, err := known(made.Base)
	if err != nil {
		return nil, err
	}
	return &runbookInput{
		runbook.Input{Base: base, Head: made.Compiled.Result, From: made.Plan.Base, To: made.Plan.Head}, made.Plan.Notes,
	}, nil
}

func (c *runbookCommand) refused(p workspace.Project, made *workspace.Planned) error {
	if err := report.Text(c.Stderr, command.ReportOf(p, made.Compiled, made.Found), c.Err()); err != nil {
		return err
	}
	return command.Faulty
}

// known returns what the base means. Of one that is known by its bundles only,
// nobody can say which page it comes from.
func known(side *plan.Side) (*resolve.Result, error) {
	if side.Result == nil && len(side.Users) > 0 {
		return nil, &failure.Error{
			Problem: "bundles alone do not tell what was set where: " + side.State.Name + " was not made from a commit that can be compiled again",
			Hint:    "name what Control Hub holds now, with --base REVISION --base-exact",
		}
	}
	return side.Result, nil
}

// wayBack leads from the state that is read to the one before a revision.
func (c *runbookCommand) wayBack(ctx context.Context, p workspace.Project) (*runbookInput, error) {
	now, diags, err := p.Compile(ctx)
	if err != nil {
		return nil, err
	}
	if diags.HasErrors() {
		return nil, c.refused(p, &workspace.Planned{Compiled: now, Found: diags})
	}
	before, said, err := p.Before(ctx, c.undo)
	if err != nil {
		return nil, err
	}
	notes := append(said, fmt.Sprintf("This takes back everything since %s, that included. To take back one change in the middle, undo it in the files (git revert) and make a runbook of that.", c.undo))
	return &runbookInput{
		runbook.Input{Base: now.Result, Head: before.Result, From: p.Describe(), To: before.State, Undo: c.undo}, notes,
	}, nil
}

// mostTicked is more than a file of ticked steps can be long.
const mostTicked = 64 << 20 // bytes

// progress shows what was ticked before, and ticks more.
func (c *runbookCommand) progress(book *runbook.Runbook) error {
	if c.done == "" || strings.HasSuffix(c.done, ".csv") {
		return nil
	}
	name, err := c.Path(c.done)
	if err != nil {
		return err
	}
	if j, err := live.ReadJournal(name); err == nil {
		return c.pushed(book, j)
	}
	done := runbook.NewProgress()
	switch data, err := bounded.File(name, mostTicked); {
	case err == nil:
		if done, err = runbook.ParseProgress(data); err != nil {
			return &failure.Error{Problem: c.Shown(name) + " is " + err.Error(), Hint: "name another file; it is made with the first tick"}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	done.Apply(book)
	if len(c.tick) == 0 {
		return nil
	}
	for _, id := range c.tick {
		if _, unknown := errors.AsType[*runbook.UnknownStepError](done.Tick(book, id)); unknown {
			return &failure.Error{Problem: fmt.Sprintf("no step has the id %q, or several begin with it", id), Hint: "the ids are in the runbook, behind each title", Kind: command.Misused}
		}
	}
	data, err := done.Encode()
	if err != nil {
		return err
	}
	return workspace.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// pushed marks what live push did, by its journal.
func (c *runbookCommand) pushed(book *runbook.Runbook, j *live.Journal) error {
	if len(c.tick) > 0 {
		return &failure.Error{Problem: c.Shown(j.Name) + " is a journal of live push, and ticks are kept in a file of their own", Hint: "name another file with --done", Kind: command.Misused}
	}
	held := j.Held()
	book.Pushed(func(user string, body []byte) bool {
		var wanted webex.Behavior
		has, ok := held[user]
		return ok && json.Unmarshal(body, &wanted) == nil && has == wanted
	})
	return nil
}

// pins reads what was set by hand in Control Hub.
func (c *runbookCommand) pins(in *runbookInput) error {
	if c.pinned == "" {
		return nil
	}
	name, err := c.Path(c.pinned)
	if err != nil {
		return err
	}
	data, err := bounded.File(name, mostTicked)
	if err != nil {
		return err
	}
	rows, diags := roster.Rows(c.Shown(name), data, "user", "setting")
	if len(diags) > 0 {
		return &failure.Error{Problem: diags[0].Subject.String() + ": " + diags[0].Summary, Hint: diags[0].Hint, Kind: command.Misused}
	}
	edition := in.Head.Config.Schema.Edition
	for _, row := range rows {
		user, setting := row.Cells[0], row.Cells[1]
		wrong := func(what string) error {
			return &failure.Error{Problem: fmt.Sprintf("%s:%d: %s", c.Shown(name), row.At.Line, what), Hint: "a row is a user and a setting: ann@voorbeeld.example,inCall.videoOnMobile", Kind: command.Misused}
		}
		if setting == "" {
			return wrong("a setting is missing")
		}
		if setting != "callingBehavior" {
			setting = "inCall." + strings.TrimPrefix(setting, "inCall.")
			if !slices.Contains(edition.Toggles, strings.TrimPrefix(setting, "inCall.")) {
				return wrong(fmt.Sprintf("there is no setting %q", row.Cells[1]))
			}
		}
		if _, ok := in.Head.Config.User(user); !ok {
			return wrong(fmt.Sprintf("nobody has the address %q", user))
		}
		in.Pins = append(in.Pins, runbook.Pin{User: user, Setting: setting})
	}
	return nil
}
