package workspace

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/webex"
)

// PushRequest says how a push is done.
type PushRequest struct {
	live.PushOptions

	Ticket string
	By     string
}

// JournalName is the name of a journal that nobody named.
func JournalName(dir, kind string, now time.Time) string {
	return filepath.Join(dir, kind+"-"+now.UTC().Format("20060102T150405Z")+live.JournalSuffix)
}

// Begin begins the journal of a plan.
func (l *Live) Begin(p *live.Plan, name string, r PushRequest) (*live.Journal, error) {
	digest, err := p.Digest()
	if err != nil {
		return nil, err
	}
	return live.NewJournal(name, live.Header{
		Journal: live.PushJournal, Organization: p.Inputs.Organization, Began: r.Now().UTC().Truncate(time.Second), Plan: digest,
		Revision: p.Revision, Base: p.Inputs.Base, Snapshot: p.Inputs.Snapshot, Ticket: r.Ticket, By: r.By, Profiles: p.Profiles,
	}, p.Changes, p.Skipped)
}

// BeginUndo begins the journal of the way back from a push.
func BeginUndo(of *live.Journal, name string, r PushRequest) (*live.Journal, error) {
	changes, skipped := of.Undo()
	return live.NewJournal(name, live.Header{
		Journal: live.UndoJournal, Organization: of.Organization, Began: r.Now().UTC().Truncate(time.Second), Plan: of.Plan,
		Ticket: r.Ticket, By: r.By, Undoes: filepath.Base(of.Name), Profiles: of.Profiles,
	}, changes, skipped)
}

// First reports whether nothing was ever pushed to the organization, as far as
// the journals tell.
func (l *Live) First() bool {
	for _, j := range l.Journals {
		if j.Count()[live.Done] > 0 {
			return false
		}
	}
	return true
}

// CheckJournal refuses a journal of another organization, and one of another plan
// than the one that is to be pushed, where there is one.
func (p Project) CheckJournal(ctx context.Context, j *live.Journal, saved *live.Plan) error {
	compiled, _, err := p.Compile(ctx)
	if err != nil {
		return err
	}
	if compiled != nil {
		if err := p.sameOrganization(compiled.Config, j.Organization, j.Name); err != nil {
			return err
		}
	}
	if saved == nil {
		return nil
	}
	digest, err := saved.Digest()
	if err == nil && digest != j.Plan {
		err = &failure.Error{Kind: ErrStale, Problem: p.options.shown(j.Name) + " is the journal of another plan; nothing was written"}
	}
	return err
}

// Push does what a journal still has to do, one push at a time on this machine.
// The client is to be for the journal's organization.
func Push(ctx context.Context, client *webex.Client, j *live.Journal, r PushRequest, options Options) (err error) {
	unlock, err := live.Lock(j.Organization)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return options.Trace.Stage("push", func() error {
		r.Progress = options.Trace.Advance
		return live.Push(ctx, client, j, r.PushOptions)
	})
}
