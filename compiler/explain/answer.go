package explain

import (
	"cmp"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// Answer says why a user does not have a value, and what would have to change.
// As JSON it is what `callpolicy explain --why-not --format json` prints.
type Answer struct {
	FormatVersion string `json:"formatVersion"`
	User          string `json:"user"` // the address as written
	Setting       string `json:"setting"`
	Wanted        any    `json:"wanted"` // a bool, or a [bundle.Choice] of which what is left out does not matter
	Value         any    `json:"value"`  // what applies now
	From          By     `json:"from"`   // the level that it comes from
	At            *Place `json:"at,omitempty"`
	Already       bool   `json:"already"`        // the user has what is wanted
	Note          string `json:"note,omitempty"` // what else there is to know

	// Ways are what could be changed: those that are possible first, and of
	// those the ones that reach the fewest people first. Each was tried by
	// resolving the changed settings. Rules of the organization's own were not asked.
	Ways []Way `json:"ways"`
}

// Kind says what sort of change a way is.
type Kind string

// The kinds of ways.
const (
	UserSetting     Kind = "user-setting"     // write it at the user
	UserReset       Kind = "user-reset"       // remove what is written at the user
	JoinGroup       Kind = "join-group"       // put the user into one of the groups
	LeaveGroups     Kind = "leave-groups"     // take the user out of all of the groups
	LicenseChange   Kind = "license"          // give the user another license
	TemplateRank    Kind = "template-rank"    // have a template of the user win
	TemplateSetting Kind = "template-setting" // change the winning template
	OrgSetting      Kind = "org-setting"      // change it for the organization
)

// Way is one change by which the user might get the value.
type Way struct {
	Kind     Kind   `json:"kind"`
	Possible bool   `json:"possible"`           // it gives the user the value, and nothing forbids it
	Path     string `json:"path,omitempty"`     // what to change, as a CUE path
	At       *Place `json:"at,omitempty"`       // where that is, or where it would go
	Before   any    `json:"before"`             // null: not set
	After    any    `json:"after"`              // null: removed
	Template string `json:"template,omitempty"` // that would win, or is changed
	Rank     int    `json:"rank,omitempty"`     // of the template, today

	// Groups are, for join-group, those of which any one will do; for
	// leave-groups, all that must be left.
	Groups []string `json:"groups,omitempty"`

	Users     int        `json:"users"`               // whose effective values change
	Shielded  []Shield   `json:"shielded,omitempty"`  // who would not get the value, and why
	Also      []Change   `json:"also,omitempty"`      // what else changes for the user
	Obstacles []Obstacle `json:"obstacles,omitempty"` // what forbids it, or should be known
}

// Shield counts users whom a change does not reach, by what holds their value.
type Shield struct {
	By    string `json:"by"`             // template, user or license
	Name  string `json:"name,omitempty"` // of the template or the license class
	Users int    `json:"users"`
}

// Change is a value that changes.
type Change struct {
	Setting string `json:"setting"`
	Before  any    `json:"before"`
	After   any    `json:"after"`
}

// Obstacle is what stands in the way of a change.
type Obstacle struct {
	Rule     string `json:"rule,omitempty"` // the rule's id; empty where the levels themselves stand in the way
	Severity string `json:"severity"`       // error: it is not possible; warning: it is, but look
	Why      string `json:"why"`
	At       *Place `json:"at,omitempty"`
}

// WhyNot says what would have to change for a user to get a value of a setting.
// value is on, off, true or false for a toggle; for a calling behavior an app,
// or fields such as app=webex,ucManagerProfile=utrecht or domain=email. What
// does not exist is a [*NotFoundError].
func WhyNot(cfg *config.Config, result *resolve.Result, address, setting, value string) (*Answer, error) {
	p, err := find(cfg, result, address)
	if err != nil {
		return nil, err
	}
	e := p.explain()
	i, err := e.settingNamed(setting)
	if err != nil {
		return nil, err
	}
	q := &question{person: p, result: result, name: e.Settings[i].Name}
	if q.wish, err = p.parse(q.name, value); err != nil {
		return nil, err
	}
	ladder := &e.Settings[i].Ladders[0]
	if q.profileOnly() && len(e.Settings[i].Ladders) > 1 {
		ladder = &e.Settings[i].Ladders[1]
	}
	a := &Answer{
		FormatVersion: FormatVersion, User: p.user.Address, Setting: q.name,
		Wanted: q.wanted(), Value: e.Settings[i].Value, Already: q.granted(&p.now), Note: q.note(), Ways: []Way{},
	}
	if w := ladder.Winner(); w != nil {
		a.From, a.At = w.By, w.At
	}
	if a.Already {
		return a, nil
	}
	q.atUser()
	q.licenseChange()
	q.reset()
	q.join()
	q.leave()
	q.ranks()
	q.atTemplate()
	q.atOrg()
	slices.SortStableFunc(q.ways, func(x, y Way) int {
		return cmp.Or(possibleFirst(x, y), cmp.Compare(x.Users, y.Users))
	})
	a.Ways = append(a.Ways, q.ways...)
	return a, nil
}

func possibleFirst(x, y Way) int {
	switch {
	case x.Possible == y.Possible:
		return 0
	case x.Possible:
		return -1
	}
	return 1
}

// question is what is asked about a person, and the ways found so far.
type question struct {
	*person
	wish
	result *resolve.Result
	name   string // of the setting
	ways   []Way
}

// behaviorOf returns the calling behavior that is asked about.
func (q *question) behaviorOf(e *resolve.Effective) *resolve.Behavior {
	if q.name == "pendingCallingBehavior" {
		return e.Pending
	}
	return &e.Calling
}

// toggleOf returns the toggle that is asked about.
func (q *question) toggleOf(e *resolve.Effective) (resolve.Toggle, bool) {
	i := slices.IndexFunc(e.InCall, func(t resolve.Toggle) bool { return t.Name == q.toggleName })
	if i < 0 {
		return resolve.Toggle{}, false
	}
	return e.InCall[i], true
}

// granted reports whether effective settings hold what is wanted.
func (q *question) granted(e *resolve.Effective) bool {
	if q.isToggle {
		t, ok := q.toggleOf(e)
		return ok && t.On == q.on
	}
	b := q.behaviorOf(e)
	return b != nil && (q.choice.App == "" || b.App == q.choice.App) &&
		(q.choice.Profile == "" || b.Profile == q.choice.Profile) &&
		(!q.choice.EmailDomain || b.HasProfile && b.Profile == "")
}

// holder returns where the setting's value comes from.
func (q *question) holder(e *resolve.Effective) resolve.Source {
	if q.isToggle {
		t, _ := q.toggleOf(e)
		return t.From
	}
	b := q.behaviorOf(e)
	switch {
	case b == nil:
		return resolve.Source{}
	case q.profileOnly() && b.HasProfile:
		return b.ProfileFrom
	}
	return b.AppFrom
}

// section and field name the setting as a policy file does.
func (q *question) section() (section, field string) {
	if q.isToggle {
		return "inCall", q.toggleName
	}
	return "callingBehavior", q.service().String()
}

// service is the one that the calling behavior is chosen for.
func (q *question) service() config.Service { return q.behaviorOf(&q.now).Service }

// add keeps a way, unless the user would not get the value by it and nothing
// that could be changed is the reason.
func (q *question) add(w Way, works bool) {
	w.Possible = works && !slices.ContainsFunc(w.Obstacles, func(o Obstacle) bool { return o.Severity == diag.Error.String() })
	if w.Possible || len(w.Obstacles) > 0 {
		q.ways = append(q.ways, w)
	}
}

// also lists what changes for the user beside the setting.
func (q *question) also(after *resolve.Effective) []Change {
	var out []Change
	note := func(name string, before, now any) {
		if name != q.name && before != now {
			out = append(out, Change{name, before, now})
		}
	}
	note("licenseClass", q.now.License.String(), after.License.String())
	note("callingBehavior", any(callingOf(&q.now.Calling)), any(callingOf(&after.Calling)))
	note("pendingCallingBehavior", pendingOf(&q.now), pendingOf(after))
	for i, t := range q.now.InCall {
		note("inCall."+t.Name, t.On, after.InCall[i].On)
	}
	return out
}

func pendingOf(e *resolve.Effective) any {
	if e.Pending == nil {
		return nil
	}
	return callingOf(e.Pending)
}

// sameValues reports whether two effective settings have equal values, wherever
// these come from.
func sameValues(a, b *resolve.Effective) bool {
	return a.License == b.License && callingOf(&a.Calling) == callingOf(&b.Calling) && pendingOf(a) == pendingOf(b) &&
		slices.EqualFunc(a.InCall, b.InCall, func(x, y resolve.Toggle) bool { return x.On == y.On })
}
