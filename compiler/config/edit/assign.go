package edit

import (
	"strconv"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/syntax"
)

// Assign returns the edit that assigns a group to a calling template in the
// file that defines the group. ok is false where that file cannot be edited
// without thought: it is CUE, or the group's entry comes from an alias.
func Assign(c *config.Config, group, template string) (e diag.Edit, ok bool) {
	g, ok := c.Group(group)
	if !ok {
		return e, false
	}
	at := c.Groups[g].At
	tree := c.Sources.Tree(at.File)
	if tree == nil || filekind.Of(tree.File) == filekind.CUE {
		return e, false
	}
	groups, _ := tree.Root.Get("groups")
	n := config.Entry(groups, group, at)
	_, key := groups.Get(group)
	if n == nil || key == nil || n.Anchor != nil || groups.Anchor != nil {
		return e, false
	}
	template = scalar(template)
	if value, _ := n.Get("template"); value != nil {
		if value.Anchor != nil || value.Kind == syntax.Empty {
			return e, false
		}
		return diag.Edit{Range: tree.Range(value), NewText: template}, true
	}
	r := NewRemover(c)
	if !r.read(tree.File) {
		return e, false
	}
	put := func(at diag.Pos, text string) (diag.Edit, bool) {
		line := strings.TrimRight(string(r.lines[at.Line-1]), "\r\n")
		return diag.Edit{Range: diag.Range{File: tree.File, Start: at, End: at, Text: line}, NewText: text}, true
	}
	switch b := r.from(n); {
	case len(b) > 0 && b[0] == '{':
		at := posOf(n)
		at.Column++
		if n.Len() == 0 {
			return put(at, " template: "+template+" ")
		}
		return put(at, " template: "+template+",")
	case n.Kind == syntax.Empty:
		at := tree.Range(key).End
		at.Column++ // the colon
		return put(at, " { template: "+template+" }")
	case n.Kind == syntax.Map && n.Len() > 0 && n.Key(0).Line > key.Line:
		first := posOf(n.Key(0))
		if strings.TrimLeft(string(r.lines[first.Line-1][:first.Column-1]), " ") != "" {
			return e, false
		}
		return put(diag.Pos{Line: first.Line, Column: 1}, strings.Repeat(" ", first.Column-1)+"template: "+template+"\n")
	}
	return e, false
}

// scalar writes a name as a YAML scalar.
func scalar(name string) string {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_", r)) {
			return strconv.Quote(name)
		}
	}
	switch first := name[0]; {
	case first == '-', first >= '0' && first <= '9', strings.Contains(" true false yes no on off null y n ", " "+strings.ToLower(name)+" "):
		return strconv.Quote(name)
	}
	return name
}
