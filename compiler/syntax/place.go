package syntax

import (
	"bytes"
	"strconv"
	"strings"

	"callpolicy/compiler/diag"
)

// place returns the range of a YAML node: a scalar whole, of a mapping or list
// in braces as much as stands on its first line, of one without braces its
// first word. The parser gives no ends, so they are read off the source.
func (t *text) place(n *Node) diag.Range {
	start := t.offset(int(n.Line), int(n.Col))
	return t.span(start, t.end(n, start))
}

// AnchorRange returns where the content of an aliased node is written, or the
// zero Range for a node that stands for itself.
func (t *Tree) AnchorRange(n *Node) diag.Range {
	if n == nil || n.Anchor == nil {
		return diag.Range{}
	}
	return t.places(n.Anchor)
}

func (t *text) end(n *Node, start int) int {
	rest := t.data[start:]
	if len(rest) == 0 {
		return start
	}
	eol := bytes.IndexAny(rest, "\r\n")
	if eol < 0 {
		eol = len(rest)
	}
	first := rest[:eol]
	if len(first) == 0 {
		return start
	}
	switch c := first[0]; {
	case c == '"' || c == '\'':
		return start + quotedEnd(rest, c)
	case c == '{' || c == '[':
		return start + bracketEnd(first)
	case c == '*' || c == '&' || c == '!':
		return start + wordEnd(first)
	case n.Kind == Map && n.Len() > 0 && n.Key(0).Line == n.Line:
		return start + wordEnd(first)
	case n.Plain && n.Value != "" && bytes.HasPrefix(rest, []byte(n.Value)):
		return start + len(n.Value)
	case c == '|' || c == '>' || c == '-':
		return start + 1
	}
	return start + wordEnd(first)
}

// quotedEnd returns the length of a quoted scalar, which may run over lines.
func quotedEnd(s []byte, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"':
			i++
		case s[i] == quote && quote == '\'' && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// bracketEnd returns how far a flow mapping or list reaches on its first line.
func bracketEnd(line []byte) int {
	depth := 0
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '"', '\'':
			i += quotedEnd(line[i:], c) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(bytes.TrimRight(line, " \t"))
}

// wordEnd returns the length of an unquoted word: up to a colon and a blank, a
// comment, or a separator of flow style.
func wordEnd(line []byte) int {
	for i, c := range line {
		last := i+1 == len(line)
		switch {
		case c == ':' && (last || line[i+1] == ' ' || line[i+1] == '\t'),
			c == '#' && i > 0 && line[i-1] == ' ',
			c == ',' || c == '}' || c == ']':
			return len(bytes.TrimRight(line[:i], " \t"))
		}
	}
	return len(bytes.TrimRight(line, " \t"))
}

// quoteName shows a name in a message: as it is where that is clear, else in quotes.
func quoteName(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
		return strconv.Quote(name)
	}
	return name
}
