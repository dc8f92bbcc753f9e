package load

import (
	"cmp"
	"maps"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// membership says that a user is in a group, as the group or the roster lists
// them. Both are indexes.
type membership struct{ user, group int32 }

// rosterMembers adds to the memberships that groups list those that files of
// the roster list, and returns all of them by user.
func (l *linker) rosterMembers(listed []membership) []membership {
	l.Config.Listed = map[int32][]string{}
	for _, m := range listed {
		l.Config.Listed[m.group] = append(l.Config.Listed[m.group], l.Users[m.user].Key)
	}
	for _, keys := range l.Config.Listed {
		slices.Sort(keys)
	}
	groups := map[string]int32{}
	for _, f := range l.Sources.Rosters {
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

// attributes reports conditions of groups on attributes that nobody has.
func (l *linker) attributes(blocks map[*config.Block][]int32) {
	if l.broken || len(l.Users) == 0 || !slices.ContainsFunc(l.Groups, func(g config.Group) bool { return len(g.Where) > 0 }) {
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
			d := diag.New(diag.RosterUnknownAttribute, l.KeyRange("groups", g.Name, "where", c.Attribute), "nobody has an attribute called %s", check.Quote(c.Attribute)).
				At(config.Path{"groups", g.Name, "where", c.Attribute}.String()).
				Because("Everybody is a member whose attributes fit all conditions of the group, so nobody is.")
			if l.hadAttribute(c.Attribute) {
				d.Severity = diag.Error
				d.Because("The roster had the column before. Everybody would leave the group, although nobody took them out.")
			}
			if meant := near.One(c.Attribute, names); meant != "" {
				d.Try("Did you mean %s?", meant)
			} else {
				d.Try("Correct the name. Attributes are the columns of the roster, and what users have under attributes.")
			}
			l.diags.Add(d)
		}
	}
}
