package config

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// duplicates reports texts that a list holds more than once. Each later one is
// shown beside the first. Letters of addresses count alike in either case.
func (c *checker) duplicates(n *syntax.Node, t *schema.Type, at *trail) {
	if len(n.Items) < 2 {
		return
	}
	same := func(a, b string) bool { return a == b }
	said := func(s string) string { return s }
	if p := t.Elem.Pattern; p != nil && strings.Contains(p.String(), "@") {
		same, said = strings.EqualFold, strings.ToLower
	}
	var seen map[string]int // of a long list; most are short, and looked through
	if len(n.Items) > 16 {
		seen = make(map[string]int, len(n.Items))
	}
	for i := range n.Items {
		item := &n.Items[i]
		if item.Kind != syntax.String {
			continue
		}
		j := slices.IndexFunc(n.Items[:cond(seen == nil, i, 0)], func(x syntax.Node) bool { return x.Kind == syntax.String && same(x.Value, item.Value) })
		if seen != nil {
			have, twice := seen[said(item.Value)]
			if j = have; !twice {
				seen[said(item.Value)], j = i, -1
			}
		}
		if j < 0 {
			continue
		}
		here := &trail{up: at, name: strconv.Itoa(i)}
		d := c.report(diag.LintDuplicateItem, item, here, "%s is listed twice", quote(item.Value)).
			Because("An item counts once, however often it is listed.").
			Try("Remove it, or write the name that was meant.")
		if at := c.tree.Range(&n.Items[j]); at.File != d.Subject.File || at.Start != d.Subject.Start {
			d.See(at, "first listed here")
		}
		if edit, ok := c.withoutItem(n, i); ok {
			d.Mend("Remove it", edit)
		}
	}
}

// withoutItem returns the edit that takes an item of a list out that is not its
// first: from the end of the item before it to its own end. It is found where
// nothing but a comma or a line break is between the two.
func (c *checker) withoutItem(n *syntax.Node, i int) (diag.Edit, bool) {
	previous, item := &n.Items[i-1], &n.Items[i]
	for _, x := range []*syntax.Node{n, previous, item} {
		if x.Anchor != nil || x.File != "" {
			return diag.Edit{}, false // it is written elsewhere
		}
	}
	if previous.Kind != syntax.String || strings.EqualFold(path.Ext(c.tree.File), ".cue") {
		return diag.Edit{}, false
	}
	last, here := c.tree.Range(previous), c.tree.Range(item)
	if last.Start.Line != last.End.Line || here.Start.Line != here.End.Line || !whole(last) || !whole(here) {
		return diag.Edit{}, false
	}
	edit := diag.Edit{Range: diag.Range{File: here.File, Start: last.End, End: here.End}}
	behind, before, after := last.Text[last.End.Column-1:], here.Text[:here.Start.Column-1], here.Text[here.End.Column-1:]
	switch last.End.Line {
	case here.Start.Line:
		return edit, strings.TrimSpace(before[last.End.Column-1:]) == ","
	case here.Start.Line - 1:
		if strings.TrimSpace(behind) == "," && strings.TrimSpace(before) == "" {
			return edit, true
		}
	default:
		return diag.Edit{}, false // something stands between them
	}
	if strings.TrimSpace(before) != "-" || strings.TrimSpace(after) != "" {
		return diag.Edit{}, false
	}
	edit.Start.Column = len(last.Text) + 1 // what is said of the item before stays
	edit.End.Column = len(here.Text) + 1
	return edit, true
}

// whole reports whether a range shows its line to the end: of a very long one
// it shows the beginning.
func whole(r diag.Range) bool { return r.Text != "" && len(r.Text) < 1000 }
