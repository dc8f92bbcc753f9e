package rules

import (
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// What the directory or the calendar brings about never blocks a change that has
// nothing to do with it: whom it concerns is put in quarantine, and where nobody
// can be told apart it is a warning. The same fault on a line that the change
// touches is an error.

// rosterFault tells faults apart that only rows of the roster cause. People
// about whom the same is said share one.
type rosterFault struct {
	id    diag.ID
	block *config.Block
	field string
}

// eases reports whether an error is one that nobody's edit brings about. Then it
// is dealt with: it is among r.eased as a warning, and whom it concerns is in
// quarantine.
func (r *run) eases(f *finding, d *diag.Diagnostic) bool {
	if r.quarantine == nil || f.lock != nil || r.severities.Of(d.ID) != diag.Error {
		return false
	}
	user, person := -1, false
	if len(f.at) >= 2 && f.at[0] == "users" {
		user, person = r.cfg.User(f.at[1])
	}
	switch {
	case person && r.cfg.FromRoster(f.at...):
		r.quarantine(user)
		r.once(user, f, d)
		return true
	case r.stood == nil || !r.byItself(f, user, person) || !r.stood(d):
		return false
	}
	d.Severity = diag.Warning
	d.Detail = strings.TrimSpace(d.Detail + " " + oldNote)
	if person {
		r.quarantine(user)
		d.Detail += " " + config.QuarantineNote
	}
	r.eased.Add(d)
	return true
}

const oldNote = "The line is as it was in the base: the directory or the calendar brought this about, so it is a warning, and an error as soon as the line is edited."

// byItself reports whether a fault can come about over policies that are as they
// were: the person, or the organization, has rows in a directory, or a waiver has
// ended.
func (r *run) byItself(f *finding, user int, person bool) bool {
	if !person {
		return r.cfg.Roster.People > 0
	}
	return r.cfg.Users[user].Row.Line > 0 || r.waivers.ended(f.rule.id, user)
}

// once reports a fault of rows as a warning. People about whom the rows say the
// same share it.
func (r *run) once(user int, f *finding, d *diag.Diagnostic) {
	key := rosterFault{d.ID, r.cfg.Users[user].Block, strings.Join(f.at[2:], "\x00")}
	if first := r.faults[key]; first != nil {
		first.Users = max(1, first.Users) + 1
		return
	}
	if r.faults == nil {
		r.faults = map[rosterFault]*diag.Diagnostic{}
	}
	r.faults[key] = d
	d.Severity = diag.Warning
	d.Detail = strings.TrimSpace(d.Detail + " " + config.QuarantineNote)
	r.eased.Add(d)
}
