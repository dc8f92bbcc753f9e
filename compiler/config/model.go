// Package config is the typed model of a policy repository, and knows where each
// part of it is written.
//
// A [Config] holds what is written, not what follows from it: package resolve
// does that. Nor does it judge: which level may hold what is for the rules.
// Where something is written is found again on demand, by parsing the one file
// once more, so that a million users cost no position each.
//
// Package load makes a Config of files; package edit finds out what to change in
// them. Nothing here reads a file except to find a place.
package config

import (
	"cmp"
	"slices"

	"callpolicy/compiler/identity"
	"callpolicy/compiler/jabber"
	"callpolicy/schema"
)

// File is a file that another package makes something of.
type File struct {
	Name string // relative to the project folder
	Data []byte
}

// Stats counts what loading took.
type Stats struct {
	Files  int   // that were parsed, or taken from the cache
	Bytes  int64 // of those that were read
	Parsed int
	Kept   int // taken from the cache
	Linked int // users who were put together and linked; 0: all are as they were before
	Blocks int // distinct ones: what is written about users beside their addresses
}

// NumberAlike says what [Config.Alike] returns. It is for whoever puts a Config
// together.
func (c *Config) NumberAlike(numbers []int32) {
	if len(c.Users) > 0 {
		c.alike, c.alikeOf = numbers, &c.Users[0]
	}
}

// Alike returns, for each user, a number that those share who have one block and
// one list of groups, where that is known already; else nil. Numbers count from
// 0 in the order in which users first have them.
func (c *Config) Alike() []int32 {
	if len(c.Users) == 0 || len(c.alike) != len(c.Users) || c.alikeOf != &c.Users[0] {
		return nil // a copy in which some are changed
	}
	return c.alike
}

// Config is a policy repository, read and linked: every reference in it leads
// somewhere, every entry is defined once. It is immutable, and everything in it
// is sorted, so that what is made of it does not depend on the order of files.
type Config struct {
	Project   Project
	Schema    *schema.Schema
	Org       Org
	Licenses  []License    // by name
	Profiles  []Profile    // by name
	Templates []Template   // by rank
	Groups    []Group      // by name
	Users     []User       // by address in lower case
	Waivers   []Waiver     // by place
	Jabber    *jabber.Base // the configuration that clients already get; nil: none is named
	Roster    RosterInfo

	// Guardrails are the files with the organization's own rules, by name.
	Guardrails []File

	// Quarantined are users whose rows in the roster are at fault, by address in
	// lower case. They are not among Users.
	Quarantined []User

	// Toggles are the names of all in-call toggles that any edition knows,
	// sorted; a bit of [Toggles] stands for the name at its index.
	Toggles []string

	// InputDigest is the SHA-256 over path and content of everything that was read.
	InputDigest string

	// Faulty says that a file has faults, so that parts of it may be missing here;
	// Incomplete that one could not be read at all. References that lead nowhere
	// were then withheld, as the fault may be the cause: Withheld counts them.
	Faulty, Incomplete bool

	// LicensesLost says that the license columns of an export are at fault, so that
	// nobody knows who holds what: whatever follows from licenses is withheld.
	LicensesLost bool

	Withheld int

	Stats Stats // what loading took

	Sources   *Sources
	Listed    map[int32][]string // whom a policy file lists in a group, by address in lower case
	WrittenAs map[string]string  // the address that an entry has, where it is not the user's
	alike     []int32            // see Alike; of the users from
	alikeOf   *User              // this first one on
}

// Service is what a calling behavior is chosen for. The zero value is invalid.
type Service uint8

// The services. Everybody has exactly one in use.
const (
	WebexCalling  Service = iota + 1 // a Webex Calling license
	UnifiedCM                        // a Unified CM license
	NoPaidCalling                    // no paid Cisco calling service
)

// Services lists them in the order of the project's documents.
var Services = [...]Service{WebexCalling, UnifiedCM, NoPaidCalling}

// String returns the key of the service in a policy file.
func (s Service) String() string {
	return [...]string{WebexCalling: "webexCalling", UnifiedCM: "unifiedCM", NoPaidCalling: "noPaidCalling"}[s]
}

