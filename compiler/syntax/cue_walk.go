package syntax

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
)

// places turns the value of one unit into a tree, with the place of everything.
type places struct {
	files *cueFS
	marks *marks
	unit  *cueUnit

	any        cue.Value // _, once it is needed
	left       int       // how many more values the tree may have
	within     []holder  // the fields around the value that is being read
	incomplete diag.List
	reported   map[missing]bool
}

// holder is a field with the place of its name.
type holder struct {
	value cue.Value
	sel   cue.Selector
	key   token.Pos
}

// missing is a field without a value, reported once however many fields got it
// from the same place.
type missing struct {
	at   token.Pos
	name string
}

// tree returns the tree of the unit's value. What is not concrete is left out
// and reported.
func (p *places) tree(v cue.Value) *Node {
	root := &Node{Kind: Map, File: p.files.rel(p.unit.Files[0]), Line: 1, Col: 1}
	if !p.children(v, root) {
		p.node(v, root, token.NoPos, p.fieldsOf(v))
		root.Line, root.Col = max(root.Line, 1), max(root.Col, 1)
	}
	return root
}

func (p *places) set(n *Node, pos token.Pos) {
	at := pos.Position()
	n.File, n.Line, n.Col = p.files.rel(strings.TrimPrefix(at.Filename, "/")), int32(at.Line), int32(at.Column)
}

// children adds the fields of a struct in the order in which they were
// written. It reports whether v is a struct.
func (p *places) children(v cue.Value, n *Node) bool {
	fields, err := v.Fields()
	if err != nil {
		return false
	}
	n.Kind = Map
	for p.left >= 0 && fields.Next() {
		sel, val := fields.Selector(), fields.Value()
		if sel.LabelType() != cue.StringLabel {
			continue
		}
		key := Node{Kind: String, Value: sel.Unquoted()}
		parts := p.fieldsOf(val)
		pos, plain := p.key(val, key.Value, parts)
		key.Plain = plain
		p.set(&key, pos)
		var node Node
		p.within = append(p.within, holder{val, sel, pos})
		if p.node(val, &node, pos, parts) {
			n.Items = append(n.Items, key, node)
		}
		p.within = p.within[:len(p.within)-1]
	}
	sortFields(n)
	return true
}

// node fills in n with a value that is made up of the given fields and whose
// key, or list, is at pos. It reports whether the value is whole.
func (p *places) node(v cue.Value, n *Node, pos token.Pos, parts []*ast.Field) bool {
	if p.left--; p.left < 0 {
		return false
	}
	d, _ := v.Default()
	switch d.Kind() {
	case cue.StructKind:
		n.Kind = Map
		p.set(n, p.container(v, pos, parts))
		p.children(d, n)
		return true
	case cue.ListKind:
		n.Kind = List
		at := p.container(v, pos, parts)
		p.set(n, at)
		return p.items(d, n, at, writtenOnce(parts))
	case cue.BottomKind:
		// Either it is not concrete, or something is wrong here or below,
		// which was reported; then what is below may still not be concrete.
		if v.Validate() == nil {
			if d.IncompleteKind() != cue.StructKind || !p.children(d, n) {
				p.notConcrete(v, pos)
			}
		} else if !p.children(d, n) {
			p.items(d, n, pos, false)
		}
		return false
	}
	p.set(n, cmp.Or(p.scalar(v, parts, 0), pos))
	n.Plain = true
	switch d.Kind() {
	case cue.StringKind:
		n.Kind, n.Plain = String, false
		n.Value, _ = d.String()
	case cue.BoolKind:
		b, _ := d.Bool()
		n.Kind, n.Value = Bool, strconv.FormatBool(b)
	case cue.NullKind:
		n.Kind, n.Value = Null, "null"
	case cue.IntKind:
		text, _ := d.AppendInt(nil, 10)
		n.Kind, n.Value = Int, string(text)
	case cue.FloatKind, cue.NumberKind:
		text, _ := d.MarshalJSON()
		n.Kind, n.Value = Float, string(text)
	default:
		p.incomplete.Add(diag.New(diag.LoadCueError, p.files.node(n.File, n), "%s is bytes, where policies know text only", p.path()).
			At(p.path()).Try("Write it in double quotes."))
		return false
	}
	return true
}

