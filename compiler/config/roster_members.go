package config

import (
	"cmp"
	"maps"
	"slices"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// membership says that a user is in a group, as the group or the roster lists
// them. Both are indexes.
type membership struct{ user, group int32 }

// rosterMembers adds to the memberships that groups list those that files of
// the roster list, and returns all of them by user.
func (l *linker) rosterMembers(listed []membership) []membership {
	l.Config.listed = map[int32][]string{}
	for _, m := range listed {
		l.Config.listed[m.group] = append(l.Config.listed[m.group], l.Users[m.user].Key)
	}
	for _, keys := range l.Config.listed {
		slices.Sort(keys)
	}
	groups := map[string]int32{}
	for _, f := range l.files.rosters {
		u := 0
		for i := range f.Members { // by address, as users are
			m := &f.Members[i]
			g, known := groups[m.Group]
			if !known {
				g = -1
				if n, ok := l.Group(m.Group); ok {
					g = int32(n)
				} else {
					l.others[m.Group] = true
				}
				groups[m.Group] = g
			}
			for u < len(l.Users) && l.Users[u].Key < m.Key {
				u++
			}
			switch {
			case g < 0:
			case u < len(l.Users) && l.Users[u].Key == m.Key:
				listed = append(listed, membership{int32(u), g})
			default:
				l.Roster.OtherMembers++
			}
		}
	}
	l.Roster.OtherGroups = len(l.others)
	byUser := func(a, b membership) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.group, b.group))
	}
	if !slices.IsSortedFunc(listed, byUser) {
		slices.SortFunc(listed, byUser)
	}
	return listed
}

// listedFor returns how many of the memberships, which start at or behind a
// user, are the user's.
func listedFor(listed []membership, user int) int {
	n := 0
	for n < len(listed) && int(listed[n].user) == user {
		n++
	}
	return n
}

// Reason is why a user is in a group. The zero value is invalid.
type Reason uint8

// The reasons, of which the first that holds counts: somebody whom a policy
// file puts into a group stays there whatever the directory says.
const (
	ByPolicy Reason = iota + 1 // the user's entry lists the group, or the group lists the user
	ByRoster                   // the roster puts the user there
	ByWhere                    // the user's attributes fit the conditions of the group
)

// ReasonFor returns why a user is in a group; both are given by index.
func (c *Config) ReasonFor(user int, group int32) Reason {
	u, g := &c.Users[user], &c.Groups[group]
	n := slices.Index(u.InGroups, g.Name)
	if n >= 0 && n < len(u.InGroups)-u.RosterGroups {
		return ByPolicy
	}
	if _, listed := slices.BinarySearch(c.listed[group], u.Key); listed {
		return ByPolicy
	}
	if n >= 0 || !g.Fits(u.Attribute) {
		return ByRoster
	}
	return ByWhere
}

// AttributeByRoster reports whether a label is what the roster says.
func (b *Block) AttributeByRoster(name string) bool {
	if _, ok := b.Attribute(name); !ok || !b.roster {
		return false
	}
	if b.entry == nil {
		return true
	}
	_, ok := b.entry.Attribute(name)
	return !ok
}

// attributes reports conditions of groups on attributes that nobody has.
func (l *linker) attributes(blocks map[*Block][]int32) {
	if l.broken || len(l.Users) == 0 || !slices.ContainsFunc(l.Groups, func(g Group) bool { return len(g.Where) > 0 }) {
		return
	}
	have := map[string]bool{}
	for b := range blocks {
		for _, a := range b.Attributes {
			have[a.Name] = true
		}
	}
	names := slices.Sorted(maps.Keys(have))
	for i := range l.Groups {
		g := &l.Groups[i]
		for _, c := range g.Where {
			if have[c.Attribute] {
				continue
			}
			d := diag.New(diag.RosterUnknownAttribute, l.KeyRange("groups", g.Name, "where", c.Attribute), "nobody has an attribute called %s", quote(c.Attribute)).
				At(Path{"groups", g.Name, "where", c.Attribute}.String()).
				Because("Everybody is a member whose attributes fit all conditions of the group, so nobody is.")
			if meant := near.One(c.Attribute, names); meant != "" {
				d.Try("Did you mean %s?", meant)
			} else {
				d.Try("Correct the name. Attributes are the columns of the roster, and what users have under attributes.")
			}
			l.diags.Add(d)
		}
	}
}
