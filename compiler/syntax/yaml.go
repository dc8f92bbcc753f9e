package syntax

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"gopkg.in/yaml.v3"

	"callpolicy/compiler/diag"
)

// Limits that keep a hostile or broken file from costing more than a good one.
const (
	MaxYAML       = 32 << 20 // bytes of one YAML file
	maxAliasNodes = 100_000  // nodes that aliases may add to one file
)

// ParseYAML turns a YAML file into a tree for each of its documents. A file
// that holds nothing gives none. What the syntax forbids is in the list; the
// trees are then not to be used.
//
// The tree is made from the nodes of yaml.v3, and the places that those lack
// (byte columns, ends, where a syntax error is) from the bytes.
func ParseYAML(file string, data []byte) ([]*Tree, diag.List) {
	src := newText(file, data)
	if d := checkBytes(src, data); d != nil {
		return nil, diag.List{d}
	}
	docs, err := parse(src.data)
	if err != nil {
		return nil, diag.List{syntaxError(src, err)}
	}
	c := converter{src: src, ascii: isASCII(src.data)}
	var trees []*Tree
	for _, doc := range docs {
		root := new(Node)
		if len(doc.Content) > 0 {
			c.convert(doc.Content[0], root)
		}
		if root.Kind == 0 || root.Kind == Empty {
			continue
		}
		trees = append(trees, &Tree{File: file, Root: root, places: src.place})
	}
	if c.diags.HasErrors() {
		return trees, c.diags
	}
	return trees, nil
}

// parse runs yaml.v3, once for a file of one document, which most are.
func parse(data []byte) ([]*yaml.Node, error) {
	if looksLikeJSON(data) && bytes.ContainsRune(data, '\t') && json.Valid(data) {
		// JSON may be indented with tabs, YAML may not. In JSON a tab stands only between values.
		data = bytes.ReplaceAll(data, []byte{'\t'}, []byte{' '})
	}
	if !bytes.Contains(data, []byte("---")) && !bytes.Contains(data, []byte("\n...")) {
		doc := new(yaml.Node)
		if err := yaml.Unmarshal(data, doc); err != nil {
			return nil, err
		}
		return []*yaml.Node{doc}, nil
	}
	var docs []*yaml.Node
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
	slab  []Node // nodes are allocated many at a time

	use     *yaml.Node   // the alias whose content is being converted, if any
	inside  []*yaml.Node // aliases around it, to notice one that contains itself
	aliased int          // nodes that aliases added
	stopped bool         // an alias bomb: nothing more is converted
}

// take returns n nodes that nobody else has.
func (c *converter) take(n int) []Node {
	if n > len(c.slab) {
		c.slab = make([]Node, max(n, 512))
	}
	nodes := c.slab[:n:n]
	c.slab = c.slab[n:]
	return nodes
}

func (c *converter) convert(y *yaml.Node, n *Node) {
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
			n.Kind = Empty
			return
		}
	}
	switch y.Kind {
	case yaml.ScalarNode:
		c.scalar(y, n)
	case yaml.MappingNode:
		c.mapping(y, n)
	case yaml.SequenceNode:
		n.Kind, n.Items = List, c.take(len(y.Content))
		for i, item := range y.Content {
			c.convert(item, &n.Items[i])
		}
	case yaml.AliasNode:
		c.alias(y, n)
	case yaml.DocumentNode:
		n.Kind = Empty
	}
}

// mark says where a node is: its own place, or that of the alias it came through.
func (c *converter) mark(y *yaml.Node, n *Node) {
	at := y
	if c.use != nil {
		at = c.use
		n.Anchor = &Node{Kind: String}
		n.Anchor.Line, n.Anchor.Col = c.place(y)
	}
	n.Line, n.Col = c.place(at)
}

func (c *converter) place(y *yaml.Node) (line, col int32) {
	if c.ascii {
		return int32(y.Line), int32(y.Column)
	}
	return int32(y.Line), int32(c.src.byteColumn(y.Line, y.Column))
}

