package edit

import (
	"bytes"
	"strings"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/syntax"
)

// WithoutRepeated returns the edit that takes an item of a list out that is not
// its first: from the end of the item before it to its own end. It is found where
// nothing but a comma or a line break is between the two.
func WithoutRepeated(tree *syntax.Tree, n *syntax.Node, i int) (diag.Edit, bool) {
	previous, item := &n.Items[i-1], &n.Items[i]
	for _, x := range []*syntax.Node{n, previous, item} {
		if x.Anchor != nil || x.File != "" {
			return diag.Edit{}, false // it is written elsewhere
		}
	}
	if previous.Kind != syntax.String || filekind.Of(tree.File) == filekind.CUE {
		return diag.Edit{}, false
	}
	last, here := tree.Range(previous), tree.Range(item)
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

// WithoutEntry returns the edit that takes an entry of a mapping out, whose key
// is at a range. It is found for entries on lines of their own only.
func WithoutEntry(key diag.Range, lines [][]byte) (diag.Edit, bool) {
	if key.Start.Line < 1 || key.Start.Line > len(lines) {
		return diag.Edit{}, false
	}
	indent := key.Start.Column - 1
	first := lines[key.Start.Line-1]
	if indent > len(first) || len(bytes.TrimLeft(first[:indent], " ")) > 0 || bytes.HasPrefix(first[indent:], []byte("<<")) {
		return diag.Edit{}, false
	}
	end := key.Start.Line // the last line of the entry
	for n := end + 1; n <= len(lines); n++ {
		rest := bytes.TrimLeft(lines[n-1], " ")
		switch text := bytes.TrimSpace(rest); {
		case len(text) == 0:
			continue // belongs to the entry if more of it follows
		case len(lines[n-1])-len(rest) > indent:
			end = n
			continue
		case text[0] == '}' || text[0] == ']':
			return diag.Edit{}, false
		case text[0] == '-' && indent == len(lines[n-1])-len(rest) && !bytes.HasPrefix(text, []byte("---")):
			return diag.Edit{}, false // a list may stand right below its key
		}
		break
	}
	if bytes.Contains(bytes.Join(lines[key.Start.Line-1:end], nil), []byte("&")) {
		return diag.Edit{}, false // others may use what is written here
	}
	return cut(key, lines, key.Start.Line, end)
}

// WithoutItem returns the edit that takes an item of a list out: a line of its
// own, or a piece of a list in brackets with the comma after it or before it.
func WithoutItem(item diag.Range, lines [][]byte) (diag.Edit, bool) {
	if item.Start.Line < 1 || item.Start.Line > len(lines) || item.Start.Line != item.End.Line {
		return diag.Edit{}, false
	}
	line := lines[item.Start.Line-1]
	start, end := item.Start.Column-1, item.End.Column-1
	if end > len(line) || !bytes.ContainsRune(line[start:end], '@') {
		return diag.Edit{}, false // the item is written elsewhere, behind an alias
	}
	if string(bytes.TrimSpace(line[:start])) == "-" {
		return cut(item, lines, item.Start.Line, item.Start.Line)
	}
	after := bytes.TrimLeft(line[end:], " \t")
	before := bytes.TrimRight(line[:start], " \t")
	switch {
	case bytes.HasPrefix(after, []byte(",")):
		end = len(line) - len(bytes.TrimLeft(after[1:], " \t"))
	case bytes.HasSuffix(before, []byte(",")):
		start = len(before) - 1
	case !bytes.HasSuffix(before, []byte("[")) || !bytes.HasPrefix(after, []byte("]")):
		return diag.Edit{}, false
	}
	edit := diag.Edit{Range: item}
	edit.Text = ""
	edit.Start.Column, edit.End.Column = start+1, end+1
	return edit, true
}
