package plan_test

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"callpolicy/compiler/config"
)

// atom is one edit between two repositories that may concern a user: its path
// in a plan, and how it is undone in a repository that is otherwise the head.
type atom struct {
	path string
	undo func(mixed *repo, p *person)
}

// atoms returns every edit that may concern somebody, found by comparing the
// two repositories part by part.
func atoms(base, head *repo, before, after *person, user string) []atom {
	var out []atom
	add := func(undo func(*repo, *person), path ...string) {
		out = append(out, atom{config.Path(path).String(), undo})
	}
	if base.edition != head.edition {
		add(func(m *repo, _ *person) { m.edition = base.edition }, "edition")
	}
	levelAtoms(base.org, head.org, func(undo func(level), path ...string) {
		add(func(m *repo, _ *person) { undo(m.org) }, slices.Concat([]string{"org"}, path)...)
	})
	for name, h := range head.templates {
		b, ok := base.templates[name]
		if !ok {
			continue // part of the edit that assigns it
		}
		if b.rank != h.rank {
			add(func(m *repo, _ *person) {
				t := m.templates[name]
				t.rank = b.rank
				m.templates[name] = t
			}, "templates", name, "rank")
		}
		levelAtoms(b.level, h.level, func(undo func(level), path ...string) {
			add(func(m *repo, _ *person) { undo(m.templates[name].level) }, slices.Concat([]string{"templates", name}, path)...)
		})
	}
	asked := map[string]bool{} // the attributes that conditions ask for
	for _, name := range slices.Compact(slices.Sorted(maps.Keys(union(base.groups, head.groups)))) {
		b, onBase := base.groups[name]
		h, onHead := head.groups[name]
		if onBase && onHead && b.template != h.template {
			add(func(m *repo, _ *person) {
				g := m.groups[name]
				g.template = b.template
				m.groups[name] = g
			}, "groups", name, "template")
		}
		if !maps.Equal(b.where, h.where) || (b.where == nil) != (h.where == nil) {
			add(func(m *repo, _ *person) {
				g := m.groups[name]
				g.where = b.where
				m.groups[name] = g
			}, "groups", name, "where")
		}
		for attribute := range union(b.where, h.where) {
			asked[attribute] = true
		}
		if before.groups[name] != after.groups[name] {
			add(func(_ *repo, p *person) { p.groups[name] = before.groups[name] }, "users", user, "groups", name)
		}
	}
	for name, service := range head.owned() {
		if b, ok := base.owned()[name]; ok && b != service {
			add(func(m *repo, _ *person) { m.licenses[name] = b }, "licenses", name, "service")
		}
	}
	for name, h := range head.profiles {
		b := base.profiles[name]
		if b.domain != h.domain {
			add(func(m *repo, _ *person) {
				p := m.profiles[name]
				p.domain = b.domain
				m.profiles[name] = p
			}, "ucManagerProfiles", name, "voiceServicesDomain")
		}
		if b.server != h.server {
			add(func(m *repo, _ *person) {
				p := m.profiles[name]
				p.server = b.server
				m.profiles[name] = p
			}, "ucManagerProfiles", name, "udsServer")
		}
	}
	if !slices.Equal(before.licenses, after.licenses) {
		add(func(_ *repo, p *person) { p.licenses = before.licenses }, "users", user, "licenses")
	}
	levelAtoms(before.level, after.level, func(undo func(level), path ...string) {
		add(func(_ *repo, p *person) { undo(p.level) }, slices.Concat([]string{"users", user}, path)...)
	})
	for name := range asked {
		if before.attributes[name] != after.attributes[name] {
			add(func(_ *repo, p *person) { p.attributes[name] = before.attributes[name] }, "users", user, "attributes", name)
		}
	}
	return out
}

func levelAtoms(b, h level, add func(undo func(level), path ...string)) {
	for name := range union(b.toggles, h.toggles) {
		before, was := b.toggles[name]
		if after, is := h.toggles[name]; was != is || before != after {
			add(func(l level) {
				delete(l.toggles, name)
				if was {
					l.toggles[name] = before
				}
			}, "inCall", name)
		}
	}
	for name := range union(b.behavior, h.behavior) {
		if before := b.behavior[name]; before != h.behavior[name] {
			add(func(l level) { l.behavior[name] = before }, "callingBehavior", name)
		}
	}
}

func union[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, b)
	return out
}

// together is the head, and beside it what only the base defines: it does
// nothing until an edit is undone that leads to it.
func together(base, head *repo) *repo {
	m := head.clone()
	m.licenses = union(base.owned(), head.owned())
	m.profiles = union(base.profiles, head.profiles)
	for name, t := range base.templates {
		if _, there := m.templates[name]; !there {
			m.templates[name] = t
		}
	}
	for name, g := range base.groups {
		if _, there := m.groups[name]; !there {
			m.groups[name] = group{template: g.template}
		}
	}
	return m
}

// causes searches every set of edits, the small ones first, and compiles the
// repository with that set undone: for each setting of a user that changes, the
// union of the minimal sets that restore its value before.
func causes(base, head *repo, user, was string) (map[string][]string, error) {
	before, after := base.users[was], head.users[user]
	list := atoms(base, head, &before, &after, user)
	if len(list) > 20 {
		return nil, fmt.Errorf("%d edits are too many to try every set", len(list))
	}
	all := together(base, head)
	compile := func(set uint64) map[string]any {
		mixed := all.clone()
		p := mixed.users[user]
		for i := range list {
			if set&(1<<i) != 0 {
				list[i].undo(mixed, &p)
			}
		}
		mixed.users[user] = p
		return mixed.effective(user)
	}
	want, is := base.effective(was), head.effective(user)
	open := map[string][]uint64{} // minimal sets by setting that changes
	for name := range union(want, is) {
		if want[name] != is[name] {
			open[name] = nil
		}
	}
	if len(open) == 0 {
		return nil, nil
	}
	for size := 1; size <= len(list); size++ {
		for set := range uint64(1) << len(list) {
			if bits.OnesCount64(set) != size {
				continue
			}
			var got map[string]any
			for name, minimal := range open {
				if slices.ContainsFunc(minimal, func(m uint64) bool { return m&^set == 0 }) {
					continue
				}
				if got == nil {
					got = compile(set)
				}
				if got[name] == want[name] {
					open[name] = append(minimal, set)
				}
			}
		}
	}
	out := map[string][]string{}
	for name, minimal := range open {
		var union uint64
		for _, m := range minimal {
			union |= m
		}
		out[name] = []string{}
		for i, a := range list {
			if union&(1<<i) != 0 {
				out[name] = append(out[name], a.path)
			}
		}
		slices.Sort(out[name])
		if len(minimal) == 0 {
			return nil, fmt.Errorf("%s: nothing restores %s; edits are %s", user, name, strings.Join(paths(list), " "))
		}
	}
	return out, nil
}

func paths(list []atom) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.path)
	}
	return out
}