// items adds the items of a list that is written at pos. It reports whether
// all of them are there. The items of a list that is written once can be asked
// for their source, which is faster.
func (p *places) items(v cue.Value, n *Node, pos token.Pos, once bool) bool {
	items, err := v.List()
	whole := err == nil
	for err == nil && p.left >= 0 && items.Next() {
		item := items.Value()
		n.Items = append(n.Items, Node{})
		last := &n.Items[len(n.Items)-1]
		if lit, ok := item.Source().(*ast.BasicLit); once && ok && scalarLit(last, lit) {
			p.set(last, lit.Pos())
			continue
		}
		*last = Node{}
		p.within = append(p.within, holder{item, items.Selector(), pos})
		if !p.node(item, last, pos, p.fieldsOf(item)) {
			n.Items = n.Items[:len(n.Items)-1]
			whole = false
		}
		p.within = p.within[:len(p.within)-1]
	}
	return whole
}

// writtenOnce reports whether of the fields that make up a list one holds its
// items, and the others only say what they may be.
func writtenOnce(parts []*ast.Field) bool {
	lists := 0
	for _, f := range parts {
		lit, ok := f.Value.(*ast.ListLit)
		if !ok {
			return false
		}
		for _, e := range lit.Elts {
			if _, ok := e.(*ast.Ellipsis); !ok {
				lists++
				break
			}
		}
	}
	return lists == 1
}

func sortFields(n *Node) {
	pairs := make([][2]Node, n.Len())
	for i := range pairs {
		pairs[i] = [2]Node{*n.Key(i), *n.Val(i)}
	}
	byPlace := func(a, b [2]Node) int {
		x, y := &a[0], &b[0]
		if c := cmp.Compare(x.File, y.File); c != 0 {
			return c
		}
		if c := cmp.Compare(x.Line, y.Line); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(x.Col, y.Col), cmp.Compare(x.Value, y.Value))
	}
	if slices.IsSortedFunc(pairs, byPlace) {
		return
	}
	slices.SortFunc(pairs, byPlace)
	for i, pair := range pairs {
		n.Items[2*i], n.Items[2*i+1] = pair[0], pair[1]
	}
}

// notConcrete reports a field that has no value yet. It stands where the field
// was written; but where the field came in with a definition, at the field that
// uses the definition and did not fill it in.
func (p *places) notConcrete(v cue.Value, key token.Pos) {
	var written, given token.Pos
	for _, f := range p.fieldsOf(v) {
		written = earlier(written, f.Value.Pos())
		if _, r := roleOf(f.Value); r != limits {
			given = earlier(given, f.Value.Pos())
		}
	}
	at := given
	if !at.HasAbsPos() {
		at = written
	}
	if !at.HasAbsPos() {
		at = v.Pos()
	}
	if !at.HasAbsPos() {
		at = key
	}
	var declared diag.Range
	if user, ok := p.user(at); ok {
		declared, at = p.files.at(at), user
	}
	m := missing{at: at, name: p.name()}
	if p.reported[m] {
		return
	}
	if p.reported == nil {
		p.reported = map[missing]bool{}
	}
	p.reported[m] = true
	p.incomplete.Add(p.incompleteDiagnostic(v, p.files.at(at), declared))
}

// path returns the path of the current field. The value's own may be that of
// another field, since fields that refer to each other share their value.
func (p *places) path() string {
	var path []cue.Selector
	for _, h := range p.within {
		path = append(path, h.sel)
	}
	return cue.MakePath(path...).String()
}

// name returns the name of the current field.
func (p *places) name() string {
	if len(p.within) == 0 {
		return "this"
	}
	return p.within[len(p.within)-1].sel.String()
}

// user returns the name of the field around the current one if what stands at
// pos was not written inside of it.
func (p *places) user(pos token.Pos) (token.Pos, bool) {
	if len(p.within) < 2 {
		return token.NoPos, false
	}
	h := p.within[len(p.within)-2]
	for _, f := range p.fieldsOf(h.value) {
		if _, pattern := f.Label.(*ast.ListLit); pattern {
			continue
		}
		if from, to := f.Pos(), f.End(); from.Filename() == pos.Filename() && from.Compare(pos) <= 0 && pos.Compare(to) < 0 {
			return token.NoPos, false
		}
	}
	return h.key, h.key.HasAbsPos()
}
