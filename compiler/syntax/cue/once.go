package cue

import (
	"slices"

	"cuelang.org/go/cue"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// once removes from each tree what an earlier one holds already, place for
// place: the files that two instances share are evaluated in both, but what
// is written in them is written once. An entry is a field of a top-level field.
//
// Where the second instance makes something else of the same lines, nobody
// could tell which of the two applies, so that is reported.
func once(trees []*syntax.Tree) diag.List {
	var diags diag.List
	type place struct {
		file string
		at   diag.Pos
		path string
	}
	type seen struct {
		tree *syntax.Tree
		node *syntax.Node
	}
	entries := map[place]seen{}
	key := func(t *syntax.Tree, n *syntax.Node, path string) place {
		file := n.File
		if file == "" {
			file = t.File
		}
		return place{file, diag.Pos{Line: int(n.Line), Column: int(n.Col)}, path}
	}
	repeated := func(t *syntax.Tree, k *syntax.Node, v *syntax.Node, path string) bool {
		at := key(t, k, path)
		first, ok := entries[at]
		if !ok {
			entries[at] = seen{t, v}
			return false
		}
		if !same(first.tree, first.node, t, v) {
			diags.Add(diag.New(diag.LoadCueError, t.Range(k), "%s comes out differently in %s and in %s", path, first.tree.File, t.File).
				Because("Files of one package in a folder and in the folders above it are evaluated together, so these lines belong to two instances.").
				Try("Write all of it in one folder, or give the packages different names.").At(path))
		}
		return true
	}
	for _, t := range trees {
		if t.Root.Kind != syntax.Map {
			continue
		}
		keep(t.Root, func(k, v *syntax.Node) bool {
			if v.Kind != syntax.Map || len(v.Items) == 0 {
				return !repeated(t, k, v, k.Value)
			}
			keep(v, func(k2, v2 *syntax.Node) bool {
				return !repeated(t, k2, v2, cue.MakePath(cue.Str(k.Value), cue.Str(k2.Value)).String())
			})
			return len(v.Items) > 0
		})
	}
	return diags
}

// keep removes the fields of a mapping that keep rejects.
func keep(n *syntax.Node, wanted func(key, value *syntax.Node) bool) {
	var items []syntax.Node
	for i := range n.Len() {
		if wanted(n.Key(i), n.Val(i)) {
			items = append(items, *n.Key(i), *n.Val(i))
		}
	}
	n.Items = items
}

// same reports whether two values are equal and written in the same places, as
// far as they have values.
func same(t *syntax.Tree, a *syntax.Node, u *syntax.Tree, b *syntax.Node) bool {
	if a.Kind == syntax.Hole || b.Kind == syntax.Hole || a.Open || b.Open {
		return true
	}
	if a.Kind != b.Kind || a.Value != b.Value || a.Line != b.Line || a.Col != b.Col || len(a.Items) != len(b.Items) {
		return false
	}
	fileA, fileB := a.File, b.File
	if fileA == "" {
		fileA = t.File
	}
	if fileB == "" {
		fileB = u.File
	}
	return fileA == fileB && slices.EqualFunc(a.Items, b.Items, func(x, y syntax.Node) bool { return same(t, &x, u, &y) })
}
