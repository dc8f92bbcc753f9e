package live

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
)

// Change is one thing that a push does.
type Change struct {
	User   string          `json:"user"`
	ID     string          `json:"id"` // of the person
	Before *webex.Behavior `json:"before,omitempty"`
	After  *webex.Behavior `json:"after,omitempty"`
	Add    []License       `json:"add,omitempty"` // licenses to add; then there is no Before and After
	Why    Why             `json:"why"`
	Cause  int             `json:"cause"` // the number of the cause in the plan
	Unit   string          `json:"unit,omitempty"`
	Groups []string        `json:"groups,omitempty"`
}

// License is a license to add, and what it needs.
type License struct {
	Name      string `json:"name"` // as the snapshot has it
	ID        string `json:"id"`
	Location  string `json:"location,omitempty"`
	Number    string `json:"number,omitempty"`
	Extension string `json:"extension,omitempty"`
}

// Why says what allows a change.
type Why string

// The reasons.
const (
	WeChanged Why = "we changed it"
	NoneThere Why = "they have no value of their own" // and so nothing of anybody's is lost
	TakenBack Why = "taken back by name"
	Assigned  Why = "the license is assigned in the policies"
	Undone    Why = "undone"
)

// Skip is a difference that a push leaves alone.
type Skip struct {
	User   string          `json:"user"`
	Reason string          `json:"reason"`
	Moved  Mover           `json:"moved,omitempty"`
	Live   *webex.Behavior `json:"live,omitempty"`
	Policy *webex.Behavior `json:"policy,omitempty"`
	Base   *webex.Behavior `json:"base,omitempty"`
}

// Inputs is what a plan depends on. A saved plan is pushed only while all of it
// is as it was.
type Inputs struct {
	Organization string `json:"organization"`
	Snapshot     string `json:"snapshot"` // its digest
	Source       string `json:"source"`   // the digest of the policy files
	Base         string `json:"base,omitempty"`
	Tool         string `json:"tool"`
}

// Moved names what differs between two inputs.
func (in Inputs) Moved(now Inputs) (moved []string) {
	for _, part := range []struct{ name, was, is string }{
		{"the organization", in.Organization, now.Organization},
		{"the snapshot", in.Snapshot, now.Snapshot},
		{"the policy files", in.Source, now.Source},
		{"the base", in.Base, now.Base},
		{"the version of callpolicy", in.Tool, now.Tool},
	} {
		if part.was != part.is {
			moved = append(moved, part.name)
		}
	}
	return moved
}

// Plan is what a push would do. It is a value: made once, shown, saved, carried out.
type Plan struct {
	FormatVersion string   `json:"formatVersion"`
	Kind          string   `json:"kind"` // LivePlan
	Inputs        Inputs   `json:"inputs"`
	Revision      string   `json:"revision,omitempty"` // the commit of the policies, where it is clean
	BaseFlag      string   `json:"base,omitempty"`     // the revision that was named; empty: that of the last journal
	BaseExact     bool     `json:"baseExact,omitempty"`
	TakeBack      []string `json:"takeBack,omitempty"`
	Changes       []Change `json:"changes"` // in the order in which they are done
	Skipped       []Skip   `json:"skipped"` // by address

	Profiles map[string]string `json:"profiles,omitempty"`
}

const planKind = "LivePlan"

// TakeAll is the name that takes everything back.
const TakeAll = "all"

// What a project may let a push write.
const (
	Behaviors = "callingBehavior"
	Licenses  = "licenses"
)

// Choice is what people decided about a push.
type Choice struct {
	TakeBack []string // addresses whose value in Webex gives way, whoever set it; or [TakeAll]
	Manage   []string // what may be written: Behaviors, Licenses
	Base     string   // the revision that was named; empty: none
	Exact    bool     // that revision itself
	Assign   []Change // licenses to add
	Left     []Skip   // and those that are not added
}

// MakePlan says what a push would do about drift, and what it would not.
func MakePlan(d *Drift, in Inputs, revision string, choice Choice) (*Plan, error) {
	p := &Plan{
		FormatVersion: FormatVersion, Kind: planKind, Inputs: in, Revision: revision, BaseFlag: choice.Base, BaseExact: choice.Exact, Changes: []Change{}, Skipped: []Skip{}, Profiles: d.Profiles,
	}
	for _, name := range choice.TakeBack {
		p.TakeBack = append(p.TakeBack, strings.ToLower(name))
	}
	slices.Sort(p.TakeBack)
	p.TakeBack = slices.Compact(p.TakeBack)
	used := map[string]bool{TakeAll: true}
	for i := range d.Users {
		u := &d.Users[i]
		named := slices.Contains(p.TakeBack, u.User)
		used[u.User] = true
		why, reason := decide(u, named || slices.Contains(p.TakeBack, TakeAll))
		if why != "" && !slices.Contains(choice.Manage, Behaviors) {
			why, reason = "", "webex.manage in the project file does not name "+Behaviors
		}
		if why == "" {
			p.Skipped = append(p.Skipped, Skip{u.User, reason, u.Moved, u.Live, u.Policy, u.Base})
			continue
		}
		p.Changes = append(p.Changes, Change{User: u.User, ID: u.id, Before: u.Live, After: u.Policy, Why: why, Unit: u.unit, Groups: u.groups})
	}
	for _, name := range p.TakeBack {
		if !used[name] {
			return nil, &failure.Error{Problem: "nothing of " + name + " differs, so there is nothing to take back", Hint: "look at the addresses that callpolicy live drift lists"}
		}
	}
	p.Changes = append(p.Changes, choice.Assign...)
	p.Skipped = append(p.Skipped, choice.Left...)
	slices.SortStableFunc(p.Changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), strings.Compare(a.User, b.User))
	})
	slices.SortStableFunc(p.Skipped, func(a, b Skip) int { return strings.Compare(a.User, b.User) })
	p.number()
	return p, nil
}

