package yaml

import (
	"strings"

	"callpolicy/compiler/syntax"
)

// Nearly every policy file is written in a small part of YAML, and reading that
// part by itself takes an eighth of the time that a parser of the whole
// language takes. So there are two ways to read a file:
//
//   - plainReader reads plain YAML straight from the bytes: mappings and lists in
//     block style, words, numbers and quoted text that end on the line where they
//     begin, brackets and braces that are closed on their line, comments, blank
//     lines, and one --- at the top.
//   - For everything else it says "not plain" at the first byte that it is not sure
//     of, and yaml.v3 reads the file from the start: anchors, aliases, tags, merge
//     keys, ? keys, escapes in double quotes, | and > blocks, anything that goes on
//     over lines, tabs outside of quotes and comments, line breaks other than LF and
//     CR LF, directives, further documents, keys written twice, and whatever is not
//     YAML at all. What there is to say about a fault is said from there alone.
//
// The two never differ: where a file is plain, both give the same tree with the
// same places, and neither has a fault to report. FuzzPlain holds them to it.
//
// Each method of the reader reads on from r.at, leaves what it has read on top
// of r.open, and says whether it was plain.
type plainReader struct {
	text  string
	at    int   // the next byte
	line  int32 // its line, from 1
	start int   // where that line starts

	// indent is how far the line at hand is indented, set when the reader
	// arrives at it. It is -1 at the end of the file, which ends every block.
	indent int

	open  []syntax.Node // what is read and has not got its parent yet
	slab  slab
	depth int
}

// maxPlainDepth bounds recursion; what is nested deeper is for yaml.v3 to count.
const maxPlainDepth = 100

// readPlain returns the tree of a file in plain YAML, or nil where it says
// nothing. The bytes have passed checkBytes.
func readPlain(data []byte) (root *syntax.Node, plain bool) {
	r := plainReader{text: string(data), line: 1, slab: newSlab(len(data)), open: make([]syntax.Node, 0, 16)}
	if !syntax.UsualBreaks(data) {
		return nil, false
	}
	if r.toContent(); r.indent == 0 && strings.HasPrefix(r.text[r.at:], "---") {
		r.at += len("---")
		if !r.lineIsOver() || !r.nextLine() {
			return nil, false
		}
	}
	if r.indent < 0 {
		return nil, true
	}
	if !r.node(-1) || r.indent >= 0 {
		return nil, false
	}
	root = new(syntax.Node)
	*root = r.open[0]
	return root, true
}

// peek returns the next byte, or 0 at the end.
func (r *plainReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *plainReader) blanks() {
	for r.at < len(r.text) && r.text[r.at] == ' ' {
		r.at++
	}
}

// blankAt tells whether a sign before byte i stands for itself: at the end of a
// line or before a blank.
func (r *plainReader) blankAt(i int) bool {
	return i == len(r.text) || r.text[i] == ' ' || r.text[i] == '\n' || r.text[i] == '\r'
}

// lineIsOver passes over blanks and tells whether the line says no more.
func (r *plainReader) lineIsOver() bool {
	r.blanks()
	switch r.peek() {
	case 0, '\n', '\r':
		return true
	case '#':
		return r.at == r.start || r.text[r.at-1] == ' '
	}
	return false
}

// nextLine leaves a line that is over, and goes on to the next that says something.
func (r *plainReader) nextLine() bool {
	over := r.lineIsOver()
	if over {
		r.toContent()
	}
	return over
}

// toContent goes on to the first byte that says something, on this line or below.
func (r *plainReader) toContent() {
	for r.lineIsOver() {
		end := strings.IndexByte(r.text[r.at:], '\n')
		if end < 0 {
			r.at, r.indent = len(r.text), -1
			return
		}
		r.at += end + 1
		r.line++
		r.start = r.at
	}
	r.indent = r.column()
}

// column returns how many bytes of the line are behind.
func (r *plainReader) column() int { return r.at - r.start }

// here returns a node at the next byte.
func (r *plainReader) here(kind syntax.Kind) syntax.Node {
	return syntax.Node{Kind: kind, Line: r.line, Col: int32(r.column() + 1)}
}

// node reads a value in block style that starts at the next byte, and goes on
// to the next line. Lines indented deeper than parent would belong to it.
func (r *plainReader) node(parent int) bool {
	if r.depth++; r.depth > maxPlainDepth {
		return false
	}
	defer func() { r.depth-- }()
	if r.dash() {
		return r.list()
	}
	n := r.here(syntax.Map)
	if !r.leaf(false) {
		return false
	}
	if r.colon(false) {
		return r.mapping(n)
	}
	r.typed()
	return r.nextLine() && r.indent <= parent
}

// mapping reads the mapping n, of which the first key is read, with its colon.
func (r *plainReader) mapping(n syntax.Node) bool {
	first, column := len(r.open)-1, int(n.Col-1)
	for r.value(column, true) && r.indent <= column {
		if r.indent < column {
			return r.adopt(n, first)
		}
		if !r.scalar(false) || !r.colon(false) {
			return false
		}
	}
	return false
}

// list reads a list from its first dash on.
func (r *plainReader) list() bool {
	n, first, column := r.here(syntax.List), len(r.open), r.column()
	r.at++
	for r.value(column, false) && r.indent <= column {
		if r.indent < column || !r.dash() {
			return r.adopt(n, first)
		}
		r.at++
	}
	return false
}

func (r *plainReader) dash() bool { return r.peek() == '-' && r.blankAt(r.at+1) }

// value reads what a colon or a dash in a block at some column has behind it,
// and goes on to the next line.
func (r *plainReader) value(column int, afterColon bool) bool {
	n := r.here(syntax.Empty)
	if !r.lineIsOver() {
		if !afterColon {
			return r.node(column)
		}
		if !r.leaf(false) {
			return false
		}
		r.typed()
		return r.nextLine() && r.indent <= column
	}
	r.toContent()
	switch {
	case r.indent > column:
		return r.node(column)
	case r.indent == column && afterColon && r.dash():
		return r.list()
	}
	n.Plain = true
	r.open = append(r.open, n)
	return true
}

// adopt makes what was read from the first node on the children of n.
func (r *plainReader) adopt(n syntax.Node, first int) bool {
	n.Items = r.slab.take(len(r.open) - first)
	copy(n.Items, r.open[first:])
	r.open = append(r.open[:first], n)
	return n.Kind != syntax.Map || distinctKeys(&n)
}

// distinctKeys tells whether no key of a mapping is there twice.
func distinctKeys(n *syntax.Node) bool {
	const few = 12
	if n.Len() <= few {
		for i := range n.Len() {
			for j := range i {
				if n.Key(i).Value == n.Key(j).Value {
					return false
				}
			}
		}
		return true
	}
	keys := make(map[string]struct{}, n.Len())
	for i := range n.Len() {
		keys[n.Key(i).Value] = struct{}{}
	}
	return len(keys) == n.Len()
}
