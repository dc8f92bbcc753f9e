package config

import (
	"fmt"
	"sort"
	"strconv"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// Range returns where the value under a path is written, found again in the
// source when it is asked: the whole scalar, or the key of a mapping or list.
// Where the path leads beyond what is written, it is the nearest parent's key;
// where nothing of it is written, the zero Range.
//
// A path starts with org, licenses, ucManagerProfiles, templates, groups, users
// or waivers, and goes on as the file does.
func (c *Config) Range(path ...string) diag.Range {
	at, _ := c.Locate(path, false)
	return at
}

// KeyRange is like Range, but always of the key.
func (c *Config) KeyRange(path ...string) diag.Range {
	at, _ := c.Locate(path, true)
	return at
}

// ProjectRange is Range for a path in callpolicy.yaml.
func (c *Config) ProjectRange(path ...string) diag.Range {
	return RangeIn(c.Sources.Project, c.Sources.Project.Root, nil, path, false)
}

// ProjectKeyRange is like ProjectRange, but always of the key.
func (c *Config) ProjectKeyRange(path ...string) diag.Range {
	return RangeIn(c.Sources.Project, c.Sources.Project.Root, nil, path, true)
}

// Where returns the place of an entry as file, line and column, without the
// cost of a [Config.Range].
func (c *Config) Where(at Place) (file string, line, column int) {
	return c.Sources.Docs[at.File].File, int(at.Line), int(at.Col)
}

// Source returns the project folder within the repository, "." for its top.
func (c *Config) Source() string { return c.Sources.Dir }

// Inputs lists every file that was read, by name.
func (c *Config) Inputs() []Input { return c.Sources.Read }

// Locate returns the place under a path, and that of its anchor, if it was
// reached through an alias.
func (c *Config) Locate(p []string, keyOnly bool) (at, anchor diag.Range) {
	if len(p) == 0 {
		return diag.Range{}, diag.Range{}
	}
	if r, ok := c.rosterRange(p); ok {
		return r, diag.Range{}
	}
	start, ok := c.Place(p)
	if !ok {
		return diag.Range{}, diag.Range{}
	}
	var tree *syntax.Tree
	var node, key *syntax.Node
	rest := p[1:]
	switch {
	case len(rest) == 0 || p[0] == "org" || p[0] == "waivers":
		if tree = c.Sources.Tree(start.File); tree != nil {
			node, key = tree.Root.Get(p[0])
		}
		if len(rest) > 0 && p[0] == "waivers" && node != nil {
			node, key, rest = ItemAt(node, start), nil, rest[1:]
		}
	default:
		name := rest[0]
		if p[0] == "users" {
			name = c.Written(name, start)
		}
		tree, node, key = c.Sources.Entry(p[0], name, start)
		rest = rest[1:]
	}
	if tree == nil {
		// The file has changed since it was read. Its name is all that is still certain.
		pos := diag.Pos{Line: int(start.Line), Column: int(start.Col)}
		return diag.Range{File: c.Sources.Docs[start.File].File, Start: pos, End: pos}, diag.Range{}
	}
	if node == nil {
		return diag.Range{}, diag.Range{}
	}
	node = follow(tree, node, key, rest, keyOnly)
	if node == nil {
		return Top(tree.File), diag.Range{}
	}
	return tree.Range(node), tree.AnchorRange(node)
}

// entryAt returns the index of the entry of a mapping whose key is at a place,
// or -1. Entries stand in the order of their places, except for those that
// came in from elsewhere.
func entryAt(n *syntax.Node, at Place) int {
	if n.Kind != syntax.Map {
		return -1
	}
	i := sort.Search(n.Len(), func(i int) bool {
		k := n.Key(i)
		return k.Line > at.Line || k.Line == at.Line && k.Col >= at.Col
	})
	if i < n.Len() && n.Key(i).Line == at.Line && n.Key(i).Col == at.Col && n.Key(i).Anchor == nil && n.Key(i).File == "" {
		return i
	}
	return -1
}

// Entry returns an entry of a section by its place, or else by its name.
func Entry(section *syntax.Node, name string, at Place) *syntax.Node {
	if section == nil {
		return nil
	}
	if i := entryAt(section, at); i >= 0 {
		return section.Val(i)
	}
	node, _ := section.Get(name)
	return node
}

// Written returns an address in the letters that the file at this place uses.
func (c *Config) Written(address string, at Place) string {
	if i, ok := c.User(address); ok && c.Users[i].At == at {
		if as, other := c.WrittenAs[c.Users[i].Key]; other {
			return as
		}
		return c.Users[i].Address
	}
	return address
}

// ItemAt returns the item of a list that is written at a place, or nil.
func ItemAt(list *syntax.Node, at Place) *syntax.Node {
	for i := range list.Items {
		if n := &list.Items[i]; n.Line == at.Line && n.Col == at.Col {
			return n
		}
	}
	return nil
}

// RangeIn follows a path from a node as far as it leads, and returns where that is.
func RangeIn(tree *syntax.Tree, node, key *syntax.Node, path []string, keyOnly bool) diag.Range {
	if node = follow(tree, node, key, path, keyOnly); node == nil {
		return Top(tree.File)
	}
	return tree.Range(node)
}

// follow follows a path from a node as far as it leads. It returns the node or
// key that is to be shown there, or nil for the file as a whole.
func follow(tree *syntax.Tree, node, key *syntax.Node, path []string, keyOnly bool) *syntax.Node {
	for _, name := range path {
		var next, nextKey *syntax.Node
		if node.Kind == syntax.List {
			if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(node.Items) {
				next = &node.Items[i]
			}
		} else {
			next, nextKey = node.Get(name)
		}
		if next == nil {
			break
		}
		node, key = next, nextKey
	}
	if key != nil && (keyOnly || node.Kind == syntax.Map || node.Kind == syntax.List || node.Kind == syntax.Empty) {
		return key
	}
	if node == tree.Root {
		return nil
	}
	return node
}

// Place finds the entry that a path leads to.
func (c *Config) Place(p []string) (Place, bool) {
	if p[0] == "org" {
		return c.Org.At, c.Org.At.Line > 0
	}
	if len(p) < 2 {
		return Place{}, false
	}
	switch p[0] {
	case "licenses":
		if i, ok := c.License(p[1]); ok {
			return c.Licenses[i].At, c.Licenses[i].At.Line > 0
		}
	case "ucManagerProfiles":
		if i, ok := c.Profile(p[1]); ok {
			return c.Profiles[i].At, true
		}
	case "templates":
		if i := c.Template(p[1]); i >= 0 {
			return c.Templates[i].At, true
		}
	case "groups":
		if i, ok := c.Group(p[1]); ok {
			return c.Groups[i].At, true
		}
	case "users":
		if i, ok := c.User(p[1]); ok {
			return c.Users[i].At, true
		}
	case "waivers":
		if i, err := strconv.Atoi(p[1]); err == nil && i >= 0 && i < len(c.Waivers) {
			return c.Waivers[i].At, true
		}
	}
	return Place{}, false
}

// String names a place for debugging.
func (p Place) String() string { return fmt.Sprintf("%d:%d:%d", p.File, p.Line, p.Col) }

// Top is a range at the top of a file, for a fault of the file as a whole.
func Top(file string) diag.Range {
	return diag.Range{File: file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
}
