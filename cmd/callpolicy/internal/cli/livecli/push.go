package livecli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/workspace"
)

// pushFlags are the choices about how something is written to Webex.
type pushFlags struct {
	access
	journal string
	ticket  string
	by      string
	canary  int
	until   string
	only    []string
}

func (f *pushFlags) flags(cmd *cobra.Command) {
	f.access.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.journal, "journal", "", "the journal's `file`; one that exists is resumed")
	flags.StringVar(&f.ticket, "ticket", "", "the `number` of the change, for the record")
	flags.StringVar(&f.by, "by", "", "`who` does it, for the record")
	flags.IntVar(&f.canary, "canary", 0, "stop after `N` changes")
	flags.StringVar(&f.until, "until", "", "begin with nobody after this `time`, like 05:30")
	flags.StringArrayVar(&f.only, "only", nil, "only an `address`, group:NAME, site:NAME or cause:N")
}

// request reads the flags.
func (f *pushFlags) request(a *command.App, cmd *cobra.Command) (r workspace.PushRequest, err error) {
	r.Now, r.Canary, r.Ticket, r.By = time.Now, f.canary, f.ticket, f.by
	for _, name := range []string{"GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "USERNAME"} {
		if r.By == "" {
			r.By = a.Getenv(name)
		}
	}
	if r.Only, err = live.Only(f.only); err != nil {
		return r, command.WrongUsage(cmd, "--only %v", err)
	}
	if f.until != "" {
		if r.Until, err = next(f.until, r.Now()); err != nil {
			return r, command.WrongUsage(cmd, "--until %v", err)
		}
	}
	return r, nil
}

// next returns when a time of the day comes next.
func next(clock string, now time.Time) (time.Time, error) {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return at, fmt.Errorf("%q is no time of the day like 05:30", clock)
	}
	when := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, now.Location())
	if !when.After(now) {
		when = when.AddDate(0, 0, 1)
	}
	return when, nil
}

// push is the choices of live push.
type push struct {
	*command.App
	pushFlags
	Comparison
	takeBack     []string
	dryRun       bool
	allowChanged bool
}

func newPushCommand(a *command.App) *cobra.Command {
	c := push{App: a}
	cmd := &cobra.Command{
		Use:   "push [PLAN]",
		Short: "Write to Webex what the policies changed",
		Long: `Push writes what webex.manage in callpolicy.yaml names and the API can do: the
calling behavior of single people, and licenses that are added. It writes only
what the policies changed. What somebody changed in Control Hub, or nobody knows
who, is left alone and listed, unless --take-back names it.

It shows what it would do and asks. Where there is no terminal it takes only a
PLAN that "callpolicy plan --live DIR --save PLAN" kept, and the journal must be
named, on storage that outlives the job.

For each person it reads what Webex holds, writes, and reads back. The journal
holds the intent before each request and the outcome after it; a push that was
killed goes on with the same journal, and does nothing twice. The API knows no
precondition: what somebody changes between the read and the write, some tenths
of a second, is lost. An organization's first push stops at the first of ten
people who is not as written.

It ends with status 4 where a limit refuses, with 5 where the saved plan is out
of date, and with 6 where a part failed.

` + liveview.NotVerified,
		Example: `  callpolicy live push --dry-run
  callpolicy live push --canary 10 --ticket CHG0012345
  callpolicy live push plan.json --journal /var/log/tonight.jsonl --until 05:30`,
		Args: command.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd, strings.Join(args, "")) },
	}
	c.pushFlags.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.Snapshot, "live", "", "the `folder` with the snapshot (default live)")
	flags.StringVar(&c.Base, "base", "", "judge who moved against this git `revision`")
	flags.BoolVar(&c.Exact, "base-exact", false, "against the revision of --base itself")
	flags.StringVar(&c.Folder, "project", "", "the project's `folder` in the repository")
	a.RosterFlag(cmd)
	c.AllFlag(cmd)
	flags.StringArrayVar(&c.takeBack, "take-back", nil, "whose value in Webex gives way: an `address`, or all")
	flags.BoolVar(&c.dryRun, "dry-run", false, "show what would be done, and send nothing")
	flags.BoolVar(&c.allowChanged, "allow-changed-users", false, "change more people than limits.changedUsers allows")
	for _, other := range []string{"journal", "take-back", "only"} {
		cmd.MarkFlagsMutuallyExclusive("all", other)
	}
	return cmd
}

