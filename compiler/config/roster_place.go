package config

import (
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/roster"
)

// rosterDoc is the document of the i-th file of the roster: they come last.
func (f *files) rosterDoc(i int) int32 { return int32(len(f.docs) - len(f.rosters) + i) }

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
	if tree := c.files.tree(u.At.File); tree != nil {
		users, _ := tree.Root.Get("users")
		node, _ := entry(users, c.written(u.Address, u.At), u.At).Get(path[2])
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
	f := c.files.docs[u.Row.File].roster
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
			names := c.licensesOf(f)
			for _, column := range f.LicenseColumns {
				if names.known[column] == u.Licenses[n] {
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
	f := c.files.docs[u.Row.File].roster
	at := roster.Place{Line: u.Row.Line, Col: u.Row.Col}
	if column == "" {
		return f.Range(at), true
	}
	return f.Cell(at, column), true
}

// memberRange returns the row of the roster that puts somebody in a group.
func (c *Config) memberRange(address, group string) diag.Range {
	address = strings.ToLower(address)
	for _, f := range c.files.rosters {
		i, _ := slices.BinarySearchFunc(f.Members, address, func(m roster.Member, key string) int { return strings.Compare(m.Key, key) })
		for ; i < len(f.Members) && f.Members[i].Key == address; i++ {
			if f.Members[i].Group == group {
				return f.Range(f.Members[i].At)
			}
		}
	}
	return diag.Range{}
}
