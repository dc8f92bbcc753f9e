package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// Kind is what a type accepts. The zero value is invalid.
type Kind uint8

// The kinds of types.
const (
	Any    Kind = iota + 1 // anything at all
	Struct                 // a mapping with known fields
	Map                    // a mapping with keys of the administrator's choosing
	List                   // a list
	String                 // text
	Word                   // one of a few words
	Date                   // a day, 2027-03-01
	Bool                   // true or false
	Int                    // a whole number
	Union                  // one of several structs, told apart by their fields
	OneOf                  // a scalar, or a list, a mapping with known fields or a whole number, whichever fits
)

// Type is what a value may be.
type Type struct {
	Kind    Kind
	Fields  []Field  `json:",omitempty"` // Struct, in the order of the schema; Union: of all alternatives together
	Free    *Pattern `json:",omitempty"` // Struct: fields that are left alone, whatever they hold; nil: none
	Key     *Pattern `json:",omitempty"` // Map: what keys look like; nil: anything
	Elem    *Type    `json:",omitempty"` // Map, List
	Words   []string `json:",omitempty"` // Word
	Pattern *Pattern `json:",omitempty"` // String: what it looks like; nil: anything
	Min     *int64   `json:",omitempty"` // Int
	Alts    []*Type  `json:",omitempty"` // Union: its structs; OneOf: its types

	// Instead says of fields that people look for here what to write instead.
	Instead map[string]string `json:",omitempty"`
}

// Field is a field of a struct.
type Field struct {
	Name     string
	Type     *Type
	Required bool   `json:",omitempty"`
	Doc      string `json:",omitempty"` // the description, from the comment in the schema
	Default  string `json:",omitempty"` // what holds where it is left out, in JSON; empty: nothing, or it depends
	Rule     string `json:",omitempty"` // the id to report where somebody writes this field at all, if any

	// Elsewhere says that the edition lets nobody write it here: it is of another
	// edition, or of another level.
	Elsewhere bool `json:",omitempty"`
}

// Field returns the field of a Struct or Union by name, or nil.
func (t *Type) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// LeavesAlone reports whether a struct takes a field of the name as it is.
func (t *Type) LeavesAlone(name string) bool { return t.Free != nil && t.Free.MatchString(name) }