// Choice is the calling behavior for one service at one level. The zero Choice
// says nothing.
type Choice struct {
	App         string // webex, webexCallingApp, jabber, thirdParty; empty: not decided here
	Profile     string // the UC Manager profile; empty: none named
	EmailDomain bool   // use the domain of the user's e-mail address instead of a profile
}

// IsZero reports whether the level says nothing.
func (c Choice) IsZero() bool { return c == Choice{} }

// Whole returns a choice as it takes effect: a lower level replaces a choice
// whole, so what it leaves out comes from no level above. For Unified CM users a
// profile or the e-mail domain alone means the Webex App, and the Webex App alone
// means the e-mail domain, to which Control Hub falls back.
func (c Choice) Whole(s Service) Choice {
	if s != UnifiedCM || c.IsZero() {
		return c
	}
	if c.App == "" {
		c.App = "webex"
	}
	if c.App != "webex" {
		return Choice{App: c.App}
	}
	c.EmailDomain = c.Profile == ""
	return c
}

// Toggles holds some in-call toggles, a bit for each name of [Config.Toggles],
// of which there are [schema.MostToggles] at most.
type Toggles struct {
	Set uint64 // which are decided here
	On  uint64 // which of those are on
}

// Get returns the toggle with the index, and whether it is decided here.
func (t Toggles) Get(i int) (on, set bool) { return t.On&(1<<i) != 0, t.Set&(1<<i) != 0 }

// With returns t with one toggle decided.
func (t Toggles) With(i int, on bool) Toggles {
	t.Set |= 1 << i
	t.On &^= 1 << i
	if on {
		t.On |= 1 << i
	}
	return t
}

// Settings is what one level says. It is comparable, so that equal settings
// can be recognized as one.
type Settings struct {
	Behavior [3]Choice // by Service, from WebexCalling
	InCall   Toggles
}

// For returns the choice for a service.
func (s Settings) For(service Service) Choice { return s.Behavior[service-1] }

// IsZero reports whether the level says nothing.
func (s Settings) IsZero() bool { return s == Settings{} }

// Place is where an entry is written; [Config.Range] turns it into a range.
type Place struct {
	File      int32 // index into the files that were read; 0 is none
	Line, Col int32
}

// Lock forbids lower levels to write another value for a setting of this level.
type Lock struct {
	Setting string // inCall.<toggle> or callingBehavior.<service>
	OffOnly bool   // false: fixed; true: a lower level may still turn it off
}

// Org is the organization level.
type Org struct {
	Settings
	Locks []Lock // by setting
	At    Place
}

// License is a kind of license that the organization owns.
type License struct {
	Name           string
	Service        Service // zero for add-ons
	Unsure         bool    // what it gives is at fault in the files, so nothing follows from holding it
	ControlHubName string
	Purchased      int // seats; -1: not said
	At             Place
}

// Profile is a UC Manager profile.
type Profile struct {
	Name                string
	VoiceServicesDomain string
	UDSServer           string // decides which cluster is a user's home cluster
	ID                  string // of the Webex API; empty: not known
	At                  Place
}

// Template is a calling template.
type Template struct {
	Name string
	Rank int // the smallest wins

	Description string
	Settings
	Locks []Lock // by setting
	At    Place
}

// CompareRank is negative where the first of two templates wins: its rank is
// smaller. No two have one rank, but halfway between two states of the files
// they may; then the name that sorts first wins.
func CompareRank(rankA int, nameA string, rankB int, nameB string) int {
	return cmp.Or(cmp.Compare(rankA, rankB), cmp.Compare(nameA, nameB))
}

// Group is a user group.
type Group struct {
	Name      string
	Template  int32 // index into Config.Templates; -1: none
	Where     []Condition
	Migration *Migration
	Members   int // how many users are in it, however they came in
	At        Place
}

// Condition makes everybody a member whose attribute has one of the values.
type Condition struct {
	Attribute string
	Values    []string // sorted
}

// Fits reports whether somebody is a member by attributes: those that the
// function knows meet all conditions of the group. A group without conditions
// has members only by name.
func (g *Group) Fits(attribute func(name string) (value string, ok bool)) bool {
	for _, c := range g.Where {
		value, ok := attribute(c.Attribute)
		if !ok {
			return false
		}
		if _, in := slices.BinarySearch(c.Values, value); !in &&
			!slices.ContainsFunc(c.Values, func(one string) bool { return identity.Same(one, value) }) {
			return false
		}
	}
	return len(g.Where) > 0
}

