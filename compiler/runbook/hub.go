package runbook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/schema"
)

// hub is what Control Hub holds above the users, on the way from one state to
// the other.
type hub struct {
	org       config.Settings
	templates map[string]config.Settings
	order     []string          // templates, the winner first
	assigned  map[string]string // the template of each group
	joined    map[string]bool   // the groups that everybody who joins has joined
	left      map[string]bool   // the groups that everybody who leaves has left
}

func (h *hub) clone() *hub {
	return &hub{
		h.org, maps.Clone(h.templates), slices.Clone(h.order),
		maps.Clone(h.assigned), maps.Clone(h.joined), maps.Clone(h.left),
	}
}

// move puts a template right below another, or on top.
func (h *hub) move(name, below string) {
	h.order = slices.DeleteFunc(slices.Clone(h.order), func(n string) bool { return n == name })
	h.order = slices.Insert(h.order, slices.Index(h.order, below)+1, name)
}

// situation is what decides the settings of some users while the organization,
// the templates and the groups change.
type situation struct {
	license resolve.LicenseClass
	groups  []membership // those that may matter
	pinned  uint64       // toggles that the user level decides meanwhile
	calling bool         // so for calling behavior
	users   int
	example string

	before, after outcome
}

// membership is a group that somebody is in, before or after.
type membership struct {
	group         string
	before, after bool
}

// outcome is what applies in a situation, as far as no user level decides it.
type outcome struct {
	on       uint64 // toggles
	calling  config.Choice
	template string
}

// template returns the one that wins.
func (h *hub) template(s *situation) string {
	best := len(h.order)
	for _, m := range s.groups {
		in := m.before && (m.after || !h.left[m.group]) || m.after && h.joined[m.group]
		if !in {
			continue
		}
		if t := h.assigned[m.group]; t != "" {
			if at := slices.Index(h.order, t); at < best {
				best = at
			}
		}
	}
	if best == len(h.order) {
		return ""
	}
	return h.order[best]
}

// outcome resolves a situation.
func (h *hub) outcome(s *situation, edition *schema.Edition, toggles []string) outcome {
	out := outcome{template: h.template(s)}
	stack := resolve.Stack{Edition: edition, Toggles: toggles, License: s.license}
	if out.template != "" {
		stack.Levels[1] = resolve.Layer{Source: resolve.Source{Level: resolve.Template, Template: out.template}, Settings: h.templates[out.template]}
	}
	stack.Levels[2] = resolve.Layer{Source: resolve.Source{Level: resolve.Org}, Settings: h.org}
	for _, name := range edition.Toggles {
		if i, _ := slices.BinarySearch(toggles, name); s.pinned&(1<<i) == 0 && stack.Toggle(name).On {
			out.on |= 1 << i
		}
	}
	if !s.calling {
		out.calling = stack.Calling().Choice()
	}
	return out
}

// wrong reports whether an outcome on the way is neither the one before nor the
// one after, in some setting.
func (s *situation) wrong(now outcome) bool {
	if (now.on^s.before.on)&(now.on^s.after.on) != 0 {
		return true
	}
	return now.calling != s.before.calling && now.calling != s.after.calling
}

// harm counts the users who have a wrong value, and those for whom the wrong
// template wins, be it with the right values.
type harm struct{ values, templates int }

func (x harm) compare(y harm) int {
	return cmp.Or(cmp.Compare(x.values, y.values), cmp.Compare(x.templates, y.templates))
}

func (b *builder) harm(h *hub) harm {
	var out harm
	for _, s := range b.situations {
		now := h.outcome(s, b.edition, b.hcfg.Toggles)
		if s.wrong(now) {
			out.values += s.users
		}
		if now.template != s.before.template && now.template != s.after.template {
			out.templates += s.users
		}
	}
	return out
}

// gatherSituations sorts the users of both states by what decides theirs.
func (b *builder) gatherSituations() {
	index := map[string]*situation{}
	for n := range b.people {
		p := &b.people[n]
		p.groups = b.memberships(p)
		if p.base < 0 {
			continue
		}
		s := &situation{license: b.during(p), pinned: b.pinnedToggles(p), calling: b.pinnedCalling(p)}
		s.groups = p.groups
		var key strings.Builder
		fmt.Fprintf(&key, "%d %d %t", s.license, s.pinned, s.calling)
		for _, m := range s.groups {
			fmt.Fprintf(&key, " %q %t %t", m.group, m.before, m.after)
		}
		have := index[key.String()]
		if have == nil {
			have = s
			s.example = b.address(p)
			index[key.String()] = s
			b.situations = append(b.situations, s)
		}
		have.users++
	}
}

// memberships returns the groups of a person that have a template on some side.
func (b *builder) memberships(p *person) []membership {
	var out []membership
	if p.base >= 0 {
		for _, g := range b.bcfg.Users[p.base].Groups {
			if name := b.bcfg.Groups[g].Name; b.matters[name] {
				out = append(out, membership{group: name, before: true})
			}
		}
	}
	for _, g := range b.hcfg.Users[p.head].Groups {
		name := b.hcfg.Groups[g].Name
		if !b.matters[name] {
			continue
		}
		if i := slices.IndexFunc(out, func(m membership) bool { return m.group == name }); i >= 0 {
			out[i].after = true
		} else {
			out = append(out, membership{group: name, after: true})
		}
	}
	// Leaving a group that loses its template anyway is no step.
	for i := range out {
		if out[i].before && b.headTemplate[out[i].group] == "" {
			out[i].after = true
		}
	}
	return out
}
