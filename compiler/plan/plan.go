// Package plan compares two compilations and says what changes for whom, and
// which edits are the cause.
//
// A plan is a value: it is computed once, and then shown, saved or applied by
// others. The package reads no files and writes none; what it needs of either
// side is in a [Side]. It never asks git: an edit is a difference between what
// two states of the files mean, so that moved or reformatted files are no edit.
package plan

import (
	"callpolicy/compiler/diag"
)

// FormatVersion is the version of the plan's JSON form. The number before the
// dot changes when a reader of an older version would misunderstand.
const FormatVersion = "1.0"

// Plan is the difference between two states, base and head.
type Plan struct {
	FormatVersion string         `json:"formatVersion"`
	Base          State          `json:"base"`
	Head          State          `json:"head"`
	Summary       Summary        `json:"summary"`
	Notes         []string       `json:"notes,omitempty"`    // what a reader must know to judge the plan
	ToWrite       *ToWrite       `json:"toWrite,omitempty"`  // what the target that is meant, which holds nothing yet, is to be given; nil: it holds something, or none is meant
	Drift         *Drift         `json:"drift,omitempty"`    // nil: the base is no target
	Limits        []Limit        `json:"limits,omitempty"`   // limits that the plan exceeds
	Loosened      []Loosening    `json:"loosened,omitempty"` // what the change loosens of what bounds it; until it is merged it holds as it was
	Held          *Held          `json:"held,omitempty"`     // errors that the change would hide; nil: none
	Causes        []*Cause       `json:"causes"`             // edits with an effect first
	Users         []*UserChange  `json:"users"`              // by address; rewritten users are not listed
	Seats         []SeatChange   `json:"seats,omitempty"`    // of licenses that are assigned or bought otherwise, by name
	Waivers       []WaiverChange `json:"waivers,omitempty"`  // exceptions to rules that come, change or go
}

// ToWrite is what is to be written to a target that holds nothing yet, whatever
// changes for people.
type ToWrite struct {
	Target  string `json:"target"` // its folder, as the project file has it
	Bundles int    `json:"bundles"`
	Users   int    `json:"users"`
}

// State names one side of a plan.
type State struct {
	Name     string  `json:"name"`     // how to speak of it: main, the work tree, build/bundles
	Revision *string `json:"revision"` // the commit, where it is one
	Digest   string  `json:"digest,omitempty"`
}

// Summary counts users of both sides together.
type Summary struct {
	Users            int `json:"users"`
	Added            int `json:"added"`
	Changed          int `json:"changed"` // some effective value changes
	Removed          int `json:"removed"`
	Unchanged        int `json:"unchanged"`                  // nothing of theirs changes
	Quarantined      int `json:"quarantined,omitempty"`      // set aside, since their rows in the roster are at fault: they keep the bundle that they have, or have none
	LostLicense      int `json:"lostLicense,omitempty"`      // of those who change: who lose a calling license and gain none, completed migrations aside
	NewlyQuarantined int `json:"newlyQuarantined,omitempty"` // of those in quarantine: who were not before, and have a bundle
	Rewritten        int `json:"rewritten"`                  // values stay; a level, a template's name or another file of the bundle changes
}

// Empty reports whether nothing at all is to be done, nor to be mended.
func (p *Plan) Empty() bool {
	s := p.Summary
	return s.Added+s.Changed+s.Removed+s.Rewritten == 0 && p.ToWrite == nil && !p.Drift.Any()
}

// Kind says what sort of edit a cause is.
type Kind string

// The kinds of causes, in the order in which a plan lists them.
const (
	EditionChange      Kind = "edition"
	OrgSetting         Kind = "org-setting"
	TemplateSetting    Kind = "template-setting"
	TemplateRank       Kind = "template-rank"
	TemplateAssignment Kind = "template-assignment"
	Membership         Kind = "membership"
	License            Kind = "license"
	Migration          Kind = "migration"
	Profile            Kind = "profile"
	UserSetting        Kind = "user-setting"
	UserAdded          Kind = "user-added"
	UserRemoved        Kind = "user-removed"
	UserRenamed        Kind = "user-renamed"
	Roster             Kind = "roster"
	Tool               Kind = "tool"
	Unknown            Kind = "unknown"
)

