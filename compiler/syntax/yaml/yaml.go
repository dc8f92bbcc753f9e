// Package yaml turns the bytes of a YAML file into trees of package syntax.
//
// It reads a file in two ways that give the same: the small part of YAML that
// nearly all policy files are written in straight from the bytes, and everything
// else, faults above all, by a library. See plainReader for what is plain, and
// why; v3.go is the one file that knows the library.
package yaml

import (
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// Limits that keep a hostile or broken file from costing more than a good one.
const (
	MaxBytes      = 32 << 20 // bytes of one YAML file
	maxValues     = 6 << 20  // values of one YAML file; a list of numbers has so many in far fewer bytes
	maxAliasNodes = 100_000  // nodes that aliases may add to one file
)

// Parse turns a YAML file into a tree for each of its documents. A file
// that holds nothing gives none. What the syntax forbids is in the list. Where
// that is nothing but keys written twice, the trees hold the first of each;
// otherwise they are not to be used.
func Parse(file string, data []byte) ([]*syntax.Tree, diag.List) {
	src := newText(file, data)
	if d := checkBytes(src, data); d != nil {
		return nil, diag.List{d}
	}
	var unseen diag.List
	if !isASCII(src.Data) {
		unseen = syntax.DirectionControls(src.Text)
	}
	if root, plain := readPlain(src.Data); plain {
		if root == nil {
			return nil, unseen
		}
		return []*syntax.Tree{syntax.NewTree(file, root, src.place)}, unseen
	}
	trees, diags := parseAll(file, src)
	return trees, append(unseen, diags...)
}

// parseAll reads a file with a parser of all of YAML. The tree is made from the
// nodes of yaml.v3, and the places that those lack (byte columns, ends, where a
// syntax error is) from the bytes.
func parseAll(file string, src *text) ([]*syntax.Tree, diag.List) {
	docs, err := parse(src.Data)
	if err != nil {
		return nil, append(hiddenBreaks(src, nil), yamlFaults(src, err)...)
	}
	c := converter{src: src, ascii: isASCII(src.Data), slab: newSlab(len(src.Data)), diags: standardFaults(src, docs)}
	var trees []*syntax.Tree
	for _, doc := range docs {
		root := new(syntax.Node)
		if len(doc.Content) > 0 {
			c.convert(doc.Content[0], root)
		}
		if root.Kind == 0 || root.Kind == syntax.Empty {
			continue
		}
		trees = append(trees, syntax.NewTree(file, root, src.place))
	}
	if c.diags.HasErrors() {
		return trees, c.diags
	}
	return trees, nil
}

// text is the source of a file with the places of its nodes.
type text struct{ *syntax.Text }

func newText(file string, data []byte) *text { return &text{syntax.NewText(file, data)} }
