package cue

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"callpolicy/compiler/syntax"
)

// IsData reports whether a CUE file is nothing but data: fields with plain
// names, structs, lists and literals. Such a file cannot loop or grow, and
// mostly means what it says without being evaluated.
func IsData(file *ast.File) bool { return allData(file.Decls) }

func allData(decls []ast.Decl) bool {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Package, *ast.CommentGroup:
		case *ast.Field:
			if _, ok := dataLabel(d); !ok || !isDataExpr(d.Value) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isDataExpr(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		lit, ok := x.X.(*ast.BasicLit)
		return ok && x.Op == token.SUB && (lit.Kind == token.INT || lit.Kind == token.FLOAT)
	case *ast.StructLit:
		return allData(x.Elts)
	case *ast.ListLit:
		for _, e := range x.Elts {
			if !isDataExpr(e) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// dataLabel returns the name of a plain field: no definition, nothing hidden,
// optional, computed or injected.
func dataLabel(f *ast.Field) (string, bool) {
	if f.Constraint != token.ILLEGAL || f.Alias != nil || len(f.Attrs) > 0 {
		return "", false
	}
	switch label := f.Label.(type) {
	case *ast.Ident:
		if strings.HasPrefix(label.Name, "_") || strings.HasPrefix(label.Name, "#") {
			return "", false
		}
		return label.Name, true
	case *ast.BasicLit:
		if label.Kind != token.STRING {
			return "", false
		}
		name, err := literal.Unquote(label.Value)
		return name, err == nil
	default:
		return "", false
	}
}

// dataTree reads the files of a data instance as a tree. It returns nil where
// that takes more than reading, as when a field is given twice: CUE then says
// what comes out.
func dataTree(files []*ast.File, rel func(string) string) *syntax.Node {
	root := &dataMap{}
	root.node = syntax.Node{Kind: syntax.Map, Line: 1, Col: 1}
	for i, file := range files {
		r := dataReader{file: rel(file.Filename)}
		if i == 0 {
			root.node.File = r.file
		}
		if !r.fields(root, file.Decls) {
			return nil
		}
	}
	n := root.finish()
	return &n
}

// dataMap is a mapping while its fields are still being gathered from the
// places where they are written.
type dataMap struct {
	node  syntax.Node
	keys  []syntax.Node
	vals  []dataValue
	index map[string]int
}

// dataValue is a mapping, or else a finished node.
type dataValue struct {
	node syntax.Node
	m    *dataMap
}

func (m *dataMap) finish() syntax.Node {
	if len(m.keys) == 0 {
		return m.node
	}
	m.node.Items = make([]syntax.Node, 0, 2*len(m.keys))
	for i, key := range m.keys {
		val := m.vals[i].node
		if sub := m.vals[i].m; sub != nil {
			val = sub.finish()
		}
		m.node.Items = append(m.node.Items, key, val)
	}
	sortFields(&m.node)
	return m.node
}

type dataReader struct{ file string }

func (r *dataReader) at(n *syntax.Node, pos token.Pos) {
	p := pos.Position()
	n.File, n.Line, n.Col = r.file, int32(p.Line), int32(p.Column)
}

func (r *dataReader) fields(m *dataMap, decls []ast.Decl) bool {
	for _, d := range decls {
		f, ok := d.(*ast.Field)
		if !ok {
			continue
		}
		name, _ := dataLabel(f)
		key := syntax.Node{Kind: syntax.String, Value: name}
		_, key.Plain = f.Label.(*ast.Ident)
		r.at(&key, f.Label.Pos())
		i, again := m.index[name]
		if !again {
			i = len(m.keys)
			if m.index == nil {
				m.index = map[string]int{}
			}
			m.index[name] = i
			m.keys = append(m.keys, key)
			m.vals = append(m.vals, dataValue{})
		}
		lit, isStruct := f.Value.(*ast.StructLit)
		switch {
		case isStruct && (!again || m.vals[i].m != nil):
			if !again {
				m.vals[i].m = &dataMap{node: syntax.Node{Kind: syntax.Map}}
				r.at(&m.vals[i].m.node, structPos(lit, f))
			}
			if !r.fields(m.vals[i].m, lit.Elts) {
				return false
			}
		case again:
			// What is written once more, the same, is said where it was written first.
			var same syntax.Node
			if m.vals[i].m != nil || !r.value(&same, f.Value) || !sameData(&m.vals[i].node, &same) {
				return false
			}
		default:
			if ok := r.value(&m.vals[i].node, f.Value); !ok {
				return false
			}
		}
	}
	return true
}

// sameData reports whether two values of a file, neither of them a mapping, are equal.
func sameData(a, b *syntax.Node) bool {
	return a.Kind == b.Kind && a.Kind != syntax.Map && a.Value == b.Value && a.File == b.File && a.Plain == b.Plain &&
		slices.EqualFunc(a.Items, b.Items, func(a, b syntax.Node) bool { return sameData(&a, &b) })
}

// structPos is where a struct begins: its brace, or its first field where it
// has none, or else the field that holds it.
func structPos(lit *ast.StructLit, f *ast.Field) token.Pos {
	if pos := lit.Pos(); pos.HasAbsPos() {
		return pos
	}
	return f.Pos()
}

func (r *dataReader) value(n *syntax.Node, x ast.Expr) bool {
	r.at(n, x.Pos())
	switch x := x.(type) {
	case *ast.StructLit:
		m := &dataMap{node: syntax.Node{Kind: syntax.Map, File: n.File, Line: n.Line, Col: n.Col}}
		if !r.fields(m, x.Elts) {
			return false
		}
		*n = m.finish()
		return true
	case *ast.ListLit:
		n.Kind = syntax.List
		if len(x.Elts) == 0 {
			return true
		}
		n.Items = make([]syntax.Node, len(x.Elts))
		for i, e := range x.Elts {
			if !r.value(&n.Items[i], e) {
				return false
			}
		}
		return true
	case *ast.BasicLit:
		return scalarLit(n, x)
	default:
		return false // a negative number is left to CUE
	}
}

func scalarLit(n *syntax.Node, x *ast.BasicLit) bool {
	n.Plain = true
	switch x.Kind {
	case token.STRING:
		if strings.HasPrefix(strings.TrimLeft(x.Value, "#"), "'") {
			return false // bytes
		}
		s, err := literal.Unquote(x.Value)
		n.Kind, n.Value, n.Plain = syntax.String, s, false
		return err == nil
	case token.INT:
		n.Kind, n.Value = syntax.Int, x.Value
		// 1_000, 0xff and 5K are left to CUE.
		return strings.Trim(x.Value, "0123456789") == "" && (x.Value == "0" || x.Value[0] != '0')
	case token.TRUE, token.FALSE:
		n.Kind, n.Value = syntax.Bool, x.Value
	case token.NULL:
		n.Kind, n.Value = syntax.Null, x.Value
	default:
		return false
	}
	return true
}
