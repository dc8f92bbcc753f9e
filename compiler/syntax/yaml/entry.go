package yaml

import (
	"bytes"

	"callpolicy/compiler/syntax"
)

// Source is the text of a YAML file of which single entries are looked at
// again. It may be used by many goroutines.
type Source struct {
	text *text
	data []byte
}

// NewSource returns the source of a file. The data is not to be changed.
func NewSource(file string, data []byte) *Source {
	return &Source{newText(file, data), data}
}

// Data returns the bytes of the file.
func (s *Source) Data() []byte { return s.data }

// Entry parses one entry of a mapping, whose key stands alone at the beginning
// of a line, as [Parse] does with the whole file: the root of the tree is a
// mapping with nothing but this entry. It is far cheaper for a few entries of a
// large file. ok is false where only the whole file can tell: for what is not
// plain, does not look like an entry on lines of its own, or is no mapping.
func (s *Source) Entry(line, col int32) (tree *syntax.Tree, ok bool) {
	t := s.text
	first := t.Line(int(line))
	if col < 2 || int(col) > len(first) || indentation(first) != int(col)-1 {
		return nil, false
	}
	last := int(line)
	for n := last + 1; n <= t.Lines(); n++ {
		l := t.Line(n)
		indent := indentation(l)
		if indent == len(l) || l[indent] == '#' {
			continue // it belongs to whatever comes
		}
		if indent < int(col) {
			break
		}
		last = n
	}
	end := t.Offset(last+1, 1)
	root, plain := readPlain(t.Data[t.Offset(int(line), 1):end])
	if !plain || root == nil || root.Kind != syntax.Map || root.Len() != 1 || root.Key(0).Line != 1 || root.Key(0).Col != col || root.Val(0).Kind != syntax.Map {
		return nil, false
	}
	moveDown(root, line-1)
	return syntax.NewTree(t.File, root, t.place), true
}

// indentation counts the blanks that a line begins with.
func indentation(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }

// moveDown moves a node, and what is in it, some lines down.
func moveDown(n *syntax.Node, lines int32) {
	n.Line += lines
	for i := range n.Items {
		moveDown(&n.Items[i], lines)
	}
}
