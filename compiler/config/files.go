package config

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/roster"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/yaml"
)

// files is what was read, so that a place can be found again.
type files struct {
	fsys    fs.FS
	dir     string // the project folder in fsys
	read    []Input
	project *syntax.Tree
	docs    []doc
	rosters []*roster.File
	lost    bool // a file of the roster could not be read to its end
	partial bool // the project file may name more to be read

	mu   sync.Mutex
	open map[string]*openFile // a few files, read again to find places
}

// openFile is a YAML file that was read again.
type openFile struct {
	source *yaml.Source
	parsed bool
	trees  []*syntax.Tree // once it is parsed
}

// doc is one document that was read.
type doc struct {
	file string       // relative to the project folder
	nth  int          // of several YAML documents in the file, from 0
	tree *syntax.Tree // of CUE, which is kept; YAML is parsed again

	roster *roster.File // where it is one
}

// keepOpen bounds how many files are held for finding places.
const keepOpen = 16

// reread reads a YAML file, unless it was read a moment ago; nil: it cannot be.
func (f *files) reread(name string) *openFile {
	o := f.open[name]
	if o == nil {
		data, err := fs.ReadFile(f.fsys, path.Join(f.dir, name))
		if err != nil {
			return nil
		}
		o = &openFile{source: yaml.NewSource(name, data)}
		if f.open == nil || len(f.open) >= keepOpen {
			f.open = map[string]*openFile{}
		}
		f.open[name] = o
	}
	return o
}

// tree returns the tree of a document.
func (f *files) tree(i int32) *syntax.Tree {
	d := &f.docs[i]
	if d.tree != nil || d.roster != nil {
		return d.tree
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.reread(d.file)
	if o == nil {
		return nil
	}
	if !o.parsed {
		o.trees, _ = yaml.Parse(d.file, o.source.Data())
		o.parsed = true
	}
	if d.nth >= len(o.trees) {
		return nil // the file has changed since
	}
	return o.trees[d.nth]
}

// data returns the content of a YAML file; nil: it cannot be read.
func (f *files) data(name string) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o := f.reread(name); o != nil {
		return o.source.Data()
	}
	return nil
}

// entry returns an entry of a section of a document, and a tree that it is in:
// where that is enough, one of the entry alone, as whole files are large. The
// tree is nil where the file cannot be read, the entry where it is not there.
func (f *files) entry(section, name string, at Place) (tree *syntax.Tree, value, key *syntax.Node) {
	if tree = f.alone(name, at); tree != nil {
		return tree, tree.Root.Val(0), tree.Root.Key(0)
	}
	if tree = f.tree(at.File); tree == nil {
		return nil, nil, nil
	}
	all, _ := tree.Root.Get(section)
	if all == nil {
		return tree, nil, nil
	}
	if i := entryAt(all, at); i >= 0 {
		return tree, all.Val(i), all.Key(i)
	}
	value, key = all.Get(name)
	return tree, value, key
}

// alone returns a tree of nothing but an entry, or nil.
func (f *files) alone(name string, at Place) *syntax.Tree {
	d := &f.docs[at.File]
	if d.tree != nil || d.roster != nil {
		return nil
	}
	f.mu.Lock()
	o := f.reread(d.file)
	f.mu.Unlock()
	if o == nil {
		return nil
	}
	if tree, ok := o.source.Entry(at.Line, at.Col); ok && tree.Root.Key(0).Value == name {
		return tree
	}
	return nil
}

// Path is a policy path: users, u0142@voorbeeld.example, inCall, screenSharing.
// An item of a list is named by its index from 0.
type Path []string

