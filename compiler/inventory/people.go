// Package inventory lists what there is: people, seats and calling templates,
// with what follows from the policies for each.
//
// It selects and counts what others have resolved, for lists that somebody
// searches. Why a value is what it is, package explain says.
package inventory

import (
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/resolve"
)

// FormatVersion is the version of the JSON forms of this package.
const FormatVersion = "1.0"

// Filter selects people. What is empty selects everybody.
type Filter struct {
	Text     string // a part of the address, in any letters
	Class    string // the license class
	Template string // the calling template that wins; none: no template does
	Group    string
	License  string
	Own      bool // only those with settings of their own
}

// Person is one user, at a glance.
type Person struct {
	User     string   `json:"user"`
	Class    string   `json:"licenseClass"`
	Licenses []string `json:"licenses"`
	Groups   []string `json:"groups"`
	Template string   `json:"template,omitempty"`
	App      string   `json:"app"` // what calls open in
	Service  string   `json:"service"`
	Own      []string `json:"own"` // the settings of the user level

	// Outstanding are settings of which Control Hub keeps a former value of the
	// user's own until it is reset there.
	Outstanding []string `json:"outstanding,omitempty"`

	Migrating  bool   `json:"migrating,omitempty"`
	CompleteBy string `json:"completeBy,omitempty"`
}

// Remember notes what is still to be reset in Control Hub for each person.
func Remember(people []Person, list outstanding.List) {
	for i := range people {
		for _, e := range list.Open().Of(people[i].User) {
			people[i].Outstanding = append(people[i].Outstanding, e.Setting)
		}
	}
}

// Nobody is the template of users for whom none wins, in a [Filter].
const Nobody = "none"

// People returns the users that a filter selects, by address.
func People(r *resolve.Result, f Filter) []Person {
	cfg := r.Config
	group := -1
	if f.Group != "" {
		if g, ok := cfg.Group(f.Group); ok {
			group = g
		} else {
			return []Person{}
		}
	}
	out := []Person{}
	for i := range cfg.Users {
		u, class := &cfg.Users[i], r.Class(i)
		template := ""
		if class.Template >= 0 {
			template = cfg.Templates[class.Template].Name
		}
		switch {
		case f.Text != "" && !strings.Contains(u.Key, strings.ToLower(f.Text)),
			f.Class != "" && f.Class != class.Inputs.License.String(),
			f.Template == Nobody && template != "", f.Template != "" && f.Template != Nobody && f.Template != template,
			group >= 0 && !slices.Contains(u.Groups, int32(group)),
			f.License != "" && !slices.Contains(u.Licenses, f.License),
			f.Own && class.Own.IsZero():
			continue
		}
		p := Person{
			User: u.Address, Class: class.Inputs.License.String(), Licenses: []string{}, Groups: []string{}, Template: template,
			App: class.Calling.App, Service: class.Calling.Service.String(), Own: Settings(cfg, &class.Own),
		}
		p.Licenses = append(p.Licenses, u.Licenses...)
		for _, g := range u.Groups {
			p.Groups = append(p.Groups, cfg.Groups[g].Name)
		}
		if m, ok := resolve.MigrationOf(cfg, u); ok {
			p.Migrating, p.CompleteBy = true, m.CompleteBy
		}
		out = append(out, p)
	}
	return out
}

// Settings names the settings that a level writes, sorted within their kind.
func Settings(cfg *config.Config, s *config.Settings) []string {
	names := []string{}
	for _, service := range config.Services {
		if !s.For(service).IsZero() {
			names = append(names, "callingBehavior."+service.String())
		}
	}
	for i, name := range cfg.Toggles {
		if _, set := s.InCall.Get(i); set {
			names = append(names, "inCall."+name)
		}
	}
	return names
}

// Seats is one license, and who takes its seats.
type Seats struct {
	License        string `json:"license"`
	ControlHubName string `json:"controlHubName,omitempty"`
	Service        string `json:"service"`
	Purchased      *int   `json:"purchased"` // null: the files do not say
	Assigned       int    `json:"assigned"`
	Free           *int   `json:"free"`      // less than none where there are too few; null: not known
	Migrating      int    `json:"migrating"` // of those assigned, who also take a seat on the other side
}

// SeatsOf returns the seats of every license, by name.
func SeatsOf(r *resolve.Result) []Seats {
	counts := r.Seats()
	out := make([]Seats, len(counts))
	for i := range out {
		l := &r.Config.Licenses[i]
		out[i] = Seats{License: l.Name, ControlHubName: l.ControlHubName, Service: "none", Assigned: counts[i].Assigned, Migrating: counts[i].Migrating}
		if l.Service != 0 {
			out[i].Service = l.Service.String()
		}
		if l.Purchased >= 0 {
			free := l.Purchased - counts[i].Assigned
			out[i].Purchased, out[i].Free = &l.Purchased, &free
		}
	}
	return out
}
