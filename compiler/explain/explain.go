// Package explain answers, for one person, why a setting has the value that it
// has: what every level says, where it is written, what wins and why; and what
// would have to change for another value to win.
//
// It decides nothing. What applies is decided by package resolve; here the
// places are found and the levels that lost are shown beside the one that won.
// Every way to another value that [WhyNot] names was tried by resolving the
// changed settings, without a change to any file. Nothing is rendered here, and
// git is not asked: who touched a line last comes from the caller, by [Explanation.Blame].
//
//	e, err := explain.User(cfg, result, "u0142@voorbeeld.example")
//	for _, s := range e.Settings {
//		fmt.Println(s.Name, s.Value, s.Ladders[0].Level)
//	}
package explain

import (
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/resolve"
)

// FormatVersion is the version of the JSON form of an [Explanation] and of an
// [Answer]. The number before the dot changes when a reader of an older version
// would misunderstand.
const FormatVersion = "1.0"

// Explanation is everything that led to one person's effective settings. As
// JSON it is what `callpolicy explain --format json` prints.
type Explanation struct {
	FormatVersion string `json:"formatVersion"`
	Edition       string `json:"edition"`        // its name
	User          string `json:"user,omitempty"` // the address as written; left out for a persona
	Path          string `json:"path,omitempty"` // the entry, as a CUE path
	At            *Place `json:"at,omitempty"`   // where the entry is

	LicenseClass string     `json:"licenseClass"`        // none, webexCalling, unifiedCM, migrating
	Licenses     []License  `json:"licenses"`            // in the order written
	Migration    *Migration `json:"migration,omitempty"` // the one that holds: the user's own, else a group's
	Groups       []Group    `json:"groups"`              // by name
	Templates    []Template `json:"templates"`           // that the groups lead to, by rank: the first wins

	Settings []Setting `json:"settings"`       // in the order of bundle.json
	Idle     []Idle    `json:"idle,omitempty"` // what the user level holds to no effect
}

// Place is where something is written. Lines and columns count from 1, columns in bytes.
type Place struct {
	File    string  `json:"file"` // relative to the project folder
	Line    int     `json:"line"`
	Column  int     `json:"column"`
	Touched *Commit `json:"lastTouched,omitempty"` // where it was asked for
}

// License is a license that a user lists.
type License struct {
	Name           string `json:"name"`
	Service        string `json:"service"` // webexCalling, unifiedCM or none; empty where the license is not defined
	ControlHubName string `json:"controlHubName,omitempty"`
	At             *Place `json:"at,omitempty"`        // where the user lists it
	DefinedAt      *Place `json:"definedAt,omitempty"` // where the license is
}

// Migration is a migration block.
type Migration struct {
	Level             string `json:"level"`           // user or group
	Group             string `json:"group,omitempty"` // where the level is group
	CompleteBy        string `json:"completeBy,omitempty"`
	WebexCallingReady bool   `json:"webexCallingReady"`
	At                *Place `json:"at,omitempty"`
}

// Group is a group that the user is in.
type Group struct {
	Name     string       `json:"name"`
	By       []Membership `json:"by"`                 // why; empty for a persona
	Template string       `json:"template,omitempty"` // that it leads to
	Rank     int          `json:"rank,omitempty"`     // of the template
	Wins     bool         `json:"wins"`               // the template is the one that wins
}

// Membership is one reason for being in a group.
type Membership struct {
	How string `json:"how"` // own-list, members, where
	At  *Place `json:"at"`
}

// The ways into a group.
const (
	ByOwnList = "own-list" // the user lists the group
	ByMembers = "members"  // the group lists the user
	ByWhere   = "where"    // the user's attributes fit the group's conditions
)

// Template is a calling template that the user's groups lead to.
type Template struct {
	Name string   `json:"name"`
	Rank int      `json:"rank"`
	Wins bool     `json:"wins"`
	Via  []string `json:"via"` // the groups
	At   *Place   `json:"at"`
}

// Setting is one setting, and all that is said of it.
type Setting struct {
	Name  string `json:"setting"` // callingBehavior, pendingCallingBehavior, inCall.<toggle>
	Value any    `json:"value"`   // what applies: a [bundle.Choice] or a bool; null where the edition does not know the setting

	// Ladders holds one for the setting as a whole. Where the edition resolves a
	// calling behavior part by part, there is one for the app and, where a UC
	// Manager profile matters, one for that.
	Ladders []Ladder `json:"ladders"`

	// Outstanding is a former value of the user's own that Control Hub keeps until
	// somebody resets it there; nil: none is known.
	Outstanding *outstanding.Entry `json:"outstanding,omitempty"`
}

