// Package syntaxtest writes trees and diagnostics down for the tests and goldens
// of the packages that make them.
package syntaxtest

import (
	"fmt"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// Describe writes trees and diagnostics for a golden: after each value its
// place from start to end and what stands there.
func Describe(trees []*syntax.Tree, diags diag.List) string {
	var b strings.Builder
	for _, t := range trees {
		fmt.Fprintf(&b, "tree %s: %s\n", t.File, t.Root.Kind)
		items(&b, t, t.Root, "  ")
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "%s\n", d)
		fmt.Fprintf(&b, "  at   %s\n", Range(d.Subject))
		if d.Path != "" {
			fmt.Fprintf(&b, "  path %s\n", d.Path)
		}
		if d.Detail != "" {
			fmt.Fprintf(&b, "  why  %s\n", d.Detail)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "  try  %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  see  %s: %s\n", r.Message, Range(r.Range))
		}
	}
	return b.String()
}

func items(b *strings.Builder, t *syntax.Tree, n *syntax.Node, indent string) {
	for i := range n.Len() {
		name, v := "-", n
		if n.Kind == syntax.Map {
			k := n.Key(i)
			name, v = fmt.Sprintf("%s (%s)", k.Value, Range(t.Range(k))), n.Val(i)
		} else {
			v = &n.Items[i]
		}
		if v.Kind == syntax.Map || v.Kind == syntax.List {
			r := t.Range(v)
			fmt.Fprintf(b, "%s%s: %s from %s:%d:%d\n", indent, name, v.Kind, r.File, r.Start.Line, r.Start.Column)
			items(b, t, v, indent+"  ")
			continue
		}
		plain := ""
		if v.Plain {
			plain = " plain"
		}
		fmt.Fprintf(b, "%s%s:%s %s %q from %s\n", indent, name, plain, v.Kind, v.Value, Range(t.Range(v)))
	}
}

// Range writes a place and what stands there.
func Range(r diag.Range) string {
	text := r.Text
	if r.End.Line == r.Start.Line && r.End.Column-1 <= len(text) && r.Start.Column >= 1 {
		text = text[r.Start.Column-1 : r.End.Column-1]
	} else if r.Start.Column-1 <= len(text) {
		text = text[r.Start.Column-1:] + "…"
	}
	return fmt.Sprintf("%s:%d:%d-%d:%d `%s`", r.File, r.Start.Line, r.Start.Column, r.End.Line, r.End.Column, text)
}
