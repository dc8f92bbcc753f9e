package cue

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// places turns the value of one unit into a tree, with the place of everything.
type places struct {
	files *sources
	marks *marks
	unit  *unit

	any        cue.Value // _, once it is needed
	left       int       // how many more values the tree may have
	blanked    bool      // names that nobody knows were taken out of the files
	within     []holder  // the fields around the value that is being read
	incomplete diag.List
	reported   map[missing]bool
	meant      map[string]bool // paths of fields that misspelled ones stand for
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

// tree returns the tree of the unit's value. What is not concrete is a hole, and
// reported.
func (p *places) tree(v cue.Value) *syntax.Node {
	root := &syntax.Node{Kind: syntax.Map, File: p.files.rel(p.unit.Files[0]), Line: 1, Col: 1}
	if !p.children(v, root) {
		p.node(v, root, token.NoPos, p.fieldsOf(v))
		root.Line, root.Col = max(root.Line, 1), max(root.Col, 1)
	}
	return root
}

func (p *places) set(n *syntax.Node, pos token.Pos) {
	for _, h := range slices.Backward(p.within) {
		if path.Ext(pos.Filename()) == ".cue" {
			break
		}
		pos = h.key // it comes from one of CUE's own packages
	}
	at := pos.Position()
	n.File, n.Line, n.Col = p.files.rel(strings.TrimPrefix(at.Filename, "/")), int32(at.Line), int32(at.Column)
}

// children adds the fields of a struct in the order in which they were
// written. It reports whether v is a struct.
func (p *places) children(v cue.Value, n *syntax.Node) bool {
	fields, err := v.Fields()
	if err != nil {
		return false
	}
	n.Kind = syntax.Map
	for p.left >= 0 && fields.Next() {
		sel, val := fields.Selector(), fields.Value()
		if sel.LabelType() != cue.StringLabel {
			continue
		}
		key := syntax.Node{Kind: syntax.String, Value: sel.Unquoted()}
		parts := p.fieldsOf(val)
		pos, plain := p.key(val, key.Value, parts)
		key.Plain = plain
		p.set(&key, pos)
		var node syntax.Node
		p.within = append(p.within, holder{val, sel, pos})
		p.node(val, &node, pos, parts)
		n.Items = append(n.Items, key, node)
		p.within = p.within[:len(p.within)-1]
	}
	sortFields(n)
	return true
}

// node fills in n with a value that is made up of the given fields and whose
// key, or list, is at pos.
func (p *places) node(v cue.Value, n *syntax.Node, pos token.Pos, parts []*ast.Field) {
	n.Kind = syntax.Hole
	if p.left--; p.left < 0 {
		return
	}
	d, _ := v.Default()
	switch d.Kind() {
	case cue.StructKind:
		n.Kind, n.Open = syntax.Map, p.blanked && computed(parts)
		p.set(n, p.container(v, pos, parts))
		p.children(d, n)
		return
	case cue.ListKind:
		n.Kind = syntax.List
		at := p.container(v, pos, parts)
		p.set(n, at)
		p.items(d, n, at, writtenOnce(parts))
		return
	case cue.BottomKind:
		// Either it is not concrete, or something is wrong here or below,
		// which was reported; then what is below may still not be concrete.
		p.set(n, p.container(v, pos, parts))
		n.Open = computed(parts)
		if v.Validate() == nil {
			if d.IncompleteKind() != cue.StructKind || !p.children(d, n) {
				p.notConcrete(v, pos)
			}
		} else if size, ok := listed(parts); ok {
			p.brokenItems(d, n, size, pos)
		} else if !p.children(d, n) || n.Len() == 0 {
			n.Kind = syntax.Hole
		}
		return
	}
	p.set(n, cmp.Or(p.scalar(v, parts, 0), pos))
	n.Plain = true
	switch d.Kind() {
	case cue.StringKind:
		n.Kind, n.Plain = syntax.String, false
		n.Value, _ = d.String()
	case cue.BoolKind:
		b, _ := d.Bool()
		n.Kind, n.Value = syntax.Bool, strconv.FormatBool(b)
	case cue.NullKind:
		n.Kind, n.Value = syntax.Null, "null"
	case cue.IntKind:
		text, _ := d.AppendInt(nil, 10)
		n.Kind, n.Value = syntax.Int, string(text)
	case cue.FloatKind, cue.NumberKind:
		text, _ := d.MarshalJSON()
		n.Kind, n.Value = syntax.Float, string(text)
	default:
		p.incomplete.Add(diag.New(diag.LoadCueError, p.files.node(n.File, n), "%s is bytes, where policies know text only", p.path()).
			At(p.path()).Because("In CUE, single quotes are for bytes.").Try("Write it in double quotes."))
		n.Kind = syntax.Hole
	}
}

// computed reports whether a struct may have other fields than those that are
// written in it.
func computed(parts []*ast.Field) bool {
	return slices.ContainsFunc(parts, func(f *ast.Field) bool {
		lit, ok := f.Value.(*ast.StructLit)
		return !ok || slices.ContainsFunc(lit.Elts, func(d ast.Decl) bool {
			switch d := d.(type) {
			case *ast.Comprehension, *ast.EmbedDecl:
				return true
			case *ast.Field:
				_, _, err := ast.LabelName(d.Label)
				return err != nil
			}
			return false
		})
	})
}

// items adds the items of a list that is written at pos. The items of a list
// that is written once can be asked for their source, which is faster.
func (p *places) items(v cue.Value, n *syntax.Node, pos token.Pos, once bool) {
	items, err := v.List()
	if err != nil {
		return
	}
	n.Kind = syntax.List
	for p.left >= 0 && items.Next() {
		item := items.Value()
		n.Items = append(n.Items, syntax.Node{})
		last := &n.Items[len(n.Items)-1]
		if lit, ok := item.Source().(*ast.BasicLit); once && ok && scalarLit(last, lit) {
			p.set(last, lit.Pos())
			continue
		}
		*last = syntax.Node{}
		p.within = append(p.within, holder{item, items.Selector(), pos})
		p.node(item, last, pos, p.fieldsOf(item))
		p.within = p.within[:len(p.within)-1]
	}
}

// brokenItems adds the items of a list in which something is wrong, of which
// CUE gives away one at a time only.
func (p *places) brokenItems(v cue.Value, n *syntax.Node, size int, pos token.Pos) {
	n.Kind = syntax.List
	for i := range size {
		sel := cue.Index(i)
		item := v.LookupPath(cue.MakePath(sel))
		n.Items = append(n.Items, syntax.Node{})
		p.within = append(p.within, holder{item, sel, pos})
		p.node(item, &n.Items[i], pos, p.fieldsOf(item))
		p.within = p.within[:len(p.within)-1]
	}
}

// listed returns how many items are written in the list that the fields make
// up, those before the first that is computed. ok is false where the form of the
// fields does not tell that it is a list.
func listed(parts []*ast.Field) (size int, ok bool) {
	var visit func(x ast.Expr)
	visit = func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.ListLit:
			ok = true
			n := slices.IndexFunc(x.Elts, func(e ast.Expr) bool {
				switch e.(type) {
				case *ast.Comprehension, *ast.Ellipsis:
					return true
				}
				return false
			})
			if n < 0 {
				n = len(x.Elts)
			}
			size = max(size, n)
		case *ast.BinaryExpr:
			if x.Op == token.AND {
				visit(x.X)
				visit(x.Y)
			}
		case *ast.ParenExpr:
			visit(x.X)
		}
	}
	for _, f := range parts {
		visit(f.Value)
	}
	return size, ok
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