// Remember notes what is still to be reset in Control Hub for the user.
func (e *Explanation) Remember(list outstanding.List) {
	own := list.Of(e.User)
	for i := range e.Settings {
		s := &e.Settings[i]
		name := s.Name
		if c, ok := s.Value.(bundle.Choice); ok {
			name = "callingBehavior." + c.Service
		}
		for n := range own {
			if own[n].Setting == name {
				s.Outstanding = &own[n]
			}
		}
	}
}

// Ladder is what every level says, the strongest first.
type Ladder struct {
	Level string `json:"level,omitempty"` // that wins: user, template, org or default
	Rungs []Rung `json:"rungs"`
}

// Winner returns the rung that wins, or nil where the edition does not know the setting.
func (l *Ladder) Winner() *Rung {
	for i := range l.Rungs {
		if l.Rungs[i].State == Wins {
			return &l.Rungs[i]
		}
	}
	return nil
}

// State says what becomes of the value of a rung.
type State string

// The states.
const (
	Wins       State = "wins"
	Beaten     State = "beaten"
	NotSet     State = "not-set"
	NotAllowed State = "not-allowed" // written where the edition does not allow it, so it is passed by
)

// Rung is what one level says of a setting.
type Rung struct {
	By
	State State  `json:"state"`
	Value any    `json:"value"` // a [bundle.Choice] without a service, or a bool; null: not set
	Path  string `json:"path,omitempty"`
	At    *Place `json:"at,omitempty"`

	Beats    []By   `json:"beats,omitempty"`    // of the winner: whose values it beats
	BeatenBy *By    `json:"beatenBy,omitempty"` // of the others
	Because  string `json:"because,omitempty"`  // level: a stronger level; rank: a template with a smaller rank
	Rule     string `json:"rule,omitempty"`     // of what is not allowed: the rule's id
	Why      string `json:"why,omitempty"`      // of what is not allowed: in words

	Lock   *Lock `json:"lock,omitempty"`   // that this level puts on the setting
	Breaks []By  `json:"breaks,omitempty"` // whose lock the value breaks
}

// By names a level.
type By struct {
	Level    string `json:"level"` // user, template, org, default
	Template string `json:"template,omitempty"`
	Rank     int    `json:"rank,omitempty"` // of the template
}

// Lock forbids weaker levels to write another value.
type Lock struct {
	Kind  string `json:"kind"`  // fixed or offOnly
	Binds bool   `json:"binds"` // false: the level sets no value, or is a template that does not win
	Path  string `json:"path"`
	At    *Place `json:"at"`
}

// Idle is a calling behavior at the user level that cannot apply.
type Idle struct {
	Path  string        `json:"path"`
	Value bundle.Choice `json:"value"`
	At    *Place        `json:"at"`
	Rule  string        `json:"rule"`
	Why   string        `json:"why"`
}

func callingOf(b *resolve.Behavior) bundle.Choice {
	c := bundle.Choice{Service: serviceWord(b.Service), App: b.App, Profile: b.Profile}
	c.EmailDomain = b.HasProfile && b.Profile == ""
	return c
}

func choiceOf(c config.Choice) bundle.Choice {
	return bundle.Choice{App: c.App, Profile: c.Profile, EmailDomain: c.EmailDomain}
}

// serviceWord is a service as bundles name it.
func serviceWord(s config.Service) string {
	if s == config.NoPaidCalling {
		return "none"
	}
	return s.String()
}

// placeOf returns where a range starts, or nil where it points nowhere.
func placeOf(r diag.Range) *Place {
	if r.IsZero() {
		return nil
	}
	return &Place{File: r.File, Line: r.Start.Line, Column: r.Start.Column}
}

// User explains the settings of a user, found by address in any case of
// letters; an address that the user had before does as well. An address that
// nobody has is a [*NotFoundError].
func User(cfg *config.Config, result *resolve.Result, address string) (*Explanation, error) {
	p, err := find(cfg, result, address)
	if err != nil {
		return nil, err
	}
	return p.explain(), nil
}

// Persona explains what somebody with these licenses, in these groups, would
// have. A name that is not defined is a [*NotFoundError].
func Persona(cfg *config.Config, licenses, groups []string) (*Explanation, error) {
	p, err := imagine(cfg, licenses, groups)
	if err != nil {
		return nil, err
	}
	return p.explain(), nil
}

// Names lists the settings of the explanation.
func (e *Explanation) Names() []string {
	names := make([]string, len(e.Settings))
	for i := range e.Settings {
		names[i] = e.Settings[i].Name
	}
	return names
}

// Only leaves one setting in the explanation. A toggle may be named without
// inCall, and the calling behavior in use with its service, as in
// callingBehavior.webexCalling. A name that is none is a [*NotFoundError].
func (e *Explanation) Only(setting string) error {
	i, err := e.settingNamed(setting)
	if err == nil {
		e.Settings, e.Idle = e.Settings[i:i+1], nil
	}
	return err
}
