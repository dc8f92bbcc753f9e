package yaml

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"callpolicy/compiler/syntax"
)

// entrySeeds are files whose entries stand in all kinds of places.
var entrySeeds = []string{
	"users:\n  a: { b: 1 }\n  c:\n    d: [e,\n      f]\n    # aside\n\n    g: \"h\n      i\"\n# behind\n  j: {}\n",
	"users: {\n  a: { b: c },\n  d: { e: f }\n}\n",
	"users: {\n  a: { b: c },\n  d: { e: f } }\n",
	"users:\n  a: &x { b: c }\n  d: *x\n  e:\n    <<: *x\n    f: |\n      g: h\n  i:\n    j: >-\n\n      k\n\n  l: {}\n",
	"\ufeffusers:\r\n  a:\r\n    b: c\r\n\r\n  \"d\":\r\n    'e': f # g\r\n---\nusers:\n  a:\n    b: ü\n  ü: { ö: 1 }\n",
	"users:\n  a: b\n  c: {\n d: e }\n  f:\n  - g: h\n  i: { j: k,\nl: m }\n",
	"users:\n    a:\n        b: \"c\n d\"\n    e:\n        f: 'g\n\n h'\n",
	"groups: {a: {b: c}}\nusers:\n  ? a\n  : { b: c }\n  d:\n    e: f\tg\n  h: # i\n    j: k\n",
}

// checkEntries looks at each entry of a file alone, and compares it with the
// same one in the whole file. It returns how many could be looked at.
func checkEntries(t *testing.T, data string) (alone int) {
	t.Helper()
	trees, diags := Parse("a.yaml", []byte(data))
	if len(diags) > 0 {
		return 0
	}
	source := NewSource("a.yaml", []byte(data))
	var visit func(tree *syntax.Tree, n *syntax.Node)
	visit = func(tree *syntax.Tree, n *syntax.Node) {
		for i := range n.Len() {
			if n.Kind != syntax.Map {
				visit(tree, &n.Items[i])
				continue
			}
			key, value := n.Key(i), n.Val(i)
			visit(tree, value)
			if key.Anchor != nil || value.Anchor != nil {
				continue // written elsewhere
			}
			got, ok := source.Entry(key.Line, key.Col)
			if !ok {
				continue
			}
			alone++
			if !sameNode(got.Root.Key(0), key) || !sameNode(got.Root.Val(0), value) {
				t.Fatalf("%q: %s alone is\n%+v\nin the file\n%+v", data, key.Value, got.Root, value)
			}
			var places func(a, b *syntax.Node)
			places = func(a, b *syntax.Node) {
				if x, y := got.Range(a), tree.Range(b); x != y {
					t.Fatalf("%q: %s alone is at\n%+v\nin the file at\n%+v", data, key.Value, x, y)
				}
				for i := range a.Items {
					places(&a.Items[i], &b.Items[i])
				}
			}
			places(got.Root.Key(0), key)
			places(got.Root.Val(0), value)
		}
	}
	for _, tree := range trees {
		if tree.Root.Kind == syntax.Map {
			visit(tree, tree.Root)
		}
	}
	return alone
}

// sameNode compares nodes, and does not tell no items from none.
func sameNode(a, b *syntax.Node) bool {
	x, y := *a, *b
	x.Items, y.Items = nil, nil
	if len(a.Items) != len(b.Items) || !reflect.DeepEqual(x, y) {
		return false
	}
	for i := range a.Items {
		if !sameNode(&a.Items[i], &b.Items[i]) {
			return false
		}
	}
	return true
}

// TestEntry looks at entries alone in files that people wrote, and in odd ones.
func TestEntry(t *testing.T) {
	alone := 0
	for _, data := range entrySeeds {
		alone += checkEntries(t, data)
	}
	names, err := filepath.Glob("../../../examples/*/policies/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d examples: %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		alone += checkEntries(t, string(data))
	}
	if alone < 50 {
		t.Errorf("only %d entries could be looked at alone", alone)
	}
}

func FuzzEntry(f *testing.F) {
	for _, data := range entrySeeds {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) { checkEntries(t, data) })
}
