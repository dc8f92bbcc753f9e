package check

import (
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// duplicates reports texts that a list holds more than once. Each later one is
// shown beside the first. Letters of addresses count alike in either case.
func (c *Checker) duplicates(n *syntax.Node, t *schema.Type, at *Trail) {
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
		j := -1 // the index of the first that is the same
		if seen == nil {
			j = slices.IndexFunc(n.Items[:i], func(x syntax.Node) bool { return x.Kind == syntax.String && same(x.Value, item.Value) })
		} else if have, twice := seen[said(item.Value)]; twice {
			j = have
		} else {
			seen[said(item.Value)] = i
		}
		if j < 0 {
			continue
		}
		here := &Trail{up: at, Name: strconv.Itoa(i)}
		d := c.report(diag.LintDuplicateItem, item, here, "%s is listed twice", Quote(item.Value)).
			Because("An item counts once, however often it is listed.").
			Try("Remove it, or write the name that was meant.")
		if at := c.Tree.Range(&n.Items[j]); at.File != d.Subject.File || at.Start != d.Subject.Start {
			d.See(at, "first listed here")
		}
		if edit, ok := edit.WithoutRepeated(c.Tree, n, i); ok {
			d.Mend("Remove it", edit)
		}
	}
}
