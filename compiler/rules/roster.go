package rules

import (
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// rosterFault tells faults apart that only rows of the roster cause. People
// about whom the same is said share one.
type rosterFault struct {
	id    diag.ID
	block *config.Block
	field string
}

// quarantines sorts out the findings that only a row of the roster causes: what
// is at fault is written there and nowhere else. Whoever it concerns is put in
// quarantine, which is a warning, as nobody else is to wait for the directory. It
// returns nil for all other findings, and for what is reported already.
func (r *run) quarantines(f *finding, d *diag.Diagnostic) (quarantined bool, report *diag.Diagnostic) {
	if r.quarantine == nil || f.lock != nil || len(f.at) < 2 || f.at[0] != "users" || r.severities.Of(d.ID) != diag.Error || !r.cfg.FromRoster(f.at...) {
		return false, nil
	}
	user, ok := r.cfg.User(f.at[1])
	if !ok {
		return false, nil
	}
	r.quarantine(user)
	key := rosterFault{d.ID, r.cfg.Users[user].Block, strings.Join(f.at[2:], "\x00")}
	if first := r.faults[key]; first != nil {
		first.Users = max(1, first.Users) + 1
		return true, nil
	}
	if r.faults == nil {
		r.faults = map[rosterFault]*diag.Diagnostic{}
	}
	r.faults[key] = d
	d.Severity = diag.Warning
	d.Detail = strings.TrimSpace(d.Detail + " " + config.QuarantineNote)
	return true, d
}
