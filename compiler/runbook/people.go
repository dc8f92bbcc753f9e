package runbook

import (
	"cmp"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// person is a user of the head, and who that was in the base.
type person struct {
	head, base int // indexes into the users of either side; base -1: nobody yet
	groups     []membership
}

// pair finds everybody of the head in the base, by the address or an earlier one.
func (b *builder) pair() {
	taken := map[int]bool{}
	for i := range b.hcfg.Users {
		if j, ok := b.bcfg.User(b.hcfg.Users[i].Key); ok {
			taken[j] = true
		}
	}
	for i := range b.hcfg.Users {
		u := &b.hcfg.Users[i]
		p := person{head: i, base: -1}
		if j, ok := b.bcfg.User(u.Key); ok {
			p.base = j
		} else {
			for _, old := range u.Previously {
				if j, ok := b.bcfg.User(old); ok && !taken[j] {
					p.base, taken[j] = j, true
					b.renamed = append(b.renamed, i)
					break
				}
			}
		}
		if p.base < 0 {
			b.added = append(b.added, i)
		}
		b.people = append(b.people, p)
	}
	b.removed = len(b.bcfg.Users) - len(taken)
}

func (b *builder) address(p *person) string { return b.hcfg.Users[p.head].Address }

// named lists people by address.
func (b *builder) named(ps []*person) []Person {
	out := make([]Person, len(ps))
	for i, p := range ps {
		out[i] = Person{User: b.address(p)}
	}
	return out
}

func (b *builder) baseClass(p *person) *resolve.Class {
	if p.base < 0 {
		return nil
	}
	return b.base.Class(p.base)
}

func (b *builder) headClass(p *person) *resolve.Class { return b.head.Class(p.head) }

// during is the license class between the steps that give licenses and those
// that take them.
func (b *builder) during(p *person) resolve.LicenseClass {
	head := b.headClass(p).Inputs.License
	if p.base < 0 {
		return head
	}
	base := b.baseClass(p).Inputs.License
	has := func(c resolve.LicenseClass) bool {
		return base == c || head == c || base == resolve.Migrating || head == resolve.Migrating
	}
	return resolve.ClassOf(has(resolve.WebexCalling), has(resolve.UnifiedCM))
}

// ownToggle returns what the user level decided before and decides after.
func (b *builder) ownToggle(p *person, i int) (was, wasSet, is, isSet bool) {
	if p.base >= 0 && b.bcfg.Knows(b.hcfg.Toggles[i]) {
		was, wasSet = b.bcfg.Users[p.base].Own.InCall.Get(i)
	}
	is, isSet = b.hcfg.Users[p.head].Own.InCall.Get(i)
	return was, wasSet, is, isSet
}

// pinnedToggles returns the toggles that the user level decides until the last
// reset is done.
func (b *builder) pinnedToggles(p *person) (mask uint64) {
	for i := range b.hcfg.Toggles {
		if _, was, _, is := b.ownToggle(p, i); was || is {
			mask |= 1 << i
		}
	}
	return mask
}

// ownBehavior returns the whole choice that a person has, where the user level
// holds something for a service that the person's licenses make use of.
func ownBehavior(r *resolve.Result, user int, service config.Service) (config.Choice, bool) {
	if user < 0 {
		return config.Choice{}, false
	}
	class := r.Class(user)
	allowed := slices.Contains(r.Config.Schema.Edition.CallingBehavior[service.String()], resolve.User.String())
	if !allowed || r.Config.Users[user].Own.For(service).IsZero() {
		return config.Choice{}, false
	}
	b := &class.Calling
	if b.Service != service {
		if b = class.Pending; b == nil || b.Service != service {
			return config.Choice{}, false
		}
	}
	return config.Choice{App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}, true
}

// pinnedCalling reports whether the user level decides the calling behavior for
// the service in use until the last reset is done.
func (b *builder) pinnedCalling(p *person) bool {
	service := b.during(p).Service()
	_, was := ownBehavior(b.base, p.base, service)
	_, is := ownBehavior(b.head, p.head, service)
	return was || is
}

// license is a license as Control Hub knows it.
type license struct {
	name    string
	service config.Service
}

// licensesOf returns a user's licenses, sorted by name.
func licensesOf(cfg *config.Config, user int) []license {
	if user < 0 {
		return nil
	}
	var out []license
	for _, name := range cfg.Users[user].Licenses {
		l := license{name: name}
		if i, ok := cfg.License(name); ok {
			l = license{cmp.Or(cfg.Licenses[i].ControlHubName, name), cfg.Licenses[i].Service}
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b license) int { return cmp.Compare(a.name, b.name) })
	return out
}

// without returns the licenses of a that are not in b.
func without(a, b []license) []license {
	var out []license
	for _, l := range a {
		if !slices.ContainsFunc(b, func(o license) bool { return o.name == l.name }) {
			out = append(out, l)
		}
	}
	return out
}

// isDowngrade reports whether the API refuses to change one license into the
// other in a request.
func isDowngrade(from, to string) bool {
	return strings.HasSuffix(from, "Professional") && strings.HasSuffix(to, "Standard") ||
		from == "Customer Experience - Essential" && strings.HasSuffix(to, "Standard")
}
