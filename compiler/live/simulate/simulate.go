// Package simulate is a Webex organization to test against, and to try callpolicy
// with where there is no Webex: people, licenses, groups, UC Manager profiles and
// calling behavior behind the paths of the Webex API.
//
// It keeps the documented rules: a calling license needs a number or an extension,
// Cisco Jabber clears the UC Manager profile, null is the organization's setting.
// It can be told to fail at a chosen request in each of the ways that Webex is
// known to fail, and to change while somebody works with it. What is not
// documented it does not invent: such a request is answered with 501.
//
// It knows nothing of the client, so that neither can hide a mistake of the other.
package simulate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The values of behaviorType.
const (
	Native      = "NATIVE_WEBEX_TEAMS_CALLING"
	UnifiedCM   = "NATIVE_SIP_CALL_TO_UCM"
	Jabber      = "CALL_WITH_APP_REGISTERED_FOR_CISCOTEL"
	ThirdParty  = "CALL_WITH_APP_REGISTERED_FOR_TEL"
	CallingApp  = "CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL"
	callingKind = "Webex Calling - "
)

// Person is somebody in the organization.
type Person struct {
	Email      string
	Name       string // empty: made from the address
	Department string
	Location   string   // the id of a location; empty: none
	Extension  string   // of Webex Calling
	Licenses   []string // names, as the API has them
	Groups     []string // names
	Behavior   string   // the person's own behaviorType; empty: null
	Profile    string   // the name of the person's own UC Manager profile; empty: null
	Pending    bool     // has not accepted the invitation
	Disabled   bool     // may not sign in

	id string
}

// License is a kind of license that the organization owns.
type License struct {
	Name         string
	Subscription string
	Total        int
	Workspaces   int // how many seats workspaces take

	id string
}

// Organization is what an organization begins with.
type Organization struct {
	ID         string // empty: made from the name
	Name       string // only makes the ids
	Default    string // the behaviorType of the organization; empty: [Native]
	People     []Person
	Licenses   []License
	Profiles   []string
	ProfileIDs map[string]string // of some of the profiles; the others have made ones
	Locations  []string          // ids that a license may name
}

// Server is a simulated organization. It is an http.Handler, and safe for use by
// many clients at once.
type Server struct {
	mu        sync.Mutex
	orgID     string
	standard  string // the organization's behaviorType
	people    []*Person
	byID      map[string]*Person
	licenses  []*License
	profiles  map[string]string // name to id
	groups    []string
	locations []string
	faults    map[int]Fault
	always    []rule
	before    map[int]func()
	requests  []Request
	clock     clock
	grants    grants
}

// Request is one request that the server was sent.
type Request struct {
	Method, Path, Query string
	Token               string // of the Authorization header
	Body                string
	Status              int // what it was answered with; 0: the connection was cut
}

// New returns a server for an organization.
func New(org Organization) *Server {
	s := &Server{
		orgID: cmp.Or(org.ID, id("ORGANIZATION", org.Name)), standard: cmp.Or(org.Default, Native),
		byID: map[string]*Person{}, profiles: map[string]string{}, locations: slices.Clone(org.Locations),
		faults: map[int]Fault{}, before: map[int]func(){},
	}
	for _, l := range org.Licenses {
		l.id = encode("LICENSE", uuid("ORGANIZATION", org.Name)+":"+uuid("LICENSE", l.Name+l.Subscription))
		s.licenses = append(s.licenses, &l)
	}
	for _, name := range org.Profiles {
		s.profiles[name] = cmp.Or(org.ProfileIDs[name], ProfileID(name))
	}
	for _, p := range org.People {
		s.add(p)
	}
	return s
}

// add puts somebody into the organization. People are kept in the order of their
// ids, which is none that means anything, as in Webex.
func (s *Server) add(p Person) {
	p.id = PersonID(p.Email)
	p.Name = cmp.Or(p.Name, p.Email)
	p.Licenses, p.Groups = slices.Clone(p.Licenses), slices.Clone(p.Groups)
	for _, g := range p.Groups {
		if at, found := slices.BinarySearch(s.groups, g); !found {
			s.groups = slices.Insert(s.groups, at, g)
		}
	}
	at, found := slices.BinarySearchFunc(s.people, p.id, func(a *Person, id string) int { return strings.Compare(a.id, id) })
	if found {
		s.people[at] = &p
	} else {
		s.people = slices.Insert(s.people, at, &p)
	}
	s.byID[p.id] = &p
}

// OrgID returns the id of the organization.
func (s *Server) OrgID() string { return s.orgID }

// ProfileID returns the id that a UC Manager profile has in every simulated
// organization.
func ProfileID(name string) string { return id("CALLING_PROFILE", name) }

// PersonID returns the id that somebody has in every simulated organization.
func PersonID(email string) string { return id("PEOPLE", strings.ToLower(email)) }

// Change changes the organization while it is in use, as somebody in Control Hub
// would. The person is nil for an address that nobody has.
func (s *Server) Change(email string, change func(p *Person)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.find(email))
}

// Add adds somebody, and Remove removes somebody.
func (s *Server) Add(p Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(p)
}

// Remove takes somebody out of the organization.
func (s *Server) Remove(email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find(email); p != nil {
		delete(s.byID, p.id)
		s.people = slices.DeleteFunc(s.people, func(q *Person) bool { return q == p })
	}
}

// People returns everybody, by address.
func (s *Server) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Person, len(s.people))
	for i, p := range s.people {
		all[i] = *p
		all[i].Licenses, all[i].Groups = slices.Clone(p.Licenses), slices.Clone(p.Groups)
	}
	slices.SortFunc(all, func(a, b Person) int { return strings.Compare(strings.ToLower(a.Email), strings.ToLower(b.Email)) })
	return all
}

// Person returns somebody by address.
func (s *Server) Person(email string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.find(email); p != nil {
		return *p, true
	}
	return Person{}, false
}

// Requests returns what the server was asked since it began, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) find(email string) *Person {
	i := slices.IndexFunc(s.people, func(p *Person) bool { return strings.EqualFold(p.Email, email) })
	if i < 0 {
		return nil
	}
	return s.people[i]
}

// uuid makes a UUID that depends on nothing but what it is for.
func uuid(kind, name string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + name))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// id is an id in the form of the API: the base64 of a URI.
func id(kind, name string) string { return encode(kind, uuid(kind, name)) }

func encode(kind, rest string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("ciscospark://us/" + kind + "/" + rest))
}
