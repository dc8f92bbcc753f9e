package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	// The one place that imports the library. It is archived: no fault in it will
	// be fixed. Its successor is go.yaml.in/yaml/v3, with the same interface and
	// faults, so that following it is one line here and one in go.mod; and
	// go.yaml.in/yaml/v4, which reads more of YAML 1.2, whose messages and places
	// are not the same: there the table of messages in faults.go, and the goldens
	// of testdata, are to be checked again (a test holds the table to the version
	// that it was made for).
	"gopkg.in/yaml.v3"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
)

// parse runs yaml.v3.
func parse(data []byte) (docs []*yaml.Node, err error) {
	// There are inputs on which the parser panics. They are no YAML, whatever else they are.
	defer func() {
		if r := recover(); r != nil {
			docs, err = nil, fmt.Errorf("yaml: the parser gives up: %v", r)
		}
	}()
	if looksLikeJSON(data) && bytes.IndexByte(data, '\t') >= 0 && json.Valid(data) {
		// JSON may be indented with tabs, YAML may not. In JSON a tab stands only between values.
		data = bytes.ReplaceAll(data, []byte{'\t'}, []byte{' '})
	}
	data = withLastLine(data)
	// A decoder, and not yaml.Unmarshal, which passes over everything behind the first document.
	for dec := yaml.NewDecoder(bytes.NewReader(data)); ; {
		doc := new(yaml.Node)
		switch err := dec.Decode(doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return nil, err
		}
		docs = append(docs, doc)
	}
}

// withLastLine ends a last line of nothing but blanks, which the library would
// take for less than a line.
func withLastLine(data []byte) []byte {
	if len(data) > 0 && data[len(data)-1] == ' ' && len(bytes.TrimRight(data[bytes.LastIndexByte(data, '\n')+1:], " ")) == 0 {
		return append(slices.Clip(data), '\n')
	}
	return data
}

func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

