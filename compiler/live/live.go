// Package live compares what Control Hub really holds with the policies, and
// changes the little that the Webex API can change: the calling behavior of single
// people, and licenses that are added.
//
// What Webex holds is a [callpolicy/compiler/live/snapshot.Snapshot]; what the
// policies say is a [Policy], once for now and once, as the base, for when the two
// were last brought together. Of three states it can be told who moved: we, they,
// or both. A push writes only what we changed, and a journal says before each
// request what is intended, and after it what became of it.
//
// Comparing needs no network. Nothing here reads a policy file, and nothing is
// shown: results are values for others to print.
package live

import (
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/resolve"
)

// Policy is what the files say, as far as Webex can show it.
type Policy struct {
	People   []Wish            // by address
	Profiles map[string]string // names of UC Manager profiles, by id
	Hidden   []Hidden          // what no API shows
}

// Wish is what the policies say of one person's own calling behavior.
type Wish struct {
	User   string
	Own    webex.Behavior // zero: the person is to have none
	Unsaid string         // why the API cannot express it; empty: it can
	Unit   string         // the site, or else the first group: what a push finishes before the next
	Groups []string
	At     At // where it is written
}

// At is a line of a policy file. The zero At is none.
type At struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

// Hidden is something that the policies say and no API shows.
type Hidden struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

// What no API shows.
const (
	HiddenInCall       = "inCall"       // people with in-call settings of their own
	HiddenTemplates    = "templates"    // calling templates
	HiddenOrganization = "organization" // the organization's settings
)

// Why the API cannot express a wish.
const (
	noProfileID   = "the UC Manager profile has no id in the policy files"
	emailDomain   = "the e-mail domain below an organization's profile has no word in the API"
	notConfigured = "in this edition, nothing is configured for people with Webex Calling"
)

// PolicyOf returns what a compilation says.
func PolicyOf(r *resolve.Result) *Policy {
	cfg := r.Config
	p := &Policy{People: make([]Wish, len(cfg.Users)), Profiles: map[string]string{}}
	for _, profile := range cfg.Profiles {
		if profile.ID != "" {
			p.Profiles[profile.ID] = profile.Name
		}
	}
	byClass := make([]Wish, len(r.Classes))
	inCall := 0
	for i := range r.Classes {
		byClass[i] = wishOf(cfg, &r.Classes[i])
		if r.Classes[i].Own.InCall.Set != 0 {
			inCall += r.Classes[i].Users
		}
	}
	for i := range cfg.Users {
		u := &cfg.Users[i]
		w := byClass[r.Of[i]]
		w.User = u.Key
		w.Groups = groupNames(cfg, u)
		w.Unit = unit(u, w.Groups)
		if !w.Own.IsZero() {
			w.At.File, w.At.Line, _ = cfg.Where(u.At)
		}
		p.People[i] = w
	}
	p.Hidden = []Hidden{
		{HiddenInCall, inCall}, {HiddenTemplates, len(cfg.Templates)}, {HiddenOrganization, 1},
	}
	return p
}

func wishOf(cfg *config.Config, c *resolve.Class) Wish {
	switch bundle.ExpressionOf(cfg, c.Inputs, c.Effective) {
	case bundle.Expressible:
		own := webex.Behavior{Type: c.Calling.Type}
		if i, ok := cfg.Profile(c.Calling.Profile); ok && c.Calling.HasProfile {
			own.ProfileID = cfg.Profiles[i].ID
		}
		return Wish{Own: own.Normal()}
	case bundle.ProfileWithoutID:
		return Wish{Unsaid: noProfileID}
	case bundle.EmailDomainBelowProfile:
		return Wish{Unsaid: emailDomain}
	case bundle.NoChoice:
		if c.Calling.Service == config.WebexCalling && len(cfg.Schema.Edition.CallingBehavior[config.WebexCalling.String()]) == 0 {
			return Wish{Unsaid: notConfigured}
		}
	}
	return Wish{}
}

func groupNames(cfg *config.Config, u *config.User) []string {
	names := make([]string, len(u.Groups))
	for i, g := range u.Groups {
		names[i] = cfg.Groups[g].Name
	}
	return names
}

// unit is what a push finishes before it begins with the next.
func unit(u *config.User, groups []string) string {
	for _, name := range []string{"site", "location"} {
		for _, a := range u.Attributes {
			if strings.EqualFold(a.Name, name) && a.Value != "" {
				return a.Name + " " + a.Value
			}
		}
	}
	if len(groups) > 0 {
		return "group " + groups[0]
	}
	return ""
}

// wish returns what a policy says of somebody; a person whom it does not know is
// to have nothing of their own.
func (p *Policy) wish(user string) (w Wish, known bool) {
	i, known := slices.BinarySearchFunc(p.People, user, func(w Wish, user string) int { return strings.Compare(w.User, user) })
	if !known {
		return Wish{User: user}, false
	}
	return p.People[i], true
}