func (c *push) run(cmd *cobra.Command, name string) (err error) {
	ctx := cmd.Context()
	r, err := c.pushFlags.request(c.App, cmd)
	if err != nil {
		return err
	}
	saved, err := c.savedPlan(name)
	if err != nil {
		return err
	}
	if saved != nil && (c.All || len(c.takeBack) > 0 || c.Base != "") {
		return command.WrongUsage(cmd, "a saved plan says itself what is taken back, and against which base; leave out --all, --take-back and --base")
	}
	w, err := c.Open(ctx, c.State)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return each(w.Projects(), func(p workspace.Project) error { return c.push(cmd, p, r, saved) })
}

// savedPlan reads a plan that was kept; without a name it is nil.
func (c *push) savedPlan(name string) (*live.Plan, error) {
	if name == "" {
		return nil, nil
	}
	full, err := c.Path(name)
	if err != nil {
		return nil, err
	}
	data, err := bounded.File(full, plan.MostSaved)
	if err != nil {
		return nil, &failure.Error{Problem: fmt.Sprintf("cannot read the plan %s: %v", name, command.Cause(err)), Cause: err}
	}
	return live.OpenPlan(name, data)
}

// push pushes one project, or goes on with its journal.
func (c *push) push(cmd *cobra.Command, p workspace.Project, r workspace.PushRequest, saved *live.Plan) error {
	ctx := cmd.Context()
	name, exists, err := journalName(c.App, c.journal)
	if err != nil {
		return err
	}
	if exists && !c.dryRun {
		return c.resume(ctx, p, r, saved, name)
	}
	l, plan, err := c.plan(ctx, p, saved)
	if err != nil {
		return err
	}
	if saved == nil {
		err := errors.Join(liveview.Plan(c.Stdout, plan, false, c.Out()), liveview.Say(c.Stderr, liveview.NotVerified, c.Err()))
		if err != nil {
			return err
		}
	}
	var allowed []string
	if c.allowChanged {
		allowed = append(allowed, "changedUsers")
	}
	if err := l.Limits(plan, allowed...); err != nil || c.dryRun || len(plan.Changes) == 0 {
		return err
	}
	if err := c.agreed(cmd, plan, saved, name); err != nil {
		return err
	}
	client, err := c.client(c.App, p.Root(), plan.Inputs.Organization, webex.Writing)
	if err != nil {
		return err
	}
	if name == "" {
		dir, err := snapshotFolder(c.App, p, c.Snapshot, c.All)
		if err != nil {
			return err
		}
		name = workspace.JournalName(dir, live.PushJournal, r.Now())
	}
	r.First = l.First()
	j, err := l.Begin(plan, name, r)
	if err != nil {
		return err
	}
	return carryOut(ctx, c.App, client, j, r)
}

// plan says what is to be done, and refuses a saved plan once anything that it
// rests on has moved.
func (c *push) plan(ctx context.Context, p workspace.Project, saved *live.Plan) (*workspace.Live, *live.Plan, error) {
	s, takeBack := c.Comparison, c.takeBack
	if saved != nil {
		s.Base, s.Exact, takeBack = saved.BaseFlag, saved.BaseExact, saved.TakeBack
	}
	l, err := Compare(ctx, c.App, p, &s)
	if err != nil {
		return nil, nil, err
	}
	made, err := l.Plan(ctx, takeBack)
	if err != nil || saved == nil {
		return l, made, err
	}
	moved := saved.Inputs.Moved(made.Inputs)
	was, err := saved.Digest()
	if err != nil {
		return nil, nil, err
	}
	is, err := made.Digest()
	if err == nil && len(moved) == 0 && was != is {
		moved = []string{"what the journals say"}
	}
	if err == nil && len(moved) > 0 {
		err = workspace.OutOfDate(moved...)
	}
	return l, saved, err
}

