package compiler_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/target"
)

// written puts files into memory.
func written(t *testing.T, tree target.Tree) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	last, n := "", 0
	for f := range tree.Files() {
		if f.Path <= last {
			t.Errorf("%s comes after %s", f.Path, last)
		}
		last = f.Path
		n++
		fsys[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	if n != tree.Len() {
		t.Errorf("%d files, and %d are announced", n, tree.Len())
	}
	return fsys
}

// TestParts compiles an organization in any number of parts: merged they are
// the files of the whole, each file is in one part, and each part knows its own.
func TestParts(t *testing.T) {
	c, _, err := compiler.Compile(t.Context(), os.DirFS("../examples/voorbeeld-zorg"), ".", compiler.At(day))
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		opts := bundle.Options{Layout: layout, ToolVersion: "1", Revision: "r", Clean: true}
		want := written(t, c.Output(opts))
		for _, n := range []int{1, 3, 256} {
			t.Run(fmt.Sprintf("%s in %d", layout, n), func(t *testing.T) {
				var parts []fs.FS
				var names []string
				files := 0
				for i := range n {
					opts.Part = bundle.Part{Index: i, Of: n}
					part := written(t, c.Output(opts))
					files += len(part) - 1
					owned, _, err := bundle.Owned(part)
					if err != nil {
						t.Fatal(err)
					}
					for name := range part {
						if !owned(name) {
							t.Errorf("part %s does not know its own %s", opts.Part, name)
						}
					}
					parts, names = append(parts, part), append(names, opts.Part.String())
				}
				if files != len(want)-1 {
					t.Errorf("the parts have %d files, and the whole %d", files, len(want)-1)
				}
				slices.Reverse(parts)
				slices.Reverse(names)
				m, err := compiler.Merge(parts, names)
				if err != nil {
					t.Fatal(err)
				}
				got := written(t, m)
				if !maps.EqualFunc(got, want, func(a, b *fstest.MapFile) bool { return string(a.Data) == string(b.Data) }) {
					t.Error("merged they are something else")
				}
			})
		}
	}
}
