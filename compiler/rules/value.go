package rules

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// kind is what a value is. The zero value is invalid.
type kind uint8

const (
	null kind = iota + 1
	boolean
	integer
	text
	object
)

// value is a piece of a subject: plain data, without lists. Sets are objects,
// so that a constraint can ask for one member by name. A nil *value is not there.
type value struct {
	kind   kind
	n      int     // of an integer; of a boolean 0 or 1
	s      string  // of a text
	fields []field // of an object, by name
}

type field struct {
	name  string
	value *value
}

// Shared by all, as they never change.
var (
	isTrue  = &value{kind: boolean, n: 1}
	isFalse = &value{kind: boolean}
	isNull  = &value{kind: null}
	nothing = &value{kind: object}
)

func word(s string) *value { return &value{kind: text, s: s} }
func count(n int) *value   { return &value{kind: integer, n: n} }

func truth(b bool) *value {
	if b {
		return isTrue
	}
	return isFalse
}

// have returns a field, and wordOr one that is left out where the text is empty.
func have(name string, v *value) field { return field{name, v} }

func wordOr(name, s string) field {
	if s == "" {
		return field{}
	}
	return field{name, word(s)}
}

// objectOf makes an object of fields, leaving out those without a value.
func objectOf(fields ...field) *value {
	fields = slices.DeleteFunc(fields, func(f field) bool { return f.value == nil })
	if len(fields) == 0 {
		return nothing
	}
	slices.SortFunc(fields, func(a, b field) int { return cmp.Compare(a.name, b.name) })
	return &value{kind: object, fields: fields}
}

// get returns a field of an object, or nil.
func (v *value) get(name string) *value {
	if v == nil {
		return nil
	}
	for i := range v.fields { // objects are small
		if v.fields[i].name == name {
			return v.fields[i].value
		}
	}
	return nil
}

// at follows a path.
func (v *value) at(path []string) *value {
	for _, name := range path {
		v = v.get(name)
	}
	return v
}

// with returns the object with one more field.
func (v *value) with(name string, x *value) *value {
	return objectOf(append(slices.Clone(v.fields), field{name, x})...)
}

func (v *value) equal(w *value) bool {
	if v == w {
		return true
	}
	if v == nil || w == nil || v.kind != w.kind || v.n != w.n || v.s != w.s || len(v.fields) != len(w.fields) {
		return false
	}
	for i := range v.fields {
		if v.fields[i].name != w.fields[i].name || !v.fields[i].value.equal(w.fields[i].value) {
			return false
		}
	}
	return true
}

// holds reports whether everything in w is in v as well. That is what it means
// to unify with what another field holds: it adds nothing to a closed v.
func (v *value) holds(w *value) bool {
	if v == nil || w == nil || v.kind != object || w.kind != object {
		return v.equal(w)
	}
	for i := range w.fields {
		if !v.get(w.fields[i].name).holds(w.fields[i].value) {
			return false
		}
	}
	return true
}

// appendKey appends bytes that are equal exactly for equal values.
func (v *value) appendKey(b []byte) []byte {
	b = append(b, byte(v.kind))
	switch v.kind {
	case null:
	case boolean, integer:
		b = binary.AppendVarint(b, int64(v.n))
	case text:
		b = appendText(b, v.s)
	case object:
		b = binary.AppendUvarint(b, uint64(len(v.fields)))
		for i := range v.fields {
			b = v.fields[i].value.appendKey(appendText(b, v.fields[i].name))
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// String writes the value for a message: an object by the names in it.
func (v *value) String() string {
	if v == nil {
		return "nothing"
	}
	switch v.kind {
	case boolean:
		return strconv.FormatBool(v.n == 1)
	case integer:
		return strconv.Itoa(v.n)
	case text:
		return v.s
	case object:
		names := make([]string, len(v.fields))
		for i := range v.fields {
			names[i] = v.fields[i].name
		}
		return strings.Join(names, ", ")
	case null:
	}
	return "nothing"
}

// syntax writes the value in CUE.
func (v *value) syntax() ast.Expr {
	switch v.kind {
	case boolean:
		return ast.NewBool(v.n == 1)
	case integer:
		if v.n < 0 {
			return &ast.UnaryExpr{Op: token.SUB, X: ast.NewLit(token.INT, strconv.Itoa(-v.n))}
		}
		return ast.NewLit(token.INT, strconv.Itoa(v.n))
	case text:
		return ast.NewString(v.s)
	case object:
		elts := make([]ast.Decl, len(v.fields))
		for i := range v.fields {
			elts[i] = &ast.Field{Label: ast.NewString(v.fields[i].name), Value: v.fields[i].value.syntax()}
		}
		return &ast.StructLit{Elts: elts}
	case null:
	}
	return ast.NewNull()
}