// User is one person. It is small: there may be a million.
type User struct {
	Address string  // as written
	Key     string  // in lower case
	*Block          // shared by all who have the same
	Groups  []int32 // indexes into Config.Groups, sorted: from all sides; shared
	At      Place   // of the entry in a policy file, or else of the row in the roster
	Row     Place   // of the row in the roster; zero: the user is not in it
}

// Block is what is written about a user beside the address. Users about whom
// the same is written share one Block.
type Block struct {
	Licenses   []string    // names, in the order written; nil where nothing is said of them
	ByRoster   bool        // the licenses, or that there are none, are what the roster says
	InGroups   []string    // the groups that the user lists, and then those in the row of the roster
	Own        Settings    // the user level
	Attributes []Attribute // by name
	Migration  *Migration
	Previously []string

	RosterGroups int    // how many of InGroups, the last ones, the roster gives
	roster       bool   // the roster is a part of it
	entry        *Block // the other part: what a policy file says; nil: nothing
}

// WithRow returns a copy of what a policy file says of somebody, nil for
// nothing, to which what the roster says is to be added.
func WithRow(entry *Block) *Block {
	b := &Block{}
	if entry != nil {
		*b = *entry
		b.entry = entry
		b.InGroups, b.Attributes = slices.Clone(entry.InGroups), slices.Clone(entry.Attributes)
	}
	b.roster = true
	return b
}

// Attribute is a free label.
type Attribute struct{ Name, Value string }

// Attribute returns the value of a label.
func (b *Block) Attribute(name string) (string, bool) {
	i, ok := slices.BinarySearchFunc(b.Attributes, name, func(a Attribute, n string) int { return cmp.Compare(a.Name, n) })
	if !ok {
		return "", false
	}
	return b.Attributes[i].Value, true
}

// Migration is the move of a user or a group from Unified CM to Webex Calling.
type Migration struct {
	CompleteBy        string // 2027-03-01, or empty
	WebexCallingReady bool
}

// Waiver is an exception to a rule.
type Waiver struct {
	Rule, User, Group, Reason, Owner string
	Expires                          string // the last day, 2027-03-01
	At                               Place
}

// Toggle returns the index of an in-call toggle.
func (c *Config) Toggle(name string) (int, bool) { return slices.BinarySearch(c.Toggles, name) }

// Knows reports whether the edition knows an in-call toggle.
func (c *Config) Knows(toggle string) bool {
	_, ok := slices.BinarySearch(c.Schema.Edition.Toggles, toggle)
	return ok
}

// User returns the index of a user by address, in any case of letters.
func (c *Config) User(address string) (int, bool) {
	return slices.BinarySearchFunc(c.Users, identity.Address(address), func(u User, key string) int {
		return cmp.Compare(u.Key, key)
	})
}

// Group returns the index of a group by name, whose letters may be in another
// case or form.
func (c *Config) Group(name string) (int, bool) {
	i, ok := slices.BinarySearchFunc(c.Groups, name, func(g Group, n string) int { return cmp.Compare(g.Name, n) })
	if ok {
		return i, true
	}
	i = slices.IndexFunc(c.Groups, func(g Group) bool { return identity.Same(g.Name, name) })
	return max(i, 0), i >= 0
}

// Profile returns the index of a UC Manager profile by name.
func (c *Config) Profile(name string) (int, bool) {
	return slices.BinarySearchFunc(c.Profiles, name, func(p Profile, n string) int { return cmp.Compare(p.Name, n) })
}

// License returns the index of a license by name.
func (c *Config) License(name string) (int, bool) {
	return slices.BinarySearchFunc(c.Licenses, name, func(l License, n string) int { return cmp.Compare(l.Name, n) })
}

// Template returns the index of a calling template by name, or -1.
func (c *Config) Template(name string) int {
	return slices.IndexFunc(c.Templates, func(t Template) bool { return t.Name == name })
}

// RosterInfo counts what a roster holds.
type RosterInfo struct {
	Files, People int

	// A directory knows more than policies need: groups that no policy file
	// defines, and members of groups who are nobody here. Both are passed by.
	OtherGroups, OtherMembers int
}