func isASCII(data []byte) bool {
	for _, c := range data {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// converter turns yaml.v3 nodes into ours.
type converter struct {
	src   *text
	ascii bool // columns in characters are columns in bytes
	diags diag.List
	slab  slab

	use     *yaml.Node   // the alias whose content is being converted, if any
	inside  []*yaml.Node // aliases around it, to notice one that contains itself
	aliased int          // nodes that aliases added
	stopped bool         // an alias bomb: nothing more is converted
}

func (c *converter) convert(y *yaml.Node, n *syntax.Node) {
	c.mark(y, n)
	if c.use != nil {
		if c.aliased++; c.aliased > maxAliasNodes {
			if !c.stopped {
				c.report(diag.LoadAliasExpansion, c.use, "the aliases in this file stand for more than %d values", maxAliasNodes).
					Because("A few lines of aliases that contain aliases can stand for billions of values, so callpolicy stops counting here.").
					Try("Write the values out, or give them to a calling template.")
			}
			c.stopped = true
		}
		if c.stopped {
			n.Kind = syntax.Empty
			return
		}
	}
	c.tag(y)
	switch y.Kind {
	case yaml.ScalarNode:
		c.scalar(y, n)
	case yaml.MappingNode:
		c.mapping(y, n)
	case yaml.SequenceNode:
		n.Kind, n.Items = syntax.List, c.slab.take(len(y.Content))
		for i, item := range y.Content {
			c.convert(item, &n.Items[i])
		}
	case yaml.AliasNode:
		c.alias(y, n)
	case yaml.DocumentNode:
		n.Kind = syntax.Empty
	}
}

// mark says where a node is: its own place, or that of the alias it came through.
func (c *converter) mark(y *yaml.Node, n *syntax.Node) {
	at := y
	if c.use != nil {
		at = c.use
		n.Anchor = c.itself(y)
	}
	n.Line, n.Col = c.place(at)
}

func (c *converter) place(y *yaml.Node) (line, col int32) {
	if c.ascii {
		return int32(y.Line), int32(y.Column)
	}
	return int32(y.Line), int32(c.src.ByteColumn(y.Line, y.Column))
}

// itself is a node where it is written, to ask for its place.
func (c *converter) itself(y *yaml.Node) *syntax.Node {
	n := &syntax.Node{Kind: syntax.String}
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = syntax.Map
	case yaml.SequenceNode:
		n.Kind = syntax.List
	case yaml.ScalarNode:
		n.Value, n.Plain = y.Value, isPlain(y)
	case yaml.DocumentNode, yaml.AliasNode:
	}
	n.Line, n.Col = c.place(y)
	return n
}

func (c *converter) report(id diag.ID, y *yaml.Node, format string, args ...any) *diag.Diagnostic {
	if len(c.diags) >= syntax.MaxFaults {
		return new(diag.Diagnostic) // for the caller to fill, and for nobody to see
	}
	d := diag.New(id, c.src.place(c.itself(y)), format, args...)
	c.diags.Add(d)
	return d
}

func (c *converter) scalar(y *yaml.Node, n *syntax.Node) {
	n.Value = y.Value
	n.Plain = isPlain(y)
	switch n.Kind = scalarKind(y); {
	case n.Kind == syntax.Bool:
		n.Value = strings.ToLower(y.Value)
	case n.Kind == syntax.Null && y.Value == "" && n.Plain:
		n.Kind = syntax.Empty
	}
}

// scalarKind returns the kind that goes by the tag of a scalar.
func scalarKind(y *yaml.Node) syntax.Kind {
	switch y.Tag {
	case "!!bool":
		return syntax.Bool
	case "!!int":
		return syntax.Int
	case "!!float":
		return syntax.Float
	case "!!timestamp":
		return syntax.Date
	case "!!null":
		return syntax.Null
	}
	return syntax.String // as it is with !!merge, and with a tag, which is reported
}

// tag reports a tag, of which only those are taken that say what is so anyway.
func (c *converter) tag(y *yaml.Node) {
	if y.Style&yaml.TaggedStyle == 0 || c.use != nil || y.Tag == "!!str" || y.Tag == "!!map" || y.Tag == "!!seq" {
		return
	}
	if len(c.diags) >= syntax.MaxFaults {
		return
	}
	start := c.src.Offset(c.intPlace(y))
	d := diag.New(diag.LoadSyntax, c.src.Span(start, start+wordEnd(c.src.rest(start))), "the tag %s is not used here", y.Tag).
		Because("A tag tells a program how to read a value. callpolicy reads plain YAML only.").
		Try("Leave the tag out.")
	if y.Kind == yaml.ScalarNode {
		d.Try("Leave the tag out; if the exclamation mark belongs to the text, put all of it in quotes.")
	}
	c.diags.Add(d)
}

func (c *converter) alias(y *yaml.Node, n *syntax.Node) {
	if slices.Contains(c.inside, y.Alias) {
		c.report(diag.LoadAliasExpansion, y, "the alias *%s stands for something that contains it", y.Value).
			Try("Write the value out.")
		n.Kind = syntax.Empty
		return
	}
	outermost := c.use == nil
	if outermost {
		c.use = y
	}
	c.inside = append(c.inside, y.Alias)
	c.convert(y.Alias, n)
	c.inside = c.inside[:len(c.inside)-1]
	if outermost {
		c.use = nil
	}
}

func (c *converter) mapping(y *yaml.Node, n *syntax.Node) {
	n.Kind, n.Items = syntax.Map, c.slab.take(len(y.Content))
	seen := keySet{}
	used := 0
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		written := key
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Tag == "!!merge" {
			if merges = append(merges, value); len(merges) == 2 && c.use == nil {
				c.report(diag.LoadDuplicateKey, key, "the key << is there twice").
					Because("YAML readers disagree on what two of them mean.").
					Try("Name both anchors in one: <<: [*first, *second].")
			}
			continue
		}
		if key.Kind != yaml.ScalarNode {
			c.complexKey(written)
			continue
		}
		if first := seen.add(key); first != nil {
			if c.use == nil {
				c.duplicate(written, first)
			}
			continue
		}
		k, v := &n.Items[used], &n.Items[used+1]
		used += 2
		c.markKey(key, written, k)
		c.convert(value, v)
	}
	n.Items = n.Items[:used]
	for _, m := range merges {
		c.merge(m, n, &seen)
	}
}

// markKey makes a key. One that is written as an alias has its place there.
func (c *converter) markKey(key, written *yaml.Node, k *syntax.Node) {
	if written != key && c.use == nil {
		c.use = written
		c.mark(key, k)
		c.use = nil
	} else {
		c.mark(key, k)
	}
	k.Kind, k.Value, k.Plain = syntax.String, key.Value, isPlain(key)
}

