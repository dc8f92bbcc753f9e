// Package migration says how the move from Unified CM to Webex Calling goes:
// its waves and what keeps them from being complete, and how ready the
// configuration of Cisco Jabber clients is for it.
//
// It counts and compares what others have resolved. Whether somebody may hold
// two licenses, and for how long, the rules say; nothing here judges.
package migration

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
)

// FormatVersion is the version of the JSON form of a [Report].
const FormatVersion = "1.0"

// State is how far a user's migration is.
type State string

// The states. Overdue is anybody who still has a Unified CM license after the
// day by which it should be gone, however far they are.
const (
	NotStarted State = "notStarted" // Unified CM only
	Migrating  State = "migrating"  // both licenses; Unified CM is in service
	Ready      State = "ready"      // both, and Webex Calling is set up
	Overdue    State = "overdue"
	Complete   State = "complete"   // Webex Calling only
	Unlicensed State = "unlicensed" // neither: there is nothing to move
)

// Report is the state of all migrations on a day.
type Report struct {
	FormatVersion string `json:"formatVersion"`
	At            string `json:"at"` // 2027-03-01
	Users         int    `json:"users"`
	States        Counts `json:"states"`
	Waves         []Wave `json:"waves"` // by the day on which they are to be complete; single users last
}

// Counts is a number of users for each state.
type Counts struct {
	NotStarted int `json:"notStarted"`
	Migrating  int `json:"migrating"`
	Ready      int `json:"ready"`
	Overdue    int `json:"overdue"`
	Complete   int `json:"complete"`
	Unlicensed int `json:"unlicensed"`
}

// Wave is a group that migrates, or all those who migrate by themselves.
type Wave struct {
	Group      string     `json:"group,omitempty"` // empty: the users with a migration of their own
	CompleteBy string     `json:"completeBy,omitempty"`
	At         diag.Range `json:"at,omitzero"` // of the group's migration
	Users      int        `json:"users"`
	Elsewhere  int        `json:"elsewhere,omitempty"` // members whose migration is their own or another group's
	States     Counts     `json:"states"`
	People     []Person   `json:"people,omitempty"` // the single users, by address

	Blocks     []Block  `json:"blocks"`     // what is to be settled before it is complete
	Completion []Change `json:"completion"` // what changes for the users then
	Breaks     []Broken `json:"breaks"`     // rules that the files as they are would break then

	members []int // who are not complete, by index
}

// Person is somebody who migrates alone.
type Person struct {
	User       string `json:"user"`
	State      State  `json:"state"`
	CompleteBy string `json:"completeBy,omitempty"`
}

// Block is something that is to be settled before a migration is complete.
type Block struct {
	Kind     BlockKind `json:"kind"`
	Name     string    `json:"name,omitempty"` // the UC Manager profile
	Users    int       `json:"users"`
	Examples []string  `json:"examples"`
}

// BlockKind says what is to be settled.
type BlockKind string

// The kinds of blocks.
const (
	NoChoice   BlockKind = "noWebexCallingChoice" // no level chooses how their calls open then
	JabberLost BlockKind = "jabberLost"           // their calls open in Cisco Jabber, which is no choice for Webex Calling
	OwnProfile BlockKind = "profileNoLongerMatters"
	NoLicense  BlockKind = "noWebexCallingLicense"
)

// Change is a setting that changes in one way for some users.
type Change struct {
	Setting  string   `json:"setting"`
	Before   any      `json:"before"`
	After    any      `json:"after"`
	Users    int      `json:"users"`
	Examples []string `json:"examples"`
}

// Broken is a rule that would be broken.
type Broken struct {
	ID      string        `json:"id"`
	Summary string        `json:"summary"`
	Level   diag.Severity `json:"severity"`
	Places  int           `json:"places"`
	At      diag.Range    `json:"at"` // the first of them
	Fix     string        `json:"fix,omitempty"`
}

// examples is how many users are named.
const examples = 3

// Waves gathers the waves of everybody as they are on a day.
func Waves(r *resolve.Result, at time.Time) *Report {
	out := &Report{FormatVersion: FormatVersion, At: at.Format(time.DateOnly), Waves: []Wave{}}
	cfg := r.Config
	waves := map[int32]*gathering{}
	for g := range cfg.Groups {
		if m := cfg.Groups[g].Migration; m != nil {
			name := cfg.Groups[g].Name
			waves[int32(g)] = &gathering{Wave: &Wave{Group: name, CompleteBy: m.CompleteBy, At: cfg.Range("groups", name, "migration")}}
		}
	}
	for i := range cfg.Users {
		u := &cfg.Users[i]
		m, ok := resolve.MigrationOf(cfg, u)
		if !ok {
			continue
		}
		if m.Group < 0 && waves[-1] == nil {
			waves[-1] = &gathering{Wave: &Wave{}}
		}
		for _, g := range u.Groups {
			if w := waves[g]; w != nil && g != m.Group {
				w.Elsewhere++
			}
		}
		state := stateOf(r.Class(i).Inputs.License, m.Migration, out.At)
		waves[m.Group].add(r, i, state)
		if m.Group < 0 {
			waves[-1].People = append(waves[-1].People, Person{u.Address, state, m.CompleteBy})
		}
		out.Users++
		out.States.add(state)
	}
	for _, w := range waves {
		w.settle()
		out.Waves = append(out.Waves, *w.Wave)
	}
	slices.SortFunc(out.Waves, func(a, b Wave) int {
		return cmp.Or(cmp.Compare(late(&a), late(&b)), strings.Compare(a.CompleteBy, b.CompleteBy), strings.Compare(a.Group, b.Group))
	})
	return out
}