// String writes the path as CUE does: users."u0142@voorbeeld.example".inCall.screenSharing.
func (p Path) String() string {
	var b strings.Builder
	for i, name := range p {
		switch {
		case i > 0 && isIndex(name):
			b.WriteString("[" + name + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		if isIdentifier(name) {
			b.WriteString(name)
		} else {
			b.WriteString(strconv.Quote(name))
		}
	}
	return b.String()
}

func isIndex(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}

func isIdentifier(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '$'
		if !letter && (i == 0 || r < '0' || r > '9') && (i == 0 || r != '_') {
			return false
		}
	}
	return s != ""
}

// Range returns where the value under a path is written, found again in the
// source when it is asked: the whole scalar, or the key of a mapping or list.
// Where the path leads beyond what is written, it is the nearest parent's key;
// where nothing of it is written, the zero Range.
//
// A path starts with org, licenses, ucManagerProfiles, templates, groups, users
// or waivers, and goes on as the file does.
func (c *Config) Range(path ...string) diag.Range {
	at, _ := c.find(path, false)
	return at
}

// KeyRange is like Range, but always of the key.
func (c *Config) KeyRange(path ...string) diag.Range {
	at, _ := c.find(path, true)
	return at
}

// ProjectRange is Range for a path in callpolicy.yaml.
func (c *Config) ProjectRange(path ...string) diag.Range {
	return rangeIn(c.files.project, c.files.project.Root, nil, path, false)
}

// ProjectKeyRange is like ProjectRange, but always of the key.
func (c *Config) ProjectKeyRange(path ...string) diag.Range {
	return rangeIn(c.files.project, c.files.project.Root, nil, path, true)
}

// Where returns the place of an entry as file, line and column, without the
// cost of a [Config.Range].
func (c *Config) Where(at Place) (file string, line, column int) {
	return c.files.docs[at.File].file, int(at.Line), int(at.Col)
}

// Source returns the project folder within the repository, "." for its top.
func (c *Config) Source() string { return c.files.dir }

// Inputs lists every file that was read, by name.
func (c *Config) Inputs() []Input { return c.files.read }

// find returns the place under a path, and that of its anchor, if it was
// reached through an alias.
func (c *Config) find(p []string, keyOnly bool) (at, anchor diag.Range) {
	if len(p) == 0 {
		return diag.Range{}, diag.Range{}
	}
	if r, ok := c.rosterRange(p); ok {
		return r, diag.Range{}
	}
	start, ok := c.place(p)
	if !ok {
		return diag.Range{}, diag.Range{}
	}
	var tree *syntax.Tree
	var node, key *syntax.Node
	rest := p[1:]
	switch {
	case len(rest) == 0 || p[0] == "org" || p[0] == "waivers":
		if tree = c.files.tree(start.File); tree != nil {
			node, key = tree.Root.Get(p[0])
		}
		if len(rest) > 0 && p[0] == "waivers" && node != nil {
			node, key, rest = itemAt(node, start), nil, rest[1:]
		}
	default:
		tree, node, key = c.files.entry(p[0], cond(p[0] == "users", c.written(rest[0], start), rest[0]), start)
		rest = rest[1:]
	}
	if tree == nil {
		// The file has changed since it was read. Its name is all that is still certain.
		pos := diag.Pos{Line: int(start.Line), Column: int(start.Col)}
		return diag.Range{File: c.files.docs[start.File].file, Start: pos, End: pos}, diag.Range{}
	}
	if node == nil {
		return diag.Range{}, diag.Range{}
	}
	node = follow(tree, node, key, rest, keyOnly)
	if node == nil {
		return top(tree.File), diag.Range{}
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

// entry returns an entry of a section by its place, or else by its name.
func entry(section *syntax.Node, name string, at Place) *syntax.Node {
	if section == nil {
		return nil
	}
	if i := entryAt(section, at); i >= 0 {
		return section.Val(i)
	}
	node, _ := section.Get(name)
	return node
}

// written returns an address in the letters that the file at this place uses.
func (c *Config) written(address string, at Place) string {
	if i, ok := c.User(address); ok && c.Users[i].At == at {
		if as, other := c.writtenAs[c.Users[i].Key]; other {
			return as
		}
		return c.Users[i].Address
	}
	return address
}

func itemAt(list *syntax.Node, at Place) *syntax.Node {
	for i := range list.Items {
		if n := &list.Items[i]; n.Line == at.Line && n.Col == at.Col {
			return n
		}
	}
	return nil
}

// rangeIn follows a path from a node as far as it leads, and returns where that is.
func rangeIn(tree *syntax.Tree, node, key *syntax.Node, path []string, keyOnly bool) diag.Range {
	if node = follow(tree, node, key, path, keyOnly); node == nil {
		return top(tree.File)
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

// place finds the entry that a path leads to.
func (c *Config) place(p []string) (Place, bool) {
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

// MembershipRange returns where it is written that a user is in a group: in the
// user's own list or row, in the group's list of members, in the roster's, or in
// the group's conditions.
func (c *Config) MembershipRange(user, group string) diag.Range {
	if i, ok := c.User(user); ok {
		for n, name := range c.Users[i].InGroups {
			if name == group {
				return c.Range("users", user, "groups", strconv.Itoa(n))
			}
		}
	}
	if g, ok := c.Group(group); ok {
		if tree := c.files.tree(c.Groups[g].At.File); tree != nil {
			groups, _ := tree.Root.Get("groups")
			entry, _ := groups.Get(group)
			members, _ := entry.Get("members")
			if members != nil {
				for i := range members.Items {
					if strings.EqualFold(members.Items[i].Value, user) {
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
