package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"callpolicy/compiler/config"
)

// The generator keeps to few names, so that edits meet in the same people.

var (
	toggles       = []string{"screenSharing", "videoOnMobile", "giveControl"} // the last is the current edition's alone
	templateNames = []string{"ta", "tb", "tc", "td"}
	groupNames    = []string{"ga", "gb", "gc", "gd", "ge"} // people are listed
	whereNames    = []string{"wa", "wb"}                   // people join by their attributes
	licenseNames  = []string{"unifiedCM", "webexCalling", "addon"}
	serviceNames  = []string{"unifiedCM", "webexCalling", "none"}
	attributes    = []string{"site", "team"}
	values        = []string{"x", "y"}
	userNames     = []string{"a@t.example", "B@t.example", "c@t.example", "d@t.example"}
)

func one[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func chance(rng *rand.Rand, percent int) bool { return rng.IntN(100) < percent }

func generate(rng *rand.Rand) *repo {
	r := &repo{
		edition: one(rng, []string{"classic", "current"}), profiles: map[string]profile{"pa": {id: "id-a"}, "pb": {}},
		templates: map[string]template{}, groups: map[string]group{}, users: map[string]person{},
	}
	r.org = r.level(rng, 50)
	if chance(rng, 70) {
		r.licenses = map[string]string{"unifiedCM": "unifiedCM", "webexCalling": "webexCalling", "addon": one(rng, serviceNames)}
	}
	for _, name := range templateNames[:rng.IntN(4)] {
		r.addTemplate(rng, name)
	}
	for _, name := range groupNames[:rng.IntN(5)] {
		r.groups[name] = group{template: r.anyTemplate(rng)}
	}
	for _, name := range whereNames[:rng.IntN(3)] {
		r.groups[name] = group{template: r.anyTemplate(rng), where: where(rng)}
	}
	for _, name := range userNames[:1+rng.IntN(4)] {
		r.users[name] = r.person(rng)
	}
	return r
}

func (r *repo) level(rng *rand.Rand, percent int) level {
	l := level{map[string]bool{}, map[string]config.Choice{}}
	for _, name := range toggles {
		if chance(rng, percent) {
			l.toggles[name] = chance(rng, 50)
		}
	}
	for _, service := range config.Services {
		if chance(rng, percent/2) {
			l.behavior[service.String()] = r.choice(rng, service.String())
		}
	}
	return l
}

func (r *repo) choice(rng *rand.Rand, service string) config.Choice {
	if service != "unifiedCM" {
		return config.Choice{App: one(rng, []string{"webex", "thirdParty"})}
	}
	choices := []config.Choice{{App: "jabber"}, {App: "webex", Profile: "pa"}, {App: "webex", Profile: "pb"}, {App: "webex", EmailDomain: true}}
	if r.edition == "current" {
		choices = append(choices, config.Choice{App: "webex"}, config.Choice{Profile: "pa"}, config.Choice{Profile: "pb"}, config.Choice{EmailDomain: true})
	}
	return one(rng, choices)
}

func (r *repo) addTemplate(rng *rand.Rand, name string) {
	if _, there := r.templates[name]; !there {
		r.templates[name] = template{r.freeRank(rng), r.level(rng, 60)}
	}
}

func (r *repo) freeRank(rng *rand.Rand) int {
	for {
		rank := 1 + rng.IntN(9)
		if !slices.ContainsFunc(slices.Collect(maps.Values(r.templates)), func(t template) bool { return t.rank == rank }) {
			return rank
		}
	}
}

// anyTemplate returns a template that is there, or none.
func (r *repo) anyTemplate(rng *rand.Rand) string {
	if names := slices.Sorted(maps.Keys(r.templates)); len(names) > 0 && chance(rng, 80) {
		return one(rng, names)
	}
	return ""
}

func where(rng *rand.Rand) map[string]string {
	w := map[string]string{one(rng, attributes): one(rng, values)}
	if chance(rng, 30) {
		w[one(rng, attributes)] = one(rng, values)
	}
	return w
}

func (r *repo) person(rng *rand.Rand) person {
	p := person{groups: map[string]bool{}, level: r.level(rng, 15), attributes: map[string]string{}}
	for name := range r.groups {
		if !slices.Contains(whereNames, name) || chance(rng, 20) {
			p.groups[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.groups)) {
		if chance(rng, 50) {
			delete(p.groups, name)
		}
	}
	for _, name := range attributes {
		if chance(rng, 60) {
			p.attributes[name] = one(rng, values)
		}
	}
	p.licenses = r.someLicenses(rng)
	return p
}

func (r *repo) someLicenses(rng *rand.Rand) []string {
	var out []string
	for _, name := range licenseNames {
		if _, there := r.owned()[name]; there && chance(rng, 50) {
			out = append(out, name)
		}
	}
	return out
}

// change makes one random edit, of the sorts that people make. It may do nothing.
func change(rng *rand.Rand, r *repo) {
	switch rng.IntN(18) {
	case 0, 1:
		r.org.change(rng, r)
	case 2, 3:
		if t, ok := r.templates[r.anyTemplate(rng)]; ok {
			t.change(rng, r)
		}
	case 4: // another rank, or two that swap
		a, b := r.anyTemplate(rng), r.anyTemplate(rng)
		if a != "" && b != "" {
			x, y := r.templates[a], r.templates[b]
			if x.rank, y.rank = y.rank, x.rank; a == b {
				x.rank, y.rank = r.freeRank(rng), 0
				y.rank = x.rank
			}
			r.templates[a], r.templates[b] = x, y
		}
	case 5:
		if name := one(rng, groupNames); r.hasGroup(name) {
			r.groups[name] = group{template: r.anyTemplate(rng)}
		}
	case 6: // a template comes, and a group is assigned to it
		name := one(rng, templateNames)
		r.addTemplate(rng, name)
		if g := one(rng, groupNames); chance(rng, 80) {
			r.groups[g] = group{template: name}
		}
	case 7: // a template goes
		if name := r.anyTemplate(rng); name != "" {
			delete(r.templates, name)
			for g, group := range r.groups {
				if group.template == name {
					group.template = ""
					r.groups[g] = group
				}
			}
		}
	case 8: // a group comes or goes
		if name := one(rng, groupNames); r.hasGroup(name) {
			r.dropGroup(name)
		} else {
			r.groups[name] = group{template: r.anyTemplate(rng)}
		}
	case 9: // a group by attributes comes, goes, or has other conditions
		name := one(rng, whereNames)
		switch g := r.groups[name]; {
		case !r.hasGroup(name):
			r.groups[name] = group{r.anyTemplate(rng), where(rng)}
		case chance(rng, 30):
			r.dropGroup(name)
		default:
			g.where = where(rng)
			r.groups[name] = g
		}
	case 10, 11:
		r.changeUser(rng, func(p *person) { p.change(rng, r) })
	case 12:
		r.changeUser(rng, func(p *person) { p.licenses = r.someLicenses(rng) })
	case 13:
		r.changeUser(rng, func(p *person) {
			names := slices.Sorted(maps.Keys(r.groups))
			if len(names) == 0 {
				return
			}
			if name := one(rng, names); p.groups[name] {
				delete(p.groups, name)
			} else {
				p.groups[name] = true
			}
		})
	case 14:
		r.changeUser(rng, func(p *person) { p.attributes[one(rng, attributes)] = one(rng, values) })
	case 15:
		switch {
		case chance(rng, 30):
			r.edition = map[string]string{"classic": "current", "current": "classic"}[r.edition]
		case r.licenses != nil:
			r.licenses[one(rng, []string{"unifiedCM", "webexCalling", "addon"})] = one(rng, serviceNames)
		default:
			r.licenses = map[string]string{"unifiedCM": one(rng, serviceNames), "webexCalling": "webexCalling", "addon": "none"}
		}
	case 16:
		r.people(rng)
	case 17:
		name := one(rng, []string{"pa", "pb"})
		p := r.profiles[name]
		if p.server = one(rng, []string{"", "uds1", "uds2"}); chance(rng, 30) {
			p.domain = one(rng, []string{"", "ucm1", "ucm2"})
		}
		r.profiles[name] = p
	}
}

// people adds, removes or renames somebody.
func (r *repo) people(rng *rand.Rand) {
	names := slices.Sorted(maps.Keys(r.users))
	fresh := fmt.Sprintf("n%d@t.example", rng.IntN(50))
	if _, there := r.users[fresh]; there {
		return
	}
	switch old := one(rng, names); rng.IntN(3) {
	case 0:
		r.users[fresh] = r.person(rng)
	case 1:
		if len(names) > 1 {
			delete(r.users, old)
		}
	case 2:
		p := r.users[old].clone()
		if p.previously == "" {
			p.previously = old
			delete(r.users, old)
			r.users[fresh] = p
		}
	}
}

func (r *repo) hasGroup(name string) bool {
	_, there := r.groups[name]
	return there
}

func (r *repo) dropGroup(name string) {
	delete(r.groups, name)
	for _, p := range r.users {
		delete(p.groups, name)
	}
}

func (r *repo) changeUser(rng *rand.Rand, edit func(*person)) {
	name := one(rng, slices.Sorted(maps.Keys(r.users)))
	p := r.users[name]
	edit(&p)
	r.users[name] = p
}

func (l level) change(rng *rand.Rand, r *repo) {
	if chance(rng, 60) {
		switch name := one(rng, toggles); rng.IntN(3) {
		case 0:
			delete(l.toggles, name)
		default:
			l.toggles[name] = chance(rng, 50)
		}
		return
	}
	switch service := one(rng, []string{"unifiedCM", "unifiedCM", "webexCalling", "noPaidCalling"}); rng.IntN(3) {
	case 0:
		delete(l.behavior, service)
	default:
		l.behavior[service] = r.choice(rng, service)
	}
}