// late puts waves without a day behind those with one, and single users last.
func late(w *Wave) int {
	switch {
	case w.Group == "":
		return 2
	case w.CompleteBy == "":
		return 1
	}
	return 0
}

func stateOf(class resolve.LicenseClass, m config.Migration, today string) State {
	switch class {
	case resolve.None:
		return Unlicensed
	case resolve.WebexCalling:
		return Complete
	case resolve.UnifiedCM, resolve.Migrating:
	}
	switch {
	case m.CompleteBy != "" && m.CompleteBy < today:
		return Overdue
	case class == resolve.UnifiedCM:
		return NotStarted
	case m.WebexCallingReady:
		return Ready
	}
	return Migrating
}

func (c *Counts) add(s State) {
	switch s {
	case NotStarted:
		c.NotStarted++
	case Migrating:
		c.Migrating++
	case Ready:
		c.Ready++
	case Overdue:
		c.Overdue++
	case Complete:
		c.Complete++
	case Unlicensed:
		c.Unlicensed++
	}
}

// gathering is a wave while it is counted.
type gathering struct {
	*Wave
	blocks map[blockKey]*Block
}

type blockKey struct {
	kind BlockKind
	name string
}

func (w *gathering) add(r *resolve.Result, i int, s State) {
	w.Users++
	w.States.add(s)
	if s == Complete || s == Unlicensed {
		return
	}
	w.members = append(w.members, i)
	class, address := r.Class(i), r.Config.Users[i].Address
	if class.Inputs.License == resolve.UnifiedCM {
		w.block(NoLicense, "", address)
	}
	if class.Calling.App == "jabber" {
		w.block(JabberLost, "", address)
	}
	if own := class.Own.For(config.UnifiedCM); own.Profile != "" {
		w.block(OwnProfile, own.Profile, address)
	}
	in := class.Inputs
	in.License = resolve.WebexCalling
	then := resolve.StackOf(r.Config, in)
	if len(then.Edition.CallingBehavior[config.WebexCalling.String()]) > 0 && then.Calling().AppFrom.Level == resolve.Default {
		w.block(NoChoice, "", address)
	}
}

func (w *gathering) block(kind BlockKind, name, user string) {
	if w.blocks == nil {
		w.blocks = map[blockKey]*Block{}
	}
	b := w.blocks[blockKey{kind, name}]
	if b == nil {
		b = &Block{Kind: kind, Name: name}
		w.blocks[blockKey{kind, name}] = b
	}
	b.Users++
	if len(b.Examples) < examples {
		b.Examples = append(b.Examples, user)
	}
}

func (w *gathering) settle() {
	w.Blocks, w.Completion, w.Breaks = []Block{}, []Change{}, []Broken{}
	for _, b := range w.blocks {
		w.Blocks = append(w.Blocks, *b)
	}
	slices.SortFunc(w.Blocks, func(a, b Block) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
	})
}

// Left returns who of a wave is not complete, as indexes into Config.Users.
func (w *Wave) Left() []int { return w.members }

// Completes fills in what a plan says of the wave's completion, and which rules
// would be broken then that are not broken now.
func (w *Wave) Completes(p *plan.Plan, now, then diag.List) {
	type key struct {
		setting       string
		before, after any
	}
	at := map[key]int{}
	for _, u := range p.Users {
		for _, c := range u.Changes {
			if c.Setting == "licenseClass" || c.Setting == "pendingCallingBehavior" {
				continue // that is what completing means
			}
			k := key{c.Setting, c.Before, c.After}
			i, ok := at[k]
			if !ok {
				i = len(w.Completion)
				at[k] = i
				w.Completion = append(w.Completion, Change{Setting: c.Setting, Before: c.Before, After: c.After})
			}
			w.Completion[i].Users++
			if len(w.Completion[i].Examples) < examples {
				w.Completion[i].Examples = append(w.Completion[i].Examples, u.User)
			}
		}
	}
	slices.SortStableFunc(w.Completion, func(a, b Change) int { return cmp.Compare(b.Users, a.Users) })
	w.Breaks = Breaks(now, then)
}

// Breaks returns the rules that are broken then and are not broken now.
func Breaks(now, then diag.List) []Broken {
	type key struct{ id, path string }
	before := map[key]bool{}
	for _, d := range now {
		before[key{d.ID.String(), d.Path}] = true
	}
	out := []Broken{}
	at := map[string]int{}
	for _, d := range then {
		if before[key{d.ID.String(), d.Path}] || d.Severity == diag.Info {
			continue
		}
		i, ok := at[d.ID.String()]
		if !ok {
			i = len(out)
			at[d.ID.String()] = i
			out = append(out, Broken{ID: d.ID.String(), Summary: d.Summary, Level: d.Severity, At: d.Subject, Fix: d.Hint})
		}
		out[i].Places++
	}
	slices.SortStableFunc(out, func(a, b Broken) int { return cmp.Compare(a.Level, b.Level) })
	return out
}