// Names returns the names of the fields that may be written.
func (t *Type) Names() []string {
	var names []string
	for _, f := range t.Fields {
		if f.Rule == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

// Offered returns the names of the fields that the edition lets somebody write here.
func (t *Type) Offered() []string {
	var names []string
	for _, f := range t.Fields {
		if f.Rule == "" && !f.Elsewhere {
			names = append(names, f.Name)
		}
	}
	return names
}

// typeOf derives a type from a value of the schema. A construct that it does
// not know is an error, found by the first test that loads the schema: the
// index must never accept less or more than CUE.
func typeOf(v cue.Value) (*Type, error) {
	v = cue.Dereference(v)
	op, args := v.Expr()
	switch {
	case op == cue.OrOp:
		return union(v, args)
	case op == cue.CallOp && len(args) == 2 && isTimeFormat(args):
		return &Type{Kind: Date}, nil
	case op == cue.AndOp && v.IncompleteKind() == cue.StructKind: // fields in several places
		return structOf(v)
	case op == cue.AndOp || op == cue.RegexMatchOp || op == cue.GreaterThanEqualOp:
		return bounded(v)
	}
	switch v.IncompleteKind() {
	case cue.TopKind:
		return &Type{Kind: Any}, nil
	case cue.BoolKind:
		return &Type{Kind: Bool}, nil
	case cue.IntKind:
		return &Type{Kind: Int}, nil
	case cue.StringKind:
		if word, err := v.String(); err == nil {
			return &Type{Kind: Word, Words: []string{word}}, nil
		}
		return &Type{Kind: String}, nil
	case cue.ListKind:
		elem, err := typeOf(v.LookupPath(cue.MakePath(cue.AnyIndex)))
		return &Type{Kind: List, Elem: elem}, err
	case cue.StructKind:
		return structOf(v)
	}
	return nil, fmt.Errorf("%v: the schema uses something that its index does not know: %v", v.Pos(), v)
}

func structOf(v cue.Value) (*Type, error) {
	t := &Type{Kind: Struct}
	if err := t.instead(v); err != nil {
		return nil, err
	}
	fields, err := v.Fields(cue.Optional(true), cue.Patterns(true))
	if err != nil {
		return nil, err
	}
	for fields.Next() {
		sel := fields.Selector()
		elem, err := typeOf(fields.Value())
		if err != nil {
			return nil, err
		}
		if sel.ConstraintType() == cue.PatternConstraint {
			key, err := typeOf(sel.Pattern())
			if err != nil {
				return nil, err
			}
			if elem.Kind == Any && key.Pattern != nil {
				t.Free = key.Pattern
			} else {
				t.Kind, t.Key, t.Elem = Map, key.Pattern, elem
			}
			continue
		}
		rule, without := fields.Value().Attribute("rule"), fields.Value().Attribute("default")
		f := Field{
			Name:     sel.Unquoted(),
			Type:     elem,
			Required: fields.FieldType()&cue.RequiredConstraint != 0 || sel.ConstraintType() == 0,
			Doc:      doc(fields.Value()),
			Default:  without.Contents(),
			Rule:     rule.Contents(),
		}
		t.Fields = append(t.Fields, f)
	}
	if t.Free != nil && len(t.Fields) == 0 {
		t.Kind, t.Key, t.Elem, t.Free = Map, t.Free, &Type{Kind: Any}, nil
	}
	if t.Kind == Map && (len(t.Fields) > 0 || t.Free != nil) {
		return nil, fmt.Errorf("%v: a mapping with known fields and free keys", v.Pos())
	}
	return t, nil
}

// instead reads @instead("advice", field, ...) in a struct.
func (t *Type) instead(v cue.Value) error {
	for _, a := range v.Attributes(cue.DeclAttr) {
		if a.Name() != "instead" {
			continue
		}
		advice, err := a.String(0)
		if err != nil {
			return err
		}
		if t.Instead == nil {
			t.Instead = map[string]string{}
		}
		for i := 1; i < a.NumArgs(); i++ {
			field, err := a.String(i)
			if err != nil {
				return err
			}
			t.Instead[field] = advice
		}
	}
	return nil
}

func union(v cue.Value, args []cue.Value) (*Type, error) {
	t := &Type{Kind: Word}
	for _, arg := range args {
		alt, err := typeOf(arg)
		if err != nil {
			return nil, err
		}
		t.Alts = append(t.Alts, alt)
	}
	kinds := map[Kind]bool{}
	for _, alt := range t.Alts {
		kinds[alt.Kind] = true
	}
	switch {
	case len(kinds) == 1 && kinds[Word]:
		for _, alt := range t.Alts {
			t.Words = append(t.Words, alt.Words...)
		}
		t.Alts = nil
	case len(kinds) == 1 && kinds[Struct]:
		t.Kind = Union
		t.merge()
	case (kinds[List] || kinds[Struct] || kinds[String] && kinds[Int]) && len(kinds) == 2 && len(t.Alts) == 2:
		t.Kind = OneOf
	default:
		return nil, fmt.Errorf("%v: a disjunction that the index does not know", v.Pos())
	}
	return t, nil
}

// merge gathers the fields of a union's structs, each with every word that one
// of them allows.
func (t *Type) merge() {
	for _, alt := range t.Alts {
		for _, f := range alt.Fields {
			have := t.Field(f.Name)
			if have == nil {
				f.Required = false
				t.Fields = append(t.Fields, f)
				continue
			}
			if have.Doc == "" {
				have.Doc = f.Doc
			}
			if have.Type.Kind == Word {
				words := append([]string(nil), have.Type.Words...)
				for _, w := range f.Type.Words {
					if !contains(words, w) {
						words = append(words, w)
					}
				}
				have.Type = &Type{Kind: Word, Words: words}
			}
		}
	}
}

func contains(words []string, w string) bool {
	return slices.Contains(words, w)
}

// bounded derives the type of text with a pattern or of a number with a bound.
func bounded(v cue.Value) (*Type, error) {
	t := new(Type)
	switch v.IncompleteKind() {
	case cue.StringKind:
		t.Kind = String
	case cue.IntKind:
		t.Kind = Int
	default:
		return nil, fmt.Errorf("%v: a bound that the index does not know", v.Pos())
	}
	var collect func(v cue.Value) error
	collect = func(v cue.Value) error {
		op, args := v.Expr()
		switch op {
		case cue.AndOp:
			for _, arg := range args {
				if err := collect(arg); err != nil {
					return err
				}
			}
		case cue.RegexMatchOp:
			pattern, err := args[0].String()
			if err != nil {
				return err
			}
			_, err = regexp.Compile(pattern)
			t.Pattern = newPattern("", pattern)
			return err
		case cue.GreaterThanEqualOp:
			n, err := args[0].Int64()
			if err != nil {
				return err
			}
			t.Min = &n
		case cue.NoOp, cue.SelectorOp: // the bare kind: string, int
		default:
			return fmt.Errorf("%v: %v is a bound that the index does not know", v.Pos(), op)
		}
		return nil
	}
	return t, collect(v)
}

func isTimeFormat(args []cue.Value) bool {
	layout, err := args[1].String()
	return err == nil && layout == "2006-01-02" && fmt.Sprint(args[0]) == "time.Format"
}

// doc returns the comment above a field, as one line of plain text.
func doc(v cue.Value) string {
	for _, group := range v.Doc() {
		if text := comment(group); text != "" {
			return text
		}
	}
	return ""
}

func comment(group *ast.CommentGroup) string {
	return strings.Join(strings.Fields(group.Text()), " ")
}
