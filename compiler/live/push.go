package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
)

// PushOptions is how a push works.
type PushOptions struct {
	Only     func(*Change) bool // nil: all
	Canary   int                // stop after so many; 0: go on to the end
	Until    time.Time          // begin nobody after this; zero: no end
	First    bool               // nothing was ever pushed to this organization
	Now      func() time.Time
	Progress func(done, all int) // may be nil
}

// How careful a push is.
const (
	firstPeople = 10 // an organization's first push must get these right
	inARow      = 5  // failures one after the other, after which something is wrong with more than one person
)

// Push does what a journal has planned and what is not done yet. For each change
// it reads what Webex holds, writes down what it is about to do, does it, reads
// back, and writes down what became of it. Where something happened between the
// plan and now, the person is left alone.
//
// The API knows no precondition: what somebody changes between the read and the
// write, some tenths of a second, is lost.
//
// It returns an error only where it cannot go on; the journal then tells the next
// run where to. How single changes ended is in the journal.
func Push(ctx context.Context, client *webex.Client, j *Journal, o PushOptions) error {
	p := &pusher{PushOptions: o, client: client, journal: j}
	if p.Progress == nil {
		p.Progress = func(int, int) {}
	}
	var todo []*Entry
	for i := range j.Changes {
		if e := &j.Changes[i]; e.Outcome == nil && (o.Only == nil || o.Only(&e.Change)) {
			todo = append(todo, e)
		}
	}
	reason, err := p.all(ctx, todo)
	if err != nil {
		reason = "stopped: " + err.Error()
	}
	return errors.Join(err, j.end(End{p.now(), reason}))
}

func (j *Journal) end(e End) error {
	j.Ends = append(j.Ends, e)
	return j.add(line{End: &e})
}

// pusher is one run.
type pusher struct {
	PushOptions

	client  *webex.Client
	journal *Journal
}

func (p *pusher) now() time.Time { return p.Now().UTC().Truncate(time.Second) }

// all does the changes, one after the other, and says why it stopped.
func (p *pusher) all(ctx context.Context, todo []*Entry) (reason string, err error) {
	failed := 0
	for i, e := range todo {
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case p.Canary > 0 && i >= p.Canary:
			return fmt.Sprintf("the canary of %d is done", p.Canary), nil
		case !p.Until.IsZero() && !p.Now().Before(p.Until):
			return "the time given with --until has come", nil
		}
		if err := p.one(ctx, e); err != nil {
			return "", fmt.Errorf("%s: %w", e.User, err)
		}
		p.Progress(i+1, len(todo))
		bad := e.Outcome.Result == Failed || e.Outcome.Result == Unconfirmed
		if !bad {
			failed = 0
			continue
		}
		if failed++; failed == inARow {
			return "", &failure.Error{Problem: fmt.Sprintf("%d changes failed one after the other; the last: %s", failed, e.Outcome.Message), Hint: "find out why, and push again with the same journal"}
		}
		if p.First && e.N <= firstPeople {
			return "", &failure.Error{
				Problem: fmt.Sprintf("it is the first push to this organization, and one of its first %d changes is not as it should be: %s: %s", firstPeople, e.User, e.Outcome.Message),
				Hint:    "look at that person in Control Hub before you go on",
			}
		}
	}
	return "all is done", nil
}

// one does one change.
func (p *pusher) one(ctx context.Context, e *Entry) error {
	if e.After == nil {
		return p.license(ctx, e)
	}
	found, stop, err := p.read(ctx, e)
	if stop || err != nil {
		return err
	}
	switch found {
	case *e.After:
		if e.Intent != nil { // an earlier run was killed after the request
			return p.outcome(e, Done, &found, "found done when the push was resumed")
		}
		return p.outcome(e, Equal, &found, "")
	case *e.Before:
	default:
		return p.outcome(e, Moved, &found, "somebody changed it since the plan was made")
	}
	if err := p.intend(e, &found); err != nil {
		return err
	}
	wrote := p.client.SetBehavior(ctx, e.ID, *e.After)
	if wrote != nil && !webex.Unsure(wrote) {
		if fatal(wrote) {
			return wrote // the journal keeps the intent, and the next run looks
		}
		return p.outcome(e, Failed, &found, wrote.Error())
	}
	now, stop, err := p.read(ctx, e)
	switch {
	case err != nil || stop:
		return err
	case now == *e.After:
		return p.outcome(e, Done, &now, "")
	case wrote != nil && now == found:
		return p.outcome(e, Failed, &now, wrote.Error())
	case now == found:
		return p.outcome(e, Unconfirmed, &now, "Webex took the change, and shows the old value still")
	}
	return p.outcome(e, Unconfirmed, &now, "Webex shows something else than was written")
}

// read reads what Webex holds for a person. stop says that the change has its
// outcome: there is nobody, or nothing to read.
func (p *pusher) read(ctx context.Context, e *Entry) (found webex.Behavior, stop bool, err error) {
	found, _, err = p.client.Behavior(ctx, e.ID)
	if err == nil {
		return found, false, nil
	}
	if fatal(err) {
		return found, true, err
	}
	return found, true, p.outcome(e, Failed, nil, err.Error())
}

// fatal reports whether a failure is not about one person, so that going on with
// the next makes no sense.
func fatal(err error) bool {
	e, ok := errors.AsType[*webex.Error](err)
	if !ok {
		return true
	}
	return slices.Contains([]int{0, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusLocked}, e.Status)
}

func (p *pusher) intend(e *Entry, found *webex.Behavior) error {
	intent := &Intent{e.N, p.now(), found}
	e.Intent = intent
	return p.journal.add(line{Intent: intent})
}

func (p *pusher) outcome(e *Entry, r Result, found *webex.Behavior, message string) error {
	outcome := &Outcome{e.N, p.now(), r, found, message}
	e.Outcome = outcome
	return p.journal.add(line{Outcome: outcome})
}

// license adds licenses to one person. What the person has is read first and last:
// Webex may do a part, and say so or not.
func (p *pusher) license(ctx context.Context, e *Entry) error {
	missing, err := p.missing(ctx, e)
	if err != nil {
		if fatal(err) {
			return err
		}
		return p.outcome(e, Failed, nil, err.Error())
	}
	if len(missing) == 0 {
		if e.Intent != nil {
			return p.outcome(e, Done, nil, "found done when the push was resumed")
		}
		return p.outcome(e, Equal, nil, "")
	}
	if err := p.intend(e, nil); err != nil {
		return err
	}
	_, _, wrote := p.client.AddLicenses(ctx, e.ID, missing)
	if wrote != nil && fatal(wrote) && !webex.Unsure(wrote) {
		return wrote
	}
	left, err := p.missing(ctx, e)
	switch {
	case err != nil:
		return err
	case len(left) == 0:
		return p.outcome(e, Done, nil, "")
	case wrote != nil:
		return p.outcome(e, Failed, nil, wrote.Error())
	}
	return p.outcome(e, Unconfirmed, nil, fmt.Sprintf("Webex added a part: %d of %d are missing", len(left), len(missing)))
}

// missing returns those of the licenses that the person does not have.
func (p *pusher) missing(ctx context.Context, e *Entry) ([]webex.Grant, error) {
	person, err := p.client.Person(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	var missing []webex.Grant
	for _, l := range e.Add {
		if !slices.Contains(person.Licenses, l.ID) {
			missing = append(missing, webex.Grant{LicenseID: l.ID, LocationID: l.Location, Number: l.Number, Extension: l.Extension})
		}
	}
	return missing, nil
}