func isPlain(y *yaml.Node) bool {
	return y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// complexKey reports a mapping or list in the place of a key. Two braces in a
// row are one, and come from a template that was not filled in.
func (c *converter) complexKey(key *yaml.Node) {
	if at := c.src.Offset(c.intPlace(key)); at > 0 && c.src.Data[at-1] == '{' && c.src.Data[at] == '{' && len(c.diags) < syntax.MaxFaults {
		c.diags.Add(unfilled.say(place{at: c.src.Span(at-1, at-1+placeholderEnd(c.src.rest(at-1)))}))
		return
	}
	c.report(diag.LoadSyntax, key, "a key must be a word").
		Because("YAML allows a list or a mapping as a key; a policy file has no use for one.").
		Try("If a value in braces was meant, put its name and a colon before it.")
}

func (c *converter) intPlace(y *yaml.Node) (line, col int) {
	l, co := c.place(y)
	return int(l), int(co)
}

// merge adds the keys of a << value that the mapping does not have itself. Of
// several merged mappings the first wins, as YAML's merge key says.
func (c *converter) merge(m *yaml.Node, n *syntax.Node, seen *keySet) {
	switch target := m; {
	case m.Kind == yaml.SequenceNode:
		for _, item := range m.Content {
			c.merge(item, n, seen)
		}
		return
	case m.Kind == yaml.AliasNode:
		target = m.Alias
		fallthrough
	default:
		if target.Kind != yaml.MappingNode {
			c.report(diag.LoadSyntax, m, "<< takes a mapping, or a list of mappings").
				Try("Name an anchor of a mapping, as in <<: *defaults.")
			return
		}
		var merged syntax.Node
		c.convert(m, &merged)
		for i := range merged.Len() {
			if k := merged.Key(i); seen.addName(k.Value) {
				n.Items = append(n.Items, *k, *merged.Val(i))
			}
		}
	}
}

func (c *converter) duplicate(key, first *yaml.Node) {
	if len(c.diags) >= syntax.MaxFaults {
		return
	}
	c.report(diag.LoadDuplicateKey, key, "the key %s is there twice", quoteName(key.Value)).
		Because("YAML would keep one of the two and silently forget the other.").
		Try("Keep one, or give the other its own name.").
		See(c.src.place(c.itself(first)), "first written here")
}

// keySet notices a key that a mapping has already. Small mappings, which are
// nearly all, are searched; only long ones pay for a map.
type keySet struct {
	few  [12]*yaml.Node
	n    int // of few
	more map[string]*yaml.Node
}

func (s *keySet) add(key *yaml.Node) (first *yaml.Node) {
	if s.more != nil {
		if have := s.more[key.Value]; have != nil {
			return have
		}
		s.more[key.Value] = key
		return nil
	}
	for _, have := range s.few[:s.n] {
		if have.Value == key.Value {
			return have
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = key
		s.n++
		return nil
	}
	s.more = make(map[string]*yaml.Node, 8*len(s.few))
	for _, have := range s.few {
		s.more[have.Value] = have
	}
	s.more[key.Value] = key
	return nil
}

func (s *keySet) addName(name string) bool {
	return s.add(&yaml.Node{Kind: yaml.ScalarNode, Value: name}) == nil
}

// numberKind tells what text without quotes is that looks like a number or a date.
func numberKind(value string) syntax.Kind {
	y := yaml.Node{Kind: yaml.ScalarNode, Value: value}
	y.Tag = y.ShortTag()
	return scalarKind(&y)
}

// standardFaults returns what the library took otherwise than YAML 1.2 says.
func standardFaults(src *text, docs []*yaml.Node) diag.List {
	s := &standard{src: src}
	s.directives()
	for _, doc := range docs {
		for _, root := range doc.Content {
			s.node(root, -1)
		}
	}
	return append(hiddenBreaks(src, s.texts), s.diags...)
}

// node looks at a node and at what is in it. N is the column of the key or dash
// that it belongs to, from 0.
func (s *standard) node(y *yaml.Node, n int) {
	if y.Line == 0 {
		return // it is not written anywhere
	}
	at := s.src.Offset(y.Line, s.src.ByteColumn(y.Line, y.Column))
	if y.Kind == yaml.AliasNode {
		s.name(at, false)
		return
	}
	begins := at
	if c := s.byteAt(at); c == '&' || c == '!' {
		at = s.properties(at, false)
	}
	switch c := s.byteAt(at); {
	case y.Kind != yaml.ScalarNode && (c == '[' || c == '{') && y.Style&yaml.FlowStyle != 0:
		s.brackets(at, n)
	case y.Kind == yaml.ScalarNode && (c == '"' || c == '\'') && !isPlain(y):
		end := s.quoted(at, n)
		s.texts = append(s.texts, [2]int{at, end})
		s.comment(end)
	case y.Kind == yaml.ScalarNode && (c == '|' || c == '>') && !isPlain(y):
		s.block(at, n)
	case y.Kind == yaml.MappingNode && y.Style&yaml.FlowStyle == 0:
		for i, item := range y.Content {
			if i == 0 {
				n = max(n, item.Column-1)
			}
			s.node(item, n)
		}
	case y.Kind == yaml.SequenceNode && y.Style&yaml.FlowStyle == 0:
		if at == begins {
			n = max(n, y.Column-1)
		}
		for _, item := range y.Content {
			s.node(item, n)
		}
	}
}
