package explain

import (
	"slices"
	"strconv"

	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/resolve"
)

// person is whom an explanation is about.
type person struct {
	cfg      *config.Config
	user     *config.User // of a persona: made up, without an address
	inputs   resolve.Inputs
	now      resolve.Effective
	licenses []string
}

// find looks a user up.
func find(cfg *config.Config, result *resolve.Result, address string) (*person, error) {
	i, ok := cfg.User(address)
	if !ok {
		i = slices.IndexFunc(cfg.Users, func(u config.User) bool {
			return slices.ContainsFunc(u.Previously, func(old string) bool { return identity.Address(old) == identity.Address(address) })
		})
	}
	if slices.ContainsFunc(cfg.Quarantined, func(u config.User) bool { return u.Key == identity.Address(address) }) {
		return nil, &NotFoundError{What: "user", Name: address, Quarantined: true}
	}
	if i < 0 || i >= len(cfg.Users) {
		return nil, &NotFoundError{What: "user", Name: address, Near: nearestUsers(address, cfg)}
	}
	class := result.Class(i)
	u := &cfg.Users[i]
	return &person{cfg: cfg, user: u, inputs: class.Inputs, now: class.Effective, licenses: u.Licenses}, nil
}

// imagine makes somebody up.
func imagine(cfg *config.Config, licenses, groups []string) (*person, error) {
	u := &config.User{Block: &config.Block{Licenses: licenses, InGroups: groups}}
	for _, name := range licenses {
		if _, ok := cfg.License(name); !ok {
			return nil, notFound("license", name, namesOf(cfg.Licenses, func(l *config.License) string { return l.Name }))
		}
	}
	for _, name := range groups {
		g, ok := cfg.Group(name)
		if !ok {
			return nil, notFound("group", name, namesOf(cfg.Groups, func(g *config.Group) string { return g.Name }))
		}
		u.Groups = append(u.Groups, int32(g))
	}
	slices.Sort(u.Groups)
	u.Groups = slices.Compact(u.Groups)
	in := resolve.InputsOf(cfg, u)
	return &person{cfg: cfg, user: u, inputs: in, now: resolve.Resolve(cfg, in), licenses: licenses}, nil
}

// real reports whether somebody is in the files.
func (p *person) real() bool { return p.user.Address != "" }

// path is a policy path below the user's entry.
func (p *person) path(below ...string) config.Path {
	return append(config.Path{"users", p.user.Address}, below...)
}

// at is the place of a path below the user's entry; nil for a persona.
func (p *person) at(below ...string) *Place {
	if !p.real() {
		return nil
	}
	return placeOf(p.cfg.Range(p.path(below...)...))
}

func (p *person) explain() *Explanation {
	e := &Explanation{
		FormatVersion: FormatVersion,
		Edition:       p.cfg.Schema.Edition.Name,
		LicenseClass:  p.inputs.License.String(),
		Licenses:      p.licenseList(),
		Migration:     p.migration(),
		Groups:        p.groups(),
		Templates:     p.templates(),
		Settings:      p.settings(),
		Idle:          p.idle(),
	}
	if p.real() {
		e.User, e.Path = p.user.Address, p.path().String()
		e.At = placeOf(p.cfg.KeyRange(p.path()...))
	}
	return e
}

func (p *person) licenseList() []License {
	out := make([]License, 0, len(p.licenses))
	for i, name := range p.licenses {
		l := License{Name: name, At: p.at("licenses", strconv.Itoa(i))}
		if n, ok := p.cfg.License(name); ok {
			have := &p.cfg.Licenses[n]
			l.Service, l.ControlHubName = "none", have.ControlHubName
			if have.Service != 0 {
				l.Service = have.Service.String()
			}
			l.DefinedAt = placeOf(p.cfg.KeyRange("licenses", name))
		}
		out = append(out, l)
	}
	return out
}

// migration returns the block that holds: the user's own, else, of those of the
// groups, the one that is due first.
func (p *person) migration() *Migration {
	if m := p.user.Migration; m != nil {
		return &Migration{
			Level: "user", CompleteBy: m.CompleteBy, WebexCallingReady: m.WebexCallingReady,
			At: placeOf(p.cfg.KeyRange(p.path("migration")...)),
		}
	}
	var out *Migration
	for _, g := range p.user.Groups {
		m := p.cfg.Groups[g].Migration
		if m == nil || out != nil && (m.CompleteBy == "" || out.CompleteBy != "" && out.CompleteBy <= m.CompleteBy) {
			continue
		}
		name := p.cfg.Groups[g].Name
		out = &Migration{
			Level: "group", Group: name, CompleteBy: m.CompleteBy, WebexCallingReady: m.WebexCallingReady,
			At: placeOf(p.cfg.KeyRange("groups", name, "migration")),
		}
	}
	return out
}

func (p *person) groups() []Group {
	out := make([]Group, 0, len(p.user.Groups))
	for _, g := range p.user.Groups {
		have := &p.cfg.Groups[g]
		group := Group{Name: have.Name, By: []Membership{}}
		if p.real() {
			group.By = p.memberships(have)
		}
		if have.Template >= 0 {
			t := &p.cfg.Templates[have.Template]
			group.Template, group.Rank, group.Wins = t.Name, t.Rank, have.Template == p.inputs.Template
		}
		out = append(out, group)
	}
	return out
}

// memberships finds every reason for being in a group: who is to leave it must
// leave by all of them.
func (p *person) memberships(g *config.Group) []Membership {
	var out []Membership
	if i := slices.Index(p.user.InGroups, g.Name); i >= 0 {
		out = append(out, Membership{ByOwnList, p.at("groups", strconv.Itoa(i))})
	}
	// Seen by somebody who lists no group, the place is in the group itself.
	listsNone := *p.user.Block
	listsNone.InGroups = nil
	seen := *p.cfg
	seen.Users = []config.User{{Address: p.user.Address, Key: p.user.Key, Block: &listsNone, At: p.user.At}}
	where := p.cfg.KeyRange("groups", g.Name, "where")
	if r := seen.MembershipRange(p.user.Address, g.Name); !r.IsZero() && r != where {
		out = append(out, Membership{ByMembers, placeOf(r)})
	}
	if g.Fits(p.user.Attribute) {
		out = append(out, Membership{ByWhere, placeOf(where)})
	}
	return out
}

// templateIndexes lists the templates that somebody's groups lead to, by rank.
func templateIndexes(cfg *config.Config, groups []int32) []int32 {
	var out []int32
	for _, g := range groups {
		if t := cfg.Groups[g].Template; t >= 0 {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *person) templates() []Template {
	out := []Template{}
	for _, i := range templateIndexes(p.cfg, p.user.Groups) {
		t := &p.cfg.Templates[i]
		out = append(out, Template{
			Name: t.Name, Rank: t.Rank, Wins: i == p.inputs.Template,
			Via: groupNames(p.cfg, groupsLeadingTo(p.cfg, p.user.Groups, i)),
			At:  placeOf(p.cfg.KeyRange("templates", t.Name)),
		})
	}
	return out
}

// groupsLeadingTo returns those of the groups that lead to a template.
func groupsLeadingTo(cfg *config.Config, groups []int32, template int32) []int32 {
	var out []int32
	for _, g := range groups {
		if cfg.Groups[g].Template == template {
			out = append(out, g)
		}
	}
	return out
}

func groupNames(cfg *config.Config, groups []int32) []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = cfg.Groups[g].Name
	}
	return names
}

func namesOf[T any](things []T, name func(*T) string) []string {
	names := make([]string, len(things))
	for i := range things {
		names[i] = name(&things[i])
	}
	return names
}
