package config

import (
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/roster"
	"callpolicy/policies"
)

// MembershipRange returns where it is written that a user is in a group: in the
// user's own list or row, in the group's list of members, in the roster's, or in
// the group's conditions.
func (c *Config) MembershipRange(user, group string) diag.Range {
	if i, ok := c.User(user); ok {
		for n, name := range c.Users[i].InGroups {
			if identity.Same(name, group) {
				return c.Range("users", user, "groups", strconv.Itoa(n))
			}
		}
	}
	if g, ok := c.Group(group); ok {
		if tree := c.Sources.Tree(c.Groups[g].At.File); tree != nil {
			groups, _ := tree.Root.Get("groups")
			entry, _ := groups.Get(group)
			members, _ := entry.Get("members")
			if members != nil {
				for i := range members.Items {
					if identity.Address(members.Items[i].Value) == identity.Address(user) {
						return tree.Range(&members.Items[i])
					}
				}
			}
		}
		if r := c.memberRange(user, group); !r.IsZero() {
			return r
		}
		return c.KeyRange("groups", group, "where")
	}
	return diag.Range{}
}

// LicensesIn finds out which of our licenses a file of the roster means: ours, by
// the name there; empty where it is one that does not matter. In the plain form
// they are the keys under licenses; a column of an export is found by the name
// that the license has in Control Hub. A column that no license has is passed
// by, unless it is known to give a calling service: leaving that out would take
// the service away from people who have it.
func (c *Config) LicensesIn(f *roster.File) map[string]string {
	ours := map[string]string{}
	if f.Form == roster.People {
		for i := range c.Licenses {
			ours[c.Licenses[i].Name] = c.Licenses[i].Name
		}
		return ours
	}
	for _, column := range f.LicenseColumns {
		if name, known := c.LicenseCalled(column); known {
			ours[column] = name
		}
	}
	return ours
}

// LicenseCalled returns our license that Control Hub, or its export, calls so;
// empty where it gives no calling service. Known is false where it may give one
// and none of ours does: nobody knows what its holders are to have.
func (c *Config) LicenseCalled(column string) (name string, known bool) {
	hub := func(name string) int {
		return slices.IndexFunc(c.Licenses, func(l License) bool {
			return l.ControlHubName != "" && roster.LicenseName(l.ControlHubName) == roster.LicenseName(name)
		})
	}
	if i := hub(column); i >= 0 {
		return c.Licenses[i].Name, true
	}
	about, listed := Cataloged(column)
	if !listed {
		return "", true
	}
	if i := hub(about.Is); i >= 0 && about.Is != "" {
		return c.Licenses[i].Name, true
	}
	for i := range c.Licenses { // those that are there without a section of their own
		if l := &c.Licenses[i]; l.At.Line == 0 && l.Service != 0 && l.Service.String() == about.Class {
			return l.Name, true
		}
	}
	return "", about.Class == "none"
}

// Cataloged looks up what is known of a license by a name that Control Hub or
// its export gives it.
func Cataloged(name string) (policies.License, bool) {
	catalogue, err := policies.Licenses()
	if err != nil {
		return policies.License{}, false // the catalogue is part of the program, and a test reads it
	}
	if about, ok := catalogue[name]; ok {
		return about, true
	}
	for have, about := range catalogue {
		if roster.LicenseName(have) == roster.LicenseName(name) {
			return about, true
		}
	}
	return policies.License{}, false
}

// Column returns where the header of a roster names an attribute, and how; the
// zero Range where none does.
func (c *Config) Column(attribute string) (diag.Range, string) {
	for _, f := range c.Sources.Rosters {
		for _, column := range f.Columns {
			if strings.EqualFold(column.Name, attribute) {
				return f.Range(column.At), column.Name
			}
		}
	}
	return diag.Range{}, ""
}

// FromRoster reports whether what a path leads to is written in the roster.
func (c *Config) FromRoster(path ...string) bool {
	_, _, ok := c.inRoster(path)
	return ok
}

// inRoster finds the cell that a path below a user leads to: the column of the
// row; empty for the row as a whole.
func (c *Config) inRoster(path []string) (u *User, column string, ok bool) {
	if len(path) < 2 || path[0] != "users" {
		return nil, "", false
	}
	i, ok := c.User(path[1])
	if !ok || c.Users[i].Row.Line == 0 {
		return nil, "", false
	}
	u = &c.Users[i]
	if u.At == u.Row {
		return u, c.columnOf(u, path[2:]), true
	}
	if len(path) < 3 {
		return nil, "", false
	}
	switch path[2] {
	case "licenses", "groups", "attributes":
	default:
		return nil, "", false
	}
	if tree := c.Sources.Tree(u.At.File); tree != nil {
		users, _ := tree.Root.Get("users")
		node, _ := Entry(users, c.Written(u.Address, u.At), u.At).Get(path[2])
		switch {
		case node == nil:
		case len(path) == 3:
			return nil, "", false
		case path[2] == "attributes":
			if value, _ := node.Get(path[3]); value != nil {
				return nil, "", false
			}
		default:
			if n, err := strconv.Atoi(path[3]); err == nil && n < node.Len() {
				return nil, "", false
			}
		}
	}
	return u, c.columnOf(u, path[2:]), true
}

// columnOf names the column that holds what a path below a user leads to.
func (c *Config) columnOf(u *User, path []string) string {
	if len(path) == 0 {
		return ""
	}
	f := c.Sources.Docs[u.Row.File].Roster
	switch path[0] {
	case "groups":
		return "groups"
	case "attributes":
		if len(path) > 1 {
			return path[1]
		}
	case "licenses":
		if f.Form == roster.People {
			return "licenses"
		}
		n := 0
		if len(path) > 1 {
			n, _ = strconv.Atoi(path[1])
		}
		if n < len(u.Licenses) {
			ours := c.LicensesIn(f)
			for _, column := range f.LicenseColumns {
				if ours[column] == u.Licenses[n] {
					return column
				}
			}
		}
	}
	return ""
}

// rosterRange returns the cell that a path leads to, where it is in the roster.
func (c *Config) rosterRange(path []string) (diag.Range, bool) {
	u, column, ok := c.inRoster(path)
	if !ok {
		return diag.Range{}, false
	}
	f := c.Sources.Docs[u.Row.File].Roster
	at := roster.Place{Line: u.Row.Line, Col: u.Row.Col}
	if column == "" {
		return f.Range(at), true
	}
	return f.Cell(at, column), true
}

// memberRange returns the row of the roster that puts somebody in a group.
func (c *Config) memberRange(address, group string) diag.Range {
	address = identity.Address(address)
	for _, f := range c.Sources.Rosters {
		i, _ := slices.BinarySearchFunc(f.Members, address, func(m roster.Member, key string) int { return strings.Compare(m.Key, key) })
		for ; i < len(f.Members) && f.Members[i].Key == address; i++ {
			if identity.Same(f.Members[i].Group, group) {
				return f.Range(f.Members[i].At)
			}
		}
	}
	return diag.Range{}
}
