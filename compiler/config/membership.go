package config

import (
	"slices"

	"callpolicy/compiler/identity"
)

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
	n := slices.IndexFunc(u.InGroups, func(name string) bool { return identity.Same(name, g.Name) })
	if n >= 0 && n < len(u.InGroups)-u.RosterGroups {
		return ByPolicy
	}
	if _, listed := slices.BinarySearch(c.Listed[group], u.Key); listed {
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