// agreed finds out whether a plan may be carried out: it was looked at and kept,
// or somebody at the terminal says so.
func (c *push) agreed(cmd *cobra.Command, plan *live.Plan, saved *live.Plan, journal string) error {
	terminal := view.IsTerminal(c.Stdin)
	switch {
	case !terminal && saved == nil:
		return &failure.Error{
			Problem: "there is no terminal to ask on; nothing was written", Kind: command.Misused,
			Hint: "keep a plan with \"callpolicy plan --live DIR --save PLAN\", look at it, and push that",
		}
	case !terminal && journal == "":
		return &failure.Error{
			Problem: "the journal must be named where there is no terminal; nothing was written", Kind: command.Misused,
			Hint: "name a file with --journal, on storage that outlives this job",
		}
	case saved != nil:
		return nil
	}
	question := fmt.Sprintf("Write %d to Webex, organization %s?", len(plan.Changes), plan.Inputs.Organization)
	if len(plan.Changes) != 1 {
		question = fmt.Sprintf("Write %d changes to Webex, organization %s?", len(plan.Changes), plan.Inputs.Organization)
	}
	return c.Confirm(cmd, question)
}

// journalName returns the path of a journal that is named, and whether it exists.
func journalName(a *command.App, name string) (full string, exists bool, err error) {
	if name == "" {
		return "", false, nil
	}
	if full, err = a.Path(name); err != nil {
		return "", false, err
	}
	_, err = os.Stat(full)
	if errors.Is(err, fs.ErrNotExist) {
		return full, false, nil
	}
	return full, err == nil, err
}

// resume goes on with a journal, whose plan somebody agreed to when it began.
func (c *push) resume(ctx context.Context, p workspace.Project, r workspace.PushRequest, saved *live.Plan, name string) error {
	j, err := live.ContinueJournal(name)
	if err != nil {
		return err
	}
	err = p.CheckJournal(ctx, j, saved)
	var client *webex.Client
	if err == nil {
		client, err = c.client(c.App, p.Root(), j.Organization, webex.Writing)
	}
	if err != nil {
		return errors.Join(err, j.Close())
	}
	return carryOut(ctx, c.App, client, j, r)
}

// carryOut does what a journal still has to do, and says what became of it.
func carryOut(ctx context.Context, a *command.App, client *webex.Client, j *live.Journal, r workspace.PushRequest) error {
	options, err := a.Options()
	if err == nil {
		err = liveview.Say(a.Stderr, "One push at a time: this machine holds the lock.", a.Err())
	}
	if err == nil {
		err = workspace.Push(ctx, client, j, r, options)
	}
	err = errors.Join(err, j.Close(), liveview.Pushed(a.Stdout, j, a.Shown(j.Name), a.Out()))
	switch {
	case err != nil && j.Count()[live.Done] == 0:
		return err
	case err != nil:
		a.Written = true
		return err
	case j.Bad() > 0:
		return command.Partly
	}
	return nil
}

// NextPush says, where the project manages something in Webex, what live push
// would do next by the snapshot that there is.
func NextPush(ctx context.Context, a *command.App, p workspace.Project, c *compiler.Compilation) error {
	if len(c.Config.Project.Webex.Manage) == 0 {
		return nil
	}
	l, err := p.LiveOf(ctx, c, workspace.LiveRequest{Dir: p.Folder(workspace.LiveDir), Now: time.Now()})
	if errors.Is(err, snapshot.ErrNone) {
		return liveview.Say(a.Stdout, "What live push would do next is not known: there is no snapshot. \"callpolicy live pull\" makes one.", a.Out())
	}
	var plan *live.Plan
	if err == nil {
		plan, err = l.Plan(ctx, nil)
	}
	if err != nil {
		return liveview.Say(a.Stdout, "What live push would do next is not known: "+command.Explain(ctx, err).Problem+".", a.Out())
	}
	return liveview.Next(a.Stdout, plan, l.Snapshot.Ended, a.Out())
}