func (c *converter) report(id diag.ID, y *yaml.Node, format string, args ...any) *diag.Diagnostic {
	n := Node{Kind: String, Value: y.Value, Plain: y.Style == 0}
	n.Line, n.Col = c.place(y)
	d := diag.New(id, c.src.place(&n), format, args...)
	c.diags.Add(d)
	return d
}

func (c *converter) scalar(y *yaml.Node, n *Node) {
	n.Value = y.Value
	n.Plain = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch y.Tag {
	case "!!str", "!!merge", "!":
		n.Kind = String
	case "!!bool":
		n.Kind = Bool
		n.Value = "false"
		if y.Value[0] == 't' || y.Value[0] == 'T' {
			n.Value = "true"
		}
	case "!!int":
		n.Kind = Int
	case "!!float":
		n.Kind = Float
	case "!!timestamp":
		n.Kind = Date
	case "!!null":
		n.Kind = Null
		if y.Value == "" && n.Plain {
			n.Kind = Empty
		}
	default:
		n.Kind = String
		c.report(diag.LoadSyntax, y, "the tag %s is not used here", y.Tag).
			Because("A tag tells a program how to read a value. callpolicy reads plain YAML only.").
			Try("Leave the tag out.")
	}
}

func (c *converter) alias(y *yaml.Node, n *Node) {
	for _, outer := range c.inside {
		if outer == y.Alias {
			c.report(diag.LoadAliasExpansion, y, "the alias *%s stands for something that contains it", y.Value).
				Try("Write the value out.")
			n.Kind = Empty
			return
		}
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

func (c *converter) mapping(y *yaml.Node, n *Node) {
	n.Kind, n.Items = Map, c.take(len(y.Content))
	seen := keySet{}
	used := 0
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			c.report(diag.LoadSyntax, key, "a key must be a word").
				Because("YAML allows a list or a mapping as a key; a policy file has no use for one.").
				Try("If a value in braces was meant, put its name and a colon before it.")
			continue
		}
		if first := seen.add(key); first != nil {
			if c.use == nil {
				c.duplicate(key, first)
			}
			continue
		}
		k, v := &n.Items[used], &n.Items[used+1]
		used += 2
		c.mark(key, k)
		k.Kind, k.Value, k.Plain = String, key.Value, key.Style == 0
		c.convert(value, v)
	}
	n.Items = n.Items[:used]
	for _, m := range merges {
		c.merge(m, n, &seen)
	}
}

// merge adds the keys of a << value that the mapping does not have itself. Of
// several merged mappings the first wins, as YAML's merge key says.
func (c *converter) merge(m *yaml.Node, n *Node, seen *keySet) {
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
		var merged Node
		c.convert(m, &merged)
		for i := range merged.Len() {
			if k := merged.Key(i); seen.addName(k.Value) {
				n.Items = append(n.Items, *k, *merged.Val(i))
			}
		}
	}
}

func (c *converter) duplicate(key, first *yaml.Node) {
	at := Node{Kind: String, Value: first.Value, Plain: first.Style == 0}
	at.Line, at.Col = c.place(first)
	c.report(diag.LoadDuplicateKey, key, "the key %s is there twice", quoteName(key.Value)).
		Because("YAML would keep one of the two and silently forget the other.").
		Try("Keep one, or give the other its own name.").
		See(c.src.place(&at), "first written here")
}

// keySet notices a key that a mapping has already. Small mappings, which are
// nearly all, are searched; only long ones pay for a map.
type keySet struct {
	list []*yaml.Node
	more map[string]*yaml.Node
}

func (s *keySet) add(key *yaml.Node) (first *yaml.Node) {
	if s.more == nil {
		for _, have := range s.list {
			if have.Value == key.Value {
				return have
			}
		}
		if s.list = append(s.list, key); len(s.list) <= 16 {
			return nil
		}
		s.more = make(map[string]*yaml.Node, 4*len(s.list))
		for _, have := range s.list {
			s.more[have.Value] = have
		}
		return nil
	}
	if have := s.more[key.Value]; have != nil {
		return have
	}
	s.more[key.Value] = key
	return nil
}

func (s *keySet) addName(name string) bool {
	return s.add(&yaml.Node{Kind: yaml.ScalarNode, Value: name}) == nil
}