// number gives changes of one kind, in one direction, the number of their cause:
// 1 is the largest.
func (p *Plan) number() {
	for i, c := range Causes(p.Changes) {
		for n := range p.Changes {
			if p.Changes[n].kind() == c.kind {
				p.Changes[n].Cause = i + 1
			}
		}
	}
}

// Cause is a number of changes of one kind.
type Cause struct {
	Number        int
	Why           Why
	Before, After *webex.Behavior
	Add           string // the license; empty: none
	Users         int
	Examples      []string
	kind          changeKind
}

type changeKind struct {
	why           Why
	before, after webex.Behavior
	add           string
}

func (c *Change) kind() changeKind {
	k := changeKind{why: c.Why, before: value(c.Before), after: value(c.After)}
	for _, l := range c.Add {
		k.add += l.Name
	}
	return k
}

// Causes groups changes, the largest group first.
func Causes(changes []Change) []Cause {
	at := map[changeKind]int{}
	var causes []Cause
	for i := range changes {
		c := &changes[i]
		n, ok := at[c.kind()]
		if !ok {
			n = len(causes)
			at[c.kind()] = n
			causes = append(causes, Cause{Why: c.Why, Before: c.Before, After: c.After, Add: c.kind().add, kind: c.kind()})
		}
		causes[n].Users++
		if len(causes[n].Examples) < someExamples {
			causes[n].Examples = append(causes[n].Examples, c.User)
		}
	}
	slices.SortStableFunc(causes, func(a, b Cause) int { return b.Users - a.Users })
	for i := range causes {
		causes[i].Number = i + 1
	}
	return causes
}

// People counts whom a plan changes.
func (p *Plan) People() int {
	seen := map[string]bool{}
	for i := range p.Changes {
		seen[p.Changes[i].User] = true
	}
	return len(seen)
}

// Only returns what selects changes: an address, group:NAME, site:NAME, or
// cause:NUMBER.
func Only(words []string) (func(*Change) bool, error) {
	if len(words) == 0 {
		return nil, nil
	}
	var tests []func(*Change) bool
	for _, word := range words {
		kind, name, named := strings.Cut(word, ":")
		number, err := strconv.Atoi(name)
		switch {
		case named && kind == "group":
			tests = append(tests, func(c *Change) bool { return slices.Contains(c.Groups, name) })
		case named && kind == "site":
			tests = append(tests, func(c *Change) bool { return c.Unit == word || c.Unit == "site "+name || c.Unit == "location "+name })
		case named && kind == "cause" && err == nil:
			tests = append(tests, func(c *Change) bool { return c.Cause == number })
		case strings.Contains(word, "@"):
			tests = append(tests, func(c *Change) bool { return strings.EqualFold(c.User, word) })
		default:
			return nil, fmt.Errorf("%q is no address, group:NAME, site:NAME or cause:NUMBER", word)
		}
	}
	return func(c *Change) bool {
		return slices.ContainsFunc(tests, func(test func(*Change) bool) bool { return test(c) })
	}, nil
}

// decide says what allows a change, or why there is none.
func decide(u *Difference, takeBack bool) (why Why, reason string) {
	switch u.State {
	case Absent:
		return "", "the person is not in the organization"
	case Unknown:
		return "", "not known: " + u.Why
	case Pending:
		return "", u.Why + ", and it need not have arrived"
	case Same, Differs:
	}
	switch {
	case takeBack:
		return TakenBack, ""
	case u.Live.IsZero() && !u.everSet:
		return NoneThere, ""
	case u.Moved == We && u.Policy.IsZero() && !u.oursSet:
		return "", "the policies no longer say anything, and no journal shows that we set it: --take-back " + u.User + " resets it"
	case u.Moved == We:
		return WeChanged, ""
	case u.Moved == NotKnown:
		return "", "who changed it is not known"
	case u.Moved == They && u.Live.IsZero():
		return "", "somebody reset it in Control Hub"
	case u.Moved == They:
		return "", "somebody changed it in Control Hub"
	}
	return "", "it was changed in Control Hub and in the policies"
}

// Digest is the SHA-256 of a plan.
func (p *Plan) Digest() (string, error) {
	data, err := p.Encode()
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

// Encode is a plan as a file.
func (p *Plan) Encode() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(p)
	return b.Bytes(), err
}

// OpenPlan reads a plan that was saved.
func OpenPlan(name string, data []byte) (*Plan, error) {
	var p Plan
	err := json.Unmarshal(data, &p)
	if err != nil || p.Kind != planKind {
		return nil, &failure.Error{Problem: name + " is no saved plan for the live organization", Hint: "make one with \"callpolicy plan --live DIR --save PLAN\"", Cause: err}
	}
	if p.FormatVersion != FormatVersion {
		return nil, &failure.Error{Problem: fmt.Sprintf("%s is a plan of format %s, and this version of callpolicy reads %s", name, p.FormatVersion, FormatVersion), Hint: "make a new one"}
	}
	return &p, nil
}
