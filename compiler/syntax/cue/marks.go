package cue

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// markName is the attribute that marks each field with its number.
const markName = "callpolicy_place"

// marks lets a value say which fields it was made of. CUE hands out the source
// of a value that has one; where several fields were unified it would have to
// evaluate each of them again. Attributes, however, are collected from all of
// them for nothing, so each field gets its number as an attribute.
type marks struct {
	fields []*ast.Field
	seen   map[*ast.File]bool
	rules  map[*ast.Field]bool // definitions and patterns, and what is inside them

	imports map[place]*ast.ImportSpec // by where they begin, with their name and without
}

// importAt returns the import that is written at a place, or nil.
func (m *marks) importAt(pos token.Pos) *ast.ImportSpec {
	if !pos.HasAbsPos() {
		return nil
	}
	return m.imports[placeAt(pos)]
}

// mark marks the files of an instance and of all that it imports.
func (m *marks) mark(inst *build.Instance) {
	if m.seen == nil {
		m.seen, m.rules = map[*ast.File]bool{}, map[*ast.Field]bool{}
	}
	done := map[*build.Instance]bool{}
	var visit func(*build.Instance)
	visit = func(inst *build.Instance) {
		if done[inst] {
			return
		}
		done[inst] = true
		for _, file := range inst.Files {
			if !m.seen[file] {
				m.seen[file] = true
				m.markFields(file)
			}
		}
		for _, imported := range inst.Imports {
			visit(imported)
		}
	}
	visit(inst)
}

func (m *marks) markFields(file *ast.File) {
	rules := 0 // the definitions and patterns around the current node
	ast.Walk(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ImportSpec); ok {
			if m.imports == nil {
				m.imports = map[place]*ast.ImportSpec{}
			}
			m.imports[placeAt(spec.Pos())], m.imports[placeAt(spec.Path.Pos())] = spec, spec
		}
		f, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		if isRule(f) {
			rules++
		}
		if rules > 0 {
			m.rules[f] = true
		}
		f.Attrs = slices.DeleteFunc(f.Attrs, func(a *ast.Attribute) bool {
			key, _ := a.Split()
			return key == markName
		})
		f.Attrs = append(f.Attrs, &ast.Attribute{Text: "@" + markName + "(" + strconv.Itoa(len(m.fields)) + ")"})
		m.fields = append(m.fields, f)
		return true
	}, func(n ast.Node) {
		if f, ok := n.(*ast.Field); ok && isRule(f) {
			rules--
		}
	})
}

// isRule tells the fields that say what others may hold: definitions and patterns.
func isRule(f *ast.Field) bool {
	switch label := f.Label.(type) {
	case *ast.ListLit:
		return true
	case *ast.Ident:
		return strings.HasPrefix(label.Name, "#") || strings.HasPrefix(label.Name, "_#")
	}
	return false
}

// of returns the fields that make up a value.
func (m *marks) of(v cue.Value) []*ast.Field {
	var fields []*ast.Field
	for _, a := range v.Attributes(cue.FieldAttr) {
		if a.Name() != markName {
			continue
		}
		if i, err := strconv.Atoi(a.Contents()); err == nil && i < len(m.fields) {
			fields = append(fields, m.fields[i])
		}
	}
	return fields
}
