package live

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
)

// FormatVersion is the version of the JSON forms of drift, plans and journals.
const FormatVersion = "1.0"

// State is how what Webex holds for one person compares with the policies.
type State string

// The states.
const (
	Same    State = "same"
	Differs State = "differs"
	Absent  State = "absent"  // the person is not there
	Unknown State = "unknown" // no API shows it, or it could not be read
	Pending State = "pending" // we changed it so recently that it need not have arrived
)

// Mover is who changed something since the base.
type Mover string

// The movers.
const (
	We       Mover = "we"
	They     Mover = "they"
	Both     Mover = "both"
	NotKnown Mover = "not known"
)

// arrival is how long a change may take to reach a person.
const arrival = 8 * time.Hour

// CallingBehavior is the setting that is compared.
const CallingBehavior = "callingBehavior"

// Difference is one person whose value is not known to be the same.
type Difference struct {
	User   string          `json:"user"`
	State  State           `json:"state"`
	Moved  Mover           `json:"moved,omitempty"`
	Live   *webex.Behavior `json:"live"`           // null: not known
	Policy *webex.Behavior `json:"policy"`         // null: the API cannot express it
	Base   *webex.Behavior `json:"base,omitempty"` // left out: not known
	Why    string          `json:"why,omitempty"`  // of unknown and pending
	At     *At             `json:"at,omitempty"`   // where the policies say it

	id      string // of the person
	unit    string
	groups  []string
	oursSet bool // our journal gave the person the value that Webex holds
	everSet bool // our journal once gave the person a value
}

// Group is a number of differences of one kind.
type Group struct {
	State    State           `json:"state"`
	Moved    Mover           `json:"moved,omitempty"`
	Live     *webex.Behavior `json:"live"`
	Policy   *webex.Behavior `json:"policy"`
	Users    int             `json:"users"`
	Examples []string        `json:"examples"`
	At       *At             `json:"at,omitempty"` // of the first
}

// Drift is how a snapshot compares with the policies.
type Drift struct {
	FormatVersion string       `json:"formatVersion"`
	Organization  string       `json:"organization"`
	Snapshot      Taken        `json:"snapshot"`
	Base          string       `json:"base,omitempty"` // what who moved is judged against; empty: nothing
	Summary       Summary      `json:"summary"`
	Groups        []Group      `json:"causes"`
	Users         []Difference `json:"users"`  // by address; those with the same value are not listed
	Unread        []Hidden     `json:"unread"` // why values are unknown, and of how many people
	Hidden        []Hidden     `json:"hidden"` // what no API shows at all

	Profiles map[string]string `json:"profiles,omitempty"` // names of UC Manager profiles, by id
}

