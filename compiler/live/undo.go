package live

import (
	"slices"

	"callpolicy/compiler/live/webex"
)

// Undo returns the changes that give people back what they had before a push, the
// last first, and what cannot be given back. Whether somebody changed a person
// since is found out by the push, which then leaves them alone.
func (j *Journal) Undo() (changes []Change, skipped []Skip) {
	changes, skipped = []Change{}, []Skip{}
	for _, e := range slices.Backward(j.Changes) {
		wrote := e.Outcome != nil && (e.Outcome.Result == Done || e.Outcome.Result == Unconfirmed)
		unsure := e.Outcome == nil && e.Intent != nil
		switch {
		case !wrote && !unsure:
		case e.After == nil:
			skipped = append(skipped, Skip{User: e.User, Reason: "a license that was added is not taken away: number, extension, voicemail and devices would go with it"})
		default:
			before := foundBefore(&e)
			changes = append(changes, Change{User: e.User, ID: e.ID, Before: e.After, After: &before, Why: Undone, Unit: e.Unit, Groups: e.Groups})
		}
	}
	return changes, skipped
}

// foundBefore is what a person had just before the request.
func foundBefore(e *Entry) webex.Behavior {
	if e.Intent != nil && e.Intent.Found != nil {
		return *e.Intent.Found
	}
	return *e.Before
}
