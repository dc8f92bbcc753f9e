package jabber

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/beevik/etree"

	"callpolicy/compiler/diag"
)

// Base is the configuration that an organization already hands to its clients.
type Base struct {
	File string // relative to the project folder
	data []byte
	set  []placed
}

// placed is a parameter, and where it is written.
type placed struct {
	Parameter
	at diag.Range
}

// depth is that of every configuration: config, sections, parameters.
const depth = 3

// ParseBase reads an existing jabber-config.xml. What is wrong with it is in
// the list, and there is then no Base.
func ParseBase(file string, data []byte) (*Base, diag.List) {
	b := &Base{File: file, data: data}
	if fault := b.read(); fault != nil {
		return nil, diag.List{fault}
	}
	if _, err := b.document(); err != nil {
		return nil, diag.List{b.unreadable(diag.Pos{Line: 1, Column: 1}, err.Error())}
	}
	return b, nil
}

func (b *Base) unreadable(at diag.Pos, why string) *diag.Diagnostic {
	return diag.New(diag.JabberBaseUnreadable, b.line(at), "it is not a jabber-config.xml: %s", why).
		Because("Our parameters are merged into this file. Clients ignore a file that is not well-formed, or not built as they expect.").
		Try("Make it UTF-8 and well-formed: a config element, sections such as Policies in it, and parameters in those.")
}

// line is the range of a whole line from a place on.
func (b *Base) line(at diag.Pos) diag.Range {
	lines := bytes.Split(b.data, []byte("\n"))
	text := ""
	if at.Line <= len(lines) {
		text = string(bytes.TrimRight(lines[at.Line-1], "\r"))
	}
	end := diag.Pos{Line: at.Line, Column: max(len(text)+1, at.Column)}
	return diag.Range{File: b.File, Start: at, End: end, Text: text}
}

// read walks the file and notes where each parameter is written.
func (b *Base) read() *diag.Diagnostic {
	dec := xml.NewDecoder(bytes.NewReader(b.data))
	var path []string
	var value strings.Builder
	var start diag.Pos
	roots := 0
	for {
		line, column := dec.InputPos()
		at := diag.Pos{Line: line, Column: column}
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
				return b.unreadable(diag.Pos{Line: max(syntax.Line, 1), Column: 1}, syntax.Msg)
			}
			return b.unreadable(at, err.Error())
		}
		switch t := token.(type) {
		case xml.Directive:
			return b.unreadable(at, "it has a document type, which clients do not read")
		case xml.StartElement:
			if len(path) == 0 && t.Name.Local != "config" {
				return b.unreadable(at, fmt.Sprintf("its outermost element is %s, not config", t.Name.Local))
			}
			if len(path) == 0 {
				if roots++; roots > 1 {
					return b.unreadable(at, "it has a second config element")
				}
			}
			if path = append(path, t.Name.Local); len(path) > depth {
				return b.unreadable(at, "its elements are nested too deeply: in config are sections, and in those parameters")
			}
			value.Reset()
			start = at
		case xml.CharData:
			value.Write(t)
		case xml.EndElement:
			if len(path) == depth {
				p := Parameter{path[1], path[2], strings.TrimSpace(value.String())}
				b.set = append(b.set, placed{p, b.line(start)})
			}
			path = path[:len(path)-1]
		}
	}
	if roots == 0 {
		return b.unreadable(diag.Pos{Line: 1, Column: 1}, "it has no config element")
	}
	return nil
}

// Conflict returns where the base sets a parameter to another value, and what
// to. Sections are not compared: Cisco's guides differ on where some belong, and
// a client that read both would have to choose.
func (b *Base) Conflict(p Parameter) (value string, at diag.Range, ok bool) {
	for _, have := range b.set {
		if strings.EqualFold(have.Name, p.Name) && !strings.EqualFold(have.Value, p.Value) {
			return have.Value, have.at, true
		}
	}
	return "", diag.Range{}, false
}

// Merge returns the base with our parameters in it: everything else, comments
// and order included, is as it was. A parameter that the base has stays where it
// is, with our value; others follow what is in their section.
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
	doc.ReadSettings = etree.ReadSettings{PreserveCData: true, MaxDepth: depth}
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
	// There is no neighbor: one step deeper than the parent.
	outer := "\n"
	if up := parent.Parent(); up != nil && up.Parent() != nil {
		outer = cmp.Or(before(up, parent.Index()), "\n  ")
	}
	inner := outer + cmp.Or(outer[1:], "  ")
	if at == len(parent.Child) || strings.TrimSpace(parent.Text()) == "" && len(parent.Child) == 1 {
		parent.Child = parent.Child[:0]
		at = 0
	}
	parent.InsertChildAt(at, etree.NewText(inner))
	parent.InsertChildAt(at+1, e)
	if at+2 == len(parent.Child) {
		parent.AddChild(etree.NewText(outer))
	}
	return e
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
