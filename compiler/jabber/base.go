package jabber

import (
	"cmp"
	"encoding/xml"
	"errors"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"callpolicy/compiler/diag"
)

// Base is the configuration that an organization already hands to its clients.
type Base struct {
	File string // relative to the project folder
	read *File
	data []byte // without passwords
}

// ParseBase reads an existing jabber-config.xml. What is wrong with it is in
// the list; with errors in it there is no Base.
func ParseBase(file string, data []byte) (*Base, diag.List, error) {
	f, err := Read(file, data)
	if err != nil {
		return nil, nil, err
	}
	diags := f.Check()
	if diags.HasErrors() {
		return nil, diags, nil
	}
	b := &Base{File: file, read: f, data: f.Data(false)}
	if _, err := b.document(); err != nil {
		line := 1
		if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
			line = min(max(syntax.Line, 1), len(f.text.starts))
		}
		at := f.text.starts[line-1]
		return nil, append(diags, f.unreadable(Slip{Problem: "this line is not well-formed XML", at: span{at, at}})), nil
	}
	return b, diags, nil
}

// Secrets names the parameters whose passwords are left out of what is merged.
func (b *Base) Secrets() []string { return b.read.SecretNames() }

// Conflict returns where the base sets a parameter to another value, and what
// to. Sections are not compared: Cisco's guides differ on where some belong, and
// a client that read both would have to choose.
func (b *Base) Conflict(p Parameter) (value string, at diag.Range, ok bool) {
	for _, have := range b.read.Set {
		if !have.Nested && strings.EqualFold(have.Name, p.Name) && !strings.EqualFold(have.Value, p.Value) {
			return have.Value, b.read.text.show(b.File, have.at), true
		}
	}
	return "", diag.Range{}, false
}

// Merge returns the base with our parameters in it: everything else, comments,
// order and elements within elements included, is as it was, but for passwords:
// their values are left out. A parameter that the base has stays where it is,
// with our value; others follow what is in their section.
func (b *Base) Merge(parameters []Parameter) ([]byte, error) {
	doc, err := b.document()
	if err != nil {
		return nil, err
	}
	root := doc.Root()
	for _, p := range parameters {
		if have := find(root, p.Name); len(have) > 0 {
			for _, e := range have {
				if !strings.EqualFold(valueOf(e), p.Value) {
					setText(e, p.Value)
				}
			}
			continue
		}
		add(section(root, p.Section), etree.NewElement(p.Name)).SetText(p.Value)
	}
	return doc.WriteToBytes()
}

func (b *Base) document() (*etree.Document, error) {
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{PreserveCData: true, MaxDepth: maxDepth}
	doc.WriteSettings = etree.WriteSettings{CanonicalText: true, CanonicalAttrVal: true}
	if err := doc.ReadFromBytes(b.data); err != nil {
		return nil, err
	}
	if doc.Root() == nil {
		return nil, errors.New("it has no config element")
	}
	return doc, nil
}

// setText gives a parameter a value. Comments in it stay, behind the value.
func setText(e *etree.Element, value string) {
	for i, child := range slices.Backward(e.Child) {
		if _, ok := child.(*etree.CharData); ok {
			e.RemoveChildAt(i)
		}
	}
	e.InsertChildAt(0, etree.NewText(value))
}

// valueOf returns the value of a parameter: all of its text.
func valueOf(e *etree.Element) string {
	var b strings.Builder
	for _, t := range e.Child {
		if text, ok := t.(*etree.CharData); ok {
			b.WriteString(text.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// find returns the parameters of a name, whatever section they are in.
func find(root *etree.Element, name string) []*etree.Element {
	var out []*etree.Element
	for _, s := range root.ChildElements() {
		for _, e := range s.ChildElements() {
			if strings.EqualFold(e.Tag, name) {
				out = append(out, e)
			}
		}
	}
	return out
}

// section returns a section by name, which it adds where it is missing.
func section(root *etree.Element, name string) *etree.Element {
	for _, s := range root.ChildElements() {
		if strings.EqualFold(s.Tag, name) {
			return s
		}
	}
	return add(root, etree.NewElement(name))
}

// add puts an element behind the last one in its parent, on a line of its own
// that is indented as its neighbors are.
func add(parent, e *etree.Element) *etree.Element {
	at := 0
	indent := ""
	for i, t := range parent.Child {
		switch t.(type) {
		case *etree.Element:
			at, indent = i+1, before(parent, i)
		case *etree.Comment:
			at = i + 1 // what is said behind the last element is about it
		case *etree.CharData, *etree.Directive, *etree.ProcInst:
		}
	}
	if indent != "" {
		parent.InsertChildAt(at, etree.NewText(indent))
		parent.InsertChildAt(at+1, e)
		return e
	}
	if at > 0 { // what is there stands in one line, and so does this
		parent.InsertChildAt(at, e)
		return e
	}
	// There is no neighbor: one step deeper than the parent.
	outer := "\n"
	if up := parent.Parent(); up != nil && up.Parent() != nil {
		outer = cmp.Or(before(up, parent.Index()), "\n  ")
	}
	inner := outer + cmp.Or(outer[1:], "  ")
	if blank(parent) {
		parent.Child = parent.Child[:0]
	}
	parent.InsertChildAt(0, etree.NewText(inner))
	parent.InsertChildAt(1, e)
	if len(parent.Child) == 2 {
		parent.AddChild(etree.NewText(outer))
	}
	return e
}

// blank reports whether nothing but white space is in an element.
func blank(e *etree.Element) bool {
	for _, t := range e.Child {
		if text, ok := t.(*etree.CharData); !ok || strings.TrimSpace(text.Data) != "" {
			return false
		}
	}
	return true
}

// before returns the end of the white space before a child, from its last line
// break on; empty where there is none.
func before(parent *etree.Element, i int) string {
	if i == 0 {
		return ""
	}
	space, ok := parent.Child[i-1].(*etree.CharData)
	if !ok || strings.TrimSpace(space.Data) != "" {
		return ""
	}
	nl := strings.LastIndexByte(space.Data, '\n')
	if nl < 0 {
		return ""
	}
	return space.Data[nl:]
}