// Taken says which snapshot it is.
type Taken struct {
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// Summary counts people.
type Summary struct {
	People  int `json:"people"`
	Same    int `json:"same"`
	Differs int `json:"differs"`
	Absent  int `json:"absent"`
	Unknown int `json:"unknown"`
	Pending int `json:"pending"`
}

// Comparison is what is compared.
type Comparison struct {
	Head     *Policy
	Base     *Policy // nil: who moved is known only of people in a journal
	BaseName string
	Exact    bool // the base was chosen, and stands above what a journal says
	Snapshot *snapshot.Snapshot
	Journals []*Journal // of pushes to the organization, oldest first
	Now      time.Time
}

// Compare finds drift. Equal inputs give equal results.
func Compare(c Comparison) (*Drift, error) {
	d := &Drift{
		FormatVersion: FormatVersion, Organization: c.Snapshot.Organization, Snapshot: Taken{c.Snapshot.Digest, c.Snapshot.Ended},
		Base: c.BaseName, Groups: []Group{}, Users: []Difference{}, Unread: []Hidden{}, Hidden: c.Head.Hidden, Profiles: map[string]string{},
	}
	for _, p := range c.Snapshot.Profiles {
		d.Profiles[p.ID] = p.Name
	}
	maps.Copy(d.Profiles, c.Head.Profiles)
	history := historyOf(c.Journals)
	there := map[string]bool{}
	for p, err := range c.Snapshot.People() {
		if err != nil {
			return nil, err
		}
		w := c.found(p, there)
		h := history[p.ID]
		if h == nil {
			h = history[w.User]
		}
		d.add(c.judge(&p, w, h))
	}
	whole := c.Snapshot.Whole() == nil
	for _, w := range c.Head.People {
		if there[w.User] {
			continue
		}
		gone := Difference{User: w.User, State: Absent, Policy: &w.Own, At: place(w)}
		if !whole {
			gone.State, gone.Why = Unknown, "the snapshot is incomplete, and the person is not in it"
		}
		d.add(gone)
	}
	d.finish()
	return d, nil
}

// found returns what the policies say of somebody in the snapshot, by any of the
// addresses.
func (c *Comparison) found(p snapshot.Person, there map[string]bool) Wish {
	for _, address := range append([]string{p.User}, p.Also...) {
		if w, known := c.Head.wish(address); known {
			there[w.User] = true
			return w
		}
	}
	return Wish{User: p.User}
}

// judge compares one person.
func (c *Comparison) judge(p *snapshot.Person, w Wish, h *history) Difference {
	d := Difference{User: w.User, State: Same, id: p.ID, unit: w.Unit, groups: w.Groups, At: place(w)}
	if p.Calling.Own == nil {
		d.State, d.Why = Unknown, p.Calling.Unknown
		if w.Unsaid == "" {
			d.Policy = &w.Own
		}
		return d
	}
	held := p.Calling.Own.Normal()
	d.Live = &held
	if w.Unsaid != "" {
		if w.Unsaid != notConfigured || !held.IsZero() {
			d.State, d.Why = Unknown, w.Unsaid
		}
		return d
	}
	d.Policy = &w.Own
	if h != nil {
		d.everSet, d.oursSet = h.set, h.set && h.last == held
	}
	if held == w.Own {
		return d
	}
	d.State, d.Moved = Differs, NotKnown
	if base, known := c.base(w.User, h); known {
		d.Base, d.Moved = &base, moved(base, held, w.Own)
	}
	if h != nil && h.done && h.last == w.Own && h.before == held && c.Now.Sub(h.at) < arrival {
		d.State, d.Moved, d.Why = Pending, "", "we changed it at "+h.at.UTC().Format("2006-01-02 15:04")+" UTC"
	}
	return d
}

func place(w Wish) *At {
	if w.At == (At{}) {
		return nil
	}
	return &w.At
}

// base is what somebody had when the two were last brought together.
func (c *Comparison) base(user string, h *history) (webex.Behavior, bool) {
	if h != nil && !c.Exact {
		return h.base()
	}
	if c.Base == nil {
		return webex.Behavior{}, false
	}
	w, _ := c.Base.wish(user)
	return w.Own, w.Unsaid == ""
}

// moved says who changed something since the base.
func moved(base, held, policy webex.Behavior) Mover {
	switch {
	case base == held:
		return We
	case base == policy:
		return They
	}
	return Both
}

func (d *Drift) add(one Difference) {
	d.Summary.People++
	switch one.State {
	case Same:
		d.Summary.Same++
		return
	case Differs:
		d.Summary.Differs++
	case Absent:
		d.Summary.Absent++
	case Pending:
		d.Summary.Pending++
	case Unknown:
		d.Summary.Unknown++
		if i := slices.IndexFunc(d.Unread, func(h Hidden) bool { return h.What == one.Why }); i >= 0 {
			d.Unread[i].Count++
		} else {
			d.Unread = append(d.Unread, Hidden{one.Why, 1})
		}
	}
	d.Users = append(d.Users, one)
}

// someExamples is how many people a group names.
const someExamples = 3

// finish sorts and groups.
func (d *Drift) finish() {
	slices.SortFunc(d.Users, func(a, b Difference) int { return strings.Compare(a.User, b.User) })
	slices.SortFunc(d.Unread, func(a, b Hidden) int { return strings.Compare(a.What, b.What) })
	type kind struct {
		state        State
		moved        Mover
		live, policy webex.Behavior
	}
	at := map[kind]int{}
	for _, u := range d.Users {
		if u.State == Unknown {
			continue
		}
		k := kind{u.State, u.Moved, value(u.Live), value(u.Policy)}
		if u.State == Absent {
			k.policy, u.Policy, u.At = webex.Behavior{}, nil, nil
		}
		i, ok := at[k]
		if !ok {
			i = len(d.Groups)
			at[k] = i
			d.Groups = append(d.Groups, Group{State: u.State, Moved: u.Moved, Live: u.Live, Policy: u.Policy, At: u.At})
		}
		g := &d.Groups[i]
		g.Users++
		if len(g.Examples) < someExamples {
			g.Examples = append(g.Examples, u.User)
		}
	}
	order := func(g Group) int {
		return slices.Index([]State{Differs, Absent, Pending}, g.State)*10 + slices.Index([]Mover{They, Both, NotKnown, We}, g.Moved)
	}
	slices.SortStableFunc(d.Groups, func(a, b Group) int { return cmp.Or(order(a)-order(b), b.Users-a.Users) })
}

func value(b *webex.Behavior) webex.Behavior {
	if b == nil {
		return webex.Behavior{}
	}
	return *b
}

// Any reports whether something differs, or somebody is absent.
func (d *Drift) Any() bool { return d.Summary.Differs+d.Summary.Absent > 0 }
