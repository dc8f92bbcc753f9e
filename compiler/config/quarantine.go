package config

import (
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/identity"
)

// Quarantine returns the configuration without some users, given by index: they
// are in Quarantined instead. Their rows in the roster are at fault, and nobody
// else is to wait for them.
func (c *Config) Quarantine(users []int) *Config {
	out := *c
	out.Users = slices.Clone(c.Users)
	out.Groups = slices.Clone(c.Groups)
	out.Quarantined = slices.Clone(c.Quarantined)
	out.quarantine(users)
	return &out
}

// quarantine moves users, given by index, from Users to Quarantined.
func (c *Config) quarantine(users []int) {
	if len(users) == 0 {
		return
	}
	users = slices.Compact(slices.Sorted(slices.Values(users)))
	kept := c.Users[:users[0]]
	for i := users[0]; i < len(c.Users); i++ {
		if len(users) == 0 || users[0] != i {
			kept = append(kept, c.Users[i])
			continue
		}
		users = users[1:]
		c.Quarantined = append(c.Quarantined, c.Users[i])
		for _, g := range c.Users[i].Groups {
			c.Groups[g].Members--
		}
	}
	c.Users = kept
	slices.SortFunc(c.Quarantined, func(a, b User) int { return strings.Compare(a.Key, b.Key) })
}

// QuarantinedAddresses returns the addresses, in lower case and sorted, under
// which those in quarantine may have a bundle from before.
func (c *Config) QuarantinedAddresses() []string {
	held := map[string]bool{}
	for i := range c.Quarantined {
		u := &c.Quarantined[i]
		held[u.Key] = true
		for _, old := range u.Previously {
			if _, taken := c.User(old); !taken {
				held[identity.Address(old)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(held))
}

// QuarantineNote says what becomes of somebody whose row is at fault.
const QuarantineNote = "Whoever it concerns is set aside: left out of the output, while a bundle from before stays as it is."