func sortFields(n *syntax.Node) {
	pairs := make([][2]syntax.Node, n.Len())
	for i := range pairs {
		pairs[i] = [2]syntax.Node{*n.Key(i), *n.Val(i)}
	}
	byPlace := func(a, b [2]syntax.Node) int {
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
	if p.blanked && !p.plainlyOpen(v) {
		return // it may only be so for want of a name
	}
	var written, given token.Pos
	for _, f := range unresolved(p.fieldsOf(v)) {
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
	if d := p.incompleteDiagnostic(v, p.files.at(at), declared); d != nil {
		p.incomplete.Add(d)
	}
}

// plainlyOpen reports whether a field only says what it may be, so that no name
// and nothing else that is computed could have given it a value.
func (p *places) plainlyOpen(v cue.Value) bool {
	for _, f := range p.fieldsOf(v) {
		if _, r := roleOf(f.Value); r != limits || mentionsAnything(f.Value) {
			return false
		}
	}
	return !slices.ContainsFunc(p.within[:max(len(p.within)-1, 0)], func(h holder) bool {
		return h.sel.LabelType() != cue.IndexLabel && computed(p.fieldsOf(h.value))
	})
}

// mentionsAnything reports whether there is a _ in an expression, which may stand
// for a name that was taken out.
func mentionsAnything(x ast.Expr) bool {
	found := false
	ast.Walk(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "_" {
			found = true
		}
		return !found
	}, nil)
	return found
}

// unresolved picks the fields that are likely to blame for a value that is not
// there yet: those that compute something, or at least name the field.
func unresolved(parts []*ast.Field) []*ast.Field {
	for _, likely := range []func(f *ast.Field) bool{
		conditional,
		func(f *ast.Field) bool {
			_, pattern := f.Label.(*ast.ListLit)
			return !pattern
		},
	} {
		var picked []*ast.Field
		for _, f := range parts {
			if likely(f) {
				picked = append(picked, f)
			}
		}
		if len(picked) > 0 {
			return picked
		}
	}
	return parts
}

// conditional reports whether a field holds loops or conditions.
func conditional(f *ast.Field) bool {
	lit, ok := f.Value.(*ast.StructLit)
	return ok && slices.ContainsFunc(lit.Elts, func(d ast.Decl) bool {
		_, ok := d.(*ast.Comprehension)
		return ok
	})
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
	inside := func(n ast.Node) bool {
		from, to := n.Pos(), n.End()
		return from.Filename() == pos.Filename() && from.Compare(pos) <= 0 && pos.Compare(to) < 0
	}
	if h.sel.LabelType() == cue.IndexLabel {
		if item := h.value.Source(); item == nil || inside(item) {
			return token.NoPos, false
		}
	}
	for _, f := range p.fieldsOf(h.value) {
		if _, pattern := f.Label.(*ast.ListLit); pattern {
			continue
		}
		if inside(f) {
			return token.NoPos, false
		}
	}
	return h.key, h.key.HasAbsPos()
}