var kinds = []Kind{
	EditionChange, OrgSetting, TemplateSetting, TemplateRank, TemplateAssignment, Membership, License, Migration,
	Profile, UserSetting, UserAdded, UserRemoved, UserRenamed, Roster, Tool, Unknown,
}

// Cause is one edit, and what it does.
type Cause struct {
	ID     int    `json:"id"`
	Kind   Kind   `json:"kind"`
	Path   string `json:"path"`           // as a CUE path; empty for an unknown cause
	At     *At    `json:"at"`             // where the edit is; null where nothing of it is written
	User   string `json:"user,omitempty"` // the one user whom an edit of the user level concerns
	Before any    `json:"before"`         // null: not there
	After  any    `json:"after"`

	Users     int      `json:"users"`               // how many change because of it; counts of several causes may overlap
	Rewritten int      `json:"rewritten,omitempty"` // of a cause without effect: whose bundles are written anew all the same
	Held      int      `json:"held,omitempty"`      // of a cause without effect: who would change without it, because of other edits
	Changes   []Change `json:"changes,omitempty"`
	Shielded  []Shield `json:"shielded,omitempty"` // who is not reached, and why
	Note      string   `json:"note,omitempty"`     // why there is no effect, or what else there is to know
}

// At is where an edit is written: in the head, or in the base where it was removed.
type At struct {
	Side   string `json:"side"` // base or head
	File   string `json:"file"` // relative to the project folder
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// Change is one setting that changes in one way for some users.
type Change struct {
	Setting  string   `json:"setting"`
	Before   any      `json:"before"`
	After    any      `json:"after"`
	Users    int      `json:"users"`
	Classes  []Count  `json:"licenseClasses"` // largest first
	Groups   []Count  `json:"groups"`         // largest first; a user may be in several; of a change about one user at most MostGroupsOfOne
	Examples []string `json:"examples"`       // a few of the users, by address
}

// MostGroupsOfOne is how many groups a change lists that an edit about one user
// makes: whoever joins a thousand groups in one change has a thousand such edits.
const MostGroupsOfOne = 20

// Count is a number of users under a name.
type Count struct {
	Name  string `json:"name"`
	Users int    `json:"users"`
}

// Shield says how many users an edit does not reach, and what holds their value.
type Shield struct {
	By    string `json:"by"` // template, user, license, equal
	Name  string `json:"name,omitempty"`
	Users int    `json:"users"`
}

// Action says what happens to a user's bundle.
type Action string

// The actions.
const (
	Add    Action = "add"
	Modify Action = "change"
	Remove Action = "remove"
)

// UserChange is what changes for one user.
type UserChange struct {
	User    string          `json:"user"`          // in lower case
	Was     string          `json:"was,omitempty"` // the address before a rename
	Action  Action          `json:"action"`
	Causes  []int           `json:"causes,omitempty"` // of an added, removed or renamed user
	Changes []SettingChange `json:"changes,omitempty"`
}

// SettingChange is a setting of one user that changes, and why.
type SettingChange struct {
	Setting string `json:"setting"`
	Before  any    `json:"before"`
	After   any    `json:"after"`
	Causes  []int  `json:"causes"`
}

// Limit is a limit of the project file that a plan exceeds.
type Limit struct {
	Name    string     `json:"name"`            // changedUsers, removedUsers, lostLicense, quarantinedUsers
	Limit   string     `json:"limit"`           // what is allowed, as the project file has it
	Percent float64    `json:"percent"`         // what is allowed, as a share
	Most    int        `json:"most"`            // what is allowed, in users
	Users   int        `json:"users"`           // how many there are
	Of      int        `json:"of"`              // users at the base
	At      diag.Range `json:"at"`              // empty where the limit is written nowhere, and holds all the same
	Flag    string     `json:"flag"`            // the flag of apply that allows it
	Cause   string     `json:"cause,omitempty"` // what reaches most of them, where that is known
}

// MigrationBlock is the value of a migration block in a plan.
type MigrationBlock struct {
	CompleteBy        string `json:"completeBy,omitempty"` // 2027-03-01
	WebexCallingReady bool   `json:"webexCallingReady"`
}
